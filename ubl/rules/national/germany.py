"""DE-R-001 to DE-R-031: seller and buyer both with a German address."""

from __future__ import annotations

import re

from ubl.rules.ask import BUYER, SELLER
from ubl.rules.peppol import both_german
from ubl.rules.rule import RuleSet, fatal, warning
from ubl.rules.tree import NONE, Document, Group
from ubl.rules.values import WHITESPACE, norm

DISCOUNT = re.compile(r"(^|\r?\n)#(SKONTO)#TAGE=([0-9]+#PROZENT=[0-9]+\.[0-9]{2})(#BASISBETRAG=-?[0-9]+\.[0-9]{2})?#\Z")
MAIL = re.compile(r"[^@\s]+@([^@.\s]+\.)+[^@.\s]+")
DIGIT = re.compile("[0-9]")
LINK = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:")
VAT_CODES = {"S", "Z", "E", "AE", "K", "G", "L", "M"}
TYPES = ("326", "380", "384", "389", "381", "875", "876", "877")


def rules(version: str) -> RuleSet:
    found = RuleSet("Germany", version, both_german)
    found.on(
        "/",
        fatal("DE-R-001", lambda g, d: "cac:PaymentMeans" in g),
        fatal("DE-R-015", lambda g, d: any(text.strip(WHITESPACE) for text in g.texts("cbc:BuyerReference"))),
        fatal("DE-R-016", _seller_registered),
        warning("DE-R-017", lambda g, d: _type(g, TYPES)),
        fatal("DE-R-018", _discount_terms),
        fatal("DE-R-022", _file_names_differ),
        warning(
            "DE-R-026",
            lambda g, d: not _type(g, ("384",)) or g.groups("cac:BillingReference", "cac:InvoiceDocumentReference"),
        ),
        fatal("DE-R-030", _creditor_of_mandate),
        fatal("DE-R-031", _payer_of_mandate),
    )
    _parties(found)
    _payment(found)
    found.on(
        "/cac:AdditionalDocumentReference/cac:Attachment/cac:ExternalReference",
        warning("DE-R-T02", lambda g, d: LINK.match(g.get("cbc:URI", "")), "cbc:URI"),
    )
    found.on(
        "/cac:TaxTotal/cac:TaxSubtotal",
        fatal("DE-R-014", lambda g, d: any(_has(each, "cbc:Percent") for each in g.get("cac:TaxCategory", NONE))),
    )
    return found


def _parties(found: RuleSet) -> None:
    found.on(
        "/cac:AccountingSupplierParty",
        fatal("DE-R-002", lambda g, d: g.groups("cac:Party", "cac:Contact")),
    )
    found.on(
        "/" + "/".join((*SELLER, "cac:Contact")),
        fatal("DE-R-005", lambda g, d: _has(g, "cbc:Name"), "cbc:Name"),
        fatal("DE-R-006", lambda g, d: _has(g, "cbc:Telephone"), "cbc:Telephone"),
        fatal("DE-R-007", lambda g, d: _has(g, "cbc:ElectronicMail"), "cbc:ElectronicMail"),
        warning("DE-R-027", lambda g, d: len(DIGIT.findall(g.get("cbc:Telephone", ""))) >= 3, "cbc:Telephone"),
        warning("DE-R-028", lambda g, d: MAIL.fullmatch(norm(g.get("cbc:ElectronicMail", ""))), "cbc:ElectronicMail"),
    )
    delivery = ("cac:Delivery", "cac:DeliveryLocation", "cac:Address")
    for path, city, zone in (
        ((*SELLER, "cac:PostalAddress"), "DE-R-003", "DE-R-004"),
        ((*BUYER, "cac:PostalAddress"), "DE-R-008", "DE-R-009"),
        (delivery, "DE-R-010", "DE-R-011"),
    ):
        found.on(
            "/" + "/".join(path),
            fatal(city, lambda g, d: _has(g, "cbc:CityName"), "cbc:CityName"),
            fatal(zone, lambda g, d: _has(g, "cbc:PostalZone"), "cbc:PostalZone"),
        )


