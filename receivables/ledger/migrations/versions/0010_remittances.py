"""What collection partners pass on of what they collected, by bank entry."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "remittances",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["handover_id"], ["handovers.id"], name=op.f("fk_remittances_handover_id_handovers")),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_remittances_entry_id_entries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remittances")),
        sa.UniqueConstraint("handover_id", "entry_id", name=op.f("uq_remittances_handover_id_entry_id")),
    )
    op.create_index("ix_remittances_handover_id", "remittances", ["handover_id"])
    op.create_index("ix_remittances_entry_id", "remittances", ["entry_id"])
