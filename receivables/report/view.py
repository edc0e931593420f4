"""What stands on the monthly report, as words and pictures: the same for the PDF and for the HTML."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from receivables.claims import ZERO, Step
from receivables.figures import Figures, Recovered, Share
from receivables.letters.texts import COUNTRIES, label
from receivables.overview import OpenItem, Outlook, aged, by_debtor
from receivables.report import charts
from receivables.report.charts import HOUSE, SOFT, WARM, Series
from receivables.report.words import NONE, Words, words_in
from receivables.rungs import SEVERITY

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
    language: str = "en"

    @property
    def this(self) -> Figures:
        return self.months[-1]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """An on-time rate of others. `published`: the day; `mark`: whether its source itself was read."""

    rate: Decimal
    published: date
    source: str
    mark: str


def benchmark(day: date, country: str = "NL") -> Benchmark | None:
    """The newest on-time rate of others that was published by `day`; None where none was."""
    rows = [row for row in _benchmarks()["on_time"] if row["country"] == country and row["published"] <= day]
    newest = max(rows, key=lambda row: row["published"], default=None)
    if newest is None:
        return None
    return Benchmark(Decimal(newest["rate"]), newest["published"], newest["source"], newest["mark"])


@cache
def _benchmarks() -> dict[str, Any]:
    return tomllib.loads(files("receivables.report").joinpath("benchmarks.toml").read_text(encoding="utf-8"))


HEADS = ("apart", "months", "debtors", "definitions")
COLUMNS = ("customer", "name", "open", "overdue", "oldest", "apart")


def view(facts: ReportFacts) -> dict[str, Any]:
    """Everything on the two pages; texts are plain, `charts` are SVG. Raises NoSuchLanguage."""
    w = words_in(facts.language, facts.country)
    this, before = facts.this, facts.months[-2] if len(facts.months) > 1 else None
    other = benchmark(this.month.last)
    return {
        "language": w.language,
        "title": w("title"),
        "month": w.month(this.month),
        "seller": " · ".join(facts.sellers),
        "sellers": list(facts.sellers),
        "as_of": w("as_of", day=w.day(this.month.last), currency=facts.currency),
        "heads": {name: w(f"head_{name}") for name in HEADS},
        "columns": [w(f"column_{name}") for name in COLUMNS],
        "tiles": tiles(w, this, before),
        "charts": pictures(w, facts, other),
        "apart": apart(w, facts),
        "table": table(w, facts.months),
        "debtors": largest(w, facts),
        "definitions": [list(pair) for pair in w.definitions],
        "notes": notes(w, facts, other),
    }


def tiles(w: Words, this: Figures, before: Figures | None) -> list[dict[str, str]]:
    """The five figures that are read first, each with the month before."""
    rows: list[tuple[str, str, Callable[[Figures], str]]] = [
        ("DSO", w("about_dso"), lambda f: w.days(f.dso)),
        (w("tile_overdue"), w("about_overdue"), lambda f: w.percent(f.overdue / f.owed if f.owed > ZERO else None)),
        ("CEI", w("about_cei"), lambda f: w.percent(f.effectiveness)),
        (w("tile_on_time"), w("about_on_time"), lambda f: w.percent(f.on_time.rate)),
        (w("row_promises"), said(w, this.promises), lambda f: w.percent(f.promises.rate)),
    ]
    return [
        {
            "name": name,
            "value": figure(this),
            "before": w("before", value=figure(before) if before else NONE),
            "about": about,
        }
        for name, about, figure in rows
    ]


def said(w: Words, found: Share) -> str:
    return w("of_promises", hits=found.hits, of=found.of) if found.of else w("none_due")


def pictures(w: Words, facts: ReportFacts, other: Benchmark | None) -> list[dict[str, str]]:
    """Name, title, what it shows in words, and the SVG."""
    months = since_begun(facts.months)
    steps = sorted(facts.this.recovered, key=lambda r: SEVERITY[Step(r.step)])
    return [
        *over_months(w, months, other),
        *what_is_open(w, facts),
        {
            "name": "recovered",
            "title": w("chart_recovered"),
            "alt": "; ".join(f"{step_name(w, r.step, facts.country)}: {w.percent(r.rate)}" for r in steps)
            or w("alt_no_step"),
            "svg": charts.shares([(taken(w, r, facts.country), r.rate, w.percent(r.rate)) for r in steps]),
        },
    ]


def taken(w: Words, found: Recovered, country: str) -> str:
    """A step, how often it was taken, and after how many days money came."""
    step = step_name(w, found.step, country)
    if found.days is None:
        return w("taken", step=step, count=found.taken)
    return w("taken_wait", step=step, count=found.taken, days=found.days)


def step_name(w: Words, step: str, country: str) -> str:
    name = label(step, country if country in COUNTRIES else "BE", w.language)
    return name[:1].upper() + name[1:]


def over_months(w: Words, months: Sequence[Figures], other: Benchmark | None) -> list[dict[str, str]]:
    this, labels = months[-1], [w.short_month(f.month.number) for f in months]
    mark = (other.rate * 100, w("benchmark_line", rate=w.percent(other.rate))) if other else None
    days_of_sales = [
        Series("DSO", HOUSE, tuple(f.dso for f in months)),
        Series(w("line_countback"), WARM, tuple(f.countback for f in months)),
        Series(w("line_best"), SOFT, tuple(f.best_dso for f in months)),
    ]
    rates = [f.on_time.rate for f in months]
    return [
        {
            "name": "dso",
            "title": w("chart_dso"),
            "alt": w("alt_dso", dso=w.days(this.dso), best=w.days(this.best_dso)),
            "svg": charts.lines(labels, days_of_sales, w.level),
        },
        {
            "name": "on_time",
            "title": w("chart_on_time"),
            "alt": w("alt_on_time", rate=w.percent(this.on_time.rate), month=w.month(this.month)),
            "svg": charts.bars(
                labels,
                [None if rate is None else rate * 100 for rate in rates],
                w.level,
                unit="%",
                mark=mark,
                shown=[w.percent(rate) for rate in rates],
                top=Decimal(100),
            ),
        },
        {
            "name": "overdue",
            "title": w("chart_overdue"),
            "alt": w("alt_overdue", owed=w.money(this.owed), overdue=w.money(this.overdue)),
            "svg": charts.parts_of(
                labels,
                Series(w("line_owed"), SOFT, tuple(f.owed for f in months)),
                Series(w("line_overdue"), WARM, tuple(f.overdue for f in months)),
                w.level,
            ),
        },
    ]


def what_is_open(w: Words, facts: ReportFacts) -> list[dict[str, str]]:
    old = list(aged(facts.items, facts.this.month.last).values())
    ages = (w("age_not_due"), "1–30", "31–60", "61–90", w("age_over"))
    weeks = [(f"{monday.day} {w.short_month(monday.month)}", amount) for monday, amount in facts.outlook.weeks]
    return [
        {
            "name": "ageing",
            "title": w("chart_ageing"),
            "alt": "; ".join(f"{name}: {w.money(amount)}" for name, amount in zip(ages, old, strict=True)),
            "svg": charts.bars(ages, old, w.level, colours=AGE_COLOURS, shown=[w.money(amount, 0) for amount in old]),
        },
        {
            "name": "expected",
            "title": w("chart_expected"),
            "alt": "; ".join(f"{monday}: {w.money(amount)}" for monday, amount in weeks) or w("alt_nothing_expected"),
            "svg": charts.bars(
                [monday for monday, _ in weeks],
                [amount for _, amount in weeks],
                w.level,
                shown=[w.money(amount, 0) if amount else "" for _, amount in weeks],
            ),
        },
    ]


def since_begun(months: Sequence[Figures]) -> tuple[Figures, ...]:
    """The months since the books begin, at least the last six."""
    begun = next((i for i, f in enumerate(months) if f.sales or f.owed), len(months))
    return tuple(months[min(begun, max(len(months) - 6, 0)) :])


def apart(w: Words, facts: ReportFacts) -> list[list[str]]:
    """The parts of what is open that stand apart, and what was expected by now."""
    parts = ("disputed", "promised", "on_plan", "insured", "accessories")
    rows = [[w(f"apart_{key}"), w.money(sum((getattr(i, key) for i in facts.items), ZERO))] for key in parts]
    rows.append([w("apart_no_day"), w.money(facts.outlook.no_day)])
    return [[w("apart_all"), w.money(sum((i.open for i in facts.items), ZERO))], *rows]


def largest(w: Words, facts: ReportFacts) -> list[list[str]]:
    """The customers that owe most after the due date: number, name, open, overdue, days of the oldest, what stands."""
    rows = []
    for row in by_debtor(facts.items, facts.this.month.last)[:MOST_DEBTORS]:
        late = row.open - row.aged["not_due"]
        if late > ZERO:
            oldest = (facts.this.month.last - row.next_due).days
            parts = (
                ("apart_disputed", row.disputed),
                ("apart_promised", row.promised),
                ("stands_on_plan", row.on_plan),
                ("apart_insured", row.insured),
            )
            stands = ", ".join(w(key) for key, amount in parts if amount)
            rows.append([row.debtor, row.name, w.money(row.open), w.money(late), str(oldest), stands])
    return rows


def table(w: Words, months: Sequence[Figures]) -> dict[str, Any]:
    """The last twelve months, a column each; those before the books begin are empty."""
    known = [f for i, f in enumerate(months) if any(g.sales or g.owed for g in months[: i + 1])]
    rows = [
        ("row_owed", [w.thousands(f.owed) if f in known else NONE for f in months]),
        ("row_overdue", [w.thousands(f.overdue) if f in known else NONE for f in months]),
        ("row_sales", [w.thousands(f.sales) if f in known else NONE for f in months]),
        ("row_dso", [w.days(f.dso) for f in months]),
        ("row_countback", [w.days(f.countback) for f in months]),
        ("row_best", [w.days(f.best_dso) for f in months]),
        ("row_delinquent", [w.days(f.days_delinquent) for f in months]),
        ("row_beyond", [w.days(f.beyond_terms) for f in months]),
        ("row_cei", [w.percent(f.effectiveness) for f in months]),
        ("row_on_time", [w.percent(f.on_time.rate) for f in months]),
        ("row_promises", [w.percent(f.promises.rate) for f in months]),
        ("row_false", [w.percent(f.false_dunning.rate) for f in months]),
        ("row_dispute", [w.days(f.dispute_days) for f in months]),
        ("row_insurer", [w.percent(f.insurer.rate) for f in months]),
    ]
    heads = [f"{w.short_month(f.month.number)} {f.month.year % 100:02}" for f in months]
    return {"heads": heads, "rows": [{"name": w(key), "cells": cells} for key, cells in rows]}


def notes(w: Words, facts: ReportFacts, other: Benchmark | None) -> list[str]:
    found = []
    if other is not None:
        key = "note_benchmark" if other.mark == "verified" else "note_unchecked"
        found += [w(key, day=w.day(other.published), source=other.source), w("note_misquoted")]
    if facts.left_out:
        found.append(w("note_left_out", currencies=", ".join(facts.left_out)))
    return found
