"""Which lines of an invoice are goods: those a retention of title can hold."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("invoices", sa.Column("goods_lines", sa.JSON()))
