"""Bank statements in the ledger: each once, each of its entries once, whatever the order in which they arrive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, func, insert, select

from receivables.ledger import journal
from receivables.ledger.tables import entries, statements
from receivables.matching import BankEntry
from receivables.money import from_minor, to_minor

NAME = 50  # characters of a statement's name that are kept


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
    @property
    def format(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """A bank entry as the ledger has it; `match` is what was found, in the words of `money_in`."""

    id: int
    account: str
    state: str
    match: Mapping[str, Any]
    booked: date
    amount: Decimal
    currency: str
    counterparty: str | None
    counterparty_iban: str | None
    reference: str | None
    text: str | None
    end_to_end: str | None
    mandate: str | None
    return_reason: str | None
    charges: Decimal


def stored_entries(
    connection: Connection, ids: Collection[int] = (), states: Collection[str] = ("proposed", "unmatched")
) -> list[StoredEntry]:
    """These entries, or all in one of these states, in the order in which they came."""
    which = entries.c.id.in_(ids) if ids else entries.c.state.in_(states)
    same = [entries.c[name] for name in StoredEntry.__dataclass_fields__]
    found = []
    for row in connection.execute(select(*same).where(which).order_by(entries.c.id)).mappings():
        amounts = {name: from_minor(row[name] or 0, row["currency"]) for name in ("amount", "charges")}
        found.append(StoredEntry(**dict(row) | amounts))
    return found


def states_of(connection: Connection, ids: Collection[int]) -> Counter[str]:
    """How many of these entries are in each state."""
    return Counter(connection.scalars(select(entries.c.state).where(entries.c.id.in_(ids)))) if ids else Counter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What one format brought: how many statements, and how many bookings in them that were new."""

    format: str
    statements: int
    entries: int


def carried(connection: Connection) -> list[Carried]:
    """By format, in alphabetical order."""
    counted = (
        select(statements.c.format, func.count(statements.c.id.distinct()), func.count(entries.c.id))
        .outerjoin(entries, entries.c.statement_id == statements.c.id)
        .group_by(statements.c.format)
        .order_by(statements.c.format)
    )
    rows = connection.execute(counted)
    return [Carried(format=name or "unknown", statements=files, entries=booked) for name, files, booked in rows]


def keep_statement(
    connection: Connection, statement: StatementRow[Booked], file: str, *, on: date, at: datetime
) -> list[tuple[int, Booked]]:
    """The statement's new entries with their ids; none where it was read before. `file` is its hash in the store.

    An entry that another, overlapping statement brought already is known by its account and key and not added again;
    one that a statement in another format brought, by its day and amount. A statement that comes again under its old
    name with more in it is kept beside the first.
    """
    new = _unknown(connection, statement)
    name = statement.identification[:NAME]
    same_name = connection.execute(
        select(statements).where(statements.c.account == statement.account, statements.c.identification == name)
    ).one_or_none()
    values = _values(statement, file)
    if same_name is not None:
        if not new and all(getattr(same_name, word) == values[word] for word in ("to_date", "opening", "closing")):
            return []
        values["identification"] = _other_name(connection, statement.account, name)
    statement_id = int(connection.execute(insert(statements).values(values).returning(statements.c.id)).scalar_one())
    ids = _keep_entries(connection, statement_id, statement.account, new)
    facts: dict[str, journal.Json] = {"statement": statement_id, "file": file, "entries": len(new)}
    subject = f"account:{statement.account[:4]}…{statement.account[-4:]}"
    journal.append(connection, at=at, on=on, kind="statement.read", subject=subject, facts=facts)
    return list(zip(ids, new, strict=True))


def _values(statement: StatementRow[Booked], file: str) -> dict[str, Any]:
    days = [entry.booked for entry in statement.entries]
    return {
        "account": statement.account,
        "identification": statement.identification[:NAME],
        "sequence": statement.sequence,
        "from_date": min([*days, *([statement.from_date] if statement.from_date else [])], default=None),
        "to_date": statement.to_date,
        "currency": statement.currency,
        "opening": None if statement.opening is None else to_minor(statement.opening, statement.currency),
        "closing": None if statement.closing is None else to_minor(statement.closing, statement.currency),
        "file": file,
        "format": statement.format,
    }


def _other_name(connection: Connection, account: str, name: str) -> str:
    """A name that is free: banks number anew each year, and correct what they stated."""
    taken = set(connection.scalars(select(statements.c.identification).where(statements.c.account == account)))
    return next(other for n in count(2) if (other := f"{name} ({n})") not in taken)


def _unknown(connection: Connection, statement: StatementRow[Booked]) -> list[Booked]:
    """The entries that no statement brought before."""
    if not statement.entries:
        return []
    days = [entry.booked for entry in statement.entries]
    near = (entries.c.account == statement.account) & entries.c.booked.between(min(days), max(days))
    known = set(connection.scalars(select(entries.c.key).where(near)))
    other = (
        select(entries.c.booked, entries.c.amount)
        .join(statements, statements.c.id == entries.c.statement_id)
        .where(near, statements.c.format != statement.format)
    )
    told_otherwise = Counter((row.booked, row.amount) for row in connection.execute(other))
    new = []
    for entry in statement.entries:
        if entry.key in known:
            continue
        alike = entry.booked, to_minor(entry.amount, entry.currency)
        if told_otherwise[alike] > 0:
            told_otherwise[alike] -= 1
        else:
            new.append(entry)
    return new


def _keep_entries(connection: Connection, statement_id: int, account: str, new: Sequence[EntryRow]) -> list[int]:
    if not new:
        return []
    rows: list[dict[str, Any]] = [
        {
            "statement_id": statement_id,
            "account": account,
            "key": entry.key,
            "booked": entry.booked,
            "amount": to_minor(entry.amount, entry.currency),
            "currency": entry.currency,
            "counterparty": entry.counterparty,
            "counterparty_iban": entry.counterparty_iban,
            "reference": entry.reference,
            "text": entry.text,
            "end_to_end": entry.end_to_end[:60] if entry.end_to_end else None,
            "mandate": entry.mandate[:35] if entry.mandate else None,
            "return_reason": entry.return_reason,
            "charges": to_minor(entry.charges, entry.currency) if entry.charges else None,
            "state": "unmatched",
            "match": {},
        }
        for entry in new
    ]
    added = insert(entries).returning(entries.c.id, sort_by_parameter_order=True)
    return [int(found) for found in connection.scalars(added, rows)]
