"""Peppol BIS Billing 3.0: PEPPOL-EN16931-R001 to R130, F001 and P0100 to P0112."""

from __future__ import annotations

from decimal import Decimal

from ubl.rules import codes, identifiers
from ubl.rules.alike import SLACK, line_agrees
from ubl.rules.ask import BUYER, SELLER, country, remembered, there
from ubl.rules.codelists import codes as listed_codes
from ubl.rules.rule import GroupTest, RuleSet, fatal, never
from ubl.rules.tree import EMPTY, LINES, NONE, Document, Group
from ubl.rules.values import HUNDRED, ZERO, cents, day, dec, is_day, norm, not_negative, quotient, total

BILLING = {
    "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0",
    "urn:peppol:france:billing:regulated",
    "urn:peppol:france:billing:non-regulated",
    "urn:peppol:bis:billing_with_response",
}
SPECIFICATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
CATEGORY_OF_REASON = {
    "VATEX-EU-G": ("PEPPOL-EN16931-P0104", "G"),
    "VATEX-EU-O": ("PEPPOL-EN16931-P0105", "O"),
    "VATEX-EU-IC": ("PEPPOL-EN16931-P0106", "K"),
    "VATEX-EU-AE": ("PEPPOL-EN16931-P0107", "AE"),
    "VATEX-EU-D": ("PEPPOL-EN16931-P0108", "E"),
    "VATEX-EU-F": ("PEPPOL-EN16931-P0109", "E"),
    "VATEX-EU-I": ("PEPPOL-EN16931-P0110", "E"),
    "VATEX-EU-J": ("PEPPOL-EN16931-P0111", "E"),
}
IN_DOCUMENT_CURRENCY = tuple(name for name in codes.AMOUNTS if name != "cbc:TaxAmount")
OWN_CHARGES = ("/cac:AllowanceCharge", *(f"/{line}/cac:AllowanceCharge" for line in LINES))


def declare(rules: RuleSet) -> None:
    _document(rules)
    _charges(rules)
    _lines(rules)
    _types_and_dates(rules)
    identifiers.declare(rules)
    codes.declare_peppol(rules)


def both_german(document: Document) -> bool:
    """Seller and buyer have a German address."""
    return country(document, *SELLER) == "DE" == country(document, *BUYER)


def _profile(document: Document) -> bool:
    return any(norm(text) in BILLING for text in document.root.texts("cbc:ProfileID"))


known_profile = remembered("profile", _profile)


def _document(rules: RuleSet) -> None:
    rules.on(
        "/",
        fatal("PEPPOL-EN16931-R080", _one_project_reference),
        fatal("PEPPOL-EN16931-R001", there("cbc:ProfileID"), "cbc:ProfileID"),
        fatal("PEPPOL-EN16931-R007", lambda g, d: known_profile(d), "cbc:ProfileID"),
        fatal("PEPPOL-EN16931-R002", lambda g, d: len(g.texts("cbc:Note")) <= 1 or both_german(d), "cbc:Note"),
        fatal("PEPPOL-EN16931-R003", _buyer_can_route_it),
        fatal("PEPPOL-EN16931-R004", _specification, "cbc:CustomizationID"),
        fatal(
            "PEPPOL-EN16931-R053", lambda g, d: sum("cac:TaxSubtotal" in t for t in g.get("cac:TaxTotal", NONE)) == 1
        ),
        fatal("PEPPOL-EN16931-R054", _tax_total_per_currency),
        fatal("PEPPOL-EN16931-R055", _same_sign),
        fatal("PEPPOL-EN16931-R005", _another_currency, "cbc:TaxCurrencyCode"),
    )
    rules.on("cac:AccountingCustomerParty/cac:Party", fatal("PEPPOL-EN16931-R010", there("cbc:EndpointID")))
    rules.on("cac:AccountingSupplierParty/cac:Party", fatal("PEPPOL-EN16931-R020", there("cbc:EndpointID")))
    rules.on(
        "cac:PaymentMeans",
        fatal("PEPPOL-EN16931-R061", lambda g, d: any("cbc:ID" in each for each in g.get("cac:PaymentMandate", NONE))),
        when=lambda g, d: norm(g.get("cbc:PaymentMeansCode", "")) in ("49", "59"),
    )
    in_currency = fatal("PEPPOL-EN16931-R051", lambda value, d: value == d.root.get("cbc:DocumentCurrencyCode"))
    rules.attribute(IN_DOCUMENT_CURRENCY, "currencyID", in_currency)
    rules.attribute("cac:TaxSubtotal/cbc:TaxAmount", "currencyID", in_currency)
    rules.on(
        "cac:TaxTotal",
        fatal("PEPPOL-EN16931-R051", _tax_in_document_currency, "cbc:TaxAmount"),
        when=lambda g, d: "cac:TaxSubtotal" in g,
    )


