"""Which way an invoice goes, as the client prefers and the law lets it: planned at intake, routed by the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from connectors.ports import Attachment, Mail
from flows.envelope import message_id, pack, pictures
from flows.issue import PDF, Issued, file_name
from flows.post_envelope import POST, envelope
from flows.proofs import report_of
from flows.workspace import Workspace
from receivables.ledger import evidence
from receivables.ledger.dispatch import plan
from receivables.ledger.tasks import open_task
from receivables.letters.invoice_mail import invoice_mail
from receivables.preferences import Route

TO_ROUTE = "to_route"  # the network is asked before the channel is fixed
INVOICE = "invoice"
FIRST = "1"

Fixed = tuple[str, str, str, Mapping[str, Any]]  # channel, receiver, content, details of a dispatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Postal:
    """Where paper goes; `address` as the ERP has it."""

    name: str
    country: str
    address: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Where a client can be reached, and the route of this document."""

    route: Route
    endpoint: str | None
    email: str | None
    language: str
    postal: Postal

    @property
    def otherwise(self) -> str | None:
        """Where it goes when not by Peppol; None where there is no such way or no address for it."""
        return None if self.route.otherwise == "email" and self.email is None else self.route.otherwise

    def as_details(self) -> dict[str, Any]:
        """What a dispatch keeps until the network was asked."""
        postal = {"name": self.postal.name, "country": self.postal.country, "address": dict(self.postal.address)}
        return {
            "email": self.email,
            "language": self.language,
            "otherwise": self.otherwise,
            "breach": self.route.breach,
            "postal": postal,
        }


def addressee_in(details: Mapping[str, Any], endpoint: str) -> Addressee:
    """The addressee as `as_details` kept it; what an earlier version planned says only its preference."""
    before = None if details.get("preference") == "peppol" else "email"
    return Addressee(
        route=Route(peppol=True, otherwise=details.get("otherwise", before), breach=details.get("breach", False)),
        endpoint=endpoint,
        email=details["email"],
        language=details["language"],
        postal=Postal(**details.get("postal", {"name": "", "country": "", "address": {}})),
    )


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

    `stored`: the hashes of its UBL and its paper. Every row is planned in the transaction that takes the invoice in;
    our own validation of its document is the first thing that is kept about it.
    """
    number = issued.invoice.number
    fixed = first_way(workspace, issued, seller, to, stored, FIRST, on)
    if fixed is None:
        text = f"There is no address for {number}: give the customer an e-mail or Peppol address in the ERP."
        open_task(connection, key=f"no_address:{seller}/{number}", kind="no_address", text=text, on=on)
        return None
    channel, receiver, content, details = fixed
    planned = plan(
        connection,
        seller=seller,
        kind=INVOICE,
        subject=number,
        occurrence=FIRST,
        channel=channel,
        receiver=receiver,
        content=content,
        details=details,
        on=on,
        at=at,
    )
    evidence.record(connection, planned, evidence.keep(workspace.store, (report_of(issued.report),)), at)
    return planned


def first_way(
    workspace: Workspace, issued: Issued, seller: str, to: Addressee, stored: tuple[str, str], occurrence: str, on: date
) -> Fixed | None:
    """How a document sets out: to be routed, or the other way at once; None where there is no address for either."""
    if to.route.peppol and to.endpoint is not None:
        return TO_ROUTE, to.endpoint, stored[0], to.as_details() | {"paper": stored[1]}
    if to.otherwise is not None:
        return elsewhere(workspace, issued, seller, to, occurrence, on)
    return None


def elsewhere(workspace: Workspace, issued: Issued, seller: str, to: Addressee, occurrence: str, on: date) -> Fixed:
    """How a document goes that does not go by Peppol: by post, or by e-mail."""
    if to.otherwise == POST:
        sheet = Attachment(filename=f"{file_name(issued.invoice.number)}.pdf", mime=PDF, content=issued.paper)
        kept = envelope(to.postal.name, to.postal.address, to.postal.country, [sheet], on, workspace.store)
        return POST, ", ".join((kept["to"], *kept["address"])), kept["sheets"][0]["content"], kept
    mail = mail_of(workspace, issued, seller, to, occurrence, on)
    return "email", mail.to, *pack(mail, workspace.store)


def mail_of(workspace: Workspace, issued: Issued, seller: str, to: Addressee, occurrence: str, on: date) -> Mail:
    """The mail with the PDF/A-3 (the UBL inside it) and the UBL beside it."""
    settings = workspace.settings.seller(seller)
    number = issued.invoice.number
    words = invoice_mail(issued.invoice, to.language)
    name = file_name(number)
    return Mail(
        message_id=message_id(seller, INVOICE, number, occurrence, settings.sender),
        sender=settings.sender,
        reply_to=settings.reply_to,
        to=to.email or "",
        subject=words.subject,
        text=words.text,
        html=words.html,
        pictures=pictures(words.code),
        attachments=(
            Attachment(filename=f"{name}.pdf", mime=PDF, content=issued.paper),
            Attachment(filename=f"{name}.xml", mime="application/xml", content=issued.ubl),
        ),
        language=to.language,
        date=on,
    )
