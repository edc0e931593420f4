"""The tables of what comes in by itself: the answers of the buyer's side, and hints that something happened."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Date, ForeignKey, Index, String, Table, Text, UniqueConstraint

from receivables.ledger.columns import Moment, key, metadata, ref

answers = Table(
    "answers",
    metadata,
    key(),
    Column("content", String(64), nullable=False, unique=True),  # blob: the ApplicationResponse
    Column("seller", String(40), nullable=False),  # whose inbox it came in
    Column("source", String(40), nullable=False),  # the provider, or file
    Column("kind", String(20), nullable=False),  # invoice_response, mlr, mls
    Column("code", String(2), nullable=False),
    Column("reasons", JSON, nullable=False),  # codes of reasons and actions
    Column("issued", Date, nullable=False),
    Column("said_at", Moment),
    Column("dispatch_id", ForeignKey("dispatches.id"), index=True),
    ref("invoices", nullable=True),
    Column("verdict", String(12), nullable=False),  # acted, noted, late, refused, unmatched
    Column("on", Date, nullable=False),
    Column("at", Moment, nullable=False),
)

hints = Table(
    "hints",
    metadata,
    key(),
    Column("seller", String(40), nullable=False),
    Column("provider", String(40), nullable=False),
    Column("event", String(64), nullable=False),  # SHA-256 of the partner's own id: the same again is dropped
    Column("kind", String(80), nullable=False),
    Column("partner_id", Text),
    Column("content", String(64), nullable=False),  # blob: the call's body
    Column("headers", String(64)),  # blob: its headers without secrets
    Column("said", JSON),  # the partner's word, where it says it here and answers no question about it
    Column("at", Moment, nullable=False),
    Column("done", Moment),
    Column("outcome", String(16)),
    UniqueConstraint("seller", "provider", "event"),
    Index("ix_hints_waiting", "done", "id"),
)
