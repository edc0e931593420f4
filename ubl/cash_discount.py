"""The Belgian discount for prompt payment (escompte, korting contant) as EN 16931 can state it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ubl.arithmetic import cents, totals
from ubl.invoice import ZERO, AllowanceCharge, Invoice, Vat, VatExemption
from ubl.statutory import cash_discount_name, cash_discount_sentence

DISCOUNT_CODE = "66"  # UNTDID 5189, special agreement
CHARGE_CODE = "ZZZ"  # UNTDID 7161, mutually defined


def with_cash_discount(invoice: Invoice, percentage: Decimal, language: str) -> Invoice:
    """`invoice` with VAT counted as if the discount of `percentage` for prompt payment were taken (art. 28, 1° WBTW).

    One allowance for each taxed rate lowers its base; one exempt charge of the same sum brings the amount due back to
    the full price. Call it last, on an invoice with all its lines, allowances and charges; `language` is nl, fr, de or
    en.
    """
    reason, why = cash_discount_name(language), cash_discount_sentence(language)
    taken_off = tuple(
        AllowanceCharge(
            charge=False,
            amount=cents(subtotal.taxable * percentage / 100),
            base=subtotal.taxable,
            percentage=percentage,
            vat=Vat(category=subtotal.category, rate=subtotal.rate),
            reason=reason,
            reason_code=DISCOUNT_CODE,
        )
        for subtotal in totals(invoice).vat_breakdown
        if subtotal.rate and subtotal.taxable > 0
    )
    whole = sum((discount.amount for discount in taken_off), ZERO)
    if not whole:
        return invoice
    brought_back = AllowanceCharge(
        charge=True, amount=whole, vat=Vat(category="E"), reason=reason, reason_code=CHARGE_CODE
    )
    explained = any(exemption.category == "E" for exemption in invoice.exemptions)
    return replace(
        invoice,
        allowances=(*invoice.allowances, *taken_off, brought_back),
        exemptions=invoice.exemptions if explained else (*invoice.exemptions, VatExemption(category="E", reason=why)),
    )
