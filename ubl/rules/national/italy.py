"""IT-R-001 to IT-R-004: Italian sellers."""

from __future__ import annotations

import re

from ubl.rules.ask import SELLER
from ubl.rules.national.where import seller_country
from ubl.rules.rule import GroupTest, RuleSet, fatal
from ubl.rules.tree import NONE, Document, Group
from ubl.rules.values import norm


def rules(version: str) -> RuleSet:
    found = RuleSet("Italy", version, lambda document: seller_country(document) == "IT")
    seller = "/".join(SELLER)
    found.on(
        f"{seller}/cac:PartyTaxScheme",
        fatal(
            "IT-R-001", lambda g, d: re.fullmatch("[A-Z0-9]{11,16}", norm(g.get("cbc:CompanyID", ""))), "cbc:CompanyID"
        ),
        when=_not_vat,
    )
    found.on(
        seller,
        fatal("IT-R-002", _address_has("cbc:StreetName")),
        fatal("IT-R-003", _address_has("cbc:CityName")),
        fatal("IT-R-004", _address_has("cbc:PostalZone")),
    )
    return found


def _not_vat(group: Group, document: Document) -> bool:
    schemes = group.get("cac:TaxScheme", NONE)
    return all(norm(each.get("cbc:ID", "")) != "VAT" for each in schemes)


def _address_has(leaf: str) -> GroupTest:
    return lambda g, d: any(leaf in each for each in g.get("cac:PostalAddress", NONE))
