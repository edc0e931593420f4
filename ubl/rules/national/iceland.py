"""IS-R-001 to IS-R-010: Icelandic sellers, and their Icelandic buyers."""

from __future__ import annotations

from ubl.rules.ask import BUYER, SELLER, written_country
from ubl.rules.rule import GroupTest, RuleSet, fatal, warning
from ubl.rules.tree import NONE, Document, Group
from ubl.rules.values import is_day, norm

FINAL_DATE = "EINDAGI"


def rules(version: str) -> RuleSet:
    found = RuleSet("Iceland", version, lambda document: written_country(document, SELLER) == "IS")
    found.on(
        "/",
        warning("IS-R-001", _type),
        fatal("IS-R-002", lambda g, d: any(_kennitala(party) for party in g.groups(*SELLER))),
        fatal("IS-R-003", lambda g, d: any(_street_and_zone(party) for party in g.groups(*SELLER))),
        fatal("IS-R-006", _account_of_twelve("9")),
        fatal("IS-R-007", _account_of_twelve("42")),
        fatal("IS-R-008", lambda g, d: all(len(text) == 10 and is_day(text) for text in _final_dates(g))),
        fatal("IS-R-009", lambda g, d: not _final_references(g) or "cbc:DueDate" in g),
        fatal("IS-R-010", _due_before_final),
    )
    found.on(
        "/cac:AccountingCustomerParty",
        fatal("IS-R-004", lambda g, d: any(_kennitala(party) for party in g.get("cac:Party", NONE))),
        fatal("IS-R-005", lambda g, d: any(_street_and_zone(party) for party in g.get("cac:Party", NONE))),
        when=lambda g, d: written_country(d, BUYER) == "IS",
    )
    return found


def _type(group: Group, document: Document) -> bool:
    return any(
        norm(group.get(leaf, "")) in ("380", "381") for leaf in ("cbc:InvoiceTypeCode", "cbc:CreditNoteTypeCode")
    )


def _kennitala(party: Group) -> bool:
    return any(
        each.attribute("cbc:CompanyID", "schemeID") == "0196" for each in party.get("cac:PartyLegalEntity", NONE)
    )


def _street_and_zone(party: Group) -> bool:
    addresses = party.get("cac:PostalAddress", NONE)
    return any("cbc:StreetName" in each for each in addresses) and any("cbc:PostalZone" in each for each in addresses)


def _account_of_twelve(code: str) -> GroupTest:
    def test(group: Group, document: Document) -> bool:
        means = [each for each in group.get("cac:PaymentMeans", NONE) if code in each.texts("cbc:PaymentMeansCode")]
        accounts = [
            text for each in means for a in each.get("cac:PayeeFinancialAccount", NONE) for text in a.texts("cbc:ID")
        ]
        return not means or any(len(norm(account)) == 12 for account in accounts)

    return test


def _final_references(group: Group) -> list[Group]:
    references = group.get("cac:AdditionalDocumentReference", NONE)
    return [each for each in references if FINAL_DATE in each.texts("cbc:DocumentDescription")]


def _final_dates(group: Group) -> list[str]:
    return [each.get("cbc:ID", "") for each in _final_references(group)]


def _due_before_final(group: Group, document: Document) -> bool:
    finals = _final_dates(group)
    return not finals or any(due <= final for due in group.texts("cbc:DueDate") for final in finals)
