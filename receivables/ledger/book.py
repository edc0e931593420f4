"""The money on a claim: allocated, reversed, waived, written off, raised; each change journalled, none overwritten.

No item ever goes below zero, and no payment or credit note gives more than it holds. Amounts are whole minor units of
the invoice's currency; what is open is derived in `receivables.ledger.amounts`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.engine import Row

from receivables.claims import ItemKind
from receivables.ledger import journal
from receivables.ledger.amounts import HELD, Source, held, item, item_by_id, open_amounts, written_off
from receivables.ledger.tables import allocations, claim_items, invoices

__all__ = [
    "BY_TOLERANCE",
    "Beyond",
    "allocate",
    "book_credit",
    "held",
    "item",
    "open_amounts",
    "recover",
    "reverse",
    "set_accessory",
    "waive",
    "write_off",
]

BY_TOLERANCE = "tolerance"  # who waived a small rest: the policy
NEW_ALLOCATION = insert(allocations).returning(allocations.c.id)


class Beyond(ValueError):
    """More than is open on the item, or than the payment or credit note still holds."""


def allocate(
    connection: Connection, item_id: int, source: Source, source_id: int, amount: int, *, on: date, at: datetime
) -> int:
    """Gives `amount` of a source to one item; the allocation's id. Raises Beyond, and books nothing then."""
    row = item_by_id(connection, item_id, lock=True)
    if not 0 < amount <= row.open:
        raise Beyond(f"{amount} cannot go to item {item_id}: {row.open} is open there")
    if source != "write_off":
        check_source(connection, row, source, source_id, amount)
    new = {"claim_item_id": item_id, "source": source, "source_id": source_id, "amount": amount, "on": on}
    allocation: int = connection.execute(NEW_ALLOCATION, new).scalar_one()
    facts: dict[str, journal.Json] = {"allocation": allocation, "item": item_id, "kind": row.kind}
    told(connection, row, f"{source}.allocated", facts | {"source": source_id, "amount": amount}, on, at)
    return allocation


def check_source(connection: Connection, row: Row[Any], source: Source, source_id: int, amount: int) -> None:
    holds = connection.execute(HELD[source], {"source_id": source_id}).one()
    if holds.currency != row.currency:
        raise Beyond(
            f"{source} {source_id} is in {holds.currency}, item {row.item_id} in {row.currency}: "
            "a person books across currencies"
        )
    if amount > holds.left:
        raise Beyond(f"{amount} cannot come from {source} {source_id}: it holds {holds.left}")


def reverse(
    connection: Connection, allocation_id: int, *, on: date, at: datetime, cause: int | None = None
) -> int | None:
    """Undoes one allocation, once; the reversal's id, or None where it was undone before.

    `cause` is the bank entry that took the money back; without it the sum returns to its source and waits there.
    """
    old = connection.execute(select(allocations).where(allocations.c.id == allocation_id)).one()
    undone = connection.scalar(select(allocations.c.id).where(allocations.c.reverses == allocation_id))
    if undone is not None or old.reverses is not None:
        return None
    new = insert(allocations).values(
        claim_item_id=old.claim_item_id,
        source=old.source,
        source_id=old.source_id if cause is None else cause,
        amount=-old.amount,
        on=on,
        reverses=allocation_id,
    )
    reversal: int = connection.execute(new.returning(allocations.c.id)).scalar_one()
    row = item_by_id(connection, old.claim_item_id)
    facts: dict[str, journal.Json] = {"allocation": reversal, "reverses": allocation_id, "amount": -old.amount}
    told(connection, row, f"{old.source}.reversed", facts | {"cause": cause}, on, at)
    if old.source == "payment":
        write_off_again(connection, old, row, on, at)
    if row.waived_by == BY_TOLERANCE:
        demand_again(connection, row, on, at)
    return reversal


def write_off_again(connection: Connection, paid: Row[Any], row: Row[Any], on: date, at: datetime) -> None:
    """What was open again only for the payment `paid` is written off once more when that goes back."""
    undone = allocations.alias("undone")
    reopened = (
        select(allocations)
        .outerjoin(undone, undone.c.reverses == allocations.c.id)
        .where(allocations.c.claim_item_id == paid.claim_item_id, allocations.c.source_id == paid.source_id)
        .where(allocations.c.source == "write_off", allocations.c.amount < 0, undone.c.id.is_(None))
    )
    for one in connection.execute(reopened).all():
        again = {"claim_item_id": one.claim_item_id, "source": "write_off", "source_id": row.invoice_id}
        connection.execute(insert(allocations).values(**again, amount=-one.amount, on=on, reverses=one.id))
        facts: dict[str, journal.Json] = {"item": row.item_id, "kind": row.kind, "amount": -one.amount}
        told(connection, row, "write_off.allocated", facts, on, at)


