"""From a document of an export to an invoice of the model: pure, and with a sentence where the two do not meet."""

from __future__ import annotations

from decimal import Decimal

from connectors.erp.export import Ready, Refused
from connectors.erp.fields import WrongField
from connectors.erp.lines import adjustments, invoice_line, period
from connectors.erp.parties import (
    address,
    buyer_party,
    check_buyer_address,
    language_of,
    seller_party,
    tax_representative,
)
from connectors.erp.party_records import Customer, Language, Seller
from connectors.erp.payment import due_date, payee, payment_means, with_discount, with_terms
from connectors.erp.records import Attachment, Document, Taxed
from connectors.erp.sentences import shown
from connectors.erp.vat import check_vat, delivery_country
from connectors.erp.wording import words
from ubl.arithmetic import CENT, fit_rounding, totals
from ubl.invoice import (
    ZERO,
    Delivery,
    DocumentType,
    Invoice,
    PrecedingInvoice,
    SupportingDocument,
    VatExemption,
)
from ubl.statutory import credit_note_sentence, self_billed_sentence, with_exemptions

TYPES = {
    "invoice": DocumentType.INVOICE,
    "final_invoice": DocumentType.INVOICE,
    "deposit_invoice": DocumentType.PREPAYMENT_INVOICE,
    "credit_note": DocumentType.CREDIT_NOTE,
    "self_billed_invoice": DocumentType.SELF_BILLED_INVOICE,
    "self_billed_credit_note": DocumentType.SELF_BILLED_CREDIT_NOTE,
}


def build(row: Ready) -> Invoice | Refused:
    """The invoice of a row, or the row refused with a sentence that names the field to change."""
    try:
        return to_invoice(row.document, row.seller, row.customer)
    except WrongField as wrong:
        found = getattr(row.document, wrong.field.split(".")[0])
        state = "is missing" if found is None else f"is {shown(found)}" if isinstance(found, str) else "does not fit"
        why = f"documents[{row.row - 1}].{wrong.field} {state}: {str(wrong).rstrip('.')}."
        return Refused(
            row=row.row,
            number=row.number,
            seller=row.document.seller,
            customer=row.document.customer,
            sentence=f"Row {row.row}: {why}",
            content_hash=row.content_hash,
        )


def to_invoice(document: Document, seller: Seller, customer: Customer) -> Invoice:
    """The invoice or credit note that `document` describes, its totals held against the stated ones.

    What the buyer's law or Peppol demands and the document lacks raises WrongField. The retention-of-title clause, the
    embedded PDF and its QR are added where the paper is made.
    """
    check_vat(document, seller, customer)
    check_buyer_address(seller, customer)
    outside_vat = any(part.vat_category == "O" for part in taxed(document))
    language = language_of(customer, seller)
    lines = tuple(invoice_line(line, position) for position, line in enumerate(document.lines, start=1))
    invoice = Invoice(
        type=TYPES[document.kind],
        number=document.number,
        issued=document.issued,
        due=due_date(document, customer),
        currency=document.currency,
        vat_currency="EUR" if document.vat_in_euro is not None else None,
        vat_in_vat_currency=document.vat_in_euro,
        seller=seller_party(seller, outside_vat=outside_vat),
        buyer=buyer_party(customer, outside_vat=outside_vat),
        payee=payee(document),
        tax_representative=tax_representative(seller, outside_vat=outside_vat),
        lines=lines,
        allowances=adjustments(document, lines),
        buyer_reference=buyer_reference(document, customer),
        purchase_order=document.order,
        sales_order=document.sales_order,
        contract=document.contract,
        project=document.project,
        despatch_advice=document.delivery_note,
        accounting_reference=document.cost_centre,
        note=note(document, seller, language),
        preceding=preceding(document, seller),
        delivery=delivery(document, seller, customer),
        period=period(document.period),
        payment=(payment_means(document, seller, customer),),
        prepaid=document.prepaid.amount if document.prepaid else ZERO,
        exemptions=exemptions(document),
        documents=tuple(supporting_document(file) for file in document.attachments),
    )
    explained = with_exemptions(invoice, language)
    discounted = with_discount(explained, document, seller, language)
    fitted = with_stated_totals(discounted, document)
    return with_terms(fitted, explained, document, seller, customer, language)


def supporting_document(file: Attachment) -> SupportingDocument:
    """BG-24: a file inside the invoice, or a link."""
    if file.content is None:
        return SupportingDocument(id=file.filename, description=file.description, url=file.url)
    return SupportingDocument(
        id=file.filename, description=file.description, content=file.content, mime=file.mime, filename=file.filename
    )


def sells_goods(document: Document) -> bool:
    """Whether a retention of title could hold on something in `document`."""
    return not document.is_credit_note and any(line.nature == "goods" for line in document.lines)


