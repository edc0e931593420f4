"""The ledger's tables about the end of a relation: insolvencies with their administrator, and blocked debtors."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Date, String, Table, Text, UniqueConstraint

from receivables.ledger.columns import key, metadata, ref

insolvencies = Table(
    "insolvencies",
    metadata,
    key(),
    ref("debtors"),
    Column("reference", String(120), nullable=False),  # the register and its entry
    Column("proceeding", String(20), nullable=False),  # bankruptcy, reorganisation, debt_settlement
    Column("opened", Date, nullable=False),  # the day of the judgment: claims are reckoned to it
    Column("noted", Date, nullable=False),
    Column("by", Text, nullable=False),
    Column("file_by", Date),  # the day that court or administrator gave, where it is known
    Column("administrator", JSON),  # name, address, e-mail, language
    Column("ended", Date),
    UniqueConstraint("debtor_id", "reference"),
)

debtor_blocks = Table(
    "debtor_blocks",
    metadata,
    key(),
    ref("debtors"),
    Column("since", Date, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ended", Date),
    Column("ended_by", Text),
)
