"""How debtors paid, what they promised and disputed, in the two years before a day: read for many debtors at once."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Select, func, select

from receivables.claims import History, HoldKind, ItemKind, PaidInvoice
from receivables.ledger.tables import allocations, claim_items, holds, invoices
from receivables.money import from_minor

LOOK_BACK = timedelta(days=730)


@dataclass(slots=True)
class _Gathering:
    paid: list[PaidInvoice] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def histories(connection: Connection, first: int, last: int, on: date) -> dict[int, History]:
    """The history of every debtor with ids from `first` to `last`, as it was known on `on`; an empty one where nothing
    was.
    """
    found: dict[int, _Gathering] = defaultdict(_Gathering)
    settled: dict[int, date] = {}
    for row in connection.execute(payments(first, last, on)):
        if row.allocated >= row.payable and row.paid is not None:
            settled[row.id] = row.paid
            amount = from_minor(row.payable, row.currency)
            one = PaidInvoice(number=row.number, due=row.printed_due, paid=row.paid, amount=amount)
            found[row.debtor_id].paid.append(one)
    for row in connection.execute(said(first, last, on)):
        counts = found[row.debtor_id].counts
        if row.kind == HoldKind.DISPUTE:
            counts["disputes"] += 1
        elif (verdict := promise(row.until, row.ended, row.outcome, settled.get(row.invoice_id), on)) is not None:
            counts["kept" if verdict else "broken"] += 1
    return {
        debtor_id: History(
            paid=tuple(one.paid),
            promises_kept=one.counts["kept"],
            promises_broken=one.counts["broken"],
            disputes=one.counts["disputes"],
        )
        for debtor_id, one in found.items()
    }


def promise(until: date, ended: date | None, outcome: str | None, paid: date | None, on: date) -> bool | None:
    """Whether a promise was kept; None while it stands, or where it was taken back for another reason.

    `until`: the last day of its hold, which is the promised day and the bank days that a payment takes.
    """
    if outcome in ("kept", "broken"):
        return outcome == "kept"
    if paid is not None and paid <= until:
        return True
    if ended is not None and ended <= on:
        return None
    return None if on <= until else False


def payments(first: int, last: int, on: date) -> Select[Any]:
    """Per invoice what its principal got until `on`, and the day of the last real payment."""
    was_paid = func.max(allocations.c.on).filter(allocations.c.source == "payment").label("paid")
    return (
        select(
            invoices.c.id,
            invoices.c.debtor_id,
            invoices.c.number,
            invoices.c.printed_due,
            invoices.c.payable,
            invoices.c.currency,
            func.sum(allocations.c.amount).label("allocated"),
            was_paid,
        )
        .join(claim_items, claim_items.c.invoice_id == invoices.c.id)
        .join(allocations, allocations.c.claim_item_id == claim_items.c.id)
        .where(
            invoices.c.debtor_id.between(first, last),
            invoices.c.kind == "invoice",
            invoices.c.printed_due >= on - LOOK_BACK,
            claim_items.c.kind == ItemKind.PRINCIPAL,
            allocations.c.on <= on,
        )
        .group_by(invoices.c.id)
    )


def said(first: int, last: int, on: date) -> Select[Any]:
    columns = invoices.c.debtor_id, holds.c.invoice_id, holds.c.kind, holds.c.until, holds.c.ended, holds.c.outcome
    return (
        select(*columns)
        .join(invoices, invoices.c.id == holds.c.invoice_id)
        .where(
            invoices.c.debtor_id.between(first, last),
            holds.c.kind.in_((HoldKind.PROMISE, HoldKind.DISPUTE)),
            holds.c.since.between(on - LOOK_BACK, on),
        )
    )
