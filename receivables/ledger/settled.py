"""Who paid everything that had to be asked for: the debtors to thank."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, func, select

from receivables.claims import DispatchState
from receivables.ledger.amounts import open_amounts
from receivables.ledger.tables import allocations, claim_items, dispatches, invoices, notice_items
from receivables.money import from_minor


@dataclass(frozen=True, slots=True)
class Settled:
    """The invoices that a debtor paid after a notice, lately; nothing of its is open. `paid` in `currency`.

    `last`: the number that was paid last, which does not change while the payments grow older.
    """

    debtor_id: int
    seller: str
    invoice_ids: tuple[int, ...]
    numbers: tuple[str, ...]
    last: str
    paid: Decimal
    currency: str
    last_contact: date


def settled_after_asking(connection: Connection, since: date, on: date) -> list[Settled]:
    """Debtors whose last payment came from `since` to `on`, after a notice that arrived, and who owe nothing more."""
    asked = (
        select(notice_items.c.invoice_id, func.max(dispatches.c.planned).label("asked"))
        .join(dispatches, dispatches.c.id == notice_items.c.dispatch_id)
        .where(dispatches.c.state == DispatchState.DELIVERED)
        .group_by(notice_items.c.invoice_id)
        .subquery()
    )
    paid = func.sum(allocations.c.amount).label("paid")
    when = func.max(allocations.c.on).label("when")
    rows = connection.execute(
        select(
            invoices.c.id, invoices.c.number, invoices.c.seller, invoices.c.debtor_id, invoices.c.currency, paid, when,
            asked.c.asked,
        )
        .join(claim_items, claim_items.c.invoice_id == invoices.c.id)
        .join(allocations, allocations.c.claim_item_id == claim_items.c.id)
        .join(asked, asked.c.invoice_id == invoices.c.id)
        .where(allocations.c.source == "payment", allocations.c.on.between(since, on))
        .where(allocations.c.on >= asked.c.asked)
        .group_by(invoices.c.id, asked.c.asked)
        .having(paid > 0)
    )  # fmt: skip
    by_debtor = defaultdict(list)
    for row in rows:
        by_debtor[row.debtor_id].append(row)
    found = []
    for debtor_id, paid_rows in sorted(by_debtor.items()):
        left = open_amounts(connection, debtor_id=debtor_id)
        if not any(amount > 0 for kinds in left.values() for amount in kinds.values()):
            first = paid_rows[0]
            found.append(
                Settled(
                    debtor_id=debtor_id,
                    seller=first.seller,
                    invoice_ids=tuple(row.id for row in paid_rows),
                    numbers=tuple(row.number for row in paid_rows),
                    last=max((row.when, row.number) for row in paid_rows)[1],
                    paid=from_minor(sum(int(row.paid) for row in paid_rows), first.currency),
                    currency=first.currency,
                    last_contact=max(row.asked for row in paid_rows),
                )
            )
    return found
