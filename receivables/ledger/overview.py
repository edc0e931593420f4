"""What stood open at the end of any day, read in bulk: with age, disputes, promises, plans, cover and expectation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.engine import Row

from receivables.claims import ZERO, DebtorKind, ItemKind
from receivables.cover import InsurancePolicy
from receivables.figures import Document
from receivables.ledger.agreements import said_sum
from receivables.ledger.histories import histories
from receivables.ledger.history import UNWAIVED, WAIVED, currencies, documents
from receivables.ledger.indemnities import borne
from receivables.ledger.tables import allocations, claim_items, debtors, holds, invoices, journal
from receivables.money import from_minor
from receivables.overview import Expected, OpenItem, expectation, habit, insured_part

RAISED = "claim.raised"
AT_ONCE = 1_000


@dataclass(slots=True)
class Stopped:
    """What holds say about one invoice on a day; sums None for all of it."""

    disputed: Decimal | None = ZERO
    promised: Decimal | None = ZERO
    promised_by: date | None = None
    plan: str | None = None


Schedule = list[tuple[date, Decimal]]


def open_items(
    connection: Connection, on: date, *, policies: Sequence[InsurancePolicy] = (), seller: str | None = None
) -> list[OpenItem]:
    """Every invoice with something open at the end of `on`, as it was known then, of one seller or of all."""
    found: list[OpenItem] = []
    for currency in currencies(connection, on, seller):
        book = documents(connection, on, currency=currency, seller=seller)
        extra = accessories(connection, on, currency)
        opened = {d.id: d for d in book if not d.credit_note and (d.open_on(on) > ZERO or extra.get(d.id, ZERO) > ZERO)}
        stopped, schedules = stops(connection, on, opened)
        late, paid_for = habits(connection, on), borne(connection, on)
        for row in described(connection, opened):
            item = item_of(row, opened[row.id], stopped.get(row.id, Stopped()), extra.get(row.id, ZERO), on, currency)
            cover = insured_part(
                policies, row.seller, DebtorKind(row.debtor_kind), row.country, item.open - item.disputed
            )
            indemnified = from_minor(paid_for.get(row.id, 0), currency)
            item = replace(item, insured=cover, usually_late=late.get(row.debtor_id), indemnified=indemnified)
            known = stopped.get(row.id, Stopped())
            parts = taken(schedules[known.plan], item.open) if known.plan is not None else ()
            found.append(replace(item, expected=expectation(item, known.promised_by, parts)))
    return found


def item_of(row: Row[Any], document: Document, stop: Stopped, extra: Decimal, on: date, currency: str) -> OpenItem:
    left = max(document.open_on(on), ZERO)
    return OpenItem(
        seller=row.seller,
        debtor=row.ref,
        name=row.name or "",
        number=row.number,
        currency=currency,
        issued=document.issued,
        due=document.due,
        open=left,
        accessories=extra,
        disputed=left if stop.disputed is None else min(stop.disputed, left),
        promised=left if stop.promised is None else min(stop.promised, left),
        on_plan=left if stop.plan is not None else ZERO,
    )


def described(connection: Connection, opened: Iterable[int]) -> Iterable[Any]:
    ids = sorted(opened)
    columns = [invoices.c[name] for name in ("id", "seller", "number", "debtor_id")]
    rows = (
        select(*columns, debtors.c.ref, debtors.c.name, debtors.c.kind.label("debtor_kind"), debtors.c.country)
        .join(debtors, debtors.c.id == invoices.c.debtor_id)
        .order_by(invoices.c.printed_due, invoices.c.id)
    )
    for start in range(0, len(ids), AT_ONCE):
        yield from connection.execute(rows.where(invoices.c.id.in_(ids[start : start + AT_ONCE])))


def accessories(connection: Connection, on: date, currency: str) -> dict[int, Decimal]:
    """By invoice, interest and costs that were demanded by `on` and neither paid nor waived by then."""
    rows = connection.execute(
        select(claim_items.c.id, claim_items.c.invoice_id)
        .join(invoices, invoices.c.id == claim_items.c.invoice_id)
        .where(claim_items.c.kind != ItemKind.PRINCIPAL, invoices.c.currency == currency)
    )
    whose = {row.id: row.invoice_id for row in rows}
    if not whose:
        return {}
    left: dict[int, int] = defaultdict(int)
    told = select(journal.c.kind, journal.c.facts).where(
        journal.c.kind.in_((RAISED, WAIVED, UNWAIVED)), journal.c.on <= on
    )
    raised: dict[int, int] = {}
    for entry in connection.execute(told.order_by(journal.c.on, journal.c.id)):
        item, amount = entry.facts["item"], int(entry.facts["amount"])
        if entry.kind == RAISED:
            raised[item] = amount
        elif item in whose:
            left[whose[item]] += -amount if entry.kind == WAIVED else amount
    for item, amount in raised.items():
        if item in whose:
            left[whose[item]] += amount
    paid = select(allocations.c.claim_item_id, func.sum(allocations.c.amount).label("paid")).where(
        allocations.c.claim_item_id.in_(list(whose)), allocations.c.on <= on
    )
    for row in connection.execute(paid.group_by(allocations.c.claim_item_id)):
        left[whose[row.claim_item_id]] -= int(row.paid)
    return {invoice_id: from_minor(minor, currency) for invoice_id, minor in left.items()}


def stops(
    connection: Connection, on: date, opened: dict[int, Document]
) -> tuple[dict[int, Stopped], dict[str, Schedule]]:
    """What holds on the day, by invoice; and what is still to come under each plan."""
    rows = connection.execute(
        select(holds, invoices.c.currency, invoices.c.seller)
        .join(invoices, invoices.c.id == holds.c.invoice_id)
        .where(holds.c.since <= on, holds.c.until >= on, holds.c.kind.in_(("dispute", "promise", "plan")))
        .order_by(holds.c.id)
    )
    found: dict[int, Stopped] = defaultdict(Stopped)
    schedules: dict[str, Schedule] = {}
    members: dict[str, list[tuple[int, date]]] = defaultdict(list)
    for row in rows:
        if row.invoice_id not in opened or (row.ended is not None and row.ended <= on):
            continue
        stop = found[row.invoice_id]
        if row.kind == "dispute":
            stop.disputed = said_sum(row.amount, row.currency) if row.amount is not None else None
        elif row.kind == "promise":
            stop.promised = said_sum(row.details.get("amount"), row.currency)
            stop.promised_by = date.fromisoformat(row.details["day"]) if "day" in row.details else row.until
        elif "instalments" in row.details:
            key = f"{row.seller}/{row.details.get('plan', row.id)}"
            stop.plan = key
            members[key].append((row.invoice_id, row.since))
            parts = row.details["instalments"]
            schedules[key] = [(date.fromisoformat(day), from_minor(minor, row.currency)) for day, minor in parts]
    for key, of in members.items():
        paid = sum((came_since(opened[invoice_id], since, on) for invoice_id, since in of), ZERO)
        taken(schedules[key], paid)
    return found, schedules


def came_since(document: Document, since: date, on: date) -> Decimal:
    return sum((m.amount for m in document.movements if since <= m.on <= on), ZERO)


def taken(schedule: Schedule, amount: Decimal) -> Expected:
    """Takes `amount` off the front of the schedule; what was taken, by day."""
    parts = []
    while amount > ZERO and schedule:
        day, part = schedule[0]
        got = min(part, amount)
        parts.append((day, got))
        amount -= got
        if got == part:
            schedule.pop(0)
        else:
            schedule[0] = (day, part - got)
    return tuple(parts)


def habits(connection: Connection, on: date) -> dict[int, int]:
    """By debtor, how many days late it usually pays; only of those whose habit is known."""
    ends = connection.execute(select(func.min(debtors.c.id), func.max(debtors.c.id))).one()
    if ends[0] is None:
        return {}
    found = {}
    for first in range(ends[0], ends[1] + 1, AT_ONCE):
        for debtor_id, history in histories(connection, first, first + AT_ONCE - 1, on).items():
            if (days := habit(history.paid)) is not None:
                found[debtor_id] = days
    return found


__all__ = ["open_items"]
