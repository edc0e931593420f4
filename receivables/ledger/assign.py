"""What a person decides about a bank entry that was not certain: accept what is proposed, say what it pays, undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.engine import Row

from receivables.claims import ItemKind
from receivables.ledger import journal
from receivables.ledger.amounts import held, item, written_off
from receivables.ledger.book import Beyond, recover
from receivables.ledger.money_in import book_payment, book_return, reverse_entry
from receivables.ledger.tables import allocations, entries, invoices
from receivables.matching import Match, Return
from receivables.money import from_minor, to_minor
from receivables.open_items import Share


class WrongEntry(ValueError):
    """What was asked cannot be done with this entry; one sentence."""


@dataclass(frozen=True, slots=True)
class Paid:
    """What a person says: this invoice, in full as far as the money goes, or this much of it."""

    invoice_id: int
    number: str
    amount: Decimal | None = None


def entry_row(connection: Connection, entry_id: int) -> Row[Any]:
    found = connection.execute(select(entries).where(entries.c.id == entry_id)).one_or_none()
    if found is None:
        raise WrongEntry(f"there is no bank entry {entry_id}; voldaan match --explain lists those that wait")
    return found


def accept(connection: Connection, entry_id: int, *, by: str, on: date, at: datetime) -> int:
    """Books what is proposed for the entry; how much, in minor units. Raises WrongEntry."""
    row = entry_row(connection, entry_id)
    shares = row.match.get("shares") or []
    if row.state != "proposed" or not shares:
        raise WrongEntry(
            f"entry {entry_id} is {row.state} and nothing is proposed that could be booked: say what it pays with "
            "voldaan match assign"
        )
    proposed = tuple(Share(i, ItemKind(kind), from_minor(amount, row.currency)) for i, kind, amount in shares)
    return book(connection, row, proposed, f"accepted: {row.match['reason']}", by=by, on=on, at=at)


def assign(connection: Connection, entry_id: int, paid: Sequence[Paid], *, by: str, on: date, at: datetime) -> int:
    """Books the entry on these invoices, in their order, also on what was written off; how much, in minor units.

    Raises WrongEntry.
    """
    row = entry_row(connection, entry_id)
    left = from_minor(held(connection, "payment", entry_id), row.currency)
    if left <= 0:
        raise WrongEntry(f"entry {entry_id} has nothing left to assign; voldaan match undo {entry_id} frees it")
    if taken_back(connection, entry_id):
        raise WrongEntry(f"entry {entry_id} went back to the payer's bank: there is nothing to assign")
    shares = []
    for one in paid:
        found = item(connection, one.invoice_id, ItemKind.PRINCIPAL)
        room = 0 if found is None else int(found.open) + written_off(connection, found.item_id)
        amount = min(from_minor(room, row.currency), left) if one.amount is None else one.amount
        if amount <= 0:
            raise WrongEntry(f"{one.number} has nothing open, or nothing of entry {entry_id} is left for it")
        shares.append(Share(one.invoice_id, ItemKind.PRINCIPAL, amount))
        left -= amount
    return book(connection, row, tuple(shares), "assigned by a person", by=by, on=on, at=at)


def taken_back(connection: Connection, entry_id: int) -> bool:
    """Whether the bank took the money back: another entry undid what this one had paid."""
    reversal = allocations.alias("reversal")
    undone = (
        select(reversal.c.id)
        .join(allocations, allocations.c.id == reversal.c.reverses)
        .where(allocations.c.source == "payment", allocations.c.source_id == entry_id)
        .where(reversal.c.source_id != entry_id)
    )
    return connection.execute(undone.limit(1)).first() is not None


def book(
    connection: Connection, row: Row[Any], shares: tuple[Share, ...], reason: str, *, by: str, on: date, at: datetime
) -> int:
    """The name stands with the entry, never in the journal."""
    owners = select(invoices.c.debtor_id).where(invoices.c.id.in_([share.invoice_id for share in shares])).distinct()
    debtors = connection.scalars(owners).all()
    whose = int(debtors[0]) if len(debtors) == 1 else None
    match = Match(debtor_id=whose, shares=shares, reason=reason, confidence=Decimal(1))
    try:
        match = replace(match, reason=reason + reopened(connection, row, shares, on, at))
        book_payment(connection, row.id, match, on=on, at=at)
    except Beyond as problem:
        raise WrongEntry(f"entry {row.id} cannot be booked so: {problem}") from problem
    decided(connection, row.id, "entry.assigned", by, on, at)
    return sum(to_minor(share.amount, row.currency) for share in shares)


def reopened(connection: Connection, row: Row[Any], shares: tuple[Share, ...], on: date, at: datetime) -> str:
    """What was written off is open again as far as the entry pays it; in words, for the reason of the match."""
    total = 0
    for share in shares:
        found = item(connection, share.invoice_id, share.kind)
        if found is None:
            continue
        beyond = to_minor(share.amount, row.currency) - int(found.open)
        if (beyond := min(beyond, written_off(connection, found.item_id))) > 0:
            recover(connection, found.item_id, row.id, beyond, on=on, at=at)
            total += beyond
    return f"; {from_minor(total, row.currency)} of it recovered after it was written off" if total else ""


def undo(connection: Connection, entry_id: int, *, by: str, on: date, at: datetime) -> int:
    """Takes the entry off every claim, as a wrong match; how much, in minor units. Its money waits again."""
    entry_row(connection, entry_id)
    undone = reverse_entry(connection, entry_id, on=on, at=at)
    if not undone:
        raise WrongEntry(f"entry {entry_id} is booked on no claim")
    connection.execute(update(entries).where(entries.c.id == entry_id).values(debtor_id=None))
    decided(connection, entry_id, "entry.undone", by, on, at)
    return undone


def returned(connection: Connection, entry_id: int, earlier: int, *, by: str, on: date, at: datetime) -> str:
    """Money out that took back an earlier payment; the entry's state then. Raises WrongEntry."""
    row, before = entry_row(connection, entry_id), entry_row(connection, earlier)
    if row.amount >= 0 or before.amount <= 0 or row.state == "matched":
        raise WrongEntry(f"entry {entry_id} must be money out that is not matched, and {earlier} money that came in")
    found = Return(entry_id=earlier, reason="returned, said by a person", confidence=Decimal(1))
    state = book_return(connection, row, found, on=on, at=at)
    decided(connection, entry_id, "entry.assigned", by, on, at)
    return state


def decided(connection: Connection, entry_id: int, kind: str, by: str, on: date, at: datetime) -> None:
    kept = connection.scalar(select(entries.c.match).where(entries.c.id == entry_id)) or {}
    connection.execute(update(entries).where(entries.c.id == entry_id).values(match={**kept, "by": by}))
    journal.append(connection, at=at, on=on, kind=kind, subject=f"entry:{entry_id}", facts={})
