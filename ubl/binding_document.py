"""An invoice as its UBL document states it, and back: what the two shapes do not have in common.

The document repeats sums that the invoice leaves to be derived, has one means of payment per account, and keeps the
SEPA creditor identifier with a party instead of with the direct debit.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from ubl.arithmetic import totals
from ubl.invoice import Invoice, PaymentMeans, VatExemption

BILLING = (
    "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
    "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0",
)
SELF_BILLING = (
    "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:selfbilling:3.0",
    "urn:fdc:peppol.eu:2017:poacc:selfbilling:01:1.0",
)
NO_ORDER_NUMBER = "NA"  # UBL wants an order number beside a sales order's (Peppol BIS Billing 3.0, BT-14)

INVOICE_FIELDS = frozenset(field.name for field in fields(Invoice))


def document_of(invoice: Invoice) -> dict[str, Any]:
    """All that the document states, by the field names of the binding; raises ValueError where UBL has no place."""
    customization, profile = SELF_BILLING if invoice.type.is_self_billed else BILLING
    sums = totals(invoice)
    stated: dict[str, Any] = {name: getattr(invoice, name) for name in INVOICE_FIELDS}
    stated |= {
        "customization": customization,
        "profile": profile,
        "purchase_order": invoice.purchase_order or (NO_ORDER_NUMBER if invoice.sales_order else None),
        "payment": tuple(part for means in invoice.payment for part in one_per_account(means)),
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
    values["payment"] = tuple(
        replace(means, debit=replace(means.debit, creditor_id=creditor)) if means.debit else means
        for means in joined(stated.get("payment", ()))
    )
    values["exemptions"] = tuple(
        dict.fromkeys(
            VatExemption(category=vat.category, reason=vat.reason, code=vat.reason_code)
            for vat in stated.get("vat_breakdown", ())
            if vat.reason or vat.reason_code
        )
    )
    return Invoice(**values)


def creditor_id(invoice: Invoice) -> str | None:
    """BT-90, of which a document has one."""
    ids = {means.debit.creditor_id for means in invoice.payment if means.debit and means.debit.creditor_id}
    if len(ids) > 1:
        raise ValueError(f"an invoice has one SEPA creditor identifier (BT-90), not {' and '.join(sorted(ids))}")
    return ids.pop() if ids else None


def one_per_account(means: PaymentMeans) -> list[PaymentMeans]:
    """`means` once for each account to pay to; card and direct debit stay with the first."""
    first, *others = means.transfers or (None,)
    parts = [replace(means, transfers=(first,) if first else ())]
    return parts + [replace(means, transfers=(other,), card=None, debit=None) for other in others if other]


def joined(parts: tuple[PaymentMeans, ...]) -> list[PaymentMeans]:
    """The reverse of `one_per_account`: neighbours that differ in nothing but the account are one means of payment."""
    whole: list[PaymentMeans] = []
    for part in parts:
        before = whole[-1] if whole else None
        if before and before.transfers and part.transfers and not (part.card or part.debit) and alike(before, part):
            whole[-1] = replace(before, transfers=before.transfers + part.transfers)
        else:
            whole.append(part)
    return whole


def alike(one: PaymentMeans, other: PaymentMeans) -> bool:
    return (one.code, one.text, one.reference) == (other.code, other.text, other.reference)
