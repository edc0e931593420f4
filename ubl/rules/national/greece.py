"""GR-R-001 to GR-R-010 and GR-S: Greek sellers, and their Greek buyers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ubl.rules.ask import BUYER, SELLER, scheme_is
from ubl.rules.identifiers import greek_tax
from ubl.rules.national.where import REPRESENTATIVE, buyer_country, seller_country, seller_own_country
from ubl.rules.rule import GroupTest, RuleSet, fatal, warning
from ubl.rules.tree import NONE, Document, Group
from ubl.rules.values import is_integer, norm

DAY = re.compile(r"(0?[1-9]|[12][0-9]|3[01])[-\\/ ]?(0?[1-9]|1[0-2])[-\\/ ]?(19|20)[0-9]{2}")
DOCUMENT_TYPES = ("1.1", "1.6", "2.1", "2.4", "5.1", "5.2", "")
MARK, URL = "##M.AR.K##", "##INVOICE|URL##"
GREEK = ("GR", "EL")


def rules(version: str) -> RuleSet:
    found = RuleSet("Greece", version, lambda document: _greek_seller(document) or _greek_endpoint(document))
    _number(found)
    seller, buyer = "/".join(SELLER), "/".join(BUYER)
    found.on(
        seller,
        fatal("GR-R-002", _named),
        warning("GR-S-011", lambda g, d: _one_greek_vat(g)),
        when=lambda g, d: _greek_seller(d),
    )
    found.on(
        f"{seller}/cac:PartyTaxScheme",
        fatal("GR-R-003", lambda g, d: all(_greek_vat(text) for text in g.texts("cbc:CompanyID")), "cbc:CompanyID"),
        when=lambda g, d: _greek_seller(d) and _is_vat(g),
    )
    found.on(
        "/",
        fatal("GR-R-004-1", lambda g, d: len(_described(g, MARK)) == 1),
        warning("GR-S-008-1", lambda g, d: len(_described(g, URL)) == 1),
        fatal("GR-R-008-2", lambda g, d: len(_described(g, URL)) <= 1),
        when=_greek_address,
    )
    found.on(
        "cac:AdditionalDocumentReference",
        fatal("GR-R-004-2", lambda g, d: all(re.match("[1-9]", text) for text in g.texts("cbc:ID")), "cbc:ID"),
        when=lambda g, d: _greek_address(g, d) and MARK in g.texts("cbc:DocumentDescription"),
    )
    found.on(
        "cac:AdditionalDocumentReference",
        fatal("GR-R-008-3", _linked),
        when=lambda g, d: _greek_seller(d) and URL in g.texts("cbc:DocumentDescription"),
    )
    found.on(buyer, fatal("GR-R-005", _named), when=lambda g, d: _greek_seller(d))
    found.on(
        seller, fatal("GR-R-009", _greek_address_of_channel, "cbc:EndpointID"), when=lambda g, d: _greek_endpoint(d)
    )
    found.on(
        buyer,
        fatal("GR-R-006", lambda g, d: _one_greek_vat(g)),
        fatal("GR-R-010", _greek_address_of_channel, "cbc:EndpointID"),
        when=lambda g, d: _greek_seller(d) and buyer_country(d) in GREEK,
    )
    return found


def _number(found: RuleSet) -> None:
    """The six parts of a Greek invoice number: tax number, date, branch, type, series, serial."""

    def part(position: int, test: Callable[[str, Document], Any]) -> GroupTest:
        def holds(group: Group, document: Document) -> bool:
            parts = group.get("cbc:ID", "").split("|")
            return bool(test(parts[position] if position < len(parts) else "", document))

        return holds

    found.on(
        "/",
        fatal("GR-R-001-1", lambda g, d: len(g["cbc:ID"].split("|")) == 6 if g["cbc:ID"] else False, "cbc:ID"),
        fatal("GR-R-001-2", part(0, _seller_tax_number), "cbc:ID"),
        fatal("GR-R-001-3", part(1, _issue_date), "cbc:ID"),
        fatal(
            "GR-R-001-4",
            part(2, lambda text, d: is_integer(text) and (not text.strip().startswith("-") or not text.strip("-0 "))),
            "cbc:ID",
        ),
        fatal("GR-R-001-5", part(3, lambda text, d: norm(text) != "" and text in DOCUMENT_TYPES), "cbc:ID"),
        fatal("GR-R-001-6", part(4, lambda text, d: text != ""), "cbc:ID"),
        fatal("GR-R-001-7", part(5, lambda text, d: text != ""), "cbc:ID"),
        when=lambda g, d: "cbc:ID" in g and _greek_seller(d),
    )


def _seller_tax_number(text: str, document: Document) -> bool:
    if len(norm(text)) != 9 or not greek_tax(text):
        return False
    stated = [
        scheme.get("cbc:CompanyID", "")[2:11]
        for party in (*document.root.groups(*SELLER), *document.root.groups(*REPRESENTATIVE))
        for scheme in party.get("cac:PartyTaxScheme", NONE)
        if scheme_is(scheme, "VAT")
    ]
    return text in stated


def _issue_date(text: str, document: Document) -> bool:
    year, month, day = [*document.root.get("cbc:IssueDate", "").split("-"), "", "", ""][:3]
    return DAY.match(text) is not None and text.split("/")[:3] == [day, month, year]


def _greek_seller(document: Document) -> bool:
    return bool(seller_country(document) in GREEK)


def _greek_endpoint(document: Document) -> bool:
    """By the seller's own VAT number or address, never its representative's."""
    return bool(seller_own_country(document) in GREEK)


def _greek_address(group: Group, document: Document) -> bool:
    countries = document.root.groups(*SELLER, "cac:PostalAddress", "cac:Country")
    return _greek_seller(document) and any("GR" in each.texts("cbc:IdentificationCode") for each in countries)


def _is_vat(group: Group) -> bool:
    return any(norm(each.get("cbc:ID", "")) == "VAT" for each in group.get("cac:TaxScheme", NONE))


def _greek_vat(text: str) -> bool:
    return text[:2] == "EL" and greek_tax(text[2:])


def _one_greek_vat(party: Group) -> bool:
    schemes = [each for each in party.get("cac:PartyTaxScheme", NONE) if _is_vat(each)]
    numbers = [text for each in schemes for text in each.texts("cbc:CompanyID")]
    return len(numbers) == 1 and _greek_vat(numbers[0])


def _named(party: Group, document: Document) -> bool:
    return any(each.get("cbc:Name", "") != "" for each in party.get("cac:PartyName", NONE))


def _described(group: Group, text: str) -> list[Group]:
    references = group.get("cac:AdditionalDocumentReference", NONE)
    return [each for each in references if text in each.texts("cbc:DocumentDescription")]


def _linked(group: Group, document: Document) -> bool:
    links = group.groups("cac:Attachment", "cac:ExternalReference")
    return any(norm(each.get("cbc:URI", "")) for each in links)


def _greek_address_of_channel(party: Group, document: Document) -> bool:
    return all(
        ("schemeID", "9933") in attributes and greek_tax(text) for text, attributes in party.leaves("cbc:EndpointID")
    )
