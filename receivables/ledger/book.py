"""The money on a claim: allocated, reversed, waived, written off. What is open is derived, never stored.

open = claimed − allocated (payments, credits, collected, written off) − waived, per item and never below zero.
Amounts here are whole minor units of the invoice's currency.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Select, func, insert, select, update
from sqlalchemy.engine import Row

from receivables.claims import ItemKind
from receivables.ledger import journal
from receivables.ledger.tables import allocations, claim_items, entries, handovers, invoices

Source = Literal["payment", "credit", "collected", "write_off"]
BY_TOLERANCE = "tolerance"  # who waived a small rest: the policy
IN_ONE_QUERY = 500


class Beyond(ValueError):
    """More than is open on the item, or than the payment or credit note still holds."""


def open_by_item() -> Select[Any]:
    """One row per claim item: item_id, invoice_id, kind, open. The sum runs over an index, for one item as for all."""
    allocated = (
        select(func.coalesce(func.sum(allocations.c.amount), 0))
        .where(allocations.c.claim_item_id == claim_items.c.id)
        .correlate(claim_items)
        .scalar_subquery()
    )
    left = (claim_items.c.amount - claim_items.c.waived - allocated).label("open")
    return select(claim_items.c.id.label("item_id"), claim_items.c.invoice_id, claim_items.c.kind, left)


def open_amounts(
    connection: Connection, invoice_ids: Collection[int] | None = None, *, debtor_id: int | None = None
) -> dict[int, dict[ItemKind, int]]:
    """What is open by invoice and kind: of these invoices, of one debtor, or of all."""
    query = open_by_item()
    if debtor_id is not None:
        of_debtor = select(invoices.c.id).where(invoices.c.debtor_id == debtor_id)
        query = query.where(claim_items.c.invoice_id.in_(of_debtor))
    found: dict[int, dict[ItemKind, int]] = {}
    for part in in_parts(query, invoice_ids):
        for row in connection.execute(part):
            found.setdefault(row.invoice_id, {})[ItemKind(row.kind)] = int(row.open)
    return found


def in_parts(query: Select[Any], invoice_ids: Collection[int] | None) -> Iterable[Select[Any]]:
    if invoice_ids is None:
        yield query
        return
    ids = list(invoice_ids)
    for start in range(0, len(ids), IN_ONE_QUERY):
        yield query.where(claim_items.c.invoice_id.in_(ids[start : start + IN_ONE_QUERY]))


def item(connection: Connection, invoice_id: int, kind: ItemKind | str) -> Row[Any] | None:
    """The item of this kind on the invoice, with what is `open`; None where the invoice has none."""
    where = (claim_items.c.invoice_id == invoice_id) & (claim_items.c.kind == kind)
    return connection.execute(open_by_item().where(where)).one_or_none()


def held(connection: Connection, source: Source, source_id: int) -> int | None:
    """What a payment, a credit note or an agency's collection holds and no item has got yet; a write-off has no end."""
    whole = {
        "payment": select(entries.c.amount).where(entries.c.id == source_id),
        "credit": select(invoices.c.payable).where(invoices.c.id == source_id),
        "collected": select(handovers.c.collected).where(handovers.c.id == source_id),
    }
    if source == "write_off":
        return None
    given = select(func.coalesce(func.sum(allocations.c.amount), 0)).where(
        allocations.c.source == source, allocations.c.source_id == source_id
    )
    return int(connection.execute(whole[source]).scalar_one()) - int(connection.execute(given).scalar_one())


def currency_of(connection: Connection, source: Source, source_id: int) -> str:
    table = {"payment": entries, "collected": handovers}.get(source, invoices)
    return str(connection.execute(select(table.c.currency).where(table.c.id == source_id)).scalar_one())


