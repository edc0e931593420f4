"""Mandates and collections by direct debit, discounts for prompt payment, and more of what a bank says of a booking."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("statements", sa.Column("format", sa.String(length=12)))
    with op.batch_alter_table("entries") as entries:
        entries.alter_column("return_reason", existing_type=sa.String(length=10), type_=sa.Text())
        entries.add_column(sa.Column("mandate", sa.String(length=35)))
        entries.add_column(sa.Column("charges", sa.BigInteger()))
    create_cash_discounts()
    create_mandates()
    create_collections()


def create_cash_discounts() -> None:
    op.create_table(
        "cash_discounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_cash_discounts_invoice_id_invoices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cash_discounts")),
        sa.UniqueConstraint("invoice_id", name=op.f("uq_cash_discounts_invoice_id")),
    )
    op.create_index("ix_cash_discounts_invoice_id", "cash_discounts", ["invoice_id"])


def create_mandates() -> None:
    op.create_table(
        "mandates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seller", sa.String(length=40), nullable=False),
        sa.Column("debtor_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=35), nullable=False),
        sa.Column("creditor_id", sa.String(length=35), nullable=False),
        sa.Column("iban", sa.String(length=34)),
        sa.Column("signed", sa.Date()),
        sa.Column("scheme", sa.String(length=4), nullable=False),
        sa.Column("once", sa.Boolean(), nullable=False),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("last", sa.Date()),
        sa.Column("ended", sa.Date()),
        sa.Column("why_ended", sa.Text()),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name=op.f("fk_mandates_debtor_id_debtors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandates")),
        sa.UniqueConstraint("seller", "reference", name=op.f("uq_mandates_seller_reference")),
    )
    op.create_index("ix_mandates_debtor_id", "mandates", ["debtor_id"])


def create_collections() -> None:
    op.create_table(
        "collections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(length=64), nullable=False),
        sa.Column("message", sa.String(length=35), nullable=False),
        sa.Column("batch", sa.String(length=35), nullable=False),
        sa.Column("mandate_id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("end_to_end", sa.String(length=35), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.String(length=4), nullable=False),
        sa.Column("collected", sa.Date(), nullable=False),
        sa.Column("planned", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=10)),
        sa.Column("returned", sa.Date()),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_collections_invoice_id_invoices")),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandates.id"], name=op.f("fk_collections_mandate_id_mandates")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collections")),
        sa.UniqueConstraint("end_to_end", name=op.f("uq_collections_end_to_end")),
    )
    op.create_index("ix_collections_invoice_id", "collections", ["invoice_id"])
    op.create_index("ix_collections_mandate_id", "collections", ["mandate_id"])
    op.create_index("ix_collections_batch", "collections", ["batch"])
    op.create_index("ix_collections_message", "collections", ["message"])
