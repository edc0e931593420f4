"""Code lists: BR-CL of EN 16931 and PEPPOL-EN16931-CL of Peppol, as one table of where a code stands and its list."""

from __future__ import annotations

from collections.abc import Callable

from ubl.rules.ask import is_charge
from ubl.rules.codelists import codes, listed
from ubl.rules.rule import Contexts, RuleSet, fatal
from ubl.rules.tree import Attributes, Document, Group
from ubl.rules.values import norm

AMOUNTS = tuple(
    f"cbc:{name}"
    for name in (
        "Amount",
        "BaseAmount",
        "PriceAmount",
        "TaxAmount",
        "TaxableAmount",
        "LineExtensionAmount",
        "TaxExclusiveAmount",
        "TaxInclusiveAmount",
        "AllowanceTotalAmount",
        "ChargeTotalAmount",
        "PrepaidAmount",
        "PayableRoundingAmount",
        "PayableAmount",
    )
)

CODES: tuple[tuple[str, str, str], ...] = (
    ("BR-CL-01", "cbc:InvoiceTypeCode", "invoice_type"),
    ("BR-CL-01", "cbc:CreditNoteTypeCode", "credit_note_type"),
    ("BR-CL-04", "cbc:DocumentCurrencyCode", "currency"),
    ("BR-CL-05", "cbc:TaxCurrencyCode", "currency"),
    ("BR-CL-06", "cac:InvoicePeriod/cbc:DescriptionCode", "vat_point_date"),
    ("BR-CL-14", "cac:Country/cbc:IdentificationCode", "country"),
    ("BR-CL-15", "cac:OriginCountry/cbc:IdentificationCode", "country"),
    ("BR-CL-16", "cac:PaymentMeans/cbc:PaymentMeansCode", "payment_means"),
    ("BR-CL-17", "cac:TaxCategory/cbc:ID", "vat_category"),
    ("BR-CL-18", "cac:ClassifiedTaxCategory/cbc:ID", "vat_category"),
)
SCHEMES: tuple[tuple[str, Contexts, str, str], ...] = (
    ("BR-CL-03", AMOUNTS, "currencyID", "currency"),
    ("BR-CL-11", "cac:PartyLegalEntity/cbc:CompanyID", "schemeID", "identifier_scheme"),
    ("BR-CL-13", "cac:CommodityClassification/cbc:ItemClassificationCode", "listID", "item_classification"),
    ("BR-CL-21", "cac:StandardItemIdentification/cbc:ID", "schemeID", "identifier_scheme"),
    ("BR-CL-23", ("cbc:InvoicedQuantity", "cbc:BaseQuantity", "cbc:CreditedQuantity"), "unitCode", "unit"),
    ("BR-CL-25", "cbc:EndpointID", "schemeID", "electronic_address"),
    ("BR-CL-26", "cac:DeliveryLocation/cbc:ID", "schemeID", "identifier_scheme"),
)


def declare(rules: RuleSet) -> None:
    """The code lists of EN 16931, compared after normalising space."""
    for id, context, name in CODES:
        rules.of(context, fatal(id, _listed(name)))
    for id, contexts, attribute, name in SCHEMES:
        rules.attribute(contexts, attribute, fatal(id, _scheme_listed(name)))
    parties = ("cac:AccountingSupplierParty", "cac:PayeeParty")
    with_creditor = codes("en16931", "identifier_scheme") | {"SEPA"}
    rules.attribute(
        lambda path: _party_identifier(path) and any(party in path for party in parties),
        "schemeID",
        fatal("BR-CL-10", lambda value, document: norm(value) in with_creditor),
    )
    rules.attribute(
        lambda path: _party_identifier(path) and not any(party in path for party in parties),
        "schemeID",
        fatal("BR-CL-10", _scheme_listed("identifier_scheme")),
    )
    rules.on(("cac:AdditionalDocumentReference", "cac:DocumentReference"), fatal("BR-CL-07", _object_scheme, "cbc:ID"))
    rules.of("/cbc:Note", fatal("BR-CL-08", _note_subject))
    rules.on(
        "cac:AllowanceCharge", fatal("BR-CL-19", _reason("allowance_reason", False), "cbc:AllowanceChargeReasonCode")
    )
    rules.on("cac:AllowanceCharge", fatal("BR-CL-20", _reason("charge_reason", True), "cbc:AllowanceChargeReasonCode"))
    exemptions = codes("en16931", "vat_exemption")
    rules.of("cbc:TaxExemptionReasonCode", fatal("BR-CL-22", lambda text, a, g, d: norm(text.upper()) in exemptions))
    types = codes("en16931", "mime")
    rules.attribute(
        "cbc:EmbeddedDocumentBinaryObject", "mimeCode", fatal("BR-CL-24", lambda value, document: value in types)
    )


