"""`voldaan report`: the month's figures from the ledger as it stood on its last day, on two pages and as HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flows.files import write_answer
from flows.overview import overview
from flows.workspace import Workspace
from receivables.claims import ZERO
from receivables.figures import Month, figures, month_of
from receivables.ledger.database import reading
from receivables.ledger.history import currencies, facts_until, sellers_named
from receivables.overview import Outlook
from receivables.report.paper import file_stem, report_html, report_pdf
from receivables.report.view import ReportFacts

MONTHS = 12
NOTHING = Outlook((), ZERO, ZERO)


@dataclass(frozen=True, slots=True)
class Written:
    """Where the report stands."""

    pdf: Path
    html: Path


def month_in(text: str) -> Month:
    """The month of '2026-05'; ValueError for anything else."""
    return month_of(date.fromisoformat(f"{text}-01"))


def report_facts(
    workspace: Workspace, month: Month, seller: str | None = None, language: str | None = None
) -> ReportFacts:
    """The figures of the month and the eleven before it, each as known on its last day; in the seller's own language
    where none is asked for.
    """
    named = workspace.settings.seller(seller).ref if seller else None
    with reading(workspace.engine) as connection:
        known = currencies(connection, month.last, named) or ["EUR"]
        currency = known[0]
        months = tuple(
            figures(facts_until(connection, m.last, currency=currency, seller=named), m)
            for m in (month.later(n) for n in range(1 - MONTHS, 1))
        )
        names = sellers_named(connection, [named] if named else [one.ref for one in workspace.settings.sellers])
    opened = overview(workspace, month.last, named)
    return ReportFacts(
        sellers=tuple(one.name for one in names),
        country=names[0].country,
        currency=currency,
        months=months,
        items=tuple(item for item in opened.items if item.currency == currency),
        outlook=opened.outlooks.get(currency, NOTHING),
        left_out=tuple(known[1:]),
        language=language or names[0].language,
    )


def write_report(
    workspace: Workspace, month: Month, out: Path, *, seller: str | None = None, language: str | None = None
) -> Written:
    """Writes `report-YYYY-MM.pdf` and `.html` into `out`. The same ledger gives the same bytes."""
    facts = report_facts(workspace, month, seller, language)
    stem = file_stem(month.last)
    written = Written(out / f"{stem}.pdf", out / f"{stem}.html")
    write_answer(written.pdf, report_pdf(facts))
    write_answer(written.html, report_html(facts).encode())
    return written
