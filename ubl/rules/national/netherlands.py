"""NL-R-001 to NL-R-009: sellers with a Dutch address."""

from __future__ import annotations

from ubl.rules.ask import BUYER, SELLER, amount, country
from ubl.rules.national.where import REPRESENTATIVE, buyer_address, seller_address
from ubl.rules.rule import RuleSet, fatal
from ubl.rules.tree import NONE, Document, Group
from ubl.rules.values import WHITESPACE, ZERO, norm

ALLOWED_MEANS = ("30", "48", "49", "57", "58", "59")


def rules(version: str) -> RuleSet:
    found = RuleSet("Netherlands", version, lambda document: seller_address(document) == "NL")
    found.on("/", fatal("NL-R-001", _credits_an_invoice))
    found.on("/".join((*SELLER, "cac:PostalAddress")), fatal("NL-R-002", _whole_address))
    seller_entity, buyer_entity = ("/".join((*party, "cac:PartyLegalEntity")) for party in (SELLER, BUYER))
    found.on(seller_entity, fatal("NL-R-003", _chamber_or_government_number, "cbc:CompanyID"))
    found.on("/".join((*BUYER, "cac:PostalAddress")), fatal("NL-R-004", _whole_address), when=_dutch_buyer)
    found.on(buyer_entity, fatal("NL-R-005", _chamber_or_government_number, "cbc:CompanyID"), when=_dutch_buyer)
    found.on(
        "cac:TaxRepresentativeParty/cac:PostalAddress",
        fatal("NL-R-006", _whole_address),
        when=lambda g, d: country(d, *REPRESENTATIVE) == "NL",
    )
    found.on("cac:LegalMonetaryTotal", fatal("NL-R-007", _means_to_pay))
    found.on("cac:PaymentMeans", fatal("NL-R-008", _dutch_means, "cbc:PaymentMeansCode"), when=_dutch_buyer)
    found.on("cac:OrderLineReference", fatal("NL-R-009", _order_named, "cbc:LineID"))
    return found


def _dutch_buyer(group: Group, document: Document) -> bool:
    return bool(buyer_address(document) == "NL")


def _credits_an_invoice(group: Group, document: Document) -> bool:
    if "cbc:CreditNoteTypeCode" not in group:
        return True
    return any("cbc:ID" in each for each in group.groups("cac:BillingReference", "cac:InvoiceDocumentReference"))


def _whole_address(group: Group, document: Document) -> bool:
    return "cbc:StreetName" in group and "cbc:CityName" in group and "cbc:PostalZone" in group


def _chamber_or_government_number(group: Group, document: Document) -> bool:
    for text, attributes in group.leaves("cbc:CompanyID"):
        schemes = dict(attributes).get("schemeID", "").split(" ")
        if not text.strip(WHITESPACE) or ("0106" not in schemes and "0190" not in schemes):
            return False
    return True


def _means_to_pay(group: Group, document: Document) -> bool:
    if document.all("cac:PaymentMeans"):
        return True
    due = amount(group, "cbc:PayableAmount")
    return due is not None and (due <= ZERO if document.kind == "Invoice" else due >= ZERO)


def _dutch_means(group: Group, document: Document) -> bool:
    return norm(group.get("cbc:PaymentMeansCode", "")) in ALLOWED_MEANS


def _order_named(group: Group, document: Document) -> bool:
    if "cbc:LineID" not in group:
        return True
    return any("cbc:ID" in each for each in document.root.get("cac:OrderReference", NONE))
