"""What every invoice must say: BR-01 to BR-65, the periods, and BR-CO-03 to BR-CO-26 that are not sums."""

from __future__ import annotations

from ubl.rules.ask import filled, filled_at, is_charge, is_vat, there, there_at, two_decimals
from ubl.rules.codelists import listed
from ubl.rules.rule import GroupTest, RuleSet, fatal, warning
from ubl.rules.tree import LINES, NONE, Document, Group
from ubl.rules.values import day, norm, not_negative

SELLER_NAME = ("cac:AccountingSupplierParty", "cac:Party", "cac:PartyLegalEntity", "cbc:RegistrationName")
BUYER_NAME = ("cac:AccountingCustomerParty", "cac:Party", "cac:PartyLegalEntity", "cbc:RegistrationName")
IN_A_COUNTRY = filled_at("cac:Country", "cbc:IdentificationCode")
REASON = ("cbc:AllowanceChargeReason", "cbc:AllowanceChargeReasonCode")


def declare(rules: RuleSet) -> None:
    _document(rules)
    _parties(rules)
    _references_and_payment(rules)
    _allowances_and_charges(rules)
    _lines(rules)
    _periods(rules)


def _document(rules: RuleSet) -> None:
    rules.on(
        "/",
        fatal("BR-01", filled("cbc:CustomizationID"), "cbc:CustomizationID"),
        fatal("BR-02", filled("cbc:ID"), "cbc:ID"),
        fatal("BR-03", filled("cbc:IssueDate"), "cbc:IssueDate"),
        fatal("BR-04", lambda g, d: _filled(g, "cbc:InvoiceTypeCode") or _filled(g, "cbc:CreditNoteTypeCode")),
        fatal("BR-05", filled("cbc:DocumentCurrencyCode"), "cbc:DocumentCurrencyCode"),
        fatal("BR-06", filled_at(*SELLER_NAME)),
        fatal("BR-07", filled_at(*BUYER_NAME)),
        fatal("BR-08", there_at("cac:AccountingSupplierParty", "cac:Party", "cac:PostalAddress")),
        fatal("BR-10", there_at("cac:AccountingCustomerParty", "cac:Party", "cac:PostalAddress")),
        fatal("BR-16", there("cac:InvoiceLine", "cac:CreditNoteLine")),
        fatal("BR-53", _tax_in_accounting_currency, "cbc:TaxCurrencyCode"),
        fatal("BR-CO-03", _one_tax_point, "cbc:TaxPointDate"),
        fatal("BR-CO-18", there_at("cac:TaxTotal", "cac:TaxSubtotal")),
    )


def _parties(rules: RuleSet) -> None:
    seller, buyer = "cac:AccountingSupplierParty/cac:Party", "cac:AccountingCustomerParty/cac:Party"
    for party, endpoint, address in ((seller, "BR-62", "BR-09"), (buyer, "BR-63", "BR-11")):
        rules.on(party, fatal(endpoint, _has_attribute("cbc:EndpointID", "schemeID"), "cbc:EndpointID"))
        rules.on(f"{party}/cac:PostalAddress", fatal(address, IN_A_COUNTRY))
    rules.on("cac:AccountingSupplierParty", fatal("BR-CO-26", _identified))
    rules.on("cac:PayeeParty", fatal("BR-17", _another_than_the_seller))
    rules.on(
        "cac:TaxRepresentativeParty",
        fatal("BR-18", filled_at("cac:PartyName", "cbc:Name")),
        fatal("BR-19", there("cac:PostalAddress")),
        fatal("BR-56", lambda g, d: any(is_vat(s) and "cbc:CompanyID" in s for s in g.get("cac:PartyTaxScheme", NONE))),
    )
    rules.on("cac:TaxRepresentativeParty/cac:PostalAddress", fatal("BR-20", IN_A_COUNTRY))
    rules.on(
        "cac:Delivery/cac:DeliveryLocation/cac:Address",
        fatal("BR-57", there_at("cac:Country", "cbc:IdentificationCode")),
    )
    rules.on("cac:PartyTaxScheme", fatal("BR-CO-09", _prefixed, "cbc:CompanyID"), when=lambda g, d: is_vat(g))


