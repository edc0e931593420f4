"""Answers of the buyer's side over the network, and hints that something happened at a partner."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("seller", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=2), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("issued", sa.Date(), nullable=False),
        sa.Column("said_at", sa.DateTime()),
        sa.Column("dispatch_id", sa.Integer()),
        sa.Column("invoice_id", sa.Integer()),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatches.id"], name=op.f("fk_answers_dispatch_id_dispatches")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_answers_invoice_id_invoices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sa.UniqueConstraint("content", name=op.f("uq_answers_content")),
    )
    op.create_index("ix_answers_dispatch_id", "answers", ["dispatch_id"])
    op.create_index("ix_answers_invoice_id", "answers", ["invoice_id"])
    op.create_table(
        "hints",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seller", sa.String(length=40), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("partner_id", sa.Text()),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("headers", sa.String(length=64)),
        sa.Column("said", sa.JSON()),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("done", sa.DateTime()),
        sa.Column("outcome", sa.String(length=16)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hints")),
        sa.UniqueConstraint("seller", "provider", "event", name=op.f("uq_hints_seller_provider_event")),
    )
    op.create_index("ix_hints_waiting", "hints", ["done", "id"])