def demand_again(connection: Connection, row: Row[Any], on: date, at: datetime) -> None:
    """A small rest was waived only because the payment came: when that goes back, so does the waiver."""
    nothing = update(claim_items).where(claim_items.c.id == row.item_id)
    connection.execute(nothing.values(waived=0, waived_by=None, waived_why=None))
    told(connection, row, "claim.unwaived", {"item": row.item_id, "amount": row.waived}, on, at)


def waive(connection: Connection, item_id: int, amount: int, *, by: str, why: str, on: date, at: datetime) -> None:
    """Forgoes `amount` of one item. `by` and `why` stand in the row, never in the journal. Raises Beyond."""
    row = item_by_id(connection, item_id, lock=True)
    if not 0 < amount <= row.open:
        raise Beyond(f"{amount} cannot be waived on item {item_id}: {row.open} is open there")
    if by == BY_TOLERANCE and row.waived:
        by, why = row.waived_by, row.waived_why  # a person's word stands, whatever a payment does
    values = {"waived": row.waived + amount, "waived_by": by, "waived_why": why}
    connection.execute(update(claim_items).where(claim_items.c.id == item_id).values(values))
    facts: dict[str, journal.Json] = {"item": item_id, "kind": row.kind, "amount": amount}
    told(connection, row, "claim.waived", facts, on, at)


def book_credit(connection: Connection, credit_note_id: int, *, on: date, at: datetime) -> int:
    """A credit note pays the principal of the invoices that it names (BG-3), in order; the rest is an open credit."""
    note = connection.execute(select(invoices).where(invoices.c.id == credit_note_id)).one()
    rest = held(connection, "credit", credit_note_id)
    for number in note.preceding:
        named = (invoices.c.seller == note.seller) & (invoices.c.number == number) & (invoices.c.kind == "invoice")
        same = (invoices.c.debtor_id == note.debtor_id) & (invoices.c.currency == note.currency)
        invoice_id = connection.scalar(select(invoices.c.id).where(named & same))
        found = item(connection, invoice_id, ItemKind.PRINCIPAL) if invoice_id is not None else None
        amount = min(rest, int(found.open)) if found is not None else 0
        if found is not None and amount > 0:
            allocate(connection, found.item_id, "credit", credit_note_id, amount, on=on, at=at)
            rest -= amount
    return rest


def set_accessory(
    connection: Connection, invoice_id: int, kind: ItemKind, amount: int, *, on: date, at: datetime
) -> int:
    """Interest, lump sum or costs as demanded now; the item's id. Raises Beyond below what was paid or waived."""
    if kind == ItemKind.PRINCIPAL:
        raise ValueError("the principal is the invoice's own amount and is never set anew")
    row = item(connection, invoice_id, kind)
    if row is None:
        connection.execute(insert(claim_items).values(invoice_id=invoice_id, kind=kind, amount=0, waived=0))
        row = item(connection, invoice_id, kind)
        assert row is not None
    gone = row.amount - row.open
    if amount < gone:
        raise Beyond(f"{kind} cannot become {amount}: {gone} was paid or waived already")
    if amount != row.amount:
        connection.execute(update(claim_items).where(claim_items.c.id == row.item_id).values(amount=amount))
        told(connection, row, "claim.raised", {"item": row.item_id, "kind": kind, "amount": amount}, on, at)
    return int(row.item_id)


def write_off(connection: Connection, invoice_id: int, *, cause: str, on: date, at: datetime) -> int:
    """Writes off all that is open on the invoice; how much that was. `cause` is a word, journalled: 'insolvency', …"""
    rows = [row for kind in ItemKind if (row := item(connection, invoice_id, kind)) is not None and row.open > 0]
    for row in rows:
        allocate(connection, row.item_id, "write_off", invoice_id, int(row.open), on=on, at=at)
    total = sum(int(row.open) for row in rows)
    if total:
        told(connection, rows[0], "claim.written_off", {"amount": total, "cause": cause}, on, at)
    return total


def recover(connection: Connection, item_id: int, entry_id: int, amount: int, *, on: date, at: datetime) -> None:
    """A bank entry pays on an item that was written off: so much of it is open again, for it. Raises Beyond."""
    row = item_by_id(connection, item_id, lock=True)
    if not 0 < amount <= (gone := written_off(connection, item_id)):
        raise Beyond(f"{amount} cannot be recovered on item {item_id}: {gone} is written off there")
    new = {"claim_item_id": item_id, "source": "write_off", "source_id": entry_id, "amount": -amount, "on": on}
    connection.execute(NEW_ALLOCATION, new)
    facts: dict[str, journal.Json] = {"item": item_id, "kind": row.kind, "amount": amount}
    told(connection, row, "claim.recovered", facts, on, at)


def told(
    connection: Connection, row: Row[Any], kind: str, facts: dict[str, journal.Json], on: date, at: datetime
) -> None:
    """Journals what befell the claim that `row` is an item of."""
    subject = journal.about_invoice(row.seller, row.number)
    journal.append(connection, at=at, on=on, kind=kind, subject=subject, facts=facts)
