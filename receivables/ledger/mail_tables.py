"""The tables about how documents are sent: mailboxes as far as they were read, reports, complaints, preferences."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Date, ForeignKey, String, Table, Text, UniqueConstraint

from receivables.ledger.columns import key, metadata, ref

mailboxes = Table(
    "mailboxes",
    metadata,
    key(),
    Column("name", String(300), nullable=False, unique=True),
    Column("validity", BigInteger, nullable=False),  # UIDVALIDITY (RFC 3501): under another the UIDs mean nothing
    Column("uid", BigInteger, nullable=False),  # read up to here
)

mail_reports = Table(
    "mail_reports",
    metadata,
    key(),
    Column("message_id", String(255), nullable=False, index=True),
    Column("verdict", String(12), nullable=False),  # delivered, failed, complaint
    Column("recipient", Text, nullable=False),  # as the report names it
    Column("reason", Text),
    Column("content", String(64), nullable=False),  # blob: the report itself
    Column("mime", String(60), nullable=False),
    Column("read", Date, nullable=False),
    Column("settled", Date, index=True),  # what follows from it was done
    UniqueConstraint("message_id", "verdict", "content"),
)

mail_stops = Table(
    "mail_stops",
    metadata,
    key(),
    Column("address", Text, nullable=False, index=True),  # in small letters
    Column("dispatch_id", ForeignKey("dispatches.id"), nullable=False, index=True),  # what was complained of
    Column("since", Date, nullable=False),
    Column("decided", Date),
    Column("outcome", String(16)),  # mail_again, no_more_mail
    Column("by", Text),
    UniqueConstraint("address", "dispatch_id"),
)

preferences = Table(
    "preferences",
    metadata,
    key(),
    ref("debtors"),
    Column("kind", String(16), nullable=False),  # invoice, reminder, formal_notice
    Column("way", String(20)),  # peppol, peppol_else_email, email, post
    Column("copies", JSON, nullable=False),  # e-mail addresses
    Column("exemption", String(20)),  # ground on which a Belgian invoice may go another way than by Peppol
    Column("by", Text, nullable=False),
    Column("on", Date, nullable=False),
    Column("source", String(8), nullable=False),  # erp, person
    Column("reason", Text),
)
