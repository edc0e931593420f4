"""The commands about unpaid goods: how it stands with title to them, and the letter that takes them back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from flows.console import FINE, NO, BusinessDay, Format, Root, say

if TYPE_CHECKING:
    from flows.reclaim import Reclaimed

Seller = Annotated[str | None, Parameter(help="ref of the seller, where two use the same number.")]


def title(
    subject: Annotated[str, Parameter(help="Customer's number in the ERP, or an invoice's number.")],
    /,
    *,
    seller: Seller = None,
    on: BusinessDay = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Shows the unpaid goods: which, where, whether they are still the seller's and why, and until when they can be
    taken back. The answer is no where none of them can be.

    For example:
      voldaan title C-1005
      voldaan title 2026-0107 --format json
    """
    from flows.goods import goods_of
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    found = goods_of(workspace, subject, seller, on or workspace.today)
    for one in found:
        say(one.as_dict() if format == "json" else one.text)
    if not found and format == "text":
        say(f"{subject}: no unpaid goods.")
    return FINE if any(one.can.grounds for one in found) else NO


def reclaim(
    invoices: Annotated[list[str], Parameter(help="Numbers of the invoices, all of one customer.")],
    /,
    *,
    by: Annotated[str, Parameter(help="Who of us takes the goods back.")],
    channel: Annotated[Literal["email", "post"], Parameter(help="How the letter goes.")] = "email",
    ground: Annotated[
        Literal["clause", "right_of_reclaim"] | None,
        Parameter(help="clause: retention of title; right_of_reclaim: art. 7:39 BW, which dissolves the sale."),
    ] = None,
    preview: Annotated[bool, Parameter(help="Show the letter, and do nothing.", negative="")] = False,
    out: Annotated[Path | None, Parameter(help="Folder that gets the letter as a PDF.")] = None,
    seller: Seller = None,
    on: BusinessDay = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Takes unpaid goods back in writing: from the customer, or from the administrator where the customer is insolvent.

    Only goods that are still the seller's, or that the Dutch right of reclaim still reaches. The letter goes out with
    the next delivery, once; the ladder waits, and a task asks to fetch the goods.

    For example:
      voldaan reclaim 2026-0107 --by "Nadia Willems" --preview
      voldaan reclaim 2026-0107 2026-0112 --by "Nadia Willems" --channel post
    """
    from flows.reclaim import reclaim as take_back
    from flows.workspace import open_workspace
    from receivables.title import Basis

    workspace = open_workspace(root)
    made = take_back(
        workspace,
        invoices,
        by=by,
        on=on or workspace.today,
        channel=channel,
        basis=Basis(ground) if ground else None,
        seller=seller,
        preview=preview,
    )
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / made.file).write_bytes(made.paper)
    tell(made, preview, format)
    return FINE


def tell(made: Reclaimed, preview: bool, format: str) -> None:
    if format == "json":
        say({name: value for name, value in asdict(made).items() if name != "paper"})
    elif preview:
        say(f"{made.subject}\n\n{made.text}".rstrip())
    else:
        say(
            f"{', '.join(made.numbers)}: goods reclaimed from {made.to} ({made.basis.replace('_', ' ')}), "
            f"asked for by {made.by_day}; the letter goes out by {made.channel} with the next delivery"
        )


def register(app: App) -> None:
    """Puts the commands about goods under `app`."""
    app.command(title)
    app.command(reclaim)
