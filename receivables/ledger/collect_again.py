"""Direct debits that came back and may be collected once more: which they are, and that they were announced anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, func, select

from receivables.claims import HoldKind, ItemKind
from receivables.ledger.amounts import open_amounts
from receivables.ledger.debits import REFUSED, RETURNED, SUBMITTED
from receivables.ledger.mandates import read_mandates
from receivables.ledger.tables import collections, holds, invoices
from receivables.mandates import Mandate
from receivables.money import from_minor

CAME_BACK = (RETURNED, REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class CameBack:
    """The last collection of an invoice, which came back: how many of it did, and what is open there."""

    end_to_end: str
    invoice_id: int
    debtor_id: int
    number: str
    currency: str
    reason: str | None
    returned: date
    times: int
    open: Decimal
    mandate: Mandate


def came_back(connection: Connection, seller: str) -> list[CameBack]:
    """Those about which nothing was decided yet: no hold of any kind stands on the invoice, none knows this return."""
    last = select(func.max(collections.c.id)).group_by(collections.c.invoice_id)
    rows = connection.execute(
        select(collections, invoices.c.number, invoices.c.currency, invoices.c.debtor_id)
        .join(invoices, invoices.c.id == collections.c.invoice_id)
        .where(collections.c.id.in_(last), collections.c.state.in_(CAME_BACK), invoices.c.seller == seller)
        .where(invoices.c.id.not_in(select(holds.c.invoice_id).where(holds.c.ended.is_(None))))
        .order_by(collections.c.id)
    ).all()
    if not rows:
        return []
    opened = open_amounts(connection, [row.invoice_id for row in rows])
    times = times_back(connection)
    known = {mandate.id: mandate for mandate in read_mandates(connection, seller)}
    decided = decided_about(connection, [row.invoice_id for row in rows])
    return [
        CameBack(
            end_to_end=row.end_to_end,
            invoice_id=row.invoice_id,
            debtor_id=row.debtor_id,
            number=row.number,
            currency=row.currency,
            reason=row.reason,
            returned=row.returned,
            times=times[row.invoice_id],
            open=from_minor(opened[row.invoice_id].get(ItemKind.PRINCIPAL, 0), row.currency),
            mandate=known[row.mandate_id],
        )
        for row in rows
        if row.end_to_end not in decided
    ]


def times_back(connection: Connection) -> dict[int, int]:
    counted = (
        select(collections.c.invoice_id, func.count())
        .where(collections.c.state.in_(CAME_BACK))
        .group_by(collections.c.invoice_id)
    )
    return {int(row[0]): int(row[1]) for row in connection.execute(counted)}


def decided_about(connection: Connection, invoice_ids: list[int]) -> set[str]:
    """The collections for which a hold was opened to collect again."""
    of = (holds.c.invoice_id.in_(invoice_ids)) & (holds.c.kind == HoldKind.DIRECT_DEBIT)
    return {details["again"] for details in connection.scalars(select(holds.c.details).where(of)) if "again" in details}


def still_wanted(connection: Connection, seller: str, number: str, again: str) -> bool:
    """Whether the invoice still waits to be collected again: the hold stands, and something is open."""
    rows = connection.execute(
        select(holds.c.details, holds.c.invoice_id)
        .join(invoices, invoices.c.id == holds.c.invoice_id)
        .where(invoices.c.seller == seller, invoices.c.number == number)
        .where(holds.c.kind == HoldKind.DIRECT_DEBIT, holds.c.ended.is_(None))
    ).all()
    ids = [row.invoice_id for row in rows if row.details.get("again") == again]
    under_way = select(collections.c.id).where(collections.c.invoice_id.in_(ids), collections.c.state == SUBMITTED)
    if not ids or connection.execute(under_way).first() is not None:
        return False
    return any(open_amounts(connection, ids).get(i, {}).get(ItemKind.PRINCIPAL, 0) > 0 for i in ids)
