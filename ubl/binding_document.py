"""An invoice as its UBL document states it, and back: what the two shapes do not have in common.

The document repeats sums that the invoice leaves to be derived, has one means of payment per account, and keeps the
SEPA creditor identifier with a party instead of with the direct debit.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from ubl.arithmetic import totals
from ubl.binding_payment import MeansElement
from ubl.invoice import Invoice, PaymentMeans, VatExemption
from ubl.retention import without_subject_code

BILLING = (
    "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
    "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0",
)
SELF_BILLING = (
    "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:selfbilling:3.0",
    "urn:fdc:peppol.eu:2017:poacc:selfbilling:01:1.0",
)
NO_ORDER_NUMBER = "NA"  # UBL wants an order number beside a sales order's (Peppol BIS Billing 3.0, BT-14)

GERMAN_ONLY = {  # UNTDID 1001, and what to send instead
    "384": "correct an invoice with a credit note (381) for the wrong one and a new invoice (380)",
    "326": "write a partial invoice as an ordinary one (380) that says which part of which order it is",
}

INVOICE_FIELDS = frozenset(field.name for field in fields(Invoice))


def document_of(invoice: Invoice) -> dict[str, Any]:
    """All that the document states, by the field names of the binding; raises ValueError where UBL has no place."""
    check_type(invoice)
    customization, profile = SELF_BILLING if invoice.type.is_self_billed else BILLING
    sums = totals(invoice)
    stated: dict[str, Any] = {name: getattr(invoice, name) for name in INVOICE_FIELDS}
    stated |= {
        "customization": customization,
        "profile": profile,
        "note": without_subject_code(invoice.note or ""),
        "purchase_order": invoice.purchase_order or (NO_ORDER_NUMBER if invoice.sales_order else None),
        "payment": means_elements(invoice),
        "vat_breakdown": sums.vat_breakdown,
        "total_lines": sums.lines,
        "total_allowances": sums.allowances if any(not a.charge for a in invoice.allowances) else None,
        "total_charges": sums.charges if any(a.charge for a in invoice.allowances) else None,
        "total_without_vat": sums.without_vat,
        "total_vat": sums.vat,
        "total_with_vat": sums.with_vat,
        "prepaid": invoice.prepaid or None,
        "rounding": invoice.rounding or None,
        "payable": sums.payable,
        "creditor_at_payee" if invoice.payee else "creditor_at_seller": creditor_id(invoice),
    }
    if invoice.type.is_credit_note and invoice.due and not invoice.payment:
        raise ValueError("a credit note states its due date (BT-9) beside a means of payment (BG-16), and it has none")
    return stated


def invoice_of(stated: dict[str, Any]) -> Invoice:
    """The invoice behind what a document states; raises TypeError where a required field is missing."""
    values = {name: value for name, value in stated.items() if name in INVOICE_FIELDS}
    creditor = stated.get("creditor_at_seller") or stated.get("creditor_at_payee")
    if "sales_order" in values and values.get("purchase_order") == NO_ORDER_NUMBER:
        del values["purchase_order"]
    if "vat_currency" not in values:
        values.pop("vat_in_vat_currency", None)
    elements = stated.get("payment", ())
    values["due"] = stated.get("due") or next((element.due for element in elements if element.due), None)
    values["payment"] = tuple(
        replace(means, debit=replace(means.debit, creditor_id=creditor)) if means.debit else means
        for means in joined(elements)
    )
    values["exemptions"] = tuple(
        dict.fromkeys(
            VatExemption(category=vat.category, reason=vat.reason, code=vat.reason_code)
            for vat in stated.get("vat_breakdown", ())
            if vat.reason or vat.reason_code
        )
    )
    return Invoice(**values)


def check_type(invoice: Invoice) -> None:
    """ValueError for what Peppol lets only a German seller send a German buyer (PEPPOL-EN16931-P0112)."""
    parties = {invoice.seller.address.country, invoice.buyer.address.country}
    what_instead = GERMAN_ONLY.get(invoice.type.value)
    if what_instead and not invoice.type.is_credit_note and parties != {"DE"}:
        raise ValueError(
            f"type {invoice.type.value} (BT-3) goes from a German seller to a German buyer only "
            f"(PEPPOL-EN16931-P0112); {what_instead}"
        )


def creditor_id(invoice: Invoice) -> str | None:
    """BT-90, of which a document has one."""
    ids = {means.debit.creditor_id for means in invoice.payment if means.debit and means.debit.creditor_id}
    if len(ids) > 1:
        raise ValueError(f"an invoice has one SEPA creditor identifier (BT-90), not {' and '.join(sorted(ids))}")
    return ids.pop() if ids else None


def means_elements(invoice: Invoice) -> tuple[MeansElement, ...]:
    """One element for each account to pay to; a means' text, card and direct debit stay with its first (UBL-SR-46)."""
    elements = []
    for means in invoice.payment:
        first = MeansElement(
            code=means.code,
            text=means.text,
            reference=means.reference,
            card=means.card,
            transfers=means.transfers[:1],
            debit=means.debit,
        )
        elements.append(first)
        elements += [
            MeansElement(code=means.code, reference=means.reference, transfers=(transfer,))
            for transfer in means.transfers[1:]
        ]
    if elements:
        elements[0] = replace(elements[0], due=invoice.due)
    return tuple(elements)


def joined(elements: tuple[MeansElement, ...]) -> list[PaymentMeans]:
    """The reverse: an element that adds nothing but an account belongs to the means before it."""
    whole: list[PaymentMeans] = []
    for element in elements:
        means = PaymentMeans(
            code=element.code,
            text=element.text,
            reference=element.reference,
            transfers=element.transfers,
            card=element.card,
            debit=element.debit,
        )
        if whole and adds_only_account(whole[-1], means):
            whole[-1] = replace(whole[-1], transfers=whole[-1].transfers + means.transfers)
        else:
            whole.append(means)
    return whole


def adds_only_account(before: PaymentMeans, means: PaymentMeans) -> bool:
    same = (means.code, means.reference) == (before.code, before.reference) and means.text in (None, before.text)
    return same and bool(before.transfers and means.transfers) and not (means.card or means.debit)