def taxed(document: Document) -> list[Taxed]:
    return [*document.lines, *document.allowances, *document.charges]


def buyer_reference(document: Document, customer: Customer) -> str | None:
    """BT-10. PEPPOL-EN16931-R003 asks for it or an order number; a consumer's is the customer number."""
    reference = document.buyer_reference or customer.buyer_reference
    if reference is None and customer.kind == "consumer":
        return customer.ref
    if reference is None and document.order is None:
        raise WrongField(
            "buyer_reference",
            f"Peppol wants the reference of the buyer or an order number (PEPPOL-EN16931-R003); write it, or order, "
            f"or give customer {shown(customer.ref)} a buyer_reference that holds for all its documents",
        )
    return reference


def note(document: Document, seller: Seller, language: Language) -> str | None:
    """BT-22, the only one: the part of the order, the ERP's remark, the assignment, and what the VAT law wants said."""
    said = [partial(document, language), document.note, document.payee.notice if document.payee else None]
    if document.kind.startswith("self_billed"):
        said.append(self_billed_sentence(language))
    if document.is_credit_note and any(line.vat_rate for line in document.lines):
        said.append(credit_note_sentence(seller.address.country, language))
    return "\n".join(part for part in said if part) or None


def partial(document: Document, language: Language) -> str | None:
    """'Deelfactuur 3 van 3 bij bestelling PO-17 (slotfactuur)'."""
    part = document.partial
    if part is None:
        return None
    key = "partial" if part.of is not None else "partial_open"
    order = document.order or document.sales_order
    said = words(key, language, number=part.number, of=part.of, order=order)
    return said + (words("last", language) if part.is_last else "")


def preceding(document: Document, seller: Seller) -> tuple[PrecedingInvoice, ...]:
    """BG-3: the invoice that a credit note corrects or a new one replaces, and the deposits of a final invoice."""
    if document.is_credit_note and document.original_invoice is None and seller.address.country == "NL":
        raise WrongField(
            "original_invoice", "a Dutch seller's credit note names the invoice that it corrects (NL-R-001); add it"
        )
    earlier = [document.original_invoice] if document.original_invoice else []
    earlier += document.prepaid.deposit_invoices if document.prepaid else []
    return tuple(PrecedingInvoice(number=one.number, issued=one.issued) for one in earlier)


def delivery(document: Document, seller: Seller, customer: Customer) -> Delivery | None:
    """BG-13. An intra-Community supply says where to (BR-IC-12): the customer's address unless another is given."""
    country = delivery_country(document, seller, customer)
    given = document.delivery
    place = given.address if given else None
    if place is None and country is not None:
        place = customer.address
    if given is None and place is None:
        return None
    return Delivery(
        date=given.date if given else None,
        name=given.name if given else None,
        address=address(place) if place else None,
    )


def exemptions(document: Document) -> tuple[VatExemption, ...]:
    """The ERP's own reason for category E or O; the law's sentences for the others follow by themselves."""
    why = document.vat_exemption_reason
    own = dict.fromkeys(part.vat_category for part in taxed(document) if part.vat_category in ("E", "O"))
    if "E" in own and why is None:
        raise WrongField("vat_exemption_reason", "VAT category E needs the article that exempts; write it")
    return tuple(VatExemption(category=category, reason=why) for category in own if why)


def with_stated_totals(invoice: Invoice, document: Document) -> Invoice:
    """`invoice`, rounded (BT-114) to the sum that the ERP states; raises WrongField where lines and totals disagree."""
    derived = totals(invoice)
    for field in ("without_vat", "vat", "with_vat", "payable"):
        figure: Decimal | None = getattr(document.totals, field, None)
        sum_of_lines: Decimal = getattr(derived, field)
        if figure is not None and abs(figure - sum_of_lines) > CENT:
            raise WrongField(
                f"totals.{field}",
                f"it states {figure}, but the lines come to {sum_of_lines} {document.currency}; correct one of them",
            )
    in_euro = document.vat_in_euro
    if in_euro is not None and in_euro * derived.vat < 0:
        raise WrongField(
            "vat_in_euro",
            f"it is {in_euro} where the VAT is {derived.vat} {document.currency}; give both the same sign",
        )
    fitted = fit_rounding(invoice, payable_of(document, derived.payable))
    if totals(fitted).payable < 0:
        raise WrongField(
            "lines",
            f"they leave {derived.payable} {document.currency} to pay; write a credit_note with positive amounts",
        )
    return fitted


def payable_of(document: Document, derived: Decimal) -> Decimal:
    """What the ERP says is left to pay: stated as such, or as the total with VAT less what was prepaid."""
    stated = document.totals
    if stated is not None and stated.payable is not None:
        return stated.payable
    if stated is not None and stated.with_vat is not None:
        return stated.with_vat - (document.prepaid.amount if document.prepaid else ZERO)
    return derived
