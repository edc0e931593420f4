"""The figures that steer collection, each a pure function of dated facts; docs/figures.md defines them in words.

Amounts are those of the documents, VAT included, in one currency; rates are fractions of one; days are calendar days.
A figure that has nothing to be computed from is None, never zero. Nothing is rounded here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

from receivables.claims import ZERO

WINDOW = 3  # months of sales that DSO is measured against
STEP_MONTHS = 12  # months of steps that recovery is measured over
MONEY = ("payment", "collected")


@dataclass(frozen=True, slots=True)
class Movement:
    """What changed on a principal: `on` the day it was booked here, `happened` the bank's or the credit note's day."""

    on: date
    happened: date
    amount: Decimal  # positive lowers what is open
    source: str  # payment, collected, credit, write_off, waived


@dataclass(frozen=True, slots=True)
class Document:
    """An invoice, or a credit note, whose movements are what was used of it."""

    id: int
    issued: date
    due: date
    payable: Decimal
    credit_note: bool = False
    movements: tuple[Movement, ...] = ()

    def open_on(self, day: date) -> Decimal:
        """What stands open at the end of the day; a credit note's unused rest."""
        if self.issued > day:
            return ZERO
        return self.payable - sum((m.amount for m in self.movements if m.on <= day), ZERO)

    def credited(self, day: date) -> Decimal:
        return sum((m.amount for m in self.movements if m.source == "credit" and m.on <= day), ZERO)


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month."""

    year: int
    number: int

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        return self.later(1).first - timedelta(days=1)

    @property
    def days(self) -> int:
        return self.last.day

    def later(self, months: int) -> Month:
        year, number = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(year, number + 1)

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02}"


def month_of(day: date) -> Month:
    return Month(day.year, day.month)


def owed(book: Iterable[Document], day: date) -> Decimal:
    """Receivables at the end of the day: open invoices less what is unused of credit notes."""
    return sum((-d.open_on(day) if d.credit_note else d.open_on(day) for d in book), ZERO)


def overdue(book: Iterable[Document], day: date) -> Decimal:
    """The part of the open invoices whose due date has passed."""
    return sum((d.open_on(day) for d in book if not d.credit_note and d.due < day), ZERO)


def current(book: Sequence[Document], day: date) -> Decimal:
    return owed(book, day) - overdue(book, day)


def sales(book: Iterable[Document], first: date, last: date) -> Decimal:
    """Invoiced from `first` to `last` less credit notes."""
    within = (d for d in book if first <= d.issued <= last)
    return sum((-d.payable if d.credit_note else d.payable for d in within), ZERO)


def window(book: Iterable[Document], month: Month) -> date:
    """The first day of the sales that DSO looks at: three months, or fewer where the books begin later."""
    begun = min((d.issued for d in book), default=month.first)
    return max(month.later(1 - WINDOW), month_of(begun), key=lambda m: m.first).first


def dso(book: Sequence[Document], month: Month) -> Decimal | None:
    """Days sales outstanding: receivables ÷ sales of the window × its days."""
    return in_days(book, owed(book, month.last), month)


def best_dso(book: Sequence[Document], month: Month) -> Decimal | None:
    """Best possible DSO: the same with only what is not overdue."""
    return in_days(book, current(book, month.last), month)


def in_days(book: Sequence[Document], amount: Decimal, month: Month) -> Decimal | None:
    first = window(book, month)
    sold = sales(book, first, month.last)
    return amount / sold * ((month.last - first).days + 1) if sold > ZERO else None


def days_delinquent(book: Sequence[Document], month: Month) -> Decimal | None:
    """Average days delinquent: DSO less best possible DSO."""
    all_, best = dso(book, month), best_dso(book, month)
    return None if all_ is None or best is None else all_ - best


def countback(book: Sequence[Document], month: Month) -> Decimal | None:
    """DSO by countback: whole months of sales are taken off the receivables, newest first; the rest in part."""
    left, days, looked = owed(book, month.last), ZERO, month
    begun = min((d.issued for d in book), default=None)
    if begun is None or left <= ZERO:
        return None if begun is None else ZERO
    while looked.last >= begun:
        sold = sales(book, looked.first, looked.last)
        if sold > left:
            return days + left / sold * looked.days
        left, days, looked = left - max(sold, ZERO), days + looked.days, looked.later(-1)
    return days


def beyond_terms(book: Iterable[Document], month: Month) -> Decimal | None:
    """Days beyond terms: (day paid − due date) of the month's payments, weighted by amount; early is below zero."""
    weighted, total = ZERO, ZERO
    for document in book:
        for m in document.movements:
            if m.source in MONEY and not document.credit_note and month.first <= m.on <= month.last:
                weighted += (m.happened - document.due).days * m.amount
                total += m.amount
    return weighted / total if total > ZERO else None


