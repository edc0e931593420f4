"""The ledger's tables for the credit insurer: its decisions on limits, claims at the insurer, what it paid."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, String, Table, Text, UniqueConstraint

from receivables.ledger.columns import key, metadata, ref

cover_decisions = Table(
    "cover_decisions",
    metadata,
    key(),
    Column("policy", String(40), nullable=False),
    ref("debtors"),
    Column("state", String(12), nullable=False),  # granted, refused, withdrawn, pending
    Column("requested", BigInteger),
    Column("amount", BigInteger, nullable=False),  # the limit, minor units
    Column("currency", String(3), nullable=False),
    Column("since", Date, nullable=False),  # first day on which the decision holds
    Column("until", Date),  # last day, where it has one
    Column("reference", String(80)),  # the insurer's own
    Column("source", String(12), nullable=False),  # file, insurer, person
    Column("noted", Date, nullable=False),  # the day on which we learnt of it
    Index("ix_cover_decisions_policy", "policy", "debtor_id"),
)

insurer_claims = Table(
    "insurer_claims",
    metadata,
    key(),
    Column("policy", String(40), nullable=False),
    ref("debtors"),
    Column("oldest", String(60), nullable=False),  # number of the invoice on which the clock ran
    Column("cause", String(20), nullable=False),  # protracted_default, insolvency
    Column("dispatch_id", ForeignKey("dispatches.id"), index=True),
    Column("dossier", String(64), nullable=False),  # blob
    Column("state", String(12), nullable=False),
    Column("partner_id", Text),
    Column("currency", String(3), nullable=False),
    Column("claimed", BigInteger, nullable=False),
    Column("expected", BigInteger, nullable=False),  # what the policy should pay
    Column("approved", BigInteger),
    Column("filed", Date, nullable=False),
    UniqueConstraint("policy", "debtor_id", "oldest"),
)

insurer_claim_items = Table(
    "insurer_claim_items",
    metadata,
    key(),
    ref("insurer_claims"),
    ref("invoices"),
    Column("claimed", BigInteger, nullable=False),  # principal that was open when the claim was filed
    UniqueConstraint("insurer_claim_id", "invoice_id"),
)

indemnifications = Table(
    "indemnifications",
    metadata,
    key(),
    ref("insurer_claims"),
    Column("amount", BigInteger, nullable=False),
    Column("on", Date, nullable=False),
    Column("reference", Text),
    Column("after", BigInteger, nullable=False),  # id of the newest allocation then: what comes after is recovered
    Column("entry_id", ForeignKey("entries.id"), unique=True),  # the bank entry that brought it, once it is there
)

indemnification_items = Table(
    "indemnification_items",
    metadata,
    key(),
    ref("indemnifications"),
    ref("invoices"),
    Column("amount", BigInteger, nullable=False),
    Column("basis", BigInteger, nullable=False),  # principal that was open then
    UniqueConstraint("indemnification_id", "invoice_id"),
)

recoveries = Table(
    "recoveries",
    metadata,
    key(),
    ref("insurer_claims"),
    ref("invoices"),
    Column("allocation_id", ForeignKey("allocations.id"), nullable=False, unique=True),
    Column("amount", BigInteger, nullable=False),  # what came in, negative where it went back
    Column("share", BigInteger, nullable=False),  # the insurer's part of it
    Column("on", Date, nullable=False),
)

signatories = Table(
    "signatories",
    metadata,
    key(),
    ref("debtors"),
    Column("name", Text, nullable=False),
    Column("capacity", Text, nullable=False),  # what entitles the person to sign
    Column("noted_by", Text, nullable=False),
    Column("noted", Date, nullable=False),
    UniqueConstraint("debtor_id"),
)