def _references_and_payment(rules: RuleSet) -> None:
    rules.on("cac:AdditionalDocumentReference", fatal("BR-52", filled("cbc:ID"), "cbc:ID"))
    rules.on(
        "cac:BillingReference",
        fatal("BR-55", there_at("cac:InvoiceDocumentReference", "cbc:ID")),
    )
    rules.of(
        "cac:PaymentMeans/cac:CardAccount/cbc:PrimaryAccountNumberID",
        warning("BR-51", lambda text, attributes, g, d: len(norm(text)) <= 10),
    )
    rules.on(
        "cac:PaymentMeans/cac:PayeeFinancialAccount",
        fatal("BR-50", filled("cbc:ID"), "cbc:ID"),
        when=lambda g, d: g.up is not None and not {"30", "58"}.isdisjoint(g.up.texts("cbc:PaymentMeansCode")),
    )
    rules.on(
        "cac:PaymentMeans",
        fatal("BR-49", there("cbc:PaymentMeansCode"), "cbc:PaymentMeansCode"),
        fatal("BR-61", _account_for_credit_transfer),
    )


def _allowances_and_charges(rules: RuleSet) -> None:
    """(context, charge?, ids): amount, VAT category, reason (BR), reason (BR-CO), decimals of amount and base."""
    for context, charge, ids in (
        ("/cac:AllowanceCharge", False, ("BR-31", "BR-32", "BR-33", "BR-CO-21", "BR-DEC-01", "BR-DEC-02", "BR-CO-05")),
        ("/cac:AllowanceCharge", True, ("BR-36", "BR-37", "BR-38", "BR-CO-22", "BR-DEC-05", "BR-DEC-06", "BR-CO-06")),
        ("Line/cac:AllowanceCharge", False, ("BR-41", "", "BR-42", "BR-CO-23", "BR-DEC-24", "BR-DEC-25", "BR-CO-07")),
        ("Line/cac:AllowanceCharge", True, ("BR-43", "", "BR-44", "BR-CO-24", "BR-DEC-27", "BR-DEC-28", "BR-CO-08")),
    ):
        amount, category, reason, reason_too, decimals, base_decimals, harmless = ids
        stated = [
            fatal(amount, there("cbc:Amount"), "cbc:Amount"),
            fatal(reason, there(*REASON)),
            fatal(reason_too, there(*REASON)),
            fatal(decimals, two_decimals("cbc:Amount"), "cbc:Amount"),
            fatal(base_decimals, two_decimals("cbc:BaseAmount"), "cbc:BaseAmount"),
            fatal(harmless, lambda g, d: True),
        ]
        if category:
            stated.append(fatal(category, _has_vat_category))
        rules.on(context, *stated, when=_charges if charge else _allowances)


def _lines(rules: RuleSet) -> None:
    rules.on(
        "Line",
        fatal("BR-21", filled("cbc:ID"), "cbc:ID"),
        fatal("BR-22", there("cbc:InvoicedQuantity", "cbc:CreditedQuantity")),
        fatal("BR-23", _unit_stated),
        fatal("BR-24", there("cbc:LineExtensionAmount"), "cbc:LineExtensionAmount"),
        fatal("BR-25", filled_at("cac:Item", "cbc:Name")),
        fatal("BR-26", there_at("cac:Price", "cbc:PriceAmount")),
        fatal("BR-27", _price_not_negative),
        fatal("BR-28", _gross_price_not_negative),
        fatal("BR-CO-04", _line_has_vat_category),
        fatal("BR-DEC-23", two_decimals("cbc:LineExtensionAmount"), "cbc:LineExtensionAmount"),
    )
    rules.on("cac:AdditionalItemProperty", fatal("BR-54", lambda g, d: "cbc:Name" in g and "cbc:Value" in g))
    rules.of(
        "Line/cac:Item/cac:CommodityClassification/cbc:ItemClassificationCode",
        fatal("BR-65", lambda text, attributes, g, d: any(name == "listID" for name, _ in attributes)),
    )
    rules.of(
        "Line/cac:Item/cac:StandardItemIdentification/cbc:ID",
        fatal("BR-64", lambda text, attributes, g, d: any(name == "schemeID" for name, _ in attributes)),
    )


def _periods(rules: RuleSet) -> None:
    line = "Line/cac:InvoicePeriod"
    rules.on(line, fatal("BR-30", _ends_after_start), fatal("BR-CO-20", there("cbc:StartDate", "cbc:EndDate")))
    rules.on(
        "cac:InvoicePeriod",
        fatal("BR-29", _ends_after_start),
        fatal("BR-CO-19", there("cbc:StartDate", "cbc:EndDate", "cbc:DescriptionCode")),
        when=lambda g, d: g.up is None or g.up.place.name not in LINES,
    )


