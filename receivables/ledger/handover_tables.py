"""The ledger's tables about hand-overs: what a person was asked and decided, and how the claim stands at a partner."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Date, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from receivables.ledger.columns import Moment, key, metadata, ref

approvals = Table(
    "approvals",
    metadata,
    key(),
    Column("key", String(120), nullable=False, unique=True),  # what is asked, once
    Column("kind", String(16), nullable=False),  # handover
    ref("debtors"),
    Column("shown", String(64), nullable=False),  # hash of what the approver sees
    Column("content", String(64), nullable=False),  # blob: the dossier
    Column("details", JSON, nullable=False),
    Column("requested", Date, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),  # wrong codes so far
    Column("state", String(10), nullable=False),  # pending, approved, refused, postponed, void
    Column("approver", Text),
    Column("role", Text),
    Column("reason", Text),
    Column("decided", Moment),
)

approval_votes = Table(
    "approval_votes",
    metadata,
    key(),
    ref("approvals"),
    Column("approver", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("method", String(8), nullable=False),  # mail, totp
    Column("moment", Integer),  # the half minute whose TOTP code was spent
    Column("decision", String(10), nullable=False),
    Column("reason", Text, nullable=False),
    Column("shown", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("approval_id", "approver", "decision"),
)

handovers = Table(
    "handovers",
    metadata,
    key(),
    ref("debtors"),
    ref("approvals"),
    Column("partner", String(40), nullable=False),
    Column("dispatch_id", ForeignKey("dispatches.id"), index=True),
    Column("state", String(16), nullable=False),
    Column("partner_id", Text),
    Column("currency", String(3), nullable=False),
    Column("demanded", BigInteger, nullable=False),
    Column("collected", BigInteger, nullable=False, default=0),
    Column("fees", BigInteger, nullable=False, default=0),
    Column("on", Date, nullable=False),
    UniqueConstraint("approval_id"),
)

handover_items = Table(
    "handover_items",
    metadata,
    key(),
    ref("handovers"),
    ref("invoices"),
    UniqueConstraint("invoice_id"),  # one open invoice, one agency
)

remittances = Table(
    "remittances",
    metadata,
    key(),
    ref("handovers"),
    Column(
        "entry_id", ForeignKey("entries.id"), nullable=False, index=True
    ),  # bank entry with which the partner passed on what it collected
    Column("amount", BigInteger, nullable=False),
    Column("on", Date, nullable=False),
    UniqueConstraint("handover_id", "entry_id"),
)
