"""What the connectors' tests hand over: a small UBL invoice, a mail."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from connectors.mail.archive import MailFolder, bare_id
from connectors.mail.reports import LARGEST, Report, Verdict, read_report
from connectors.ports import Attachment, Mail, PeppolDocument
from connectors.sandbox import INVOICE

SELLER = "0208:0477472701"
BUYER = "0208:0202239951"
NOT_THERE = "0208:0123456749"
PROCESS = "cenbii-procid-ubl::urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"


def ubl(number: str, sender: str = SELLER, receiver: str = BUYER) -> bytes:
    """Just enough of an invoice for an access point to tell it from something else."""

    def party(role: str, peppol_id: str, name: str) -> str:
        scheme, _, identity = peppol_id.partition(":")
        return (
            f"<cac:{role}><cac:Party><cbc:EndpointID schemeID='{scheme}'>{identity}</cbc:EndpointID>"
            f"<cac:PartyLegalEntity><cbc:RegistrationName>{name}</cbc:RegistrationName></cac:PartyLegalEntity>"
            f"</cac:Party></cac:{role}>"
        )

    return (
        "<?xml version='1.0' encoding='UTF-8'?>"
        "<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'"
        " xmlns:cac='urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2'"
        " xmlns:cbc='urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2'>"
        f"<cbc:ID>{number}</cbc:ID><cbc:IssueDate>2026-01-05</cbc:IssueDate><cbc:DueDate>2026-02-04</cbc:DueDate>"
        "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>"
        f"{party('AccountingSupplierParty', sender, 'Brouwerij De Kade')}"
        f"{party('AccountingCustomerParty', receiver, 'Café Zuid')}"
        "<cac:LegalMonetaryTotal><cbc:TaxInclusiveAmount currencyID='EUR'>121.00</cbc:TaxInclusiveAmount>"
        "<cbc:PayableAmount currencyID='EUR'>121.00</cbc:PayableAmount></cac:LegalMonetaryTotal></Invoice>"
    ).encode()


def document(number: str = "2026-001", sender: str = SELLER, receiver: str = BUYER) -> PeppolDocument:
    return PeppolDocument(
        number=number,
        ubl=ubl(number, sender, receiver),
        sender=sender,
        receiver=receiver,
        document_type=INVOICE,
        process=PROCESS,
        sender_country="BE",
    )


def mail(message_id: str = "<2026-001.1@dekade.example>", to: str = "Jan Peeters <jan@zuid.example>") -> Mail:
    return Mail(
        message_id=message_id,
        sender="Brouwerij De Kade <facturen@dekade.example>",
        reply_to="boekhouding@dekade.example",
        to=to,
        subject="Factuur 2026-001 – € 121,00",
        text="Geachte,\n\n.Een regel met een punt vooraan.\n\nMet vriendelijke groeten",
        html="<p>Geachte,</p><p>…</p>",
        attachments=(
            Attachment(filename="factuur 2026-001.pdf", mime="application/pdf", content=b"%PDF-1.7 \xff\x00"),
        ),
        language="nl",
        date=date(2026, 1, 5),
    )


class FolderReports:
    """The reports of a folder, read when they are asked for; in the house the ledger keeps them."""

    def __init__(self, path: Path) -> None:
        self._folder = MailFolder(path)
        self._found: list[Report] = []

    def about(self, message_id: str) -> Report | None:
        for _, content in self._folder.unread(LARGEST):
            self._found.extend(read_report(content))
        own = [one for one in self._found if bare_id(message_id) in one.names]
        return next(iter(sorted(own, key=lambda one: one.verdict is not Verdict.FAILED)), None)


def complaint(content: bytes, *, kind: str = "abuse", recipient: str = "redacted@provider.example") -> bytes:
    """A feedback report as RFC 5965 has it: words, fields, the headers of the message."""
    head = content.split(b"\r\n\r\n", 1)[0]
    return (
        b"From: <abuse@provider.example>\r\nTo: <abuse@dekade.example>\r\nSubject: complaint\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/report; report-type=feedback-report; boundary="F"\r\n\r\n'
        b"--F\r\nContent-Type: text/plain\r\n\r\nThis is an email abuse report.\r\n"
        b"--F\r\nContent-Type: message/feedback-report\r\n\r\n"
        + f"Feedback-Type: {kind}\r\nUser-Agent: P/1\r\nVersion: 1\r\nOriginal-Rcpt-To: <{recipient}>\r\n\r\n".encode()
        + b"--F\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        + head
        + b"\r\n\r\n--F--\r\n"
    )
