"""`voldaan plan`: agrees a payment plan, keeps its signed paper, or ends it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from flows.console import FINE, BusinessDay, Format, Root, Unusable, exact, say

if TYPE_CHECKING:
    from flows.plans import Agreed
    from flows.workspace import Workspace

MOST_SIGNED = 20_000_000  # bytes of a signed agreement
Seller = Annotated[str | None, Parameter(help="ref of the seller, where two use the same number.")]


def plan(
    invoices: Annotated[list[str], Parameter(help="Numbers of the invoices, all of one customer.")],
    /,
    *,
    instalment: Annotated[
        list[str] | None, Parameter(help="DAY=AMOUNT, once for each; together all that is open.", negative="")
    ] = None,
    by: Annotated[str | None, Parameter(help="Who of us agreed it.")] = None,
    grace: Annotated[int, Parameter(help="Days after the written request in which a missed one is made good.")] = 8,
    condition: Annotated[
        list[str] | None, Parameter(help="Something else that was agreed, in words; once for each.", negative="")
    ] = None,
    out: Annotated[Path | None, Parameter(help="Folder that gets the agreement to sign, a PDF.")] = None,
    signed: Annotated[
        Path | None, Parameter(help="The agreement as the customer signed it: PDF, picture or mail.")
    ] = None,
    signed_by: Annotated[str | None, Parameter(help="Who signed it, at the customer.")] = None,
    signed_on: Annotated[date | None, Parameter(help="Day on which it was signed; left out: today.")] = None,
    end: Annotated[Literal["withdrawn", "replaced"] | None, Parameter(help="End the plan that stands.")] = None,
    on: BusinessDay = None,
    seller: Seller = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Agrees a payment plan over all that is open on some invoices; the agreement goes to the customer to sign.

    It holds the ladder. A missed instalment is asked for in writing; not made good in the days of grace, the plan
    lapses and the whole is due.

    For example:
      voldaan plan N26-005 --instalment 2026-03-31=1210.00 --instalment 2026-04-30=1210.00 --by "Bas Kuiper"
      voldaan plan N26-005 --signed scan.pdf --signed-by "H. de Wit"
      voldaan plan N26-005 --end withdrawn
    """
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    today = on or workspace.today
    if end is not None:
        return end_plans(workspace, invoices, end, today, seller, format)
    if signed is not None:
        return keep_signed(workspace, invoices, signed, signed_by or "", signed_on or today, today, seller, format)
    if not instalment or not by:
        raise Unusable("a plan needs its instalments (--instalment 2026-03-31=1210.00) and who agreed it (--by)")
    from flows.plans import agree

    parts, more = [parted(text) for text in instalment], condition or ()
    agreed = agree(workspace, invoices, parts, by=by, grace_days=grace, on=today, seller=seller, conditions=more)
    return show_agreed(agreed, len(instalment), out, format)


def show_agreed(agreed: Agreed, instalments: int, out: Path | None, format: str) -> int:
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / agreed.file).write_bytes(agreed.paper)
    answer = {name: value for name, value in asdict(agreed).items() if name != "paper"}
    sent = "its letter goes out with the next delivery" if agreed.dispatch else "print its letter: no e-mail address"
    what = f"{agreed.total} {agreed.currency} in {instalments} instalments with reference {agreed.reference}"
    lines = [
        f"{', '.join(agreed.numbers)}: {what}; {sent}",
        *(f"risk  {risk}" for risk in agreed.risks),
    ]
    say(answer if format == "json" else "\n".join(lines))
    return FINE


def keep_signed(
    workspace: Workspace,
    invoices: list[str],
    paper: Path,
    by: str,
    signed: date,
    on: date,
    seller: str | None,
    format: str,
) -> int:
    from mimetypes import guess_type

    from flows.files import TooLarge, read_limited
    from flows.plan_signed import sign

    try:
        content = read_limited(paper, MOST_SIGNED)
    except (OSError, TooLarge) as problem:
        raise Unusable(f"{paper} cannot be kept: {problem}") from problem
    mime = guess_type(paper.name)[0] or "application/octet-stream"
    kept = sign(workspace, invoices[0], content, mime, by=by, signed=signed, on=on, seller=seller)
    say(kept if format == "json" else f"{kept.invoice}: signed by {kept.by} on {kept.signed}, kept as {kept.file}")
    return FINE


def end_plans(
    workspace: Workspace, invoices: list[str], outcome: str, on: date, seller: str | None, format: str
) -> int:
    from flows.agreements import end
    from receivables.claims import HoldKind

    for number in invoices:
        noted = end(workspace, number, HoldKind.PLAN, outcome, on=on, seller=seller)
        say(noted if format == "json" else f"{number}: plan {noted.follows}")
    return FINE


def parted(text: str) -> tuple[date, Decimal]:
    """'2026-03-31=1210.00' as a day and an amount; Unusable for anything else."""
    day, _, amount = text.partition("=")
    try:
        return date.fromisoformat(day), exact(None, [_Typed(amount)])
    except ValueError as problem:
        raise Unusable(f"'{text}' is no instalment: write DAY=AMOUNT, such as 2026-03-31=1210.00") from problem


class _Typed:
    def __init__(self, value: str) -> None:
        self.value = value
