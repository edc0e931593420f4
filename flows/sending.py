"""Which way an invoice goes, as the client prefers: planned at intake, routed when the network was asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from connectors.ports import Attachment, Mail
from flows.envelope import message_id, pack, pictures
from flows.issue import Issued, file_name
from flows.proofs import report_of
from flows.workspace import Workspace
from receivables.ledger import evidence
from receivables.ledger.dispatch import plan
from receivables.ledger.tasks import open_task
from receivables.letters.invoice_mail import invoice_mail

TO_ROUTE = "to_route"  # the network is asked before the channel is fixed
INVOICE = "invoice"
FIRST = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Where a client can be reached, and what it prefers: peppol, peppol_else_email or email."""

    preference: str
    endpoint: str | None
    email: str | None
    language: str

    @property
    def by_peppol_first(self) -> bool:
        return self.preference in ("peppol", "peppol_else_email") and self.endpoint is not None


def plan_invoice(
    connection: Connection,
    workspace: Workspace,
    issued: Issued,
    seller: str,
    to: Addressee,
    stored: tuple[str, str],
    *,
    on: date,
    at: datetime,
) -> int | None:
    """The dispatch of a document that was just taken in; None, with a task for a person, where there is no address.

    `stored`: the hashes of its UBL and its paper. Every row is planned in the transaction that takes the invoice in.
    """
    number = issued.invoice.number
    if to.by_peppol_first:
        details = {"email": to.email, "preference": to.preference, "language": to.language, "paper": stored[1]}
        planned = plan(
            connection,
            seller=seller,
            kind=INVOICE,
            subject=number,
            occurrence=FIRST,
            channel=TO_ROUTE,
            receiver=to.endpoint or "",
            content=stored[0],
            details=details,
            on=on,
            at=at,
        )
        return with_report(connection, workspace, planned, issued, at)
    if to.email is None:
        text = f"There is no address for {number}: give the customer an e-mail or Peppol address in the ERP."
        open_task(connection, key=f"no_address:{seller}/{number}", kind="no_address", text=text, on=on)
        return None
    mail = mail_of(workspace, issued, seller, to, on)
    planned = plan_mail(connection, workspace, mail, seller, number, on=on, at=at)
    return with_report(connection, workspace, planned, issued, at)


def with_report(connection: Connection, workspace: Workspace, planned: int, issued: Issued, at: datetime) -> int:
    """The dispatch `planned`, with our own validation of its document as the first thing that is kept about it."""
    evidence.record(connection, planned, evidence.keep(workspace.store, (report_of(issued.report),)), at)
    return planned


def plan_mail(
    connection: Connection, workspace: Workspace, mail: Mail, seller: str, number: str, *, on: date, at: datetime
) -> int:
    """Plans the document by e-mail; under a key that was planned for the network it is re-planned, never doubled."""
    content, details = pack(mail, workspace.store)
    return plan(
        connection,
        seller=seller,
        kind=INVOICE,
        subject=number,
        occurrence=FIRST,
        channel="email",
        receiver=mail.to,
        content=content,
        details=details,
        on=on,
        at=at,
    )


def mail_of(workspace: Workspace, issued: Issued, seller: str, to: Addressee, on: date) -> Mail:
    """The mail with the PDF/A-3 (the UBL inside it) and the UBL beside it."""
    settings = workspace.settings.seller(seller)
    number = issued.invoice.number
    words = invoice_mail(issued.invoice, to.language)
    name = file_name(number)
    return Mail(
        message_id=message_id(seller, INVOICE, number, FIRST, settings.sender),
        sender=settings.sender,
        reply_to=settings.reply_to,
        to=to.email or "",
        subject=words.subject,
        text=words.text,
        html=words.html,
        pictures=pictures(words.code),
        attachments=(
            Attachment(filename=f"{name}.pdf", mime="application/pdf", content=issued.paper),
            Attachment(filename=f"{name}.xml", mime="application/xml", content=issued.ubl),
        ),
        language=to.language,
        date=on,
    )