def _charges(rules: RuleSet) -> None:
    factor, base = "cbc:MultiplierFactorNumeric", "cbc:BaseAmount"
    rules.on(OWN_CHARGES, fatal("PEPPOL-EN16931-R041", never), when=lambda g, d: factor in g and base not in g)
    rules.on(OWN_CHARGES, fatal("PEPPOL-EN16931-R042", never), when=lambda g, d: factor not in g and base in g)
    rules.on(
        OWN_CHARGES,
        fatal("PEPPOL-EN16931-R040", _percentage_of_base, "cbc:Amount"),
        fatal("PEPPOL-EN16931-R043", lambda g, d: norm(g.get("cbc:ChargeIndicator", "")) in ("true", "false")),
        when=lambda g, d: (factor in g) == (base in g),
    )


def _lines(rules: RuleSet) -> None:
    rules.on(
        "Line",
        fatal("PEPPOL-EN16931-R120", _line_amount, "cbc:LineExtensionAmount"),
        fatal("PEPPOL-EN16931-R121", _base_quantity_positive),
        fatal("PEPPOL-EN16931-R100", lambda g, d: len(g.get("cac:DocumentReference", NONE)) <= 1),
        fatal("PEPPOL-EN16931-R101", _object_reference_only),
    )
    rules.on(
        "/Line/cac:InvoicePeriod",
        fatal("PEPPOL-EN16931-R110", _within("cbc:StartDate", 1), "cbc:StartDate"),
        fatal("PEPPOL-EN16931-R111", _within("cbc:EndDate", -1), "cbc:EndDate"),
    )
    rules.on(
        "cac:Price/cac:AllowanceCharge",
        fatal(
            "PEPPOL-EN16931-R044", lambda g, d: norm(g.get("cbc:ChargeIndicator", "")) == "false", "cbc:ChargeIndicator"
        ),
        fatal("PEPPOL-EN16931-R046", _net_price, "cbc:Amount"),
    )
    rules.on("cac:Price", fatal("PEPPOL-EN16931-R130", _same_unit, "cbc:BaseQuantity"))


def _types_and_dates(rules: RuleSet) -> None:
    invoices, credit_notes = listed_codes("peppol", "invoice_type"), listed_codes("peppol", "credit_note_type")
    rules.of(
        "cbc:InvoiceTypeCode",
        fatal("PEPPOL-EN16931-P0100", lambda text, a, g, d: not known_profile(d) or norm(text) in invoices),
        fatal("PEPPOL-EN16931-P0112", lambda text, a, g, d: norm(text) not in ("326", "384") or both_german(d)),
    )
    rules.of(
        "cbc:CreditNoteTypeCode",
        fatal("PEPPOL-EN16931-P0101", lambda text, a, g, d: not known_profile(d) or norm(text) in credit_notes),
    )
    dates = ("IssueDate", "DueDate", "TaxPointDate", "StartDate", "EndDate", "ActualDeliveryDate")
    rules.of(
        [f"cbc:{name}" for name in dates],
        fatal("PEPPOL-EN16931-F001", lambda text, a, g, d: len(text) == 10 and is_day(text)),
    )
    rules.choose(
        "cac:TaxCategory",
        lambda g, d: g.get("cbc:TaxExemptionReasonCode", "").upper(),
        {reason: (fatal(id, _category_is(code), "cbc:ID"),) for reason, (id, code) in CATEGORY_OF_REASON.items()},
    )


def _one_project_reference(group: Group, document: Document) -> bool:
    if document.kind != "CreditNote":
        return True
    references = group.get("cac:AdditionalDocumentReference", NONE)
    return sum("50" in each.texts("cbc:DocumentTypeCode") for each in references) <= 1


def _buyer_can_route_it(group: Group, document: Document) -> bool:
    return "cbc:BuyerReference" in group or any("cbc:ID" in each for each in group.get("cac:OrderReference", NONE))


def _specification(group: Group, document: Document) -> bool:
    text = norm(group.get("cbc:CustomizationID", ""))
    return text.startswith(SPECIFICATION) and "::" not in text


def _tax_total_per_currency(group: Group, document: Document) -> bool:
    without = sum("cac:TaxSubtotal" not in each for each in group.get("cac:TaxTotal", NONE))
    return without == (1 if "cbc:TaxCurrencyCode" in group else 0)