def _payment(found: RuleSet) -> None:
    account, card, mandate = "cac:PayeeFinancialAccount", "cac:CardAccount", "cac:PaymentMandate"
    found.on(
        "/cac:PaymentMeans",
        warning("DE-R-019", lambda g, d: _code(g) != "58" or _iban(g.get(account, NONE))),
        fatal("DE-R-023-1", lambda g, d: account in g),
        fatal("DE-R-023-2", lambda g, d: card not in g and mandate not in g),
        when=lambda g, d: _code(g) in ("30", "58"),
    )
    found.on(
        "/cac:PaymentMeans",
        fatal("DE-R-024-1", lambda g, d: card in g),
        fatal("DE-R-024-2", lambda g, d: account not in g and mandate not in g),
        when=lambda g, d: _code(g) in ("48", "54", "55"),
    )
    found.on(
        "/cac:PaymentMeans",
        warning("DE-R-020", lambda g, d: _iban(g.groups(mandate, "cac:PayerFinancialAccount"))),
        fatal("DE-R-025-1", lambda g, d: mandate in g),
        fatal("DE-R-025-2", lambda g, d: account not in g and card not in g),
        when=lambda g, d: _code(g) == "59",
    )


def _has(group: Group, leaf: str) -> bool:
    return any(text.strip(WHITESPACE) for text in group.texts(leaf))


def _code(means: Group) -> str:
    return norm(means.get("cbc:PaymentMeansCode", ""))


def _type(group: Group, types: tuple[str, ...]) -> bool:
    return any(norm(group.get(leaf, "")) in types for leaf in ("cbc:InvoiceTypeCode", "cbc:CreditNoteTypeCode"))


def _seller_registered(group: Group, document: Document) -> bool:
    """Where a VAT category but O is used, the seller or its representative has a tax number."""
    charges = [
        each
        for charge in group.get("cac:AllowanceCharge", NONE)
        if charge.get("cbc:ChargeIndicator") in ("true", "false")
        for each in charge.get("cac:TaxCategory", NONE)
    ]
    items = [each for line in ("cac:InvoiceLine", "cac:CreditNoteLine") for each in group.groups(line, "cac:Item")]
    lines = [each for item in items for each in item.get("cac:ClassifiedTaxCategory", NONE)]
    if not any(text in VAT_CODES for each in (*charges, *lines) for text in each.texts("cbc:ID")):
        return True
    return "cac:TaxRepresentativeParty" in group or any(
        _has(each, "cbc:CompanyID") for each in group.groups(*SELLER, "cac:PartyTaxScheme")
    )


def _discount_terms(group: Group, document: Document) -> bool:
    """Cash discount in the terms: each line that begins with # has the agreed form, and a line break ends it."""
    notes = [each["cbc:Note"] for each in group.get("cac:PaymentTerms", NONE) if "cbc:Note" in each]
    tails = [re.split("#.+#", note)[-1] for note in notes]
    for note in notes:
        for line in re.split("\r?\n", note):
            if not norm(line).startswith("#"):
                continue
            if not DISCOUNT.search(norm(line)) or not any(re.match(r"\s*\n", tail) for tail in tails[-1:]):
                return False
    return True


def _file_names_differ(group: Group, document: Document) -> bool:
    seen: set[str] = set()
    for reference in group.get("cac:AdditionalDocumentReference", NONE):
        leaves = [
            leaf
            for each in reference.get("cac:Attachment", NONE)
            for leaf in each.leaves("cbc:EmbeddedDocumentBinaryObject")
        ]
        names = {value for _, attributes in leaves for name, value in attributes if name == "filename"}
        if names & seen:
            return False
        seen |= names
    return True


def _creditor_of_mandate(group: Group, document: Document) -> bool:
    if not group.groups("cac:PaymentMeans", "cac:PaymentMandate"):
        return True
    holders = (*group.groups(*SELLER), *group.get("cac:PayeeParty", NONE))
    ids = [
        leaf
        for each in holders
        for party in each.get("cac:PartyIdentification", NONE)
        for leaf in party.leaves("cbc:ID")
    ]
    return any(("schemeID", "SEPA") in attributes for _, attributes in ids)


def _payer_of_mandate(group: Group, document: Document) -> bool:
    mandates = group.groups("cac:PaymentMeans", "cac:PaymentMandate")
    payers = [each for mandate in mandates for each in mandate.get("cac:PayerFinancialAccount", NONE)]
    return not mandates or any("cbc:ID" in each for each in payers)


def _iban(accounts: list[Group]) -> bool:
    """The account is an IBAN by form and by modulo 97."""
    text = re.sub(r"[ \n\r\t\s]", "", accounts[0].get("cbc:ID", "")) if accounts else ""
    if not re.fullmatch("[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{0,30}", text):
        return False
    turned = text[4:] + text[:2].upper() + text[2:4]
    return int("".join(str(ord(c) - 55) if ord(c) > 64 else str(ord(c) - 48) for c in turned)) % 97 == 1
