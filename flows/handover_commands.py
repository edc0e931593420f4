"""`voldaan handovers`: claims at collection partners, and what a person tells or hears; `voldaan write-off`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from flows.console import FINE, BusinessDay, Format, Number, Root, Unusable, say

handovers = App(name="handovers", help="Claims at collection partners: how they stand, answers, recalls.")
Id = Annotated[int, Parameter(help="Number of the hand-over, as 'voldaan handovers list' shows it.")]
Who = Annotated[str, Parameter(help="Who says so.")]
State = Literal[
    "handed_over",
    "needs_info",
    "accepted",
    "rejected",
    "active",
    "paused",
    "disputed",
    "paid_partly",
    "paid",
    "uncollectable",
    "legal",
    "withdrawn",
    "closed",
]


@handovers.command(name="list")
def list_handovers(
    *,
    all: Annotated[bool, Parameter(help="Those that have ended too.", negative="")] = False,
    root: Root = None,
    format: Format = "text",
) -> int:
    """The claims that are at a partner: state, what was collected, what the partner keeps, what of it came.

    For example:
      voldaan handovers list --all
    """
    from flows.handover_desk import listed
    from flows.workspace import open_workspace

    found = listed(open_workspace(root), all)
    if format == "json":
        for one in found:
            say(one.as_dict())
    else:
        say("\n".join(one.text for one in found) or "No claim is at a collection partner.")
    return FINE


@handovers.command(name="show")
def show_handover(handover: Id, /, *, root: Root = None, format: Format = "text") -> int:
    """One claim at its partner, with everything that was told about it.

    For example:
      voldaan handovers show 3
    """
    from flows.handover_desk import one
    from flows.workspace import open_workspace

    found = one(open_workspace(root), handover)
    say(found.as_dict() if format == "json" else found.page)
    return FINE


@handovers.command(name="answer")
def answer_partner(
    handover: Id,
    /,
    *,
    text: Annotated[str, Parameter(help="The answer, in the partner's language.")],
    file: Annotated[list[Path] | None, Parameter(help="A file that goes with it; once for each.", negative="")] = None,
    on: BusinessDay = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Answers what a partner asked. It goes out once, with the next delivery, and its task is done.

    For example:
      voldaan handovers answer 3 --text "De leverbon is bijgevoegd." --file leverbon.pdf
    """
    from flows.handover_news import answer
    from flows.workspace import open_workspace

    if not text.strip():
        raise Unusable("an answer says something: give --text")
    workspace = open_workspace(root)
    planned = answer(workspace, handover, text, file or [], on or workspace.today)
    told = "the answer goes out with the next delivery"
    say({"handover": handover, "dispatch": planned} if format == "json" else f"{handover}: {told}")
    return FINE


@handovers.command(name="recall")
def recall_claim(
    handover: Id,
    /,
    *,
    by: Who,
    reason: Annotated[str, Parameter(help="Why the claim is taken back; the partner reads it.")],
    on: BusinessDay = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Takes a claim back from its partner. Until the partner has given it back, it stays there.

    For example:
      voldaan handovers recall 3 --by "Nadia Willems" --reason "The customer agreed a plan with us"
    """
    from flows.handover_news import recall
    from flows.workspace import open_workspace

    if not reason.strip():
        raise Unusable("a recall needs a reason (--reason)")
    workspace = open_workspace(root)
    follows = recall(workspace, handover, by, reason, on or workspace.today)
    say({"handover": handover, "follows": follows} if format == "json" else f"{handover}: {follows}")
    return FINE


@handovers.command(name="note")
def note_state(
    handover: Id,
    state: Annotated[State, Parameter(help="How the claim stands there.")],
    /,
    *,
    by: Who,
    words: Annotated[str, Parameter(help="What the partner said.")] = "",
    collected: Annotated[Number | None, Parameter(help="All that it has collected so far.")] = None,
    fees: Annotated[Number | None, Parameter(help="What it keeps of that.")] = None,
    on: BusinessDay = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Writes down how a claim stands at a partner that does not tell us by itself: by mail, telephone or portal.

    For example:
      voldaan handovers note 3 paid --collected 1210.00 --fees 121.00 --by "Nadia Willems"
    """
    from flows.handover_desk import note
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    found = note(workspace, handover, state, by, words, collected, fees, on or workspace.today)
    say(found.as_dict() if format == "json" else found.text)
    return FINE


@handovers.command(name="remitted")
def note_remitted(
    entry: Annotated[int, Parameter(help="Number of the bank entry, as its task names it.")],
    parts: Annotated[list[str], Parameter(help="HANDOVER=AMOUNT, once for each claim that the money is of.")],
    /,
    *,
    on: BusinessDay = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Ties money that a partner passed on to its claims, where that was not certain.

    For example:
      voldaan handovers remitted 41 3=900.00 5=189.00
    """
    from flows.handover_desk import remitted
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    why = remitted(workspace, entry, dict(map(parted, parts)), on or workspace.today)
    say({"entry": entry, "why": why} if format == "json" else f"{entry}: {why}")
    return FINE


def parted(text: str) -> tuple[int, Decimal]:
    """'3=900.00' as a hand-over and a sum; Unusable for anything else."""
    number, _, amount = text.partition("=")
    try:
        found = Decimal(amount)
        if not found.is_finite() or found <= 0:
            raise ValueError
        return int(number), found
    except (ValueError, ArithmeticError) as problem:
        raise Unusable(f"'{text}' is no part: write HANDOVER=AMOUNT, such as 3=900.00") from problem


def write_off(
    invoice: Annotated[str, Parameter(help="Number of the invoice.")],
    /,
    *,
    by: Annotated[str, Parameter(help="Who decided it.")],
    reason: Annotated[str, Parameter(help="Why.")],
    cause: Annotated[
        Literal["end_of_road", "insolvency", "reorganisation", "one_year"], Parameter(help="For the VAT.")
    ] = "end_of_road",
    since: Annotated[date | None, Parameter(help="Day of the judgment or plan; left out: the write-off's.")] = None,
    vat_refund: Annotated[bool, Parameter(help="With the data of the VAT to ask back.", negative="")] = False,
    seller: Annotated[str | None, Parameter(help="ref of the seller, where two use the same number.")] = None,
    on: BusinessDay = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Writes off all that is open on an invoice; its note, PDF and JSON, is laid in write-offs/.

    The VAT's data (art. 77 §1 7° WBTW, art. 29 Wet OB) are provisional: let the accountant confirm them.

    For example:
      voldaan write-off 2026-0107 --by "Nadia Willems" --reason "bankrupt, no assets" --cause insolvency --vat-refund
    """
    from flows.workspace import open_workspace
    from flows.write_off import write_off as write

    workspace = open_workspace(root)
    done = write(
        workspace,
        invoice,
        by=by,
        reason=reason,
        on=on or workspace.today,
        cause=cause,
        since=since,
        refund=vat_refund,
        seller=seller,
    )
    told, refund = done.told, done.told.refund
    vat = f"; {refund.vat} {told.currency} of VAT to ask back, provisional" if refund else ""
    lines = [f"{told.number}: {told.amount} {told.currency} written off{vat}", *(f"  {path}" for path in done.files)]
    say(done.as_dict() if format == "json" else "\n".join(lines))
    return FINE
