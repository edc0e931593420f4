"""The commands of the desk: what a customer said or agreed, what is waived, what is open, and the monthly report."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from flows.console import FINE, NO, BusinessDay, Format, Number, Root, Unusable, readable, say
from flows.plan_command import plan

Seller = Annotated[str | None, Parameter(help="ref of the seller, where two use the same number.")]
Invoice = Annotated[str, Parameter(help="Number of the invoice.")]
Channel = Literal["phone", "email", "post", "meeting"]
Language = Literal["nl", "fr", "de", "en"]
Reason = Literal[
    "not_ordered",
    "not_delivered",
    "quality",
    "price",
    "double",
    "already_paid",
    "wrong_addressee",
    "missing_reference",
    "other",
]


def promise(
    invoice: Invoice,
    /,
    *,
    day: Annotated[date, Parameter(name="--on", help="Day on which the customer says it will pay.")],
    by: Annotated[str, Parameter(help="Who promised it, at the customer.")],
    channel: Annotated[Channel, Parameter(help="How it was said.")],
    amount: Annotated[Number | None, Parameter(help="Sum promised; left out: all that is open.")] = None,
    owner: Annotated[str | None, Parameter(help="Who of us heard it; left out: the desk.")] = None,
    today: Annotated[date | None, Parameter(help="Day on which it was said; left out: today.")] = None,
    seller: Seller = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Notes a promise to pay. It holds the ladder until two bank days after its day, and is then kept or broken.

    For example:
      voldaan promise 2026-0107 --on 2026-03-20 --amount 500.00 --by "P. Jacobs" --channel phone
    """
    from flows.agreements import promise as note
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    on = today or workspace.today
    noted = note(
        workspace, invoice, day=day, amount=amount, by=by, channel=channel, owner=owner or "desk", on=on, seller=seller
    )
    say(noted if format == "json" else f"{invoice}: {noted.amount} {noted.currency} promised; {noted.follows}")
    return FINE


