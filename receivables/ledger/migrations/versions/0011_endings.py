"""Insolvencies with their administrator, and debtors that are blocked at intake."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "insolvencies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("debtor_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("proceeding", sa.String(length=20), nullable=False),
        sa.Column("opened", sa.Date(), nullable=False),
        sa.Column("noted", sa.Date(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("file_by", sa.Date()),
        sa.Column("administrator", sa.JSON()),
        sa.Column("ended", sa.Date()),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name=op.f("fk_insolvencies_debtor_id_debtors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_insolvencies")),
        sa.UniqueConstraint("debtor_id", "reference", name=op.f("uq_insolvencies_debtor_id_reference")),
    )
    op.create_index("ix_insolvencies_debtor_id", "insolvencies", ["debtor_id"])
    op.create_table(
        "debtor_blocks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("debtor_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended", sa.Date()),
        sa.Column("ended_by", sa.Text()),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name=op.f("fk_debtor_blocks_debtor_id_debtors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_debtor_blocks")),
    )
    op.create_index("ix_debtor_blocks_debtor_id", "debtor_blocks", ["debtor_id"])
