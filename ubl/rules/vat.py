"""The nine VAT categories: one table, one checker (BR-S, BR-Z, BR-E, BR-AE, BR-IC, BR-G, BR-O, BR-AF, BR-AG; BR-B).

Each category asks the same ten questions: is it in the breakdown (01), are the parties registered where lines (02),
allowances (03) or charges (04) use it, is the rate right on lines (05), allowances (06) and charges (07), and in the
breakdown the taxable amount (08), the tax (09) and the exemption reason (10). The table says how each answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ubl.rules.ask import amount, category, is_charge, is_vat, vat_category
from ubl.rules.rule import Rule, RuleSet, fatal
from ubl.rules.tree import LINES, NONE, Document, Group
from ubl.rules.values import ONE, ZERO, cents, dec, not_negative, share
from ubl.rules.vat_index import VatIndex, vat_index

LINE_CATEGORY = "Line/cac:Item/cac:ClassifiedTaxCategory"
BREAKDOWN_CATEGORY = "/cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory"


@dataclass(frozen=True, slots=True)
class Family:
    """How one VAT category answers the ten questions."""

    name: str
    code: str
    seller: str  # registered with "any" tax number or a "vat" one; "none": nobody may state a VAT number
    buyer: str  # "" nothing, "vat", "vat or legal"
    rate: str  # "positive", "not negative", "zero", "none"
    per_rate: bool  # a breakdown per rate with computed tax; else one breakdown, exact, without tax
    reason: bool  # an exemption reason is required; else forbidden


FAMILIES = (
    Family("S", "S", "any", "", "positive", True, False),
    Family("Z", "Z", "any", "", "zero", False, False),
    Family("E", "E", "any", "", "zero", False, True),
    Family("AE", "AE", "any", "vat or legal", "zero", False, True),
    Family("IC", "K", "vat", "vat", "zero", False, True),
    Family("G", "G", "vat", "", "zero", False, True),
    Family("O", "O", "none", "", "none", False, True),
    Family("AF", "L", "any", "", "not negative", True, False),
    Family("AG", "M", "any", "", "not negative", True, False),
)


def declare(rules: RuleSet) -> None:
    on_document: dict[Any, tuple[Rule, ...]] = {}
    on_lines: dict[Any, tuple[Rule, ...]] = {}
    on_charges: dict[Any, tuple[Rule, ...]] = {}
    in_breakdown: dict[Any, tuple[Rule, ...]] = {}
    for family in FAMILIES:
        code, prefix = family.code, f"BR-{family.name}-"
        on_document[code] = (
            fatal(prefix + "01", _in_breakdown(family)),
            fatal(prefix + "02", _lines_registered(family)),
            fatal(prefix + "03", _charges_registered(family, False)),
            fatal(prefix + "04", _charges_registered(family, True)),
        )
        right_rate = RATES[family.rate]
        on_lines[code] = (fatal(prefix + "05", right_rate, "cbc:Percent"),)
        on_charges[code, False] = (fatal(prefix + "06", right_rate, "cbc:Percent"),)
        on_charges[code, True] = (fatal(prefix + "07", right_rate, "cbc:Percent"),)
        in_breakdown[code] = (
            fatal(prefix + "08", _taxable(family)),
            fatal(prefix + "09", computed_tax if family.per_rate else _no_tax),
            fatal(prefix + "10", _with_reason if family.reason else _without_reason),
        )
    rules.choose("/", lambda group, document: vat_index(document).used, on_document, several=True)
    rules.choose(LINE_CATEGORY, vat_category, on_lines)
    rules.choose("cac:AllowanceCharge/cac:TaxCategory", _category_of_charge, on_charges)
    rules.choose(BREAKDOWN_CATEGORY, vat_category, in_breakdown)
    _declare_particular(rules)


def _declare_particular(rules: RuleSet) -> None:
    """The questions only K, O and B ask."""
    intra_community = (fatal("BR-IC-11", _delivered_when), fatal("BR-IC-12", _delivered_where))
    outside_scope = (
        fatal("BR-O-11", lambda group, document: _alone(vat_index(document), vat_index(document).breakdown_vat)),
        fatal("BR-O-12", lambda group, document: _alone(vat_index(document), vat_index(document).lines_vat)),
        fatal("BR-O-13", lambda group, document: _alone(vat_index(document), vat_index(document).charges_vat[False])),
        fatal("BR-O-14", lambda group, document: _alone(vat_index(document), vat_index(document).charges_vat[True])),
    )
    split = (fatal("BR-B-01", _split_payment_in_italy), fatal("BR-B-02", _split_payment_without_standard))
    particular = {"K": intra_community, "O": outside_scope, "B": split}
    rules.choose("/", lambda group, document: vat_index(document).used, particular, several=True)


def _in_breakdown(family: Family) -> Callable[[Group, Document], bool]:
    code = family.code

    def exactly_once(group: Group, document: Document) -> bool:
        vat = vat_index(document)
        used = code in vat.lines_vat or code in vat.categories_vat
        return not used or vat.breakdown_vat.get(code, 0) == 1

    def at_least_once(group: Group, document: Document) -> bool:
        vat = vat_index(document)
        if code == "S":
            used = (
                code in vat.lines
                or code in vat.charges[False]
                or code in vat.charges[True]
                or code in vat.charges[None]
            )
            return used == (code in vat.breakdown)
        used = code in vat.lines_vat or any(code in codes for codes in vat.charges_vat.values())
        if not used:
            return code not in vat.breakdown_vat
        return code in (vat.breakdown_as_written if code == "L" else vat.breakdown_as_written_vat)

    return at_least_once if family.per_rate else exactly_once


def _registered(family: Family, vat: VatIndex) -> bool:
    if family.seller == "none":
        return not (vat.seller_vat or vat.representative_vat or vat.buyer_vat)
    seller = vat.seller_vat if family.seller == "vat" else vat.seller_any
    if not (seller or vat.representative_vat):
        return False
    return not family.buyer or vat.buyer_vat or (family.buyer == "vat or legal" and vat.buyer_legal)


def _lines_registered(family: Family) -> Callable[[Group, Document], bool]:
    code = family.code

    def test(group: Group, document: Document) -> bool:
        vat = vat_index(document)
        if code == "S" and code in vat.lines and code not in vat.lines_vat:
            return False
        return code not in vat.lines_vat or _registered(family, vat)

    return test


def _charges_registered(family: Family, charge: bool) -> Callable[[Group, Document], bool]:
    code = family.code

    def test(group: Group, document: Document) -> bool:
        vat = vat_index(document)
        if code == "O":
            used = code in vat.own_charges_vat[charge]
        elif code == "L" and charge:
            used = code in vat.charges_as_written_vat
        else:
            used = code in vat.charges_vat[charge]
        return not used or _registered(family, vat)

    return test


def _positive(group: Group, document: Document) -> bool:
    return any(dec(text) > ZERO for text in group.texts("cbc:Percent"))


def _not_negative(group: Group, document: Document) -> bool:
    return any(map(not_negative, group.texts("cbc:Percent")))


def _zero(group: Group, document: Document) -> bool:
    return amount(group, "cbc:Percent") == ZERO


def _no_rate(group: Group, document: Document) -> bool:
    return "cbc:Percent" not in group


RATES = {"positive": _positive, "not negative": _not_negative, "zero": _zero, "none": _no_rate}


def _category_of_charge(group: Group, document: Document) -> tuple[str, bool] | None:
    """(category, charge or allowance) of the VAT category of an allowance or charge at any level."""
    charge = is_charge(group.up) if group.up is not None else None
    return (category(group), charge) if charge is not None and is_vat(group) else None


def _taxable(family: Family) -> Callable[[Group, Document], bool]:
    code = family.code

    def exact(group: Group, document: Document) -> bool:
        vat = vat_index(document)
        taxable = amount(_subtotal(group), "cbc:TaxableAmount")
        return any(document.all(line) and taxable == vat.taxable(document, line, code) for line in LINES)

    def per_rate(group: Group, document: Document) -> bool:
        rate = amount(group, "cbc:Percent")
        if rate is None:
            return True
        text = _subtotal(group).get("cbc:TaxableAmount")
        if text is None:
            return False
        vat = vat_index(document)
        return any(
            _around(text, vat.taxable(document, line, code, rate)) for line in LINES if stated(line, rate, document)
        )

    def stated(line: str, rate: Decimal, document: Document) -> bool:
        if code != "S":
            return bool(document.all(line))
        vat: VatIndex = vat_index(document)
        return vat.states(line, code, rate)

    return per_rate if family.per_rate else exact


def _around(text: str, wanted: Decimal) -> bool:
    """Less than one currency unit apart, in the binary floating point the official rule counts in here."""
    stated = float(dec(text))
    return Decimal(stated - 1) < wanted < Decimal(stated + 1)


def _subtotal(group: Group) -> Group:
    assert group.up is not None
    return group.up


def tax_is_near(subtotal: Group, rate: Decimal | None) -> bool:
    """The tax amount is less than one currency unit from taxable amount times rate."""
    tax, taxable = amount(subtotal, "cbc:TaxAmount"), amount(subtotal, "cbc:TaxableAmount")
    if tax is None or taxable is None or rate is None:
        return False
    return abs(abs(tax) - cents(abs(taxable) * share(rate))) < ONE


def computed_tax(group: Group, document: Document) -> bool:
    return tax_is_near(_subtotal(group), amount(group, "cbc:Percent"))


def _no_tax(group: Group, document: Document) -> bool:
    return amount(_subtotal(group), "cbc:TaxAmount") == ZERO


def _with_reason(group: Group, document: Document) -> bool:
    return "cbc:TaxExemptionReason" in group or "cbc:TaxExemptionReasonCode" in group


def _without_reason(group: Group, document: Document) -> bool:
    return not _with_reason(group, document)


def _delivered_when(group: Group, document: Document) -> bool:
    if "K" not in vat_index(document).breakdown_vat:
        return True
    dates = [
        delivery["cbc:ActualDeliveryDate"]
        for delivery in group.get("cac:Delivery", NONE)
        if "cbc:ActualDeliveryDate" in delivery
    ]
    return any(len(date) > 1 for date in dates) or any(len(period) for period in group.get("cac:InvoicePeriod", NONE))


def _delivered_where(group: Group, document: Document) -> bool:
    if "K" not in vat_index(document).breakdown_vat:
        return True
    countries = group.groups("cac:Delivery", "cac:DeliveryLocation", "cac:Address", "cac:Country")
    return any(len(country.get("cbc:IdentificationCode", "")) > 1 for country in countries)


def _alone(vat: VatIndex, used: Any) -> bool:
    """Where category O is in the breakdown, nothing among `used` is of another category."""
    return "O" not in vat.breakdown_vat or not any(code != "O" for code in used)


def _split_payment(document: Document) -> bool:
    tables = ("cac:TaxCategory", "cac:ClassifiedTaxCategory")
    return any("B" in each.texts("cbc:ID") for name in tables for each in document.all(name))


def _split_payment_in_italy(group: Group, document: Document) -> bool:
    return not _split_payment(document) or all(text == "IT" for text in document.texts("cbc:IdentificationCode"))


def _split_payment_without_standard(group: Group, document: Document) -> bool:
    own = group.groups("cac:TaxTotal", "cac:TaxSubtotal", "cac:TaxCategory")
    own = [*own, *group.groups("cac:AllowanceCharge", "cac:TaxCategory"), *document.all("cac:ClassifiedTaxCategory")]
    codes = {text for each in own for text in each.texts("cbc:ID")}
    return not {"B", "S"} <= codes
