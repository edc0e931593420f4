"""Limits that the credit insurer decided, claims at it, what it paid and recovered; who may sign for a customer."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_cover_decisions()
    create_insurer_claims()
    create_signatories()
    create_indemnifications()
    create_insurer_claim_items()
    create_indemnification_items()
    create_recoveries()


def create_cover_decisions() -> None:
    op.create_table(
        "cover_decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=40), nullable=False),
        sa.Column("debtor_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("requested", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("reference", sa.String(length=80), nullable=True),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("noted", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name=op.f("fk_cover_decisions_debtor_id_debtors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cover_decisions")),
    )
    op.create_index(op.f("ix_cover_decisions_debtor_id"), "cover_decisions", ["debtor_id"], unique=False)
    op.create_index("ix_cover_decisions_policy", "cover_decisions", ["policy", "debtor_id"], unique=False)


def create_insurer_claims() -> None:
    op.create_table(
        "insurer_claims",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=40), nullable=False),
        sa.Column("debtor_id", sa.Integer(), nullable=False),
        sa.Column("oldest", sa.String(length=60), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("dispatch_id", sa.Integer(), nullable=True),
        sa.Column("dossier", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("partner_id", sa.Text(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("claimed", sa.BigInteger(), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("approved", sa.BigInteger(), nullable=True),
        sa.Column("filed", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name=op.f("fk_insurer_claims_debtor_id_debtors")),
        sa.ForeignKeyConstraint(
            ["dispatch_id"], ["dispatches.id"], name=op.f("fk_insurer_claims_dispatch_id_dispatches")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_insurer_claims")),
        sa.UniqueConstraint("policy", "debtor_id", "oldest", name=op.f("uq_insurer_claims_policy_debtor_id_oldest")),
    )
    op.create_index(op.f("ix_insurer_claims_debtor_id"), "insurer_claims", ["debtor_id"], unique=False)
    op.create_index(op.f("ix_insurer_claims_dispatch_id"), "insurer_claims", ["dispatch_id"], unique=False)


def create_signatories() -> None:
    op.create_table(
        "signatories",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("debtor_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Text(), nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.Column("noted", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name=op.f("fk_signatories_debtor_id_debtors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signatories")),
        sa.UniqueConstraint("debtor_id", name=op.f("uq_signatories_debtor_id")),
    )
    op.create_index(op.f("ix_signatories_debtor_id"), "signatories", ["debtor_id"], unique=False)


def create_indemnifications() -> None:
    op.create_table(
        "indemnifications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("insurer_claim_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("after", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_indemnifications_entry_id_entries")),
        sa.ForeignKeyConstraint(
            ["insurer_claim_id"],
            ["insurer_claims.id"],
            name=op.f("fk_indemnifications_insurer_claim_id_insurer_claims"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indemnifications")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_indemnifications_entry_id")),
    )
    op.create_index(
        op.f("ix_indemnifications_insurer_claim_id"), "indemnifications", ["insurer_claim_id"], unique=False
    )


def create_insurer_claim_items() -> None:
    op.create_table(
        "insurer_claim_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("insurer_claim_id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("claimed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["insurer_claim_id"],
            ["insurer_claims.id"],
            name=op.f("fk_insurer_claim_items_insurer_claim_id_insurer_claims"),
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_insurer_claim_items_invoice_id_invoices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_insurer_claim_items")),
        sa.UniqueConstraint(
            "insurer_claim_id", "invoice_id", name=op.f("uq_insurer_claim_items_insurer_claim_id_invoice_id")
        ),
    )
    op.create_index(
        op.f("ix_insurer_claim_items_insurer_claim_id"), "insurer_claim_items", ["insurer_claim_id"], unique=False
    )
    op.create_index(op.f("ix_insurer_claim_items_invoice_id"), "insurer_claim_items", ["invoice_id"], unique=False)


def create_indemnification_items() -> None:
    op.create_table(
        "indemnification_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("indemnification_id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("basis", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["indemnification_id"],
            ["indemnifications.id"],
            name=op.f("fk_indemnification_items_indemnification_id_indemnifications"),
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_indemnification_items_invoice_id_invoices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indemnification_items")),
        sa.UniqueConstraint(
            "indemnification_id", "invoice_id", name=op.f("uq_indemnification_items_indemnification_id_invoice_id")
        ),
    )
    op.create_index(
        op.f("ix_indemnification_items_indemnification_id"),
        "indemnification_items",
        ["indemnification_id"],
        unique=False,
    )
    op.create_index(op.f("ix_indemnification_items_invoice_id"), "indemnification_items", ["invoice_id"], unique=False)


def create_recoveries() -> None:
    op.create_table(
        "recoveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("insurer_claim_id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("allocation_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("share", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["allocation_id"], ["allocations.id"], name=op.f("fk_recoveries_allocation_id_allocations")
        ),
        sa.ForeignKeyConstraint(
            ["insurer_claim_id"], ["insurer_claims.id"], name=op.f("fk_recoveries_insurer_claim_id_insurer_claims")
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_recoveries_invoice_id_invoices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recoveries")),
        sa.UniqueConstraint("allocation_id", name=op.f("uq_recoveries_allocation_id")),
    )
    op.create_index(op.f("ix_recoveries_insurer_claim_id"), "recoveries", ["insurer_claim_id"], unique=False)
    op.create_index(op.f("ix_recoveries_invoice_id"), "recoveries", ["invoice_id"], unique=False)