def dispute(
    invoice: Invoice,
    /,
    *,
    reason: Annotated[Reason | None, Parameter(help="Why the customer does not agree.")] = None,
    amount: Annotated[Number | None, Parameter(help="Disputed part of the principal; left out: all of it.")] = None,
    note: Annotated[str, Parameter(help="What the customer said.")] = "",
    until: Annotated[date | None, Parameter(help="Last day that it holds the ladder; left out: 30 days.")] = None,
    owner: Annotated[str | None, Parameter(help="Who must answer it; left out: the desk.")] = None,
    end: Annotated[bool, Parameter(help="End the dispute that stands.", negative="")] = False,
    outcome: Annotated[
        Literal["upheld", "rejected", "agreed", "withdrawn"] | None, Parameter(help="How it ended; with --end.")
    ] = None,
    on: BusinessDay = None,
    seller: Seller = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Notes a dispute, or ends it. A disputed claim stays out of the ladder; the undisputed part goes on.

    For example:
      voldaan dispute 2026-0107 --reason quality --until 2026-04-30 --note "two boxes were wet"
      voldaan dispute 2026-0107 --reason price --amount 60.50
      voldaan dispute 2026-0107 --end --outcome rejected
    """
    from flows import agreements
    from flows.workspace import open_workspace
    from receivables.claims import HoldKind
    from receivables.disputes import Reason as Code

    workspace = open_workspace(root)
    today = on or workspace.today
    if end and outcome is not None and reason is None:
        noted = agreements.end(workspace, invoice, HoldKind.DISPUTE, outcome, on=today, seller=seller)
    elif end or reason is None:
        raise Unusable("give --reason to note a dispute, or --end with --outcome to end the one that stands")
    else:
        noted = agreements.dispute(
            workspace,
            invoice,
            Code(reason),
            note=note,
            amount=amount,
            until=until,
            owner=owner or "desk",
            on=today,
            seller=seller,
        )
    say(noted if format == "json" else f"{invoice}: {noted.follows}")
    return FINE


def response(
    file: Annotated[Path, Parameter(help="An answer over Peppol: Invoice Response, MLS or MLR, as XML.")],
    /,
    *,
    on: BusinessDay = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Takes an answer of the buyer to heart that came by another way than the access point, such as its portal.

    A question, a condition or a refusal (UQ, CA, RE) opens a dispute, which stops the ladder; acceptance and payment
    are noted, never booked. The same answer again changes nothing; one of somebody else is refused and shown.

    For example:
      voldaan response answer.xml
    """
    from flows.answers import hear
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    heard = hear(workspace, readable(file).read_bytes(), on=on or workspace.today)
    text = f"{heard.invoice}: {heard.sender} says: {heard.says}. {heard.follows[0].upper()}{heard.follows[1:]}."
    say(heard if format == "json" else text)
    return NO if heard.verdict in ("refused", "unmatched") else FINE


def waive(
    invoice: Invoice,
    /,
    *,
    kind: Annotated[Literal["interest", "lump_sum", "costs"], Parameter(help="What is forgone.")],
    by: Annotated[str, Parameter(help="Who decides it, by name.")],
    why: Annotated[str, Parameter(help="The reason.")],
    amount: Annotated[Number | None, Parameter(help="How much; left out: all that is open of it.")] = None,
    on: BusinessDay = None,
    seller: Seller = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Forgoes interest, lump sum or costs on an invoice, by name and with a reason. They never go away otherwise.

    For example:
      voldaan waive 2026-0107 --kind interest --by "Nadia Willems" --why "goodwill, first time in six years"
    """
    from flows.agreements import waive as forgo
    from flows.workspace import open_workspace
    from receivables.claims import ItemKind

    workspace = open_workspace(root)
    today = on or workspace.today
    noted = forgo(workspace, invoice, ItemKind(kind), amount, by=by, why=why, on=today, seller=seller)
    say(noted if format == "json" else f"{invoice}: {noted.follows}")
    return FINE


def open_items(
    *,
    on: BusinessDay = None,
    seller: Annotated[str | None, Parameter(help="Only of this seller, by its ref.")] = None,
    root: Root = None,
    format: Annotated[
        Literal["text", "json", "csv"],
        Parameter(help="text and json: per customer (json with its invoices); csv: one row per invoice."),
    ] = "text",
) -> int:
    """Lists what is open, per customer and by age, and the cash expected per week; also as it was on a past day.

    Disputed, promised, on a plan and insured are parts of what is open, shown apart. So is what the insurer paid
    (indemnified), which the customer still owes.

    For example:
      voldaan open-items
      voldaan open-items --on 2026-03-31 --format csv > open.csv
    """
    from flows.overview import as_csv, as_dicts, as_text, overview
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    found = overview(workspace, on or workspace.today, seller)
    if format == "json":
        for row in as_dicts(found):
            say(row)
    else:
        say(as_csv(found) if format == "csv" else as_text(found))
    return FINE


def report(
    *,
    month: Annotated[str, Parameter(help="The month, as YYYY-MM.")],
    out: Annotated[Path, Parameter(help="Folder that gets report-YYYY-MM.pdf and .html; made where it is not there.")],
    seller: Annotated[str | None, Parameter(help="Only of this seller, by its ref.")] = None,
    language: Annotated[Language | None, Parameter(help="Left out: the seller's own.")] = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Writes the monthly report: two pages with the figures of the month, the last twelve months, and what they mean.

    A past month reads as it did on its last day.

    For example:
      voldaan report --month 2026-05 --out reports
      voldaan report --month 2026-05 --out reports --language fr
    """
    from flows.monthly import month_in, write_report
    from flows.workspace import open_workspace

    try:
        asked = month_in(month)
    except ValueError as problem:
        raise Unusable(f"'{month}' is no month: write it as 2026-05") from problem
    written = write_report(open_workspace(root), asked, out, seller=seller, language=language)
    answer = {"month": str(asked), "pdf": str(written.pdf), "html": str(written.html)}
    say(answer if format == "json" else f"{written.pdf}\n{written.html}")
    return FINE


def register(app: App) -> None:
    """Puts the commands of the desk under `app`."""
    for command in (promise, plan, dispute, response, waive, report):
        app.command(command)
    app.command(open_items, name="open-items")