def allocate(
    connection: Connection, item_id: int, source: Source, source_id: int, amount: int, *, on: date, at: datetime
) -> int:
    """Gives `amount` of a source to one item; the allocation's id. Raises Beyond, and books nothing then."""
    connection.execute(select(claim_items.c.id).where(claim_items.c.id == item_id).with_for_update())
    row = connection.execute(open_by_item().where(claim_items.c.id == item_id)).one()
    holds = held(connection, source, source_id)
    theirs, ours = currency_of(connection, source, source_id), currency_of(connection, "credit", row.invoice_id)
    if theirs != ours:
        raise Beyond(f"{source} {source_id} is in {theirs}, item {item_id} in {ours}: a person books across currencies")
    if not 0 < amount <= row.open:
        raise Beyond(f"{amount} cannot go to item {item_id}: {row.open} is open there")
    if holds is not None and amount > holds:
        raise Beyond(f"{amount} cannot come from {source} {source_id}: it holds {holds}")
    new = insert(allocations).values(claim_item_id=item_id, source=source, source_id=source_id, amount=amount, on=on)
    allocation: int = connection.execute(new.returning(allocations.c.id)).scalar_one()
    facts: dict[str, journal.Json] = {"allocation": allocation, "item": item_id, "kind": row.kind}
    told(connection, row.invoice_id, f"{source}.allocated", facts | {"source": source_id, "amount": amount}, on, at)
    return allocation


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
    item_of = select(claim_items).where(claim_items.c.id == old.claim_item_id)
    row = connection.execute(item_of).one()
    facts: dict[str, journal.Json] = {"allocation": reversal, "reverses": allocation_id, "amount": -old.amount}
    told(connection, row.invoice_id, f"{old.source}.reversed", facts | {"cause": cause}, on, at)
    if row.waived_by == BY_TOLERANCE:
        demand_again(connection, row, on, at)
    return reversal


def demand_again(connection: Connection, row: Row[Any], on: date, at: datetime) -> None:
    """A small rest was waived only because the payment came: when that goes back, so does the waiver."""
    nothing = update(claim_items).where(claim_items.c.id == row.id)
    connection.execute(nothing.values(waived=0, waived_by=None, waived_why=None))
    told(connection, row.invoice_id, "claim.unwaived", {"item": row.id, "amount": row.waived}, on, at)


def waive(connection: Connection, item_id: int, amount: int, *, by: str, why: str, on: date, at: datetime) -> None:
    """Forgoes `amount` of one item. `by` and `why` stand in the row, never in the journal. Raises Beyond."""
    row = connection.execute(open_by_item().where(claim_items.c.id == item_id)).one()
    if not 0 < amount <= row.open:
        raise Beyond(f"{amount} cannot be waived on item {item_id}: {row.open} is open there")
    before = connection.execute(select(claim_items).where(claim_items.c.id == item_id)).one()
    if by == BY_TOLERANCE and before.waived:
        by, why = before.waived_by, before.waived_why  # a person's word stands, whatever a payment does
    values = {"waived": before.waived + amount, "waived_by": by, "waived_why": why}
    connection.execute(update(claim_items).where(claim_items.c.id == item_id).values(values))
    facts: dict[str, journal.Json] = {"item": item_id, "kind": row.kind, "amount": amount}
    told(connection, row.invoice_id, "claim.waived", facts, on, at)


def book_credit(connection: Connection, credit_note_id: int, *, on: date, at: datetime) -> int:
    """A credit note pays the principal of the invoices that it names (BG-3), in order; the rest is an open credit."""
    note = connection.execute(select(invoices).where(invoices.c.id == credit_note_id)).one()
    rest = held(connection, "credit", credit_note_id) or 0
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
    known = item(connection, invoice_id, kind)
    if known is None:
        new = insert(claim_items).values(invoice_id=invoice_id, kind=kind, amount=amount, waived=0)
        item_id: int = connection.execute(new.returning(claim_items.c.id)).scalar_one()
    else:
        item_id = known.item_id
        row = connection.execute(select(claim_items).where(claim_items.c.id == item_id)).one()
        if row.amount == amount:
            return item_id
        if amount < row.amount - known.open:
            raise Beyond(f"{kind} cannot become {amount}: {row.amount - known.open} was paid or waived already")
        connection.execute(update(claim_items).where(claim_items.c.id == item_id).values(amount=amount))
    told(connection, invoice_id, "claim.raised", {"item": item_id, "kind": kind, "amount": amount}, on, at)
    return item_id


def write_off(connection: Connection, invoice_id: int, *, cause: str, on: date, at: datetime) -> int:
    """Writes off all that is open on the invoice; how much that was. `cause` is a word, journalled: 'insolvency', …"""
    total = 0
    for kind, amount in open_amounts(connection, [invoice_id]).get(invoice_id, {}).items():
        found = item(connection, invoice_id, kind)
        if found is not None and amount > 0:
            allocate(connection, found.item_id, "write_off", invoice_id, amount, on=on, at=at)
            total += amount
    if total:
        told(connection, invoice_id, "claim.written_off", {"amount": total, "cause": cause}, on, at)
    return total


def told(
    connection: Connection, invoice_id: int, kind: str, facts: dict[str, journal.Json], on: date, at: datetime
) -> None:
    """Journals what befell an invoice's claim."""
    row = connection.execute(select(invoices.c.seller, invoices.c.number).where(invoices.c.id == invoice_id)).one()
    subject = journal.about_invoice(row.seller, row.number)
    journal.append(connection, at=at, on=on, kind=kind, subject=subject, facts=facts)
