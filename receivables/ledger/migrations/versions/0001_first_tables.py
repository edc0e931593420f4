"""The ledger's first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = [
    "sellers",
    "debtors",
    "invoices",
    "refusals",
    "claim_items",
    "statements",
    "entries",
    "allocations",
    "payment_requests",
    "payment_request_items",
    "dispatches",
    "notice_items",
    "evidence",
    "holds",
    "tasks",
    "reasons",
    "approvals",
    "handovers",
    "handover_items",
    "journal",
]


def upgrade() -> None:
    create_sellers()
    create_debtors()
    create_invoices()
    create_refusals()
    create_claim_items()
    create_statements()
    create_entries()
    create_allocations()
    create_payment_requests()
    create_payment_request_items()
    create_dispatches()
    create_notice_items()
    create_evidence()
    create_holds()
    create_tasks()
    create_reasons()
    create_approvals()
    create_handovers()
    create_handover_items()
    create_journal()


def create_sellers() -> None:
    op.create_table(
        "sellers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("law", sa.String(length=2), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sellers")),
        sa.UniqueConstraint("ref", name=op.f("uq_sellers_ref")),
    )


def create_debtors() -> None:
    op.create_table(
        "debtors",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seller", sa.String(length=40), nullable=False),
        sa.Column("ref", sa.String(length=60), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("email", sa.Text()),
        sa.Column("endpoint", sa.Text()),
        sa.Column("preference", sa.String(length=20), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("customer_since", sa.Date()),
        sa.Column("ladder", sa.String(length=40)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_debtors")),
        sa.UniqueConstraint("seller", "ref", name=op.f("uq_debtors_seller_ref")),
    )


def create_invoices() -> None:
    op.create_table(
        "invoices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seller", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("debtor_id", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("payable", sa.BigInteger(), nullable=False),
        sa.Column("issued", sa.Date(), nullable=False),
        sa.Column("printed_due", sa.Date(), nullable=False),
        sa.Column("lawful_due", sa.Date(), nullable=False),
        sa.Column("insurer_due", sa.Date(), nullable=False),
        sa.Column("received", sa.Date()),
        sa.Column("reference", sa.String(length=40)),
        sa.Column("preceding", sa.JSON(), nullable=False),
        sa.Column("goods", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("ubl", sa.String(length=64), nullable=False),
        sa.Column("paper", sa.String(length=64), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("taken_in", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name=op.f("fk_invoices_debtor_id_debtors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("seller", "number", name=op.f("uq_invoices_seller_number")),
    )
    op.create_index("ix_invoices_debtor_id", "invoices", ["debtor_id"])
    op.create_index("ix_invoices_reference", "invoices", ["seller", "reference"])


def create_refusals() -> None:
    op.create_table(
        "refusals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seller", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("debtor", sa.String(length=60), nullable=False),
        sa.Column("file", sa.String(length=64), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refusals")),
        sa.UniqueConstraint("seller", "number", "content_hash", name=op.f("uq_refusals_seller_number_content_hash")),
    )


def create_claim_items() -> None:
    op.create_table(
        "claim_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("waived", sa.BigInteger(), nullable=False),
        sa.Column("waived_by", sa.Text()),
        sa.Column("waived_why", sa.Text()),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_claim_items_invoice_id_invoices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_items")),
        sa.UniqueConstraint("invoice_id", "kind", name=op.f("uq_claim_items_invoice_id_kind")),
    )
    op.create_index("ix_claim_items_invoice_id", "claim_items", ["invoice_id"])


def create_statements() -> None:
    op.create_table(
        "statements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=34), nullable=False),
        sa.Column("identification", sa.String(length=60), nullable=False),
        sa.Column("sequence", sa.Integer()),
        sa.Column("from_date", sa.Date()),
        sa.Column("to_date", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("opening", sa.BigInteger()),
        sa.Column("closing", sa.BigInteger()),
        sa.Column("file", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
        sa.UniqueConstraint("account", "identification", name=op.f("uq_statements_account_identification")),
    )


def create_entries() -> None:
    op.create_table(
        "entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("debtor_id", sa.Integer()),
        sa.Column("account", sa.String(length=34), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("booked", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("counterparty", sa.Text()),
        sa.Column("counterparty_iban", sa.String(length=34)),
        sa.Column("reference", sa.String(length=40)),
        sa.Column("text", sa.Text()),
        sa.Column("end_to_end", sa.String(length=60)),
        sa.Column("return_reason", sa.String(length=10)),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("match", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name=op.f("fk_entries_debtor_id_debtors")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_entries_statement_id_statements")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
        sa.UniqueConstraint("account", "key", name=op.f("uq_entries_account_key")),
    )
    op.create_index("ix_entries_debtor_id", "entries", ["debtor_id"])
    op.create_index("ix_entries_statement_id", "entries", ["statement_id"])


def create_allocations() -> None:
    op.create_table(
        "allocations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_item_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("reverses", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["claim_item_id"], ["claim_items.id"], name=op.f("fk_allocations_claim_item_id_claim_items")
        ),
        sa.ForeignKeyConstraint(["reverses"], ["allocations.id"], name=op.f("fk_allocations_reverses_allocations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocations")),
        sa.UniqueConstraint("reverses", name=op.f("uq_allocations_reverses")),
    )
    op.create_index("ix_allocations_claim_item_id", "allocations", ["claim_item_id"])
    op.create_index("ix_allocations_source", "allocations", ["source", "source_id"])


def create_payment_requests() -> None:
    op.create_table(
        "payment_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seller", sa.String(length=40), nullable=False),
        sa.Column("debtor_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("demanded", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name=op.f("fk_payment_requests_debtor_id_debtors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_requests")),
        sa.UniqueConstraint("seller", "reference", name=op.f("uq_payment_requests_seller_reference")),
    )
    op.create_index("ix_payment_requests_debtor_id", "payment_requests", ["debtor_id"])


def create_payment_request_items() -> None:
    op.create_table(
        "payment_request_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("payment_request_id", sa.Integer(), nullable=False),
        sa.Column("claim_item_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_item_id"], ["claim_items.id"], name=op.f("fk_payment_request_items_claim_item_id_claim_items")
        ),
        sa.ForeignKeyConstraint(
            ["payment_request_id"],
            ["payment_requests.id"],
            name=op.f("fk_payment_request_items_payment_request_id_payment_requests"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_request_items")),
        sa.UniqueConstraint(
            "payment_request_id",
            "claim_item_id",
            name=op.f("uq_payment_request_items_payment_request_id_claim_item_id"),
        ),
    )
    op.create_index("ix_payment_request_items_claim_item_id", "payment_request_items", ["claim_item_id"])
    op.create_index("ix_payment_request_items_payment_request_id", "payment_request_items", ["payment_request_id"])


def create_dispatches() -> None:
    op.create_table(
        "dispatches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seller", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("occurrence", sa.String(length=80), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("planned", sa.Date(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime()),
        sa.Column("prepared", sa.Text()),
        sa.Column("partner_id", sa.Text()),
        sa.Column("submitted", sa.Date()),
        sa.Column("settled", sa.Date()),
        sa.Column("proven", sa.Date()),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatches")),
        sa.UniqueConstraint(
            "seller", "kind", "subject", "occurrence", name=op.f("uq_dispatches_seller_kind_subject_occurrence")
        ),
    )
    op.create_index("ix_dispatches_queue", "dispatches", ["state", "id"])
    op.create_index("ix_dispatches_receiver", "dispatches", ["receiver"])


def create_notice_items() -> None:
    op.create_table(
        "notice_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dispatch_id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=24), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("payment_request_id", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["dispatch_id"], ["dispatches.id"], name=op.f("fk_notice_items_dispatch_id_dispatches")
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_notice_items_invoice_id_invoices")),
        sa.ForeignKeyConstraint(
            ["payment_request_id"],
            ["payment_requests.id"],
            name=op.f("fk_notice_items_payment_request_id_payment_requests"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_items")),
        sa.UniqueConstraint(
            "invoice_id", "step", "occurrence", name=op.f("uq_notice_items_invoice_id_step_occurrence")
        ),
    )
    op.create_index("ix_notice_items_dispatch_id", "notice_items", ["dispatch_id"])
    op.create_index("ix_notice_items_invoice_id", "notice_items", ["invoice_id"])
    op.create_index("ix_notice_items_payment_request_id", "notice_items", ["payment_request_id"])


def create_evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dispatch_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("mime", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatches.id"], name=op.f("fk_evidence_dispatch_id_dispatches")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("dispatch_id", "kind", "content", name=op.f("uq_evidence_dispatch_id_kind_content")),
    )
    op.create_index("ix_evidence_dispatch_id", "evidence", ["dispatch_id"])


def create_holds() -> None:
    op.create_table(
        "holds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger()),
        sa.Column("ended", sa.Date()),
        sa.Column("outcome", sa.String(length=20)),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_holds_invoice_id_invoices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
        sa.UniqueConstraint("invoice_id", "kind", "since", name=op.f("uq_holds_invoice_id_kind_since")),
    )
    op.create_index("ix_holds_invoice_id", "holds", ["invoice_id"])


def create_tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("debtor_id", sa.Integer()),
        sa.Column("invoice_id", sa.Integer()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("opened", sa.Date(), nullable=False),
        sa.Column("due", sa.Date()),
        sa.Column("done", sa.Date()),
        sa.Column("outcome", sa.Text()),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name=op.f("fk_tasks_debtor_id_debtors")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_tasks_invoice_id_invoices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("key", name=op.f("uq_tasks_key")),
    )
    op.create_index("ix_tasks_debtor_id", "tasks", ["debtor_id"])
    op.create_index("ix_tasks_invoice_id", "tasks", ["invoice_id"])


def create_reasons() -> None:
    op.create_table(
        "reasons",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_reasons_invoice_id_invoices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reasons")),
        sa.UniqueConstraint("invoice_id", name=op.f("uq_reasons_invoice_id")),
    )
    op.create_index("ix_reasons_invoice_id", "reasons", ["invoice_id"])


def create_approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("debtor_id", sa.Integer(), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("requested", sa.Date(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("approver", sa.Text()),
        sa.Column("role", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("decided", sa.DateTime()),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name=op.f("fk_approvals_debtor_id_debtors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
        sa.UniqueConstraint("key", name=op.f("uq_approvals_key")),
    )
    op.create_index("ix_approvals_debtor_id", "approvals", ["debtor_id"])


def create_handovers() -> None:
    op.create_table(
        "handovers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("debtor_id", sa.Integer(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("partner", sa.String(length=40), nullable=False),
        sa.Column("dispatch_id", sa.Integer()),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("partner_id", sa.Text()),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("demanded", sa.BigInteger(), nullable=False),
        sa.Column("collected", sa.BigInteger(), nullable=False),
        sa.Column("fees", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"], name=op.f("fk_handovers_approval_id_approvals")),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtors.id"], name=op.f("fk_handovers_debtor_id_debtors")),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatches.id"], name=op.f("fk_handovers_dispatch_id_dispatches")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_handovers_approval_id")),
    )
    op.create_index("ix_handovers_approval_id", "handovers", ["approval_id"])
    op.create_index("ix_handovers_debtor_id", "handovers", ["debtor_id"])
    op.create_index("ix_handovers_dispatch_id", "handovers", ["dispatch_id"])


def create_handover_items() -> None:
    op.create_table(
        "handover_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["handover_id"], ["handovers.id"], name=op.f("fk_handover_items_handover_id_handovers")
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_handover_items_invoice_id_invoices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_items")),
        sa.UniqueConstraint("invoice_id", name=op.f("uq_handover_items_invoice_id")),
    )
    op.create_index("ix_handover_items_handover_id", "handover_items", ["handover_id"])
    op.create_index("ix_handover_items_invoice_id", "handover_items", ["invoice_id"])


def create_journal() -> None:
    op.create_table(
        "journal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("seq", sa.Integer()),
        sa.Column("hash", sa.String(length=64)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
        sa.UniqueConstraint("seq", name=op.f("uq_journal_seq")),
    )
    op.create_index("ix_journal_kind", "journal", ["kind"])
    op.create_index("ix_journal_subject", "journal", ["subject"])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
