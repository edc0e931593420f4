"""From an invoice to its documents: UBL with the plain PDF inside it, and the PDF/A-3 with the UBL inside it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from connectors.limits import Channel, attachment_budget, base64_size, limit_of
from ubl.invoice import Invoice, SupportingDocument
from ubl.paper import Look, invoice_pdf
from ubl.retention import with_retention
from ubl.validation import Report, validate
from ubl.write import write

PDF = "application/pdf"
EMAIL_SCHEME = "EM"  # EAS code list: electronic mail
BILLING_PROFILE = frozenset({"PEPPOL-EN16931-R004", "PEPPOL-EN16931-R007"})  # BT-24 and BT-23 of billing
PEPPOL_ADDRESS_SCHEMES = "PEPPOL-EN16931-CL008"
TOO_LARGE_FOR_PDF = (
    "The invoice's own PDF was left out of the UBL: with it the document would be over the {most:,} bytes of {channel}."
)
RENDITION = {"nl": "Factuur als PDF", "fr": "Facture en PDF", "de": "Rechnung als PDF", "en": "Invoice as PDF"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dress:
    """What the seller's choices add to an invoice: language, look, and the retention clause of which law, if any."""

    language: str
    look: Look
    retention_law: str | None = None
    terms: str | None = None  # how the note refers to the terms


@dataclass(frozen=True, slots=True)
class Issued:
    """The documents of one invoice, and the verdict over the UBL. What is not valid is not sent.

    `flags`: sentences for the operator about what these documents lack.
    """

    invoice: Invoice
    ubl: bytes
    paper: bytes
    report: Report
    flags: tuple[str, ...] = ()


def issue(invoice: Invoice, dress: Dress, *, goods: bool, channel: Channel = "peppol") -> Issued:
    """Writes, renders and validates. `goods`: some line sells goods, so a retention clause may stand.

    The plain PDF inside the UBL is left out only where `channel` would refuse the document for its size. Raises
    ValueError where it is too large even so.
    """
    dressed = invoice
    if dress.retention_law:
        dressed = with_retention(
            invoice, dress.retention_law, dress.language, goods=goods, reference_to_terms=dress.terms
        )
    ubl, paper = documents(dressed, dress, rendition=True)
    flags: tuple[str, ...] = ()
    if weight(ubl, paper, channel) > limit_of(channel).most:
        flags = (TOO_LARGE_FOR_PDF.format(channel=channel, most=limit_of(channel).most),)
        ubl, paper = documents(dressed, dress, rendition=False)
    if weight(ubl, paper, channel) > limit_of(channel).most:
        raise ValueError(too_large(dressed, ubl, channel))
    return Issued(dressed, ubl, paper, verdict(dressed, ubl), flags)


def documents(invoice: Invoice, dress: Dress, *, rendition: bool) -> tuple[bytes, bytes]:
    """The UBL, with the plain PDF inside where `rendition` is asked, and the PDF/A-3 that has this UBL inside."""
    name = file_name(invoice.number)
    enclosed = invoice
    if rendition:
        plain = invoice_pdf(invoice, language=dress.language, look=dress.look, standard="plain")
        pdf = SupportingDocument(
            id=invoice.number,
            description=RENDITION[dress.language],
            content=plain,
            mime=PDF,
            filename=f"{name}.pdf",
        )
        enclosed = replace(invoice, documents=(*invoice.documents, pdf))
    ubl = write(enclosed)
    inside = (f"{name}.xml", "application/xml", ubl, "UBL")
    paper = invoice_pdf(invoice, language=dress.language, look=dress.look, standard="a-3b", attachments=(inside,))
    return ubl, paper


def weight(ubl: bytes, paper: bytes, channel: Channel) -> int:
    """What travels: on Peppol the UBL, in which attachments are base64 already; by e-mail the paper, as base64."""
    return base64_size(len(paper)) if channel == "email" else len(ubl)


def too_large(invoice: Invoice, ubl: bytes, channel: Channel) -> str:
    """How much there is and how much there may be, in bytes of files as they are on disk."""
    attached = sum(len(document.content) for document in invoice.documents if document.content)
    inside = sum(base64_size(len(document.content)) for document in invoice.documents if document.content)
    budget = attachment_budget(channel, len(ubl) - inside)
    return (
        f"The attachments hold {attached:,} bytes, and beside this document {channel} takes {budget:,} "
        "(in base64 they grow by a third); make them smaller, or give a url in place of the content."
    )


def verdict(invoice: Invoice, ubl: bytes) -> Report:
    """The verdict over `ubl`, without the rules of Peppol's billing profile that are not asked of this document.

    A consumer has no Peppol address; EN 16931 lets an e-mail address stand in its place (BT-49, scheme EM). Peppol
    gives self-billing a profile and process of its own.
    """
    report = validate(ubl)
    spared = set()
    if invoice.buyer.endpoint is not None and invoice.buyer.endpoint.scheme == EMAIL_SCHEME:
        spared.add(PEPPOL_ADDRESS_SCHEMES)
    if invoice.type.is_self_billed:
        spared |= BILLING_PROFILE
    findings = tuple(finding for finding in report.findings if finding.rule not in spared)
    valid = report.schema_valid and not any(finding.severity == "fatal" for finding in findings)
    return replace(report, findings=findings, valid=valid)


def file_name(number: str) -> str:
    """A document's number as a file name: letters, digits, dot, dash and underscore only."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", number).strip(".-") or "document"
