"""The command about how a client wants its documents."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from flows.console import FINE, BusinessDay, Format, Root, Unusable, say

if TYPE_CHECKING:
    from flows.workspace import Workspace
    from receivables.preferences import Preference

InvoiceWay = Literal["peppol", "peppol_else_email", "email", "post"]
LetterWay = Literal["email", "post"]
Ground = Literal["bankrupt", "article_44", "not_established", "flat_rate", "other_format"]
Kind = Literal["invoice", "reminder", "formal_notice"]


def prefer(
    debtor: Annotated[str | None, Parameter(help="Customer's number in the ERP; left out: lists every choice.")] = None,
    /,
    *,
    invoice: Annotated[InvoiceWay | None, Parameter(help="How it gets invoices.")] = None,
    reminder: Annotated[LetterWay | None, Parameter(help="How it gets reminders.")] = None,
    formal: Annotated[LetterWay | None, Parameter(help="How it gets formal notices.")] = None,
    copy: Annotated[
        list[str] | None, Parameter(help="E-mail address that gets a copy after success; '' for none.", negative="")
    ] = None,
    copy_of: Annotated[list[Kind] | None, Parameter(help="Copies of what; left out: invoices.", negative="")] = None,
    exemption: Annotated[
        Ground | None, Parameter(help="Why a Belgian business may have its invoices another way than by Peppol.")
    ] = None,
    by: Annotated[str | None, Parameter(help="Who chose it.")] = None,
    reason: Annotated[str | None, Parameter(help="Why, or where it was said.")] = None,
    seller: Annotated[str | None, Parameter(help="ref of the seller, where two have this customer.")] = None,
    on: BusinessDay = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Notes how a customer wants its documents, or lists what was chosen, by whom and when.

    It holds until the ERP says something new. What the law forbids is refused: invoices between Belgian businesses
    go by Peppol, unless there is an exemption.

    For example:
      voldaan prefer C-1005 --reminder post --by "Nadia Willems" --reason "asked by telephone"
      voldaan prefer C-1005 --copy accountant@example.com --by "Nadia Willems" --reason "letter of 3 March"
      voldaan prefer C-1005
    """
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    ways: dict[Any, Any] = {"invoice": invoice, "reminder": reminder, "formal_notice": formal}
    said = {
        "ways": {kind: way for kind, way in ways.items() if way is not None},
        "copies": None if copy is None else [address for address in copy if address],
        "copies_of": copy_of or ("invoice",),
        "exemption": exemption,
    }
    if not said["ways"] and copy is None and exemption is None:
        return tell_all(workspace, debtor, seller, format)
    if debtor is None or not by or not reason:
        raise Unusable("a choice needs the customer's number, who chose it (--by) and why (--reason)")
    return choose(workspace, debtor, {**said, "by": by, "reason": reason}, on, seller, format)


def choose(
    workspace: Workspace, debtor: str, said: dict[str, Any], on: date | None, seller: str | None, format: str
) -> int:
    from flows.prefer import NotPreferred, Wish, prefer

    try:
        for one in prefer(workspace, debtor, Wish(**said), on or workspace.today, seller):
            tell(debtor, "", one, format)
    except NotPreferred as problem:
        raise Unusable(str(problem)) from problem
    return FINE


def tell_all(workspace: Workspace, debtor: str | None, seller: str | None, format: str) -> int:
    from flows.prefer import listed

    found = listed(workspace, debtor, seller)
    for ref, name, one in found:
        tell(ref, name, one, format)
    if not found and format == "text":
        say("Nothing was chosen: invoices go by Peppol, else by e-mail; letters as the policy has them.")
    return FINE


def tell(ref: str, name: str, one: Preference, format: str) -> None:
    from dataclasses import asdict

    if format == "json":
        say({"debtor": ref, **asdict(one)})
        return
    parts = [one.way.replace("_", " ") if one.way else "as usual"]
    parts += [f"copies to {', '.join(one.copies)}"] if one.copies else []
    parts += [f"exemption {one.exemption}"] if one.exemption else []
    why = f": {one.reason}" if one.reason else ""
    who = f"{ref} {name}".strip()
    say(f"{who}  {one.kind.replace('_', ' ')}  {'; '.join(parts)}  ({one.by}, {one.on}, by the {one.source}{why})")


def register(app: App) -> None:
    app.command(prefer)
