"""From an invoice to its documents: UBL with the plain PDF inside it, and the PDF/A-3 with the UBL inside it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ubl.invoice import Invoice, SupportingDocument
from ubl.paper import Look, invoice_pdf
from ubl.retention import with_retention
from ubl.validation import Report, validate
from ubl.write import write

PDF = "application/pdf"
EMAIL_SCHEME = "EM"  # EAS code list: electronic mail
PEPPOL_ADDRESS_SCHEMES = "PEPPOL-EN16931-CL008"
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
    """The documents of one invoice, and the verdict over the UBL. What is not valid is not sent."""

    invoice: Invoice
    ubl: bytes
    paper: bytes
    report: Report


def issue(invoice: Invoice, dress: Dress, *, goods: bool) -> Issued:
    """Writes, renders and validates. `goods`: some line sells goods, so a retention clause may stand."""
    dressed = invoice
    if dress.retention_law:
        dressed = with_retention(
            invoice, dress.retention_law, dress.language, goods=goods, reference_to_terms=dress.terms
        )
    plain = invoice_pdf(dressed, language=dress.language, look=dress.look, standard="plain")
    name = file_name(invoice.number)
    rendition = SupportingDocument(
        id=invoice.number,
        description=RENDITION[dress.language],
        content=plain,
        mime=PDF,
        filename=f"{name}.pdf",
    )
    ubl = write(replace(dressed, documents=(*dressed.documents, rendition)))
    enclosed = (f"{name}.xml", "application/xml", ubl, "UBL")
    paper = invoice_pdf(dressed, language=dress.language, look=dress.look, standard="a-3b", attachments=(enclosed,))
    return Issued(dressed, ubl, paper, verdict(dressed, ubl))


def verdict(invoice: Invoice, ubl: bytes) -> Report:
    """The verdict over `ubl`. Peppol's list of address schemes is not asked of a document that cannot go by Peppol.

    A consumer has no Peppol address; EN 16931 lets an e-mail address stand in its place (BT-49, scheme EM).
    """
    report = validate(ubl)
    if invoice.buyer.endpoint is None or invoice.buyer.endpoint.scheme != EMAIL_SCHEME:
        return report
    findings = tuple(f for f in report.findings if f.rule != PEPPOL_ADDRESS_SCHEMES)
    valid = report.schema_valid and not any(f.severity == "fatal" for f in findings)
    return replace(report, findings=findings, valid=valid)


def file_name(number: str) -> str:
    """A document's number as a file name: letters, digits, dot, dash and underscore only."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", number).strip(".-") or "document"
