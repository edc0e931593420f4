"""What is open on each claim item, and what a payment or a credit note still holds. Derived, never stored.

open = claimed − allocated (payments, credits, collected, written off) − waived, per item, in whole minor units.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, select
from sqlalchemy.engine import Row

from receivables.claims import ItemKind
from receivables.ledger.tables import allocations, claim_items, entries, handovers, invoices

Source = Literal["payment", "credit", "collected", "write_off"]
IN_ONE_QUERY = 500


def left_on_item() -> ColumnElement[int]:
    """The sum runs over an index, for one item as for all."""
    allocated = (
        select(func.coalesce(func.sum(allocations.c.amount), 0))
        .where(allocations.c.claim_item_id == claim_items.c.id)
        .correlate(claim_items)
        .scalar_subquery()
    )
    return claim_items.c.amount - claim_items.c.waived - allocated


def left_of(source: str, whole: ColumnElement[int], source_id: ColumnElement[int]) -> ColumnElement[int]:
    given = select(func.coalesce(func.sum(allocations.c.amount), 0))
    return whole - given.where(allocations.c.source == source, allocations.c.source_id == source_id).scalar_subquery()


def open_by_item() -> Select[Any]:
    """One row per claim item: item_id, invoice_id, kind, open."""
    names = claim_items.c.id.label("item_id"), claim_items.c.invoice_id, claim_items.c.kind
    return select(*names, left_on_item().label("open"))


ITEM = select(
    claim_items.c.id.label("item_id"),
    claim_items.c.invoice_id,
    claim_items.c.kind,
    claim_items.c.amount,
    claim_items.c.waived,
    claim_items.c.waived_by,
    claim_items.c.waived_why,
    left_on_item().label("open"),
    invoices.c.seller,
    invoices.c.number,
    invoices.c.currency,
).join(invoices, invoices.c.id == claim_items.c.invoice_id)
ITEM_BY_ID = ITEM.where(claim_items.c.id == bindparam("item_id"))
ITEM_BY_KIND = ITEM.where(claim_items.c.invoice_id == bindparam("invoice_id"), claim_items.c.kind == bindparam("kind"))
LOCK_ITEM = select(claim_items.c.id).where(claim_items.c.id == bindparam("item_id")).with_for_update()
HELD = {
    source: select(left_of(source, whole, table.c.id).label("left"), table.c.currency).where(
        table.c.id == bindparam("source_id")
    )
    for source, table, whole in (
        ("payment", entries, entries.c.amount),
        ("credit", invoices, invoices.c.payable),
        ("collected", handovers, handovers.c.collected),
    )
}


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
    return connection.execute(ITEM_BY_KIND, {"invoice_id": invoice_id, "kind": kind}).one_or_none()


def item_by_id(connection: Connection, item_id: int, *, lock: bool = False) -> Row[Any]:
    """The item with what is `open`. `lock` keeps other writers from it; on SQLite a write transaction does that."""
    if lock and connection.dialect.name == "postgresql":
        connection.execute(LOCK_ITEM, {"item_id": item_id})
    return connection.execute(ITEM_BY_ID, {"item_id": item_id}).one()


def written_off(connection: Connection, item_id: int) -> int:
    """What of the item is written off now: what was paid on it since is taken off."""
    total = select(func.coalesce(func.sum(allocations.c.amount), 0))
    where = (allocations.c.claim_item_id == item_id) & (allocations.c.source == "write_off")
    return int(connection.scalar(total.where(where)) or 0)


def held(connection: Connection, source: Source, source_id: int) -> int:
    """What a payment, a credit note or an agency's collection holds and no item has got yet."""
    return int(connection.execute(HELD[source], {"source_id": source_id}).one().left)
