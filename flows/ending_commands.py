"""The commands at the end of a relation: blocking a customer, and the file for the court."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from flows.console import FINE, NO, BusinessDay, Format, Root, say

Seller = Annotated[str | None, Parameter(help="ref of the seller, where two use the same number.")]
Debtor = Annotated[str, Parameter(help="Customer's number in the ERP.")]


def block(
    debtor: Debtor,
    /,
    *,
    by: Annotated[str, Parameter(help="Who of us ends the relation.")],
    reason: Annotated[str, Parameter(help="Why; the ERP reads it.")],
    seller: Seller = None,
    on: BusinessDay = None,
    root: Root = None,
) -> int:
    """Blocks a customer: a new invoice for it is flagged with a task, or refused, as the policy says.

    For example:
      voldaan block C-1009 --by "Nadia Willems" --reason "two write-offs in a year"
    """
    from flows.blocking import block as stop
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    done = stop(workspace, debtor, by=by, reason=reason, on=on or workspace.today, seller=seller)
    say(f"{debtor} is blocked: {reason}" if done else f"{debtor} was blocked before")
    return FINE if done else NO


def unblock(
    debtor: Debtor,
    /,
    *,
    by: Annotated[str, Parameter(help="Who of us lifts it.")],
    seller: Seller = None,
    on: BusinessDay = None,
    root: Root = None,
) -> int:
    """Lifts the block of a customer.

    For example:
      voldaan unblock C-1009 --by "Nadia Willems"
    """
    from flows.blocking import unblock as lift
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    done = lift(workspace, debtor, by=by, on=on or workspace.today, seller=seller)
    say(f"{debtor} is no longer blocked" if done else f"{debtor} was not blocked")
    return FINE if done else NO


def blocked(*, root: Root = None, format: Format = "text") -> int:
    """Lists the customers to whom nothing more is sold on account, for the ERP and the sales desk.

    For example:
      voldaan blocked --format json
    """
    from flows.blocking import blocked as listed
    from flows.workspace import open_workspace

    found = listed(open_workspace(root))
    for one in found:
        say(one if format == "json" else f"{one.debtor}  {one.name}, since {one.since}: {one.reason} ({one.by})")
    if not found and format == "text":
        say("Nobody is blocked.")
    return FINE


def court_file(
    invoices: Annotated[list[str], Parameter(help="Numbers of invoices of one customer.")],
    /,
    *,
    out: Annotated[Path, Parameter(help="Where the ZIP is written.")],
    language: Annotated[
        Literal["nl", "fr", "de"] | None, Parameter(help="Of the court; left out: by law and domicile.")
    ] = None,
    seller: Seller = None,
    on: BusinessDay = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Writes the file for a court: the dossier, its exhibits numbered in order of time, and their inventory as a PDF.

    Signed and checked like any dossier. The answer is no where the law misses something; it is written all the same.

    For example:
      voldaan court-file 2026-0107 --out court.zip
    """
    from flows.court_file import court_file as make
    from flows.files import write_answer
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    made = make(workspace, invoices, language=language, seller=seller, on=on or workspace.today)
    write_answer(out, made.archive)
    claim = made.claim
    if format == "json":
        pieces = [{"number": e.number, "on": e.on, "words": e.words, "file": e.path} for e in made.exhibits]
        say(
            {
                "file": str(out),
                "language": made.language,
                "total": claim.total,
                "exhibits": pieces,
                "missing": claim.missing,
            }
        )
    else:
        lines = [f"{out}: {claim.total} {claim.currency} on {claim.debtor.name}, {len(made.exhibits)} exhibits"]
        say("\n".join([*lines, *(f"It lacks {text}." for text in claim.missing)]))
    return NO if claim.missing else FINE


def register(app: App) -> None:
    """Puts the commands at the end of a relation under `app`."""
    for command in (block, unblock, blocked):
        app.command(command)
    app.command(court_file, name="court-file")
