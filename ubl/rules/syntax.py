"""How the UBL syntax may be used: cardinalities (UBL-SR), data types (UBL-DT) and unused elements (UBL-CR)."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from ubl.rules.ask import at_most_one, is_charge, something_repeated
from ubl.rules.rule import GroupTest, RuleSet, fatal, never, warning
from ubl.rules.tree import LINES, NONE, Attributes, Document, Group
from ubl.rules.values import decimals

SELLER = ("cac:AccountingSupplierParty", "cac:Party")
BUYER = ("cac:AccountingCustomerParty", "cac:Party")

ONCE_IN_DOCUMENT = {
    "UBL-SR-01": ("cac:ContractDocumentReference", "cbc:ID"),
    "UBL-SR-02": ("cac:ReceiptDocumentReference", "cbc:ID"),
    "UBL-SR-03": ("cac:DespatchDocumentReference", "cbc:ID"),
    "UBL-SR-05": ("cac:PaymentTerms", "cbc:Note"),
    "UBL-SR-08": ("cac:InvoicePeriod",),
    "UBL-SR-09": (*SELLER, "cac:PartyLegalEntity", "cbc:RegistrationName"),
    "UBL-SR-10": (*SELLER, "cac:PartyName", "cbc:Name"),
    "UBL-SR-11": (*SELLER, "cac:PartyLegalEntity", "cbc:CompanyID"),
    "UBL-SR-14": (*SELLER, "cac:PartyLegalEntity", "cbc:CompanyLegalForm"),
    "UBL-SR-15": (*BUYER, "cac:PartyLegalEntity", "cbc:RegistrationName"),
    "UBL-SR-16": (*BUYER, "cac:PartyIdentification", "cbc:ID"),
    "UBL-SR-17": (*BUYER, "cac:PartyLegalEntity", "cbc:CompanyID"),
    "UBL-SR-24": ("cac:Delivery",),
    "UBL-SR-39": ("cac:ProjectReference", "cbc:ID"),
    "UBL-SR-40": (*BUYER, "cac:PartyName", "cbc:Name"),
    "UBL-SR-45": ("cac:PaymentMeans", "cbc:PaymentDueDate"),
    "UBL-SR-49": ("cac:InvoicePeriod", "cbc:DescriptionCode"),
    "UBL-SR-54": ("cac:PaymentMeans", "cac:CardAccount"),
    "UBL-SR-55": ("cac:PaymentMeans", "cac:PaymentMandate"),
    "UBL-SR-56": ("cac:OriginatorDocumentReference", "cbc:ID"),
}
ONCE_ELSEWHERE = {
    "UBL-SR-06": ("cac:BillingReference", "cac:InvoiceDocumentReference"),
    "UBL-SR-22": ("cac:TaxRepresentativeParty", "cac:PartyName", "cbc:Name"),
    "UBL-SR-23": ("cac:TaxRepresentativeParty", "cac:PartyTaxScheme", "cbc:CompanyID"),
    "UBL-SR-25": ("cac:Delivery", "cac:DeliveryParty", "cac:PartyName", "cbc:Name"),
    "UBL-SR-26": ("cac:PaymentMeans", "cbc:PaymentID"),
    "UBL-SR-27": ("cac:PaymentMeans", "cbc:PaymentMeansCode"),
    "UBL-SR-28": ("cac:PaymentMeans", "cac:PaymentMandate", "cbc:ID"),
    "UBL-SR-32": ("cac:TaxSubtotal", "cac:TaxCategory", "cbc:TaxExemptionReason"),
    "UBL-SR-33": ("cac:AdditionalDocumentReference", "cbc:DocumentDescription"),
    "UBL-SR-34": ("Line", "cbc:Note"),
    "UBL-SR-35": ("Line", "cac:OrderLineReference", "cbc:LineID"),
    "UBL-SR-36": ("Line", "cac:InvoicePeriod"),
    "UBL-SR-37": ("Line", "cac:Price", "cac:AllowanceCharge", "cbc:Amount"),
    "UBL-SR-50": ("Line", "cac:Item", "cbc:Description"),
    "UBL-SR-51": ("cac:PostalAddress", "cac:AddressLine"),
    "UBL-SR-52": ("Line", "cac:DocumentReference"),
}
UNUSED_ATTRIBUTES = {
    "schemeName": "UBL-DT-08",
    "schemeAgencyName": "UBL-DT-09",
    "schemeDataURI": "UBL-DT-10",
    "schemeURI": "UBL-DT-11",
    "format": "UBL-DT-12",
    "unitCodeListIdentifier": "UBL-DT-13",
    "unitCodeListAgencyIdentifier": "UBL-DT-14",
    "unitCodeListAgencyName": "UBL-DT-15",
    "listAgencyName": "UBL-DT-16",
    "listName": "UBL-DT-17",
    "languageID": "UBL-DT-19",
    "listURI": "UBL-DT-20",
    "listSchemeURI": "UBL-DT-21",
    "languageLocaleID": "UBL-DT-22",
    "uri": "UBL-DT-23",
    "currencyCodeListVersionID": "UBL-DT-24",
    "characterSetCode": "UBL-DT-25",
    "encodingCode": "UBL-DT-26",
    "schemeAgencyID": "UBL-DT-27",
    "listAgencyID": "UBL-DT-28",
    "unitCodeListID": "UBL-CR-663",
}
UNUSED_SCHEMES = {
    "UBL-CR-648": "/cbc:CustomizationID",
    "UBL-CR-649": "/cbc:ProfileID",
    "UBL-CR-650": "/cbc:ID",
    "UBL-CR-651": "/cbc:SalesOrderID",
    "UBL-CR-652": "cac:PartyTaxScheme/cbc:CompanyID",
    "UBL-CR-653": "/cac:PaymentMeans/cbc:PaymentID",
    "UBL-CR-654": "/cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID",
    "UBL-CR-655": "/cac:PaymentMeans/cac:PayeeFinancialAccount/cac:FinancialInstitutionBranch/cbc:ID",
    "UBL-CR-667": "cac:BuyersItemIdentification/cbc:ID",
    "UBL-CR-668": "cac:SellersItemIdentification/cbc:ID",
    "UBL-CR-674": "cbc:PrimaryAccountNumberID",
    "UBL-CR-675": "cac:CardAccount/cbc:NetworkID",
    "UBL-CR-676": "cac:PaymentMandate/cbc:ID",
    "UBL-CR-677": "cac:PaymentMandate/cac:PayerFinancialAccount/cbc:ID",
    "UBL-CR-678": "cac:TaxCategory/cbc:ID",
    "UBL-CR-679": "cac:ClassifiedTaxCategory/cbc:ID",
}
UNUSED_LISTS = {
    "UBL-CR-656": "/cbc:InvoiceTypeCode",
    "UBL-CR-657": "/cbc:DocumentCurrencyCode",
    "UBL-CR-658": "/cbc:TaxCurrencyCode",
    "UBL-CR-659": "/cac:AdditionalDocumentReference/cbc:DocumentTypeCode",
    "UBL-CR-660": "cac:Country/cbc:IdentificationCode",
    "UBL-CR-661": "/cac:PaymentMeans/cbc:PaymentMeansCode",
    "UBL-CR-662": "cbc:AllowanceChargeReasonCode",
    "UBL-CR-672": "/cbc:CreditNoteTypeCode",
}


def declare(rules: RuleSet) -> None:
    _cardinalities(rules)
    _data_types(rules)
    _unused(rules)


def _cardinalities(rules: RuleSet) -> None:
    once = ONCE_IN_DOCUMENT
    rules.on(
        "/",
        *(fatal(id, at_most_one(*path)) for id, path in once.items()),
        when=something_repeated(once.values()),
    )
    for context in sorted({context for context, *_ in ONCE_ELSEWHERE.values()}):
        here = {id: path[1:] for id, path in ONCE_ELSEWHERE.items() if path[0] == context}
        rules.on(
            ("cac:PostalAddress", "cac:Address") if context == "cac:PostalAddress" else context,
            *(fatal(id, at_most_one(*path)) for id, path in here.items()),
            when=something_repeated(here.values()),
        )
    rules.on(
        "/",
        fatal("UBL-SR-04", _one_object_reference),
        fatal("UBL-SR-12", _registered_once(SELLER, True)),
        fatal("UBL-SR-13", _registered_once(SELLER, False)),
        fatal("UBL-SR-18", _registered_once(BUYER, True)),
        fatal("UBL-SR-29", _one_creditor_reference),
        fatal(
            "UBL-SR-44",
            lambda g, d: len({text for m in d.all("cac:PaymentMeans") for text in m.texts("cbc:PaymentID")}) <= 1,
        ),
        fatal("UBL-SR-46", _one_payment_means_name),
        fatal("UBL-SR-47", _one_payment_means_code),
    )
    rules.on(
        "cac:AccountingSupplierParty/cac:Party",
        fatal("UBL-SR-42", lambda g, d: len(g.get("cac:PartyTaxScheme", NONE)) <= 2),
    )
    rules.on("cac:AdditionalDocumentReference", fatal("UBL-SR-43", _typed_reference))
    rules.on("cac:AllowanceCharge", fatal("UBL-SR-30", _one_reason), when=lambda g, d: is_charge(g) is False)
    rules.on("cac:AllowanceCharge", fatal("UBL-SR-31", _one_reason), when=lambda g, d: is_charge(g) is True)
    rules.on("Line", fatal("UBL-SR-48", _one_vat_category))
    rules.on("cac:PartyTaxScheme", fatal("UBL-SR-53", _whole_registration))
    rules.on("cac:BillingReference", fatal("UBL-SR-07", _numbered_reference))
    rules.on(
        "cac:PayeeParty",
        fatal("UBL-SR-19", lambda g, d: at_most_one("cac:PartyName", "cbc:Name")(g, d) and _other_name(g)),
        fatal("UBL-SR-20", lambda g, d: _identifiers(g) <= 1 and _other_name(g)),
        fatal("UBL-SR-21", lambda g, d: at_most_one("cac:PartyLegalEntity", "cbc:CompanyID")(g, d) and _other_name(g)),
    )


def _data_types(rules: RuleSet) -> None:
    rules.of(
        lambda path: path[-1].endswith("Amount") and not path[-1].endswith("PriceAmount"),
        fatal("UBL-DT-01", _cents_only),
    )
    rules.of(
        lambda path: path[-1].endswith("BinaryObject"),
        fatal("UBL-DT-06", lambda text, attributes, g, d: _has(attributes, "mimeCode")),
        fatal("UBL-DT-07", lambda text, attributes, g, d: _has(attributes, "filename")),
    )
    rules.anywhere.update({name: warning(id, never) for name, id in UNUSED_ATTRIBUTES.items()})
    rules.attribute(lambda path: path[-1] != "cbc:PaymentMeansCode", "name", warning("UBL-DT-18", never))


def _unused(rules: RuleSet) -> None:
    rules.restricted.update({path: warning(id, never) for path, id in restricted()})
    for id, context in UNUSED_SCHEMES.items():
        rules.attribute(context, "schemeID", warning(id, never))
    for id, context in UNUSED_LISTS.items():
        rules.attribute(context, "listID", warning(id, never))
    price_allowance = "cac:Price/cac:AllowanceCharge/"
    rules.of(price_allowance + "cbc:AllowanceChargeReasonCode", warning("UBL-CR-669", never))
    rules.of(price_allowance + "cbc:AllowanceChargeReason", warning("UBL-CR-670", never))
    rules.of(price_allowance + "cbc:MultiplierFactorNumeric", warning("UBL-CR-671", never))
    rules.of("/cbc:UBLVersionID", warning("UBL-CR-002", lambda text, attributes, g, d: text == "2.1"))
    rules.of(
        "/cac:PaymentMeans/cbc:PaymentDueDate", warning("UBL-CR-412", lambda text, a, g, d: d.kind == "CreditNote")
    )
    rules.on("cac:FinancialInstitution", warning("UBL-CR-664", never))
    rules.on("cac:PaymentMeans/cac:PayerFinancialAccount", warning("UBL-CR-680", never))
    rules.on(
        "cac:AdditionalDocumentReference",
        warning("UBL-CR-665", lambda g, d: _is_object(g) or g.attribute("cbc:ID", "schemeID") is None, "cbc:ID"),
        fatal("UBL-CR-666", lambda g, d: not _is_object(g) or "cac:Attachment" not in g),
        fatal(
            "UBL-CR-673",
            lambda g, d: not _is_object(g) or "cbc:DocumentDescription" not in g,
            "cbc:DocumentDescription",
        ),
    )


def restricted() -> Iterator[tuple[str, str]]:
    """(path below the document, rule) of every element no business term uses."""
    parent = ""
    for line in files("ubl.rules").joinpath("restricted.txt").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        if not line.startswith(" "):
            parent = "" if line == "." else line + "/"
            continue
        for entry in line.split():
            child, _, number = entry.partition("=")
            for kind in LINES if parent.startswith("Line") else ("",):
                yield parent.replace("Line", kind, 1) + child if kind else parent + child, f"UBL-CR-{number}"


def _has(attributes: Attributes, name: str) -> bool:
    return any(key == name for key, _ in attributes)


def _cents_only(text: str, attributes: Attributes, group: Group, document: Document) -> bool:
    if text[-3:-2] == "." or decimals(text) <= 2:
        return True
    here: Group | None = group
    while here is not None:
        if here.place.name == "cac:Price" and "cac:AllowanceCharge" in here:
            return True
        here = here.up
    return False


def _is_object(group: Group) -> bool:
    """A reference to the invoiced object (BT-18), not to a supporting document."""
    return "130" in group.texts("cbc:DocumentTypeCode")


def _one_object_reference(group: Group, document: Document) -> bool:
    references = group.get("cac:AdditionalDocumentReference", NONE)
    return sum(len(each.texts("cbc:ID")) for each in references if _is_object(each)) <= 1


def _registered_once(party: tuple[str, str], vat: bool) -> GroupTest:
    names = {*party, "cac:PartyTaxScheme", "cac:TaxScheme", "cbc:CompanyID"}
    return lambda g, d: d.repeated.isdisjoint(names) or _registrations(g, party, vat) <= 1


def _registrations(group: Group, party: tuple[str, str], vat: bool) -> int:
    """Registrations of a party whose tax scheme is, or is not, VAT in any casing."""
    count = 0
    for each in group.groups(*party, "cac:PartyTaxScheme"):
        schemes = [scheme.get("cbc:ID", "").upper() for scheme in each.get("cac:TaxScheme", NONE)]
        if any((scheme == "VAT") is vat for scheme in schemes):
            count += len(each.texts("cbc:CompanyID"))
    return count


def _one_creditor_reference(group: Group, document: Document) -> bool:
    ids = [each.attribute("cbc:ID", "schemeID") for each in document.all("cac:PartyIdentification")]
    return sum(1 for scheme in ids if scheme is not None and scheme.upper() == "SEPA") <= 1


def _one_payment_means_name(group: Group, document: Document) -> bool:
    means = group.get("cac:PaymentMeans", NONE)
    return sum(1 for each in means if each.attribute("cbc:PaymentMeansCode", "name") is not None) <= 1


def _one_payment_means_code(group: Group, document: Document) -> bool:
    return len({text for each in document.all("cac:PaymentMeans") for text in each.texts("cbc:PaymentMeansCode")}) <= 1


def _typed_reference(group: Group, document: Document) -> bool:
    types = group.texts("cbc:DocumentTypeCode")
    if "130" in types or ("50" in types and document.kind == "CreditNote"):
        return True
    return not types and group.attribute("cbc:ID", "schemeID") is None


def _one_reason(group: Group, document: Document) -> bool:
    return len(group.texts("cbc:AllowanceChargeReason")) <= 1


def _one_vat_category(group: Group, document: Document) -> bool:
    return len(group.groups("cac:Item", "cac:ClassifiedTaxCategory")) == 1


def _whole_registration(group: Group, document: Document) -> bool:
    return "cbc:CompanyID" in group and any("cbc:ID" in each for each in group.get("cac:TaxScheme", NONE))


def _numbered_reference(group: Group, document: Document) -> bool:
    return any("cbc:ID" in each for each in group.get("cac:InvoiceDocumentReference", NONE))


def _other_name(group: Group) -> bool:
    """The payee has a name and it is not the seller's registered one."""
    assert group.up is not None
    names = {text for each in group.get("cac:PartyName", NONE) for text in each.texts("cbc:Name")}
    sellers = group.up.groups("cac:AccountingSupplierParty", "cac:Party", "cac:PartyLegalEntity")
    registered = {text for each in sellers for text in each.texts("cbc:RegistrationName")}
    return any(name != other for name in names for other in registered)


def _identifiers(group: Group) -> int:
    found = [each.leaves("cbc:ID") for each in group.get("cac:PartyIdentification", NONE)]
    return sum(
        1 for leaves in found for _, attributes in leaves if dict(attributes).get("schemeID", "").upper() != "SEPA"
    )
