"""The command that sends a document again which did not arrive."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import App, Parameter

from flows.console import FINE, NO, BusinessDay, Format, Root, complain, say


def resend(
    invoice: Annotated[str, Parameter(help="Number of the invoice or credit note.")],
    /,
    *,
    to: Annotated[str | None, Parameter(help="E-mail or Peppol address, for this document alone.")] = None,
    channel: Annotated[
        Literal["peppol", "email", "post"] | None, Parameter(help="Another way; left out: as the customer has them.")
    ] = None,
    by: Annotated[str | None, Parameter(help="Who asks for it; left out: the desk.")] = None,
    reason: Annotated[str | None, Parameter(help="Why.")] = None,
    seller: Annotated[str | None, Parameter(help="ref of the seller, where two use the same number.")] = None,
    on: BusinessDay = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Sends an invoice or a credit note again that came back, was refused or was not delivered.

    It goes to the address that the ERP gave last, with the next delivery. What was delivered, is under way or is not
    known is refused (exit status 1). Where nobody can prove whether it went out, say that you asked: --by and --reason.

    For example:
      voldaan resend 2026-0107
      voldaan resend 2026-0107 --to boekhouding@klant.example --by "Nadia Willems" --reason "spelt over the telephone"
      voldaan resend 2026-0107 --channel post --by "Nadia Willems" --reason "has no mail any more"
    """
    from dataclasses import asdict

    from flows.resend import NotSentAgain, Wish
    from flows.resend import resend as send_again
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    try:
        done = send_again(
            workspace, invoice, Wish(by=by, reason=reason, to=to, channel=channel), on or workspace.today, seller
        )
    except NotSentAgain as problem:
        if format == "json":
            say({"number": invoice, "problem": str(problem)})
        else:
            complain(str(problem))
        return NO
    say(asdict(done) if format == "json" else f"{invoice}: {done.follows}")
    return FINE


def register(app: App) -> None:
    app.command(resend)
