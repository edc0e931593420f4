"""What mail servers report, how far each mailbox was read, and the addresses that complained."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_dispatches_partner", "dispatches", ["partner_id"])
    op.create_table(
        "mailboxes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("validity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailboxes")),
        sa.UniqueConstraint("name", name=op.f("uq_mailboxes_name")),
    )
    op.create_table(
        "mail_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("mime", sa.String(length=60), nullable=False),
        sa.Column("read", sa.Date(), nullable=False),
        sa.Column("settled", sa.Date()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_reports")),
        sa.UniqueConstraint(
            "message_id", "verdict", "content", name=op.f("uq_mail_reports_message_id_verdict_content")
        ),
    )
    op.create_index("ix_mail_reports_message_id", "mail_reports", ["message_id"])
    op.create_index("ix_mail_reports_settled", "mail_reports", ["settled"])
    create_mail_stops()


def create_mail_stops() -> None:
    op.create_table(
        "mail_stops",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("dispatch_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("decided", sa.Date()),
        sa.Column("outcome", sa.String(length=16)),
        sa.Column("by", sa.Text()),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatches.id"], name=op.f("fk_mail_stops_dispatch_id_dispatches")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_stops")),
        sa.UniqueConstraint("address", "dispatch_id", name=op.f("uq_mail_stops_address_dispatch_id")),
    )
    op.create_index("ix_mail_stops_address", "mail_stops", ["address"])
    op.create_index("ix_mail_stops_dispatch_id", "mail_stops", ["dispatch_id"])
