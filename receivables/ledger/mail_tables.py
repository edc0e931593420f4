"""The tables about mail: how far each mailbox was read, what was reported, and the addresses that complained."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, ForeignKey, String, Table, Text, UniqueConstraint

from receivables.ledger.columns import key, metadata

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
