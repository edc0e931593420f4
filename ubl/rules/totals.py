"""The sums: BR-CO-10 to BR-CO-17, and the two decimals of every total (BR-DEC)."""

from __future__ import annotations

from ubl.rules.ask import amount, is_charge, is_vat, two_decimals
from ubl.rules.rule import GroupTest, RuleSet, fatal
from ubl.rules.tree import NONE, Document, Group
from ubl.rules.values import ZERO, cents, dec, total, whole
from ubl.rules.vat import tax_is_near

TOTAL_DECIMALS = {
    "BR-DEC-09": "cbc:LineExtensionAmount",
    "BR-DEC-10": "cbc:AllowanceTotalAmount",
    "BR-DEC-11": "cbc:ChargeTotalAmount",
    "BR-DEC-12": "cbc:TaxExclusiveAmount",
    "BR-DEC-14": "cbc:TaxInclusiveAmount",
    "BR-DEC-16": "cbc:PrepaidAmount",
    "BR-DEC-17": "cbc:PayableRoundingAmount",
    "BR-DEC-18": "cbc:PayableAmount",
}
REQUIRED_TOTALS = {
    "BR-12": "cbc:LineExtensionAmount",
    "BR-13": "cbc:TaxExclusiveAmount",
    "BR-14": "cbc:TaxInclusiveAmount",
    "BR-15": "cbc:PayableAmount",
}


def declare(rules: RuleSet) -> None:
    rules.on(
        "cac:LegalMonetaryTotal",
        *(fatal(id, _stated(leaf), leaf) for id, leaf in REQUIRED_TOTALS.items()),
        fatal("BR-CO-10", _sum_of_lines, "cbc:LineExtensionAmount"),
        fatal("BR-CO-11", _sum_of_allowances(False, "cbc:AllowanceTotalAmount"), "cbc:AllowanceTotalAmount"),
        fatal("BR-CO-12", _sum_of_allowances(True, "cbc:ChargeTotalAmount"), "cbc:ChargeTotalAmount"),
        fatal("BR-CO-13", _total_without_tax, "cbc:TaxExclusiveAmount"),
        fatal("BR-CO-16", _amount_due, "cbc:PayableAmount"),
        *(fatal(id, two_decimals(leaf), leaf) for id, leaf in TOTAL_DECIMALS.items()),
    )
    rules.on("/cac:TaxTotal", fatal("BR-CO-14", _sum_of_tax, "cbc:TaxAmount"))
    rules.on(
        "/",
        fatal("BR-CO-15", _total_with_tax),
        fatal("BR-DEC-13", lambda g, d: True),
        fatal("BR-DEC-15", lambda g, d: True),
    )
    rules.on(
        "cac:TaxTotal/cac:TaxSubtotal",
        fatal("BR-45", _stated("cbc:TaxableAmount"), "cbc:TaxableAmount"),
        fatal("BR-46", _stated("cbc:TaxAmount"), "cbc:TaxAmount"),
        fatal("BR-47", lambda g, d: any(is_vat(each) and "cbc:ID" in each for each in g.get("cac:TaxCategory", NONE))),
        fatal("BR-48", _has_rate),
        fatal("BR-CO-17", _tax_of_category, "cbc:TaxAmount"),
        fatal("BR-DEC-19", two_decimals("cbc:TaxableAmount"), "cbc:TaxableAmount"),
        fatal("BR-DEC-20", two_decimals("cbc:TaxAmount"), "cbc:TaxAmount"),
    )


def _stated(leaf: str) -> GroupTest:
    return lambda group, document: leaf in group


def _sum_of_lines(group: Group, document: Document) -> bool:
    lines = [*document.all("cac:InvoiceLine"), *document.all("cac:CreditNoteLine")]
    wanted = total(line["cbc:LineExtensionAmount"] for line in lines if "cbc:LineExtensionAmount" in line)
    if document.alike is not None:
        wanted += sum(map(document.sum_beside, lines), ZERO)
    return amount(group, "cbc:LineExtensionAmount") == cents(wanted)


def _sum_of_allowances(charge: bool, leaf: str) -> GroupTest:
    def test(group: Group, document: Document) -> bool:
        assert group.up is not None
        own = [each for each in group.up.get("cac:AllowanceCharge", NONE) if is_charge(each) is charge]
        if leaf not in group:
            return not own
        return dec(group[leaf]) == cents(total(each["cbc:Amount"] for each in own if "cbc:Amount" in each))

    return test


def _total_without_tax(group: Group, document: Document) -> bool:
    lines, stated = amount(group, "cbc:LineExtensionAmount"), amount(group, "cbc:TaxExclusiveAmount")
    charges, allowances = amount(group, "cbc:ChargeTotalAmount"), amount(group, "cbc:AllowanceTotalAmount")
    if lines is None or stated is None:
        return False
    if charges is None and allowances is None:
        return stated == lines
    return stated == cents(lines + (charges or ZERO) - (allowances or ZERO))


def _total_with_tax(group: Group, document: Document) -> bool:
    for currency in group.texts("cbc:DocumentCurrencyCode"):
        taxes = [
            text
            for each in group.get("cac:TaxTotal", NONE)
            for text, attributes in each.leaves("cbc:TaxAmount")
            if ("currencyID", currency) in attributes
        ]
        if len(taxes) != 1:
            return False
        totals = group.get("cac:LegalMonetaryTotal", NONE)
        without = [dec(each["cbc:TaxExclusiveAmount"]) for each in totals if "cbc:TaxExclusiveAmount" in each]
        stated = [dec(each["cbc:TaxInclusiveAmount"]) for each in totals if "cbc:TaxInclusiveAmount" in each]
        if not without or cents(without[0] + dec(taxes[0])) not in stated:
            return False
    return True


def _amount_due(group: Group, document: Document) -> bool:
    due, inclusive = amount(group, "cbc:PayableAmount"), amount(group, "cbc:TaxInclusiveAmount")
    prepaid, rounding = amount(group, "cbc:PrepaidAmount"), amount(group, "cbc:PayableRoundingAmount")
    if due is None or inclusive is None:
        return False
    wanted = inclusive if prepaid is None else cents(inclusive - prepaid)
    return (due if rounding is None else cents(due - rounding)) == wanted


def _sum_of_tax(group: Group, document: Document) -> bool:
    subtotals = group.get("cac:TaxSubtotal", NONE)
    if not subtotals:
        return True
    wanted = cents(total(each["cbc:TaxAmount"] for each in subtotals if "cbc:TaxAmount" in each))
    return amount(group, "cbc:TaxAmount") == wanted


def _has_rate(group: Group, document: Document) -> bool:
    categories = [each for each in group.get("cac:TaxCategory", NONE) if is_vat(each)]
    return any("cbc:Percent" in each or each.get("cbc:ID", "").strip(" \t\r\n") == "O" for each in categories)


def _tax_of_category(group: Group, document: Document) -> bool:
    tax = amount(group, "cbc:TaxAmount")
    categories = [each for each in group.get("cac:TaxCategory", NONE) if is_vat(each)]
    rates = [dec(each["cbc:Percent"]) for each in categories if "cbc:Percent" in each]
    if tax is None:
        return False
    if not rates or whole(rates[0]) == ZERO:
        return whole(tax) == ZERO
    return tax_is_near(group, rates[0])