def effectiveness(book: Sequence[Document], month: Month) -> Decimal | None:
    """Collection effectiveness index: what was collected of what could be collected in the month."""
    could = owed(book, month.first - timedelta(days=1)) + sales(book, month.first, month.last)
    possible = could - current(book, month.last)
    return (could - owed(book, month.last)) / possible if possible > ZERO else None


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, by count and by amount."""

    hits: int = 0
    of: int = 0
    amount: Decimal = ZERO
    of_amount: Decimal = ZERO

    @property
    def rate(self) -> Decimal | None:
        return Decimal(self.hits) / self.of if self.of else None

    @property
    def rate_of_amount(self) -> Decimal | None:
        return self.amount / self.of_amount if self.of_amount > ZERO else None


def share(found: Iterable[tuple[bool, Decimal]]) -> Share:
    rows = list(found)
    hits = [amount for hit, amount in rows if hit]
    return Share(len(hits), len(rows), sum(hits, ZERO), sum((amount for _, amount in rows), ZERO))


def on_time(book: Iterable[Document], month: Month) -> Share:
    """Of the invoices that fell due in the month, those paid in full by their due date, credits left out."""
    found = []
    for d in book:
        if d.credit_note or not month.first <= d.due <= month.last:
            continue
        asked = d.payable - d.credited(month.last)
        if asked > ZERO:
            paying = [m for m in d.movements if m.source != "credit"]
            paid = sum((m.amount for m in paying if m.happened <= d.due or m.amount < ZERO), ZERO)
            found.append((paid >= asked, asked))
    return share(found)


@dataclass(frozen=True, slots=True)
class Held:
    """A hold as it was known: `ended` None while it stood; `amount` what it was about."""

    invoice_id: int
    kind: str
    since: date
    until: date
    ended: date | None
    outcome: str | None
    amount: Decimal

    def covers(self, day: date) -> bool:
        last = self.until if self.ended is None else min(self.until, self.ended - timedelta(days=1))
        return self.since <= day <= last


def promises_kept(held: Iterable[Held], month: Month) -> Share:
    """Of the promises decided in the month, those kept."""
    decided = [h for h in held if h.kind == "promise" and h.ended and month.first <= h.ended <= month.last]
    return share((h.outcome == "kept", h.amount) for h in decided if h.outcome in ("kept", "broken"))


def dispute_days(held: Iterable[Held], month: Month) -> Decimal | None:
    """Mean days from opening to end of the disputes that ended in the month."""
    lasted = []
    for h in held:
        end = h.ended or (h.until if h.until <= month.last else None)
        if h.kind == "dispute" and end is not None and month.first <= end <= month.last:
            lasted.append((end - h.since).days)
    return Decimal(sum(lasted)) / len(lasted) if lasted else None


@dataclass(frozen=True, slots=True)
class Asked:
    """A step that was taken for one invoice on a day."""

    invoice_id: int
    step: str
    on: date


def false_dunning(asked: Iterable[Asked], book: Iterable[Document], held: Sequence[Held], month: Month) -> Share:
    """Of the month's notices (one per invoice and step), those that were wrong: paid or credited before that day,
    or disputed, promised or on plan by then.
    """
    known = {d.id: d for d in book}
    found = []
    for one in asked:
        if one.step in ("call", "handover") or not month.first <= one.on <= month.last or one.invoice_id not in known:
            continue
        document = known[one.invoice_id]
        settled = sum((m.amount for m in document.movements if m.happened < one.on), ZERO) >= document.payable
        left = document.open_on(one.on - timedelta(days=1))
        stopped = any(
            h.invoice_id == one.invoice_id and h.covers(one.on) and h.since < one.on and h.amount >= left for h in held
        )
        found.append((settled or stopped, document.payable))
    return share(found)


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a step brought: paid after it and before the next one, of what was open when it was taken."""

    step: str
    taken: int
    open: Decimal
    paid: Decimal
    days: int | None  # median days to the money

    @property
    def rate(self) -> Decimal | None:
        return self.paid / self.open if self.open > ZERO else None