def _filled(group: Group, leaf: str) -> bool:
    return group.filled(leaf)


def _has_attribute(leaf: str, name: str) -> GroupTest:
    return lambda g, d: leaf not in g or g.attribute(leaf, name) is not None


def _tax_in_accounting_currency(group: Group, document: Document) -> bool:
    if "cbc:TaxCurrencyCode" not in group:
        return True
    stated = {
        value
        for total in document.all("cac:TaxTotal")
        for _, attributes in total.leaves("cbc:TaxAmount")
        for name, value in attributes
        if name == "currencyID"
    }
    return all(currency in stated for currency in group.texts("cbc:TaxCurrencyCode"))


def _one_tax_point(group: Group, document: Document) -> bool:
    code = any("cbc:DescriptionCode" in period for period in group.get("cac:InvoicePeriod", NONE))
    return not ("cbc:TaxPointDate" in group and code)


def _identified(group: Group, document: Document) -> bool:
    for party in group.get("cac:Party", NONE):
        if any(is_vat(each) and "cbc:CompanyID" in each for each in party.get("cac:PartyTaxScheme", NONE)):
            return True
        for each in party.get("cac:PartyIdentification", NONE):
            if any(("schemeID", "SEPA") not in attributes for _, attributes in each.leaves("cbc:ID")):
                return True
        if any("cbc:CompanyID" in each for each in party.get("cac:PartyLegalEntity", NONE)):
            return True
    return False


def _another_than_the_seller(group: Group, document: Document) -> bool:
    def texts(holder: Group, child: str, leaf: str) -> set[str]:
        return {text for each in holder.get(child, NONE) for text in each.texts(leaf)}

    names = texts(group, "cac:PartyName", "cbc:Name")
    ids = texts(group, "cac:PartyIdentification", "cbc:ID")
    assert group.up is not None
    for seller in group.up.groups("cac:AccountingSupplierParty", "cac:Party"):
        if names & texts(seller, "cac:PartyName", "cbc:Name"):
            return False
        if ids & texts(seller, "cac:PartyIdentification", "cbc:ID"):
            return False
    return bool(names)


def _prefixed(group: Group, document: Document) -> bool:
    """The official test looks for the prefix in one long text, so a single letter or a blank passes as well."""
    return str(group.get("cbc:CompanyID", ""))[:2] in listed("en16931", "vat_prefix")


def _account_for_credit_transfer(group: Group, document: Document) -> bool:
    if norm(group.get("cbc:PaymentMeansCode", "")) not in ("30", "58"):
        return True
    return any("cbc:ID" in account for account in group.get("cac:PayeeFinancialAccount", NONE))


def _allowances(group: Group, document: Document) -> bool:
    return is_charge(group) is False


def _charges(group: Group, document: Document) -> bool:
    return is_charge(group) is True


def _has_vat_category(group: Group, document: Document) -> bool:
    return any(is_vat(each) and "cbc:ID" in each for each in group.get("cac:TaxCategory", NONE))


def _unit_stated(group: Group, document: Document) -> bool:
    for leaf in ("@cbc:InvoicedQuantity", "@cbc:CreditedQuantity"):
        for name, _ in group.get(leaf, NONE):
            if name == "unitCode":
                return True
    return False


def _not_negative(group: Group, leaf: str) -> bool:
    text = group.get(leaf)
    return text is not None and (text[:1].isdigit() or not_negative(text))


def _price_not_negative(group: Group, document: Document) -> bool:
    for price in group.get("cac:Price", NONE):  # noqa: SIM110
        if _not_negative(price, "cbc:PriceAmount"):
            return True
    return False


def _gross_price_not_negative(group: Group, document: Document) -> bool:
    for price in group.get("cac:Price", NONE):
        if "cac:AllowanceCharge" not in price:
            continue
        bases = [each for each in price.get("cac:AllowanceCharge", NONE) if "cbc:BaseAmount" in each]
        if bases:
            return any(_not_negative(each, "cbc:BaseAmount") for each in bases)
    return True


def _line_has_vat_category(group: Group, document: Document) -> bool:
    for item in group.get("cac:Item", NONE):
        for each in item.get("cac:ClassifiedTaxCategory", NONE):
            if "cbc:ID" in each and is_vat(each):
                return True
    return False


def _ends_after_start(group: Group, document: Document) -> bool:
    if "cbc:StartDate" not in group or "cbc:EndDate" not in group:
        return True
    return day(group["cbc:EndDate"]) >= day(group["cbc:StartDate"])
