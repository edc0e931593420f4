"""The mail with which an approver gets the one-time code for one dossier and no other."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from connectors.ports import Mail
from flows.envelope import message_id, pack
from flows.settings import Approver
from flows.workspace import Workspace
from receivables.approval import one_time_code
from receivables.claim_file import ClaimFile
from receivables.dossier import archive_name
from receivables.ledger.dispatch import plan

KIND = "approval"


def plan_code(
    connection: Connection,
    workspace: Workspace,
    approver: Approver,
    seller: str,
    key: str,
    shown: str,
    claim: ClaimFile,
    on: date,
) -> None:
    """Plans the mail, once for each request (`key`) and approver; `shown` is the dossier's hash."""
    mail = code_mail(workspace, approver, seller, key, shown, claim, on)
    content, details = pack(mail, workspace.store)
    plan(
        connection,
        seller=seller,
        kind=KIND,
        subject=key,
        occurrence=archive_name(approver.name, ""),
        channel="email",
        receiver=approver.email,
        content=content,
        details=details,
        on=on,
        at=workspace.now(),
    )


def code_mail(
    workspace: Workspace, approver: Approver, seller: str, key: str, shown: str, claim: ClaimFile, on: date
) -> Mail:
    settings = workspace.settings.seller(seller)
    code = one_time_code(approver.secret.value(), approver.name, key, shown)
    name = claim.debtor.name
    lines = [
        f"{approver.name},",
        "",
        f"The claim on {name} is ready to be handed over to the collection agency:",
        f"{len(claim.invoices)} invoice(s), {claim.currency} {claim.total} in all, reckoned to {claim.on}.",
        "",
        f"Your one-time code for this dossier: {code}",
        f"Dossier (SHA-256): {shown}",
        "",
        "Decide in Prefect: open the flow run that waits, choose, enter the code. Without a decision nothing happens.",
    ]
    return Mail(
        message_id=message_id(seller, KIND, key, archive_name(approver.name, ""), settings.sender),
        sender=settings.sender,
        reply_to=settings.reply_to,
        to=approver.email,
        subject=f"To decide: hand-over of {name} ({claim.currency} {claim.total})",
        text="\n".join(lines) + "\n",
        html=None,
        attachments=(),
        date=on,
    )
