"""The commands about money in: why an entry was matched or not, what a person decides of it, collecting by debit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

from cyclopts import App, Parameter

from flows.console import FINE, BusinessDay, Format, Root, Unusable, say

if TYPE_CHECKING:
    from flows.match_explain import Explained

Answer = TypeVar("Answer")
Entry = Annotated[int, Parameter(help="Number of the bank entry.")]
By = Annotated[str, Parameter(help="Who says so.")]

match = App(name="match", help="Money in: why a bank entry pays what it pays, and what a person says of the rest.")


@match.default
def match_entries(
    *entries: Annotated[int, Parameter(help="Numbers of bank entries; left out: all that wait for a person.")],
    explain: Annotated[
        bool, Parameter(help="Say which step found what, how certain it is, and book nothing.", negative="")
    ] = False,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Looks again at what waits, as invoices may have come since; with --explain says why, and books nothing.

    For example:
      voldaan match --explain
      voldaan match --explain 41 42 --format json
      voldaan match
    """
    from flows.match_explain import explained, match_again
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    if not explain and not entries:
        states = match_again(workspace)
        shown = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        say(dict(states) if format == "json" else shown or "Nothing waits to be matched.")
        return FINE
    found = done(lambda: explained(workspace, entries))
    for one in found:
        show(one, format)
    if not found and format == "text":
        say("Every bank entry is matched, or none of ours.")
    return FINE


@match.command
def accept(entry: Entry, /, *, by: By, on: BusinessDay = None, root: Root = None, format: Format = "text") -> int:
    """Books what is proposed for an entry.

    For example:
      voldaan match accept 41 --by "Nadia Willems"
    """
    from flows import match_explain
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    show(done(lambda: match_explain.accept(workspace, entry, by, on or workspace.today)), format)
    return FINE


@match.command
def assign(
    entry: Entry,
    /,
    *invoices: Annotated[str, Parameter(help="Invoices that it pays, as NUMBER or NUMBER=AMOUNT.")],
    by: By,
    on: BusinessDay = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Says which invoices an entry pays.

    For example:
      voldaan match assign 41 2026-0107 2026-0108=100.00 --by "Nadia Willems"
    """
    from flows import match_explain
    from flows.workspace import open_workspace

    if not invoices:
        raise Unusable(f"name the invoices that entry {entry} pays")
    workspace = open_workspace(root)
    show(done(lambda: match_explain.assign(workspace, entry, invoices, by, on or workspace.today)), format)
    return FINE


@match.command
def undo(entry: Entry, /, *, by: By, on: BusinessDay = None, root: Root = None, format: Format = "text") -> int:
    """Takes a wrong match back; the money waits again, and the claims stand where they stood.

    For example:
      voldaan match undo 41 --by "Nadia Willems"
    """
    from flows import match_explain
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    show(done(lambda: match_explain.undo(workspace, entry, by, on or workspace.today)), format)
    return FINE


@match.command(name="return")
def went_back(
    entry: Entry,
    earlier: Annotated[int, Parameter(help="Number of the entry that brought the money.")],
    /,
    *,
    by: By,
    on: BusinessDay = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Says that money out took an earlier payment back: its claims are open again.

    For example:
      voldaan match return 57 41 --by "Nadia Willems"
    """
    from flows import match_explain
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    show(done(lambda: match_explain.went_back(workspace, entry, earlier, by, on or workspace.today)), format)
    return FINE


def collect(
    *,
    out: Annotated[Path, Parameter(help="Folder that gets the files for the bank.")],
    on: BusinessDay = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Writes the direct debits of a day for the bank (pain.008), and says why other invoices wait.

    The same day again collects nothing twice and writes the same files.

    For example:
      voldaan collect --on 2026-01-29 --out debits
    """
    from connectors.bank.direct_debit import BadCollection
    from flows.collect import collect as run
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    try:
        collected = run(workspace, on or workspace.today, out)
    except BadCollection as problem:
        raise Unusable(str(problem)) from problem
    say(collected.as_dict() if format == "json" else collected.text)
    return FINE


def done(work: Callable[[], Answer]) -> Answer:
    """What a person asked for; Unusable with one sentence where it cannot be done."""
    from receivables.ledger.assign import WrongEntry

    try:
        return work()
    except WrongEntry as problem:
        raise Unusable(str(problem)) from problem


def show(one: Explained, format: str) -> None:
    say(one.as_dict() if format == "json" else one.text)
