"""Booking on the claims what `receivables.matching` found: payments, returns; and showing what is not certain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.engine import Row

from receivables.claims import ZERO, ItemKind
from receivables.ledger import journal
from receivables.ledger.amounts import held, item
from receivables.ledger.book import BY_TOLERANCE, Beyond, allocate, reverse, waive
from receivables.ledger.debits import note_paid, note_returned
from receivables.ledger.open_items import open_items, read_invoices
from receivables.ledger.tables import allocations, claim_items, entries
from receivables.matching import BankEntry, Match, NoMatch, Proposal, Result, Return, match
from receivables.money import to_minor
from receivables.open_items import OpenItems, Share

ENTRY = select(entries).where(entries.c.id == bindparam("entry_id")).with_for_update()
GIVEN: dict[str, Any] = {name: bindparam(f"new_{name}") for name in ("state", "match")}
KEEP = (
    update(entries).where(entries.c.id == bindparam("entry_id")).values(GIVEN | {"debtor_id": bindparam("new_debtor")})
)


def match_and_book(
    connection: Connection,
    sellers: Sequence[str],
    new: Sequence[tuple[int, BankEntry]],
    tolerance: Decimal = ZERO,
    *,
    at: datetime,
    booked_since: date | None = None,
) -> Counter[str]:
    """Matches and books bank entries (id, entry) on an account that `sellers` share, each on its booking day.

    Returns how many there are by state. What is open is read once and kept true while booking; of what a return reopens
    only those claims are read again. `booked_since`: how far back a payment may still be returned.
    """
    states: Counter[str] = Counter()
    items = {seller: open_items(connection, seller, booked_since=booked_since) for seller in sellers} if new else {}
    for entry_id, entry in new:
        result, seller = best_match(entry, items, tolerance)
        states[book_entry(connection, entry_id, result, on=entry.booked, at=at)] += 1
        if isinstance(result, Return):
            reopen(connection, items[seller], seller, result)
        elif isinstance(result, Match):
            keep_true(items[seller], entry_id, entry, result)
    return states


def keep_true(items: OpenItems, entry_id: int, entry: BankEntry, result: Match) -> None:
    """What was booked is no longer open, and may be returned."""
    items.book(result.shares + result.waived)
    for part in result.netted:
        items.book_credit(part.credit_note_id, part.invoice_id, part.amount)
    paid = {share.invoice_id for share in result.shares}
    items.remember(entry_id, entry, result.debtor_id if result.rest == 0 else None, paid)


def reopen(connection: Connection, items: OpenItems, seller: str, result: Return) -> None:
    """The claims that a returned payment had paid stand open again."""
    before = items.booked.get(result.entry_id)
    if before is None:
        return
    found, _ = read_invoices(connection, seller, result.invoice_ids or before.invoice_ids)
    for invoice in found:
        items.add(invoice)
    items.forget(result.entry_id)
    left = before.invoice_ids - set(result.invoice_ids) if result.invoice_ids else frozenset()
    if left:
        items.keep(replace(before, invoice_ids=left))


def best_match(entry: BankEntry, items: Mapping[str, OpenItems], tolerance: Decimal) -> tuple[Result, str]:
    """What the entry pays among the sellers that share the account, and at whom: the most certain answer, else the
    first.
    """
    found = [(match(entry, of, tolerance), seller) for seller, of in items.items()]
    order = (Match, Return, Proposal, NoMatch)
    return min(found, key=lambda pair: order.index(type(pair[0])))


def book_entry(connection: Connection, entry_id: int, result: Result, *, on: date, at: datetime) -> str:
    """Does what `result` says with one bank entry; its state then: matched, proposed, unmatched or ignored.

    An entry that is matched or ignored stays as it is, so that the same statement again books nothing.
    """
    entry = connection.execute(ENTRY, {"entry_id": entry_id}).one()
    if entry.state in ("matched", "ignored"):
        return str(entry.state)
    if isinstance(result, Match):
        rest = book_payment(connection, entry_id, result, on=on, at=at)
        if entry.end_to_end or entry.mandate:
            note_paid(connection, entry, [share.invoice_id for share in result.shares], on=on, at=at)
        return "proposed" if rest else "matched"
    if isinstance(result, Return):
        return book_return(connection, entry, result, on=on, at=at)
    return mark(connection, entry, result, on, at)


def book_payment(connection: Connection, entry_id: int, match: Match, *, on: date, at: datetime) -> int:
    """Allocates the shares of `match`; the rest in minor units, which stays visible as a proposal and an open credit.

    A small rest stays the debtor's credit, and no person needs to look at it.

    Nothing is booked (Beyond) where an item has less open, or the entry holds less, than the match says.
    """
    with connection.begin_nested():
        for share in match.shares:
            row = required_item(connection, share)
            amount = to_minor(share.amount, row.currency)
            allocate(connection, row.item_id, "payment", entry_id, amount, on=on, at=at)
        for part in match.netted:
            row = required_item(connection, Share(part.invoice_id, ItemKind.PRINCIPAL, part.amount))
            amount = to_minor(part.amount, row.currency)
            allocate(connection, row.item_id, "credit", part.credit_note_id, amount, on=on, at=at)
        for share in match.waived:
            row = required_item(connection, share)
            amount = to_minor(share.amount, row.currency)
            waive(connection, row.item_id, amount, by=BY_TOLERANCE, why=match.waived_why, on=on, at=at)
    rest = held(connection, "payment", entry_id)
    kept: dict[str, Any] = {"reason": match.reason, "confidence": str(match.confidence), "rest": rest}
    kept |= beside(connection, match)
    for_person = rest and not match.small
    keep(connection, entry_id, "proposed" if for_person else "matched", kept, match.debtor_id)
    return rest if for_person else 0


def beside(connection: Connection, match: Match) -> dict[str, Any]:
    """What was settled without money, to be shown beside the payment: credit notes set off, and what was waived why."""
    found: dict[str, Any] = {}
    if match.netted:
        parts = [
            (one.credit_note_id, required_item(connection, Share(one.invoice_id, ItemKind.PRINCIPAL, ZERO)), one)
            for one in match.netted
        ]
        found["netted"] = [[note, one.invoice_id, to_minor(one.amount, row.currency)] for note, row, one in parts]
    if match.waived:
        rows = [(share, required_item(connection, share)) for share in match.waived]
        found["waived"] = [[s.invoice_id, s.kind, to_minor(s.amount, row.currency)] for s, row in rows]
        found["waived_why"] = match.waived_why
    return found


def keep(connection: Connection, entry_id: int, state: str, found: dict[str, Any], debtor_id: int | None) -> None:
    values = {"entry_id": entry_id, "new_state": state, "new_match": found, "new_debtor": debtor_id}
    connection.execute(KEEP, values)


def required_item(connection: Connection, share: Share) -> Row[Any]:
    found = item(connection, share.invoice_id, share.kind)
    if found is None:
        raise Beyond(f"invoice {share.invoice_id} has no {share.kind}")
    return found


def mark(connection: Connection, entry: Row[Any], result: Proposal | NoMatch, on: date, at: datetime) -> str:
    """Keeps what a person should look at; journalled when it is new."""
    if isinstance(result, Proposal):
        state, debtor_id = "proposed", result.debtor_id
        shares = [[s.invoice_id, s.kind, to_minor(s.amount, entry.currency)] for s in result.shares]
        kept = {"reason": result.reason, "confidence": str(result.confidence), "shares": shares}
    else:
        state, debtor_id = "unmatched" if result.ours else "ignored", None
        kept = {"reason": result.reason}
    if (entry.state, entry.match) != (state, kept):
        keep(connection, entry.id, state, kept, debtor_id)
        told(connection, entry.id, f"entry.{state}", {"amount": entry.amount}, on, at)
    return state


def book_return(connection: Connection, entry: Row[Any], result: Return, *, on: date, at: datetime) -> str:
    """The money went back: every claim that it paid is open again, as it stood."""
    undone = reverse_entry(
        connection, result.entry_id, on=on, at=at, cause=entry.id, invoice_ids=result.invoice_ids or None
    )
    never_allocated = 0 if result.invoice_ids else held(connection, "payment", result.entry_id)
    sums = (-entry.amount, -entry.amount - (entry.charges or 0))
    whole = undone > 0 and undone + never_allocated in sums
    state = "matched" if whole else "proposed"
    kept = {"reason": result.reason, "confidence": str(result.confidence), "reopened": undone}
    whose = connection.scalar(select(entries.c.debtor_id).where(entries.c.id == result.entry_id))
    keep(connection, entry.id, state, kept, whose)
    note_returned(connection, entry, result.invoice_ids, on=on, at=at)
    told(connection, entry.id, "entry.returned", {"returns": result.entry_id, "amount": entry.amount}, on, at)
    return state


def reverse_entry(
    connection: Connection,
    entry_id: int,
    *,
    on: date,
    at: datetime,
    cause: int | None = None,
    invoice_ids: Collection[int] | None = None,
) -> int:
    """Undoes every allocation of one bank entry, or those to `invoice_ids`; how much. Without `cause` (a wrong match)
    its money is free again.
    """
    total = 0
    live = select(allocations).where(
        allocations.c.source == "payment", allocations.c.source_id == entry_id, allocations.c.reverses.is_(None)
    )
    if invoice_ids is not None:
        theirs = select(claim_items.c.id).where(claim_items.c.invoice_id.in_(invoice_ids))
        live = live.where(allocations.c.claim_item_id.in_(theirs))
    for row in connection.execute(live).all():
        if reverse(connection, row.id, on=on, at=at, cause=cause) is not None:
            total += int(row.amount)
    if cause is None and total:
        connection.execute(update(entries).where(entries.c.id == entry_id).values(state="unmatched", match={}))
    return total


def told(
    connection: Connection, entry_id: int, kind: str, facts: dict[str, journal.Json], on: date, at: datetime
) -> None:
    journal.append(connection, at=at, on=on, kind=kind, subject=f"entry:{entry_id}", facts=facts)