def declare_peppol(rules: RuleSet) -> None:
    """The narrower lists of Peppol; attributes are compared as written."""
    currencies, types = codes("peppol", "currency"), codes("peppol", "mime")
    addresses, points = codes("peppol", "electronic_address"), codes("peppol", "vat_point_date")
    rules.attribute(
        "cbc:EmbeddedDocumentBinaryObject",
        "mimeCode",
        fatal("PEPPOL-EN16931-CL001", lambda value, document: value in types),
    )
    for id, name, charge in (
        ("PEPPOL-EN16931-CL002", "allowance_reason", "false"),
        ("PEPPOL-EN16931-CL003", "charge_reason", "true"),
    ):
        rules.on("cac:AllowanceCharge", fatal(id, _peppol_reason(name, charge), "cbc:AllowanceChargeReasonCode"))
    rules.of(
        "cac:InvoicePeriod/cbc:DescriptionCode",
        fatal("PEPPOL-EN16931-CL006", lambda text, a, g, d: norm(text) in points),
    )
    rules.attribute(AMOUNTS, "currencyID", fatal("PEPPOL-EN16931-CL007", lambda value, document: value in currencies))
    rules.attribute(
        "cbc:EndpointID", "schemeID", fatal("PEPPOL-EN16931-CL008", lambda value, document: value in addresses)
    )


def _listed(name: str) -> Callable[[str, Attributes, Group, Document], bool]:
    known = codes("en16931", name)
    return lambda text, attributes, group, document: text in known or norm(text) in known


def _scheme_listed(name: str) -> Callable[[str, Document], bool]:
    known = codes("en16931", name)
    return lambda value, document: value in known or norm(value) in known


def _party_identifier(path: tuple[str, ...]) -> bool:
    return path[-2:] == ("cac:PartyIdentification", "cbc:ID")


def _object_scheme(group: Group, document: Document) -> bool:
    scheme = group.attribute("cbc:ID", "schemeID")
    if scheme is None or "130" not in group.texts("cbc:DocumentTypeCode"):
        return True
    return norm(scheme) in codes("en16931", "object_identifier")


def _note_subject(text: str, attributes: Attributes, group: Group, document: Document) -> bool:
    """A note may begin with the code of its subject between two hashes."""
    between = text.partition("#")[2].partition("#")[0]
    closed = text.count("#") >= 2
    return not (closed and len(between) == 3) or between in listed("en16931", "note_subject")


def _reason(name: str, charge: bool) -> Callable[[Group, Document], bool]:
    known = codes("en16931", name)

    def test(group: Group, document: Document) -> bool:
        text = group.get("cbc:AllowanceChargeReasonCode")
        return text is None or is_charge(group) is not charge or norm(text) in known

    return test


def _peppol_reason(name: str, indicator: str) -> Callable[[Group, Document], bool]:
    known = codes("peppol", name)

    def test(group: Group, document: Document) -> bool:
        text = group.get("cbc:AllowanceChargeReasonCode")
        return text is None or group.get("cbc:ChargeIndicator") != indicator or norm(text) in known

    return test
