"""NO-R-001 and NO-R-002: Norwegian sellers."""

from __future__ import annotations

import re

from ubl.rules.identifiers import mod11
from ubl.rules.national.where import seller_country
from ubl.rules.rule import RuleSet, fatal, warning
from ubl.rules.tree import NONE, Document, Group
from ubl.rules.values import norm


def rules(version: str) -> RuleSet:
    found = RuleSet("Norway", version, lambda document: seller_country(document) == "NO")
    found.on(
        "cac:AccountingSupplierParty/cac:Party",
        warning("NO-R-002", lambda g, d: "Foretaksregisteret" in [norm(text) for text in _numbers(g, "TAX")]),
        fatal("NO-R-001", _vat_number),
    )
    return found


def _numbers(party: Group, scheme: str) -> list[str]:
    """The registration numbers of a party under one tax scheme."""
    return [
        each.get("cbc:CompanyID", "")
        for each in party.get("cac:PartyTaxScheme", NONE)
        if any(norm(tax.get("cbc:ID", "")) == scheme for tax in each.get("cac:TaxScheme", NONE))
    ]


def _vat_number(party: Group, document: Document) -> bool:
    numbers = [number for number in _numbers(party, "VAT") if number[:2] == "NO"]
    return not numbers or any(re.fullmatch("[0-9]{9}MVA", n[2:]) and mod11(n[2:11]) for n in numbers)
