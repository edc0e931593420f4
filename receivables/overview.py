"""What is open, how old it is, who must pay when, and in which week the money may be expected. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

from receivables.claims import ZERO, DebtorKind, PaidInvoice
from receivables.cover import InsurancePolicy

BUCKETS = ("not_due", "1-30", "31-60", "61-90", "over_90")
LAST_PAID = 12  # invoices from which a habit is read
WEEKS = 8
Expected = tuple[tuple[date, Decimal], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """One open invoice. `open` is the principal, `accessories` interest and costs; the rest are parts of `open`.

    `expected`: when its undisputed part is expected; a day that lies behind us is later than the debtor's habit.
    `indemnified`: what the insurer paid on it and has not got back; the debtor owes that too.
    """

    seller: str
    debtor: str
    name: str
    number: str
    currency: str
    issued: date
    due: date
    open: Decimal
    accessories: Decimal = ZERO
    disputed: Decimal = ZERO
    promised: Decimal = ZERO
    on_plan: Decimal = ZERO
    insured: Decimal = ZERO
    usually_late: int | None = None
    expected: Expected = ()
    indemnified: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtorRow:
    """What one debtor owes in one currency. `aged` by bucket; `disputed` and the like are parts of `open`."""

    seller: str
    debtor: str
    name: str
    currency: str
    open: Decimal
    accessories: Decimal
    aged: Mapping[str, Decimal]
    disputed: Decimal
    promised: Decimal
    on_plan: Decimal
    insured: Decimal
    next_due: date
    usually_late: int | None
    items: tuple[OpenItem, ...]
    indemnified: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Outlook:
    """Cash expected: by the Monday of each week, after them, and what is overdue beyond its debtor's habit."""

    weeks: tuple[tuple[date, Decimal], ...]
    later: Decimal
    no_day: Decimal


def bucket(due: date, on: date) -> str:
    """'not_due' on the due date itself; then by the days that have passed since."""
    days = (on - due).days
    return BUCKETS[0 if days <= 0 else 1 if days <= 30 else 2 if days <= 60 else 3 if days <= 90 else 4]


def aged(items: Iterable[OpenItem], on: date) -> dict[str, Decimal]:
    found = dict.fromkeys(BUCKETS, ZERO)
    for item in items:
        found[bucket(item.due, on)] += item.open
    return found


def habit(paid: Sequence[PaidInvoice]) -> int | None:
    """The median days after the due date on which the last twelve invoices were paid; None where none was."""
    last = sorted(paid, key=lambda one: one.paid)[-LAST_PAID:]
    return round(median((one.paid - one.due).days for one in last)) if last else None


def insured_part(
    policies: Iterable[InsurancePolicy], seller: str, kind: DebtorKind, country: str, undisputed: Decimal
) -> Decimal:
    """What a policy of the seller pays of a business debtor's undisputed debt, in its countries."""
    for policy in policies:
        if policy.seller == seller and kind is DebtorKind.BUSINESS and (policy.countries or (country,)).count(country):
            return (undisputed * policy.insured_percentage / 100).quantize(Decimal("0.01"))
    return ZERO


def expectation(item: OpenItem, promised: date | None, instalments: Sequence[tuple[date, Decimal]]) -> Expected:
    """When the undisputed part is expected: as the plan says, on the promised day, else by due date and habit."""
    left = item.open - item.disputed
    if left <= ZERO:
        return ()
    found = []
    for day, amount in instalments:
        part = min(amount, left)
        if part > ZERO:
            found.append((day, part))
            left -= part
    if left > ZERO:
        day = promised or item.due + timedelta(days=item.usually_late or 0)
        found.append((day, left))
    return tuple(found)


def outlook(items: Iterable[OpenItem], on: date, weeks: int = WEEKS) -> Outlook:
    """Cash per week from the week of `on`. What was expected before `on` has no day any more."""
    monday = on - timedelta(days=on.weekday())
    sums: dict[date, Decimal] = {monday + timedelta(weeks=n): ZERO for n in range(weeks)}
    later = no_day = ZERO
    for item in items:
        for day, amount in item.expected:
            week = day - timedelta(days=day.weekday())
            if day < on:
                no_day += amount
            elif week in sums:
                sums[week] += amount
            else:
                later += amount
    return Outlook(tuple(sums.items()), later, no_day)


def by_debtor(items: Iterable[OpenItem], on: date) -> list[DebtorRow]:
    """One row per debtor and currency, the largest overdue sum first."""
    grouped: dict[tuple[str, str, str], list[OpenItem]] = defaultdict(list)
    for item in items:
        grouped[item.seller, item.debtor, item.currency].append(item)
    rows = [debtor_row(group, on) for group in grouped.values()]
    return sorted(rows, key=lambda row: (row.aged["not_due"] - row.open, -row.open, row.seller, row.debtor))


def debtor_row(group: Sequence[OpenItem], on: date) -> DebtorRow:
    first = group[0]
    return DebtorRow(
        seller=first.seller,
        debtor=first.debtor,
        name=first.name,
        currency=first.currency,
        open=sum((i.open for i in group), ZERO),
        accessories=sum((i.accessories for i in group), ZERO),
        aged=aged(group, on),
        disputed=sum((i.disputed for i in group), ZERO),
        promised=sum((i.promised for i in group), ZERO),
        on_plan=sum((i.on_plan for i in group), ZERO),
        insured=sum((i.insured for i in group), ZERO),
        next_due=min(i.due for i in group),
        usually_late=first.usually_late,
        items=tuple(sorted(group, key=lambda i: (i.due, i.number))),
        indemnified=sum((i.indemnified for i in group), ZERO),
    )
