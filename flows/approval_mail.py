"""The mail with which an approver gets what is needed to decide about one dossier and no other."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from connectors.ports import Mail
from flows.envelope import message_id, pack
from flows.settings import Approver
from flows.workspace import Workspace
from receivables.approval import TAG, one_time_code
from receivables.claim_file import ClaimFile
from receivables.dossier import archive_name
from receivables.ledger.approvals import Approval
from receivables.ledger.dispatch import plan

KIND = "approval"


def plan_code(
    connection: Connection,
    workspace: Workspace,
    approver: Approver,
    seller: str,
    asked: Approval,
    claim: ClaimFile,
    on: date,
    reminder: int = 0,
) -> None:
    """Plans the mail, once for each request, approver and reminder (0: the first message)."""
    mail = code_mail(workspace, approver, seller, asked, claim, on, reminder)
    content, details = pack(mail, workspace.store)
    plan(
        connection,
        seller=seller,
        kind=KIND,
        subject=asked.key,
        occurrence=occurrence(approver, reminder),
        channel="email",
        receiver=approver.email,
        content=content,
        details=details,
        on=on,
        at=workspace.now(),
    )


def occurrence(approver: Approver, reminder: int) -> str:
    return archive_name(approver.name, f"-{reminder}" if reminder else "")


def code_mail(
    workspace: Workspace,
    approver: Approver,
    seller: str,
    asked: Approval,
    claim: ClaimFile,
    on: date,
    reminder: int,
) -> Mail:
    settings = workspace.settings.seller(seller)
    name = claim.debtor.name
    title = "Still to decide" if reminder else "To decide"
    waits = f"This waits since {asked.requested}. " if reminder else ""
    two = " A second person must approve too." if asked.persons > 1 else ""
    lines = [
        f"{approver.name},",
        "",
        f"{waits}The claim on {name} is ready to be handed over to {asked.details['partner']}:",
        f"{len(claim.invoices)} invoice(s), {claim.currency} {claim.total} in all, reckoned to {claim.on}.{two}",
        "",
        *how_to_sign(approver, asked),
        f"What is shown (SHA-256): {asked.shown}",
        "",
        "Decide in Prefect: open the flow run that waits, choose, enter the code. Or, in a terminal:",
        f"  voldaan approvals decide {asked.id} --as '{approver.name}' --decision approve --code ...",
        "Without a decision nothing happens.",
    ]
    return Mail(
        message_id=message_id(seller, KIND, asked.key, occurrence(approver, reminder), settings.sender),
        sender=settings.sender,
        reply_to=settings.reply_to,
        to=approver.email,
        subject=f"{title}: hand-over of {name} ({claim.currency} {claim.total})",
        text="\n".join(lines) + "\n",
        html=None,
        attachments=(),
        date=on,
    )


def how_to_sign(approver: Approver, asked: Approval) -> list[str]:
    if approver.method == "totp":
        return [f"Your code: that of your authenticator, and behind it {asked.shown[:TAG]}"]
    code = one_time_code(approver.secret.value(), approver.name, asked.key, asked.shown)
    return [f"Your one-time code for this dossier: {code}"]
