"""Bank statements in the ledger: each once, each of its entries once, whatever the order in which they arrive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol, TypeVar

from sqlalchemy import Connection, insert, select

from receivables.ledger import journal
from receivables.ledger.tables import entries, statements
from receivables.matching import BankEntry
from receivables.money import to_minor


class EntryRow(BankEntry, Protocol):
    """One booked transaction, as `connectors.ports.StatementEntry` brings it."""

    @property
    def key(self) -> str: ...


Booked = TypeVar("Booked", bound=EntryRow, covariant=True)


class StatementRow(Protocol[Booked]):
    """One statement of one account, as `connectors.ports.Statement` brings it."""

    @property
    def account(self) -> str: ...
    @property
    def identification(self) -> str: ...
    @property
    def sequence(self) -> int | None: ...
    @property
    def from_date(self) -> date | None: ...
    @property
    def to_date(self) -> date: ...
    @property
    def currency(self) -> str: ...
    @property
    def opening(self) -> Decimal | None: ...
    @property
    def closing(self) -> Decimal | None: ...
    @property
    def entries(self) -> Sequence[Booked]: ...


def keep_statement(
    connection: Connection, statement: StatementRow[Booked], file: str, *, on: date, at: datetime
) -> list[tuple[int, Booked]]:
    """The statement's new entries with their ids; none where it was read before. `file` is its hash in the store.

    An entry that another, overlapping statement brought already is known by its account and key and not added again.
    """
    where = (statements.c.account == statement.account) & (statements.c.identification == statement.identification)
    if connection.scalar(select(statements.c.id).where(where)) is not None:
        return []
    row = insert(statements).values(
        account=statement.account,
        identification=statement.identification,
        sequence=statement.sequence,
        from_date=statement.from_date,
        to_date=statement.to_date,
        currency=statement.currency,
        opening=None if statement.opening is None else to_minor(statement.opening, statement.currency),
        closing=None if statement.closing is None else to_minor(statement.closing, statement.currency),
        file=file,
    )
    statement_id = int(connection.execute(row.returning(statements.c.id)).scalar_one())
    known = set(connection.scalars(select(entries.c.key).where(entries.c.account == statement.account)))
    new = [entry for entry in statement.entries if entry.key not in known]
    found = [(_keep_entry(connection, statement_id, statement.account, entry), entry) for entry in new]
    facts: dict[str, journal.Json] = {"statement": statement_id, "file": file, "entries": len(found)}
    subject = f"account:{statement.account[:4]}…{statement.account[-4:]}"
    journal.append(connection, at=at, on=on, kind="statement.read", subject=subject, facts=facts)
    return found


def _keep_entry(connection: Connection, statement_id: int, account: str, entry: EntryRow) -> int:
    row = insert(entries).values(
        statement_id=statement_id,
        account=account,
        key=entry.key,
        booked=entry.booked,
        amount=to_minor(entry.amount, entry.currency),
        currency=entry.currency,
        counterparty=entry.counterparty,
        counterparty_iban=entry.counterparty_iban,
        reference=entry.reference,
        text=entry.text,
        end_to_end=entry.end_to_end,
        return_reason=entry.return_reason,
        state="unmatched",
        match={},
    )
    return int(connection.execute(row.returning(entries.c.id)).scalar_one())