def _same_sign(group: Group, document: Document) -> bool:
    """The tax in the accounting currency and in the invoice currency are both positive or both negative."""
    if "cbc:TaxCurrencyCode" not in group:
        return True

    def amounts(currency: str) -> list[str]:
        return [
            text
            for each in group.get("cac:TaxTotal", NONE)
            for text, attributes in each.leaves("cbc:TaxAmount")
            if ("currencyID", currency) in attributes
        ]

    accounting = amounts(norm(group["cbc:TaxCurrencyCode"]))
    invoiced = amounts(norm(group.get("cbc:DocumentCurrencyCode", "")))
    if any(dec(text) <= ZERO for text in accounting) and any(dec(text) <= ZERO for text in invoiced):
        return True
    return any(map(not_negative, accounting)) and any(map(not_negative, invoiced))


def _another_currency(group: Group, document: Document) -> bool:
    return "cbc:TaxCurrencyCode" not in group or norm(group["cbc:TaxCurrencyCode"]) != norm(
        group.get("cbc:DocumentCurrencyCode", "")
    )


def _tax_in_document_currency(group: Group, document: Document) -> bool:
    known = document.root.texts("cbc:DocumentCurrencyCode")
    leaves = group.leaves("cbc:TaxAmount")
    return all(dict(attributes).get("currencyID") in known for _, attributes in leaves)


def _percentage_of_base(group: Group, document: Document) -> bool:
    if "cbc:MultiplierFactorNumeric" not in group or "cbc:BaseAmount" not in group:
        return True
    wanted = quotient(dec(group["cbc:BaseAmount"]) * dec(group["cbc:MultiplierFactorNumeric"]), HUNDRED)
    return abs(dec(group.get("cbc:Amount", "0")) - wanted) <= SLACK


def _line_amount(line: Group, document: Document) -> bool:
    """Quantity times price, plus charges, less allowances, within two cents of the line amount."""
    quantity = line.get("cbc:InvoicedQuantity" if document.kind == "Invoice" else "cbc:CreditedQuantity")
    price = line["cac:Price"][0] if "cac:Price" in line else EMPTY
    charges = _stated_sum(line, "true") - _stated_sum(line, "false") if "cac:AllowanceCharge" in line else ZERO
    amount = dec(line.get("cbc:LineExtensionAmount", "0"))
    return line_agrees(amount, quantity, price.get("cbc:PriceAmount"), price.get("cbc:BaseQuantity"), charges)


def _stated_sum(line: Group, indicator: str) -> Decimal:
    own = [each for each in line["cac:AllowanceCharge"] if norm(each.get("cbc:ChargeIndicator", "")) == indicator]
    return cents(total(text for each in own for text in each.texts("cbc:Amount")))


def _base_quantity_positive(line: Group, document: Document) -> bool:
    for price in line.get("cac:Price", NONE):
        if "cbc:BaseQuantity" in price:
            return dec(price["cbc:BaseQuantity"]) > ZERO
    return True


def _object_reference_only(line: Group, document: Document) -> bool:
    references = line.get("cac:DocumentReference", NONE)
    return not references or any("130" in each.texts("cbc:DocumentTypeCode") for each in references)


def _within(leaf: str, direction: int) -> GroupTest:
    """A line's period lies within the invoice's, where both state that end."""

    def test(group: Group, document: Document) -> bool:
        periods = [each for each in document.root.get("cac:InvoicePeriod", NONE) if leaf in each]
        if not periods or leaf not in group:
            return True
        return day(group[leaf]) * direction >= day(periods[0][leaf]) * direction

    return test


def _net_price(group: Group, document: Document) -> bool:
    if "cbc:BaseAmount" not in group:
        return True
    assert group.up is not None
    if "cbc:Amount" not in group or "cbc:PriceAmount" not in group.up:
        return False
    return dec(group.up["cbc:PriceAmount"]) == dec(group["cbc:BaseAmount"]) - dec(group["cbc:Amount"])


def _same_unit(price: Group, document: Document) -> bool:
    unit = price.attribute("cbc:BaseQuantity", "unitCode") if "@cbc:BaseQuantity" in price else None
    line = price.up
    if unit is None or line is None or not ("cbc:InvoicedQuantity" in line or "cbc:CreditedQuantity" in line):
        return True
    return unit == line.attribute(
        "cbc:InvoicedQuantity" if document.kind == "Invoice" else "cbc:CreditedQuantity", "unitCode"
    )


def _category_is(code: str) -> GroupTest:
    return lambda g, d: norm(g.get("cbc:ID", "")) == code
