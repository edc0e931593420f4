"""What stands on the monthly report, as words and pictures: the same for the PDF and for the HTML."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from receivables.claims import ZERO, Step
from receivables.figures import Figures, Month, Share
from receivables.letters.texts import COUNTRIES, label
from receivables.overview import OpenItem, Outlook, aged, by_debtor
from receivables.report import charts
from receivables.report.charts import HOUSE, SOFT, WARM, Series
from receivables.rungs import SEVERITY

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LONG = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October")
LONG_MONTHS = (*LONG, "November", "December")
NONE = "–"
AGES = ("not due", "1–30", "31–60", "61–90", "over 90")
MOST_DEBTORS = 8
AGE_COLOURS = (SOFT, HOUSE, HOUSE, WARM, WARM)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFacts:
    """All that the report says: twelve months of figures, the last one its own; what is open; who it is about."""

    sellers: tuple[str, ...]
    country: str
    currency: str
    months: tuple[Figures, ...]
    items: tuple[OpenItem, ...]
    outlook: Outlook
    left_out: tuple[str, ...] = ()  # currencies with documents that are not in the figures

    @property
    def this(self) -> Figures:
        return self.months[-1]


@dataclass(frozen=True, slots=True)
class Benchmark:
    rate: Decimal
    since: date
    source: str
    mark: str


def benchmark(day: date, country: str = "NL") -> Benchmark | None:
    """The newest known on-time rate of others on a day; None where none is known."""
    rows = [row for row in _benchmarks()["on_time"] if row["country"] == country and row["since"] <= day]
    newest = max(rows, key=lambda row: row["since"], default=None)
    if newest is None:
        return None
    return Benchmark(Decimal(newest["rate"]), newest["since"], newest["source"], newest["mark"])


@cache
def _benchmarks() -> dict[str, Any]:
    return tomllib.loads(files("receivables.report").joinpath("benchmarks.toml").read_text(encoding="utf-8"))


def view(facts: ReportFacts) -> dict[str, Any]:
    """Everything on the two pages; texts are plain, `charts` are SVG."""
    this, before = facts.this, facts.months[-2] if len(facts.months) > 1 else None
    other = benchmark(this.month.last)
    return {
        "title": "Receivables",
        "month": long_name(this.month),
        "seller": " · ".join(facts.sellers),
        "sellers": list(facts.sellers),
        "as_of": f"as known on {this.month.last.day} {long_name(this.month)}; {facts.currency}, VAT included",
        "tiles": tiles(this, before),
        "charts": pictures(facts, other),
        "apart": apart(facts),
        "table": table(facts.months),
        "debtors": largest(facts),
        "definitions": [list(pair) for pair in DEFINITIONS],
        "notes": notes(facts, other),
    }


def tiles(this: Figures, before: Figures | None) -> list[dict[str, str]]:
    """The five figures that are read first, each with the month before."""
    late = this.overdue / this.owed if this.owed > ZERO else None
    was_late = before.overdue / before.owed if before and before.owed > ZERO else None
    rows = [
        ("DSO", days(this.dso), days(before.dso) if before else NONE, "days until sales are cash"),
        ("Overdue", percent(late), percent(was_late), "of what is owed to us"),
        (
            "CEI",
            percent(this.effectiveness),
            percent(before.effectiveness) if before else NONE,
            "of what could be collected",
        ),
        (
            "On time",
            percent(this.on_time.rate),
            percent(before.on_time.rate) if before else NONE,
            "paid by the due date",
        ),
        (
            "Promises kept",
            percent(this.promises.rate),
            percent(before.promises.rate) if before else NONE,
            said(this.promises),
        ),
    ]
    return [{"name": n, "value": v, "before": f"month before: {b}", "about": a} for n, v, b, a in rows]


def said(found: Share) -> str:
    return f"{found.hits} of {found.of} promises" if found.of else "none was due"


def pictures(facts: ReportFacts, other: Benchmark | None) -> list[dict[str, str]]:
    """Name, title, what it shows in words, and the SVG."""
    months = since_begun(facts.months)
    labels = [MONTHS[f.month.number - 1] for f in months]
    return [
        *over_months(months, labels, other),
        *what_is_open(facts),
        {
            "name": "recovered",
            "title": "What each step brought in, of what was open",
            "alt": "; ".join(f"{r.step}: {percent(r.rate)}" for r in facts.this.recovered) or "no step was taken",
            "svg": charts.shares(
                [
                    (f"{step_name(r.step, facts.country)}, {r.taken} taken{wait(r.days)}", r.rate, percent(r.rate))
                    for r in sorted(facts.this.recovered, key=lambda r: SEVERITY[Step(r.step)])
                ]
            ),
        },
    ]


def over_months(months: Sequence[Figures], labels: list[str], other: Benchmark | None) -> list[dict[str, str]]:
    this = months[-1]
    mark = (other.rate * 100, f"Dutch invoices in general: {percent(other.rate)}") if other else None
    days_of_sales = [
        Series("DSO", HOUSE, tuple(f.dso for f in months)),
        Series("countback", WARM, tuple(f.countback for f in months)),
        Series("best possible", SOFT, tuple(f.best_dso for f in months)),
    ]
    rates = [f.on_time.rate for f in months]
    return [
        {
            "name": "dso",
            "title": "Days until sales are cash",
            "alt": f"DSO by month; now {days(this.dso)} days, best possible {days(this.best_dso)}",
            "svg": charts.lines(labels, days_of_sales),
        },
        {
            "name": "on_time",
            "title": "Paid on time, by the month in which it fell due",
            "alt": f"On-time rate by month; {percent(this.on_time.rate)} in {long_name(this.month)}",
            "svg": charts.bars(
                labels,
                [hundred(rate) for rate in rates],
                unit="%",
                mark=mark,
                shown=[percent(rate) for rate in rates],
                top=Decimal(100),
            ),
        },
        {
            "name": "overdue",
            "title": "Receivables at the end of the month",
            "alt": f"{money(this.owed)}, of which {money(this.overdue)} overdue",
            "svg": charts.parts_of(
                labels,
                Series("receivables", SOFT, tuple(f.owed for f in months)),
                Series("of which overdue", WARM, tuple(f.overdue for f in months)),
            ),
        },
    ]


def what_is_open(facts: ReportFacts) -> list[dict[str, str]]:
    old = list(aged(facts.items, facts.this.month.last).values())
    weeks = facts.outlook.weeks
    return [
        {
            "name": "ageing",
            "title": "How old it is, in days after the due date",
            "alt": "; ".join(f"{name}: {money(amount)}" for name, amount in zip(AGES, old, strict=True)),
            "svg": charts.bars(AGES, old, colours=AGE_COLOURS, shown=[money(amount, 0) for amount in old]),
        },
        {
            "name": "expected",
            "title": "Cash expected, by the Monday of the week",
            "alt": "; ".join(f"{monday}: {money(amount)}" for monday, amount in weeks) or "nothing is expected",
            "svg": charts.bars(
                [f"{monday.day} {MONTHS[monday.month - 1]}" for monday, _ in weeks],
                [amount for _, amount in weeks],
                shown=[money(amount, 0) if amount else "" for _, amount in weeks],
            ),
        },
    ]


def since_begun(months: Sequence[Figures]) -> tuple[Figures, ...]:
    """The months since the books begin, at least the last six."""
    begun = next((i for i, f in enumerate(months) if f.sales or f.owed), len(months))
    return tuple(months[min(begun, max(len(months) - 6, 0)) :])


def step_name(step: str, country: str) -> str:
    name = label(step, country if country in COUNTRIES else "BE", "en")
    return name[:1].upper() + name[1:]


def wait(median: int | None) -> str:
    return "" if median is None else f", money after {median} days"


def apart(facts: ReportFacts) -> list[list[str]]:
    """The parts of what is open that stand apart, and what was expected by now."""
    parts = [
        ("disputed", "disputed"),
        ("promised", "promised"),
        ("on_plan", "on a payment plan"),
        ("insured", "insured"),
    ]
    rows = [[name, money(sum((getattr(i, key) for i in facts.items), ZERO))] for key, name in parts]
    rows.append(["interest, costs", money(sum((i.accessories for i in facts.items), ZERO))])
    rows.append(["later than usual", money(facts.outlook.no_day)])
    return [["open in all", money(sum((i.open for i in facts.items), ZERO))], *rows]


def largest(facts: ReportFacts) -> list[list[str]]:
    """The customers that owe most after the due date: number, name, open, overdue, days of the oldest, what stands."""
    rows = []
    for row in by_debtor(facts.items, facts.this.month.last)[:MOST_DEBTORS]:
        late = row.open - row.aged["not_due"]
        if late > ZERO:
            oldest = (facts.this.month.last - row.next_due).days
            stands = [
                word
                for word, amount in (("disputed", row.disputed), ("promised", row.promised), ("on a plan", row.on_plan))
                if amount
            ]
            stands += ["insured"] if row.insured else []
            rows.append([row.debtor, row.name, money(row.open), money(late), str(oldest), ", ".join(stands)])
    return rows


def table(months: Sequence[Figures]) -> dict[str, Any]:
    """The last twelve months, a column each; those before the books begin are empty."""
    known = [f for i, f in enumerate(months) if any(g.sales or g.owed for g in months[: i + 1])]
    rows = [
        ("Receivables", [thousands(f.owed) if f in known else NONE for f in months]),
        ("of which overdue", [thousands(f.overdue) if f in known else NONE for f in months]),
        ("Sales", [thousands(f.sales) if f in known else NONE for f in months]),
        ("DSO, days", [days(f.dso) for f in months]),
        ("DSO by countback", [days(f.countback) for f in months]),
        ("Best possible DSO", [days(f.best_dso) for f in months]),
        ("Average days delinquent", [days(f.days_delinquent) for f in months]),
        ("Days beyond terms", [days(f.beyond_terms) for f in months]),
        ("CEI", [percent(f.effectiveness) for f in months]),
        ("Paid on time", [percent(f.on_time.rate) for f in months]),
        ("Promises kept", [percent(f.promises.rate) for f in months]),
        ("False dunning", [percent(f.false_dunning.rate) for f in months]),
        ("Dispute days", [days(f.dispute_days) for f in months]),
        ("Insurer told in time", [percent(f.insurer.rate) for f in months]),
    ]
    heads = [f"{MONTHS[f.month.number - 1]} {f.month.year % 100:02}" for f in months]
    return {"heads": heads, "rows": [{"name": name, "cells": cells} for name, cells in rows]}


def notes(facts: ReportFacts, other: Benchmark | None) -> list[str]:
    found = []
    if other is not None:
        checked = "" if other.mark == "verified" else " (not verified)"
        found.append(f"Benchmark of the on-time rate, since {other.since}: {other.source}{checked}.")
    if facts.left_out:
        found.append(f"Documents in {', '.join(facts.left_out)} are not in these figures.")
    return found


DEFINITIONS = (
    ("DSO", "receivables ÷ sales of three months × their days"),
    ("Countback", "days of the newest sales that make up the receivables"),
    ("Best possible DSO", "as DSO, with only what is not overdue"),
    ("Average days delinquent", "DSO − best possible DSO"),
    ("Days beyond terms", "day paid − due date, weighted by amount, of the month's payments"),
    ("CEI", "collected ÷ collectable: (opening + sales − closing) ÷ (opening + sales − closing not overdue)"),
    ("Paid on time", "of the invoices due in the month, those paid in full by their due date"),
    ("Promises kept", "of those decided in the month; two bank days of grace"),
    ("What a step brought", "paid before the next step ÷ open when it was taken; steps of twelve months"),
    ("False dunning", "notices about what was paid, credited, disputed or on a plan by then; target zero"),
    ("Dispute days", "mean days from opening to end of disputes that ended in the month"),
    ("Insurer told in time", "notifications by the policy's deadline ÷ all due"),
)


def long_name(month: Month) -> str:
    return f"{LONG_MONTHS[month.number - 1]} {month.year}"


def half_up(value: Decimal, digits: str) -> Decimal:
    return value.quantize(Decimal(digits), ROUND_HALF_UP)


def days(value: Decimal | None) -> str:
    return NONE if value is None else f"{half_up(value, '0.1')}"


def hundred(rate: Decimal | None) -> Decimal | None:
    return None if rate is None else rate * 100


def percent(rate: Decimal | None) -> str:
    return NONE if rate is None else f"{half_up(rate * 100, '1')} %"


def money(amount: Decimal, digits: int = 2) -> str:
    return f"{half_up(amount, '1' if digits == 0 else '0.01'):,}"


def thousands(amount: Decimal) -> str:
    """Whole units with separators; a column is narrow."""
    return f"{half_up(amount, '1'):,}" if abs(amount) < 1_000_000 else f"{half_up(amount / 1000, '1'):,}k"
