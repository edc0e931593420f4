"""How each client wants its documents, choice by choice."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "preferences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("debtor_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("way", sa.String(length=20)),
        sa.Column("copies", sa.JSON(), nullable=False),
        sa.Column("exemption", sa.String(length=20)),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name=op.f("fk_preferences_debtor_id_debtors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preferences")),
    )
    op.create_index("ix_preferences_debtor_id", "preferences", ["debtor_id"])
