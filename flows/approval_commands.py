"""`voldaan approvals`: what waits for a decision, and the decision itself, from a terminal."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from cyclopts import App, Parameter

from flows.console import FINE, NO, BusinessDay, Format, Root, Unusable, say

approvals = App(name="approvals", help="Hand-overs that wait for a person, and the decision.")
Id = Annotated[int, Parameter(help="Number of the request, as 'voldaan approvals list' shows it.")]


@approvals.command(name="list")
def list_approvals(*, root: Root = None, format: Format = "text") -> int:
    """The requests that wait for a person, oldest first.

    For example:
      voldaan approvals list
    """
    from flows.deciding import waiting
    from flows.workspace import open_workspace

    found = waiting(open_workspace(root))
    if format == "json":
        for one in found:
            say(one.as_dict())
    else:
        say("\n".join(one.text for one in found) or "Nothing waits for a decision.")
    return FINE


@approvals.command(name="show")
def show_approval(request: Id, /, *, root: Root = None, format: Format = "text") -> int:
    """One request as the approver sees it: the sum and how it was reached, the history, what is missing.

    For example:
      voldaan approvals show 3
    """
    from flows.deciding import one_request, page
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    found = one_request(workspace, request)
    say(found.as_dict() if format == "json" else page(workspace, request))
    return FINE


@approvals.command(name="decide")
def decide_approval(
    request: Id,
    /,
    *,
    name: Annotated[str, Parameter(name="--as", help="Your name, as it stands in the settings.")],
    decision: Annotated[Literal["approve", "refuse", "postpone"], Parameter(help="What shall happen.")],
    code: Annotated[str, Parameter(help="Your one-time code.")],
    reason: Annotated[str, Parameter(help="Why; needed to refuse or postpone.")] = "",
    until: Annotated[date | None, Parameter(help="Day until which the claim rests, to postpone.")] = None,
    on: BusinessDay = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Decides as the form in Prefect does: a wrong code, role or dossier decides nothing. Exit status 1 then.

    For example:
      voldaan approvals decide 3 --as "Nadia Willems" --decision approve --code 12345678
    """
    from flows.deciding import one_request
    from flows.hand_over import decide
    from flows.workspace import open_workspace
    from receivables.approval import Signature

    workspace = open_workspace(root)
    one_request(workspace, request)
    signature = Signature(decision=decision, approver=name.strip(), code=code, reason=reason, until=until)
    found = decide(workspace, request, signature, on or workspace.today)
    if format == "json":
        say({"id": request, "state": found.state, "taken": found.taken, "sentence": found.sentence})
    else:
        say(f"{request}: {found.state}" + (f". {found.sentence}" if found.sentence else ""))
    return FINE if found.taken else NO


@approvals.command(name="new-secret")
def new_secret(name: Annotated[str, Parameter(help="Name of the approver.")], /) -> int:
    """A secret for an approver's authenticator (TOTP), and the address that the authenticator reads as a QR code.

    For example:
      voldaan approvals new-secret "Nadia Willems"
    """
    import pyotp

    from flows.console import complain

    if not name.strip():
        raise Unusable("name the approver")
    secret = pyotp.random_base32()
    say(secret)
    complain(pyotp.TOTP(secret).provisioning_uri(name=name.strip(), issuer_name="Voldaan"))
    return FINE
