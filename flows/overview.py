"""`voldaan open-items`: who owes what, how old it is, when the money may be expected; as text, CSV, JSON or a page."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flows.lapsing import Lapsing, lapsing
from flows.workspace import Workspace
from receivables.claims import ZERO
from receivables.ledger.database import reading
from receivables.ledger.overview import open_items
from receivables.overview import BUCKETS, DebtorRow, OpenItem, Outlook, aged, bucket, by_debtor, outlook

PARTS = ("disputed", "promised", "on_plan", "insured")
COLUMNS = ("seller", "debtor", "name", "number", "currency", "issued", "due", "days_late", "bucket", "open")
HEADS = ("not due", "1-30", "31-60", "61-90", "over 90")


@dataclass(frozen=True, slots=True)
class OpenItems:
    """The overview as of the end of one day. `outlooks` by currency."""

    on: date
    rows: tuple[DebtorRow, ...]
    outlooks: dict[str, Outlook]
    lapsing: tuple[Lapsing, ...] = ()  # near their limitation, as the ledger knows it now

    @property
    def items(self) -> list[OpenItem]:
        return [item for row in self.rows for item in row.items]


def overview(workspace: Workspace, on: date, seller: str | None = None) -> OpenItems:
    """What is open on `on`, or was on a past day, of one seller or of all."""
    with reading(workspace.engine) as connection:
        found = open_items(connection, on, policies=workspace.insurance_policies, seller=seller)
        near = lapsing(connection, workspace.policy.contact.limitation_warning, on)
    known = sorted({item.currency for item in found})
    outlooks = {currency: outlook([i for i in found if i.currency == currency], on) for currency in known}
    shown = {(item.seller, item.number) for item in found}
    ours = tuple(one for one in near if (one.claim.seller, one.claim.number) in shown)
    return OpenItems(on, tuple(by_debtor(found, on)), outlooks, ours)


def as_dicts(found: OpenItems) -> list[dict[str, Any]]:
    """One object per debtor, its invoices inside."""
    return [asdict(row) for row in found.rows]


def as_csv(found: OpenItems) -> str:
    """One row per invoice, with a head; amounts with a point, days as YYYY-MM-DD. Names cannot start a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*COLUMNS, "accessories", *PARTS, "expected", "may_lapse", "indemnified"])
    lapses = {(one.claim.seller, one.claim.number): one.found.last_day for one in found.lapsing}
    for item in found.items:
        days = max((found.on - item.due).days, 0)
        expected = " ".join(f"{day}={amount}" for day, amount in item.expected)
        parts = [getattr(item, part) for part in PARTS]
        about = [item.seller, safe(item.debtor), safe(item.name), safe(item.number), item.currency]
        aging = [item.issued, item.due, days, bucket(item.due, found.on), item.open]
        lapse = lapses.get((item.seller, item.number), "")
        writer.writerow([*about, *aging, item.accessories, *parts, expected, lapse, item.indemnified])
    return out.getvalue().rstrip("\n")


def safe(text: str) -> str:
    """A cell that a spreadsheet takes as text."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def as_text(found: OpenItems) -> str:
    """A table of debtors, its sums, and the weeks ahead."""
    if not found.rows:
        return f"Nothing is open on {found.on}."
    table: list[Sequence[str]] = [
        ("customer", "open", *HEADS, "disputed", "promised", "on plan", "insured", "next due", "pays")
    ]
    table += [line(row) for row in found.rows]
    if any(row.indemnified for row in found.rows):
        sums = ["indemnified", *(money(row.indemnified) for row in found.rows)]
        table = [(*cells, last) for cells, last in zip(table, sums, strict=True)]
    lines = [f"Open on {found.on}", "", *aligned(table)]
    for currency, ahead in found.outlooks.items():
        lines += ["", *totals(found, currency), "", f"Expected in {currency}, by due date and each customer's habit"]
        weeks = [(f"week of {monday}", money(amount)) for monday, amount in ahead.weeks if amount]
        weeks += [("later", money(ahead.later))] if ahead.later else []
        weeks += [("overdue beyond its habit", money(ahead.no_day))] if ahead.no_day else []
        lines += aligned(weeks)
    lines += ["", "Near their limitation", *(one.text for one in found.lapsing)] if found.lapsing else []
    return "\n".join(lines)


def line(row: DebtorRow) -> tuple[str, ...]:
    late = row.usually_late
    pays = "" if late is None else "on time" if late <= 0 else f"{late} days late"
    sums = [row.open, *(row.aged[b] for b in BUCKETS), row.disputed, row.promised, row.on_plan, row.insured]
    return (f"{row.debtor} {row.name}"[:34], *(money(s) for s in sums), row.next_due.isoformat(), pays)


def totals(found: OpenItems, currency: str) -> list[str]:
    items = [item for item in found.items if item.currency == currency]
    whole = sum((item.open for item in items), ZERO)
    parts = ", ".join(
        f"{head} {money(amount)}" for head, amount in zip(HEADS, aged(items, found.on).values(), strict=True)
    )
    beside = sum((item.accessories for item in items), ZERO)
    return [f"In all {whole:,.2f} {currency} ({parts}); interest and costs {beside:,.2f}"]


def money(amount: Decimal) -> str:
    return f"{amount:,.2f}" if amount else "–"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns as wide as their widest cell, all but the first to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    return [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def as_markdown(found: OpenItems) -> str:
    """The same as a page in Prefect, by customer number: artifacts hold no names."""
    heads = ("customer", "open", *HEADS, "disputed", "promised", "on plan", "insured", "next due", "indemnified")
    lines = [f"## Open on {found.on}", "", row_of(heads), row_of(["---", *["---:"] * (len(heads) - 1)])]
    lines += [
        row_of((f"{row.seller}/{row.debtor}", *line(row)[1:-1], money(row.indemnified))) for row in found.rows[:500]
    ]
    for currency, ahead in found.outlooks.items():
        lines += ["", *totals(found, currency), "", f"### Expected in {currency}", "", row_of(("week of", "amount"))]
        lines += [row_of(("---", "---:"))]
        lines += [row_of((monday.isoformat(), money(amount))) for monday, amount in ahead.weeks]
        lines += [row_of(("later", money(ahead.later))), row_of(("overdue beyond its habit", money(ahead.no_day)))]
    if found.lapsing:
        lines += ["", "### Near their limitation", "", row_of(("invoice", "may lapse on", "article"))]
        lines += [row_of(("---", "---", "---"))]
        lines += [row_of((o.claim.number, o.found.last_day.isoformat(), o.found.article)) for o in found.lapsing]
    return "\n".join(lines)


def row_of(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|').replace('<', '&lt;') for cell in cells)} |"
