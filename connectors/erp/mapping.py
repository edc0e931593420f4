"""From a document of an export to an invoice of the model: pure, and with a sentence where the two do not meet."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from connectors.erp.export import Ready, Refused
from connectors.erp.fields import WrongField
from connectors.erp.lines import adjustments, invoice_line, period
from connectors.erp.parties import address, buyer_party, language_of, seller_party
from connectors.erp.records import Customer, Document, Seller, Taxed
from connectors.erp.sentences import shown
from connectors.erp.vat import check_vat, delivery_country
from ubl.arithmetic import CENT, fit_rounding, totals
from ubl.invoice import (
    ZERO,
    CreditTransfer,
    Delivery,
    DocumentType,
    Invoice,
    PaymentMeans,
    PrecedingInvoice,
    SupportingDocument,
    VatExemption,
)
from ubl.references import kenmerk_is_valid, ogm_format, ogm_is_valid, payment_reference, rf_compact, rf_is_valid
from ubl.statutory import credit_note_sentence, with_exemptions

STATUTORY_TERM = 30  # days, where nothing is agreed: directive 2011/7/EU, article 3
CREDIT_TRANSFER, SEPA_CREDIT_TRANSFER = "30", "58"  # UNTDID 4461
TYPES = {
    "invoice": DocumentType.INVOICE,
    "final_invoice": DocumentType.INVOICE,
    "deposit_invoice": DocumentType.PREPAYMENT_INVOICE,
    "credit_note": DocumentType.CREDIT_NOTE,
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
    outside_vat = any(part.vat_category == "O" for part in taxed(document))
    language = language_of(customer, seller)
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
        lines=tuple(invoice_line(line, position) for position, line in enumerate(document.lines, start=1)),
        allowances=adjustments(document),
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
        payment=(payment_means(document, seller),),
        prepaid=document.prepaid.amount if document.prepaid else ZERO,
        exemptions=exemptions(document),
        documents=tuple(
            SupportingDocument(
                id=file.filename,
                description=file.description,
                content=file.content,
                mime=file.mime,
                filename=file.filename,
            )
            for file in document.attachments
        ),
    )
    return with_stated_totals(with_exemptions(invoice, language), document)


def sells_goods(document: Document) -> bool:
    """Whether a retention of title could hold on something in `document`."""
    return document.kind != "credit_note" and any(line.nature == "goods" for line in document.lines)


def taxed(document: Document) -> list[Taxed]:
    return [*document.lines, *document.allowances, *document.charges]


def due_date(document: Document, customer: Customer) -> date:
    """BT-9: as stated, else counted from the document's term, the customer's, or the statutory 30 days.

    A credit note falls due on its own date: it is set off, not waited for.
    """
    if document.due is not None:
        return document.due
    if document.kind == "credit_note":
        return document.issued
    agreed = document.term_days if document.term_days is not None else customer.term_days
    return document.issued + timedelta(days=STATUTORY_TERM if agreed is None else agreed)


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


def note(document: Document, seller: Seller, language: str) -> str | None:
    """BT-22, the only one: the ERP's remark, and on a credit note what the seller's VAT law wants said."""
    legal = None
    if document.kind == "credit_note" and any(line.vat_rate for line in document.lines):
        legal = credit_note_sentence(seller.address.country, language)
    return "\n".join(part for part in (document.note, legal) if part) or None


def preceding(document: Document, seller: Seller) -> tuple[PrecedingInvoice, ...]:
    """BG-3: the invoice a credit note corrects, or the deposit invoices that a final invoice subtracts."""
    if document.kind == "credit_note" and document.original_invoice is None and seller.address.country == "NL":
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


def payment_means(document: Document, seller: Seller) -> PaymentMeans:
    """BG-16: a credit transfer to the seller's account; SEPA needs no BIC with its IBAN."""
    sepa = document.currency == "EUR"
    return PaymentMeans(
        code=SEPA_CREDIT_TRANSFER if sepa else CREDIT_TRANSFER,
        reference=reference(document, seller),
        transfers=(
            CreditTransfer(iban=seller.iban, account_name=seller.account_name, bic=None if sepa else seller.bic),
        ),
    )


def reference(document: Document, seller: Seller) -> str:
    """BT-83: the ERP's structured reference, else one made from the number (OGM in Belgium, RF elsewhere)."""
    given = document.payment_reference
    if given is None:
        try:
            return payment_reference(seller.address.country, "", document.number)
        except ValueError as problem:
            raise WrongField("payment_reference", f"none can be made from the number: {problem}") from None
    if ogm_is_valid(given):
        return ogm_format(given)
    if rf_is_valid(given):
        return rf_compact(given)
    if seller.address.country == "NL" and kenmerk_is_valid(given):
        return given
    raise WrongField(
        "payment_reference", "that is no OGM, RF reference or betalingskenmerk; correct it, or leave it out to get one"
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