def recovered(asked: Iterable[Asked], book: Iterable[Document], month: Month) -> tuple[Recovered, ...]:
    """Per step, over the steps of the last twelve months."""
    known = {d.id: d for d in book}
    by_invoice: dict[int, list[Asked]] = {}
    for one in sorted(asked, key=lambda a: a.on):
        if one.invoice_id in known and one.on <= month.last:
            by_invoice.setdefault(one.invoice_id, []).append(one)
    rows: dict[str, list[tuple[Decimal, Decimal, list[int]]]] = {}
    since = month.later(1 - STEP_MONTHS).first
    for invoice_id, steps in by_invoice.items():
        document = known[invoice_id]
        for one, following in zip(steps, [*steps[1:], None], strict=True):
            if one.on >= since:
                end = following.on if following else month.last + timedelta(days=1)
                got = [m for m in document.movements if m.source in MONEY and one.on <= m.on < end]
                paid = sum((m.amount for m in got), ZERO)
                days = [(m.happened - one.on).days for m in got if m.amount > ZERO]
                opened = document.open_on(one.on - timedelta(days=1))
                rows.setdefault(one.step, []).append((opened, paid, days))
    return tuple(brought(step, of) for step, of in rows.items())


def brought(step: str, rows: Sequence[tuple[Decimal, Decimal, list[int]]]) -> Recovered:
    days = [day for _, _, each in rows for day in each]
    middle = int(median(days)) if days else None
    return Recovered(step, len(rows), sum((r[0] for r in rows), ZERO), sum((r[1] for r in rows), ZERO), middle)


@dataclass(frozen=True, slots=True)
class Report:
    """An overdue notification to an insurer; `sent` None while it has not left."""

    deadline: date
    sent: date | None


def in_time(reports: Iterable[Report], month: Month) -> Share:
    """Of the notifications that left in the month, or whose deadline passed in it unsent: those by their deadline."""
    found = []
    for one in reports:
        known = one.sent if one.sent is not None and one.sent <= month.last else None
        counts = known if known is not None else one.deadline
        if month.first <= counts <= month.last:
            found.append((known is not None and known <= one.deadline, ZERO))
    return share(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that was known at the end of a month, of one currency."""

    book: tuple[Document, ...]
    held: tuple[Held, ...] = ()
    asked: tuple[Asked, ...] = ()
    reports: tuple[Report, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of one month, as known on its last day."""

    month: Month
    sales: Decimal
    owed: Decimal
    overdue: Decimal
    dso: Decimal | None
    countback: Decimal | None
    best_dso: Decimal | None
    days_delinquent: Decimal | None
    beyond_terms: Decimal | None
    effectiveness: Decimal | None
    on_time: Share
    promises: Share
    false_dunning: Share
    dispute_days: Decimal | None
    insurer: Share
    recovered: tuple[Recovered, ...]


def figures(facts: Facts, month: Month) -> Figures:
    """Every figure of the month. `facts` must hold nothing that became known later."""
    book = facts.book
    return Figures(
        month=month,
        sales=sales(book, month.first, month.last),
        owed=owed(book, month.last),
        overdue=overdue(book, month.last),
        dso=dso(book, month),
        countback=countback(book, month),
        best_dso=best_dso(book, month),
        days_delinquent=days_delinquent(book, month),
        beyond_terms=beyond_terms(book, month),
        effectiveness=effectiveness(book, month),
        on_time=on_time(book, month),
        promises=promises_kept(facts.held, month),
        false_dunning=false_dunning(facts.asked, book, facts.held, month),
        dispute_days=dispute_days(facts.held, month),
        insurer=in_time(facts.reports, month),
        recovered=recovered(facts.asked, book, month),
    )
