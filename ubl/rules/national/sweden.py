"""SE-R-001 to SE-R-013: sellers with a Swedish address."""

from __future__ import annotations

from ubl.rules.ask import BUYER, SELLER, scheme_is, written_country
from ubl.rules.identifiers import luhn_swedish
from ubl.rules.national.where import vat_prefixes
from ubl.rules.rule import RuleSet, fatal, never, warning
from ubl.rules.tree import NONE, Document, Group
from ubl.rules.values import is_number, norm, number

F_TAX = "GODKÄND FÖR F-SKATT"


def rules(version: str) -> RuleSet:
    found = RuleSet("Sweden", version, lambda document: written_country(document, SELLER) == "SE")
    seller = "/".join(SELLER)
    found.on(
        seller,
        fatal("SE-R-001", lambda g, d: any(len(norm(text)) == 14 for text in _vat_numbers(g))),
        fatal("SE-R-002", lambda g, d: any(is_number(text[2:14]) for text in _vat_numbers(g))),
        when=lambda g, d: _swedish_with_vat(g),
    )
    found.on(
        f"{seller}/cac:PartyLegalEntity",
        fatal("SE-R-003", lambda g, d: is_number(g["cbc:CompanyID"]), "cbc:CompanyID"),
        fatal("SE-R-004", lambda g, d: len(norm(g["cbc:CompanyID"])) == 10, "cbc:CompanyID"),
        fatal("SE-R-013", lambda g, d: luhn_swedish(norm(g["cbc:CompanyID"])), "cbc:CompanyID"),
        when=lambda g, d: g.up is not None and _swedish(g.up) and "cbc:CompanyID" in g,
    )
    found.on(
        f"{seller}/cac:PartyTaxScheme",
        fatal("SE-R-005", lambda g, d: all(norm(text.upper()) == F_TAX for text in g.texts("cbc:CompanyID"))),
        when=_other_registration,
    )
    found.on(
        ("cac:TaxCategory", "cac:ClassifiedTaxCategory"),
        fatal(
            "SE-R-006", lambda g, d: any(number(text) in (25, 12, 6) for text in g.texts("cbc:Percent")), "cbc:Percent"
        ),
        when=lambda g, d: "S" in g.texts("cbc:ID") and any(map(_swedish_with_vat, _parties(d, SELLER))),
    )
    _payment(found)
    return found


def _payment(found: RuleSet) -> None:
    giro = "cac:PaymentMeans/cac:PayeeFinancialAccount"
    found.on(
        giro,
        warning("SE-R-007", lambda g, d: is_number(g["cbc:ID"]), "cbc:ID"),
        warning("SE-R-010", lambda g, d: 2 <= len(norm(g["cbc:ID"])) <= 8, "cbc:ID"),
        when=lambda g, d: "cbc:ID" in g and _paid_by(g, "SE:PLUSGIRO"),
    )
    found.on(
        giro,
        warning("SE-R-008", lambda g, d: is_number(g["cbc:ID"]), "cbc:ID"),
        warning("SE-R-009", lambda g, d: len(norm(g["cbc:ID"])) in (7, 8), "cbc:ID"),
        when=lambda g, d: "cbc:ID" in g and _paid_by(g, "SE:BANKGIRO"),
    )
    found.on(
        "cac:PaymentMeans",
        warning("SE-R-011", never),
        when=lambda g, d: any(code in g.texts("cbc:PaymentMeansCode") for code in ("50", "56")),
    )
    found.on(
        "cac:PaymentMeans",
        warning("SE-R-012", never),
        when=lambda g, d: "31" in g.texts("cbc:PaymentMeansCode") and any(map(_swedish, _parties(d, BUYER))),
    )


def _parties(document: Document, party: tuple[str, str]) -> list[Group]:
    return [each for group in document.all(party[0]) for each in group.get(party[1], NONE)]


def _swedish(party: Group) -> bool:
    return any(
        "SE" in each.texts("cbc:IdentificationCode") for each in party.groups("cac:PostalAddress", "cac:Country")
    )


def _swedish_with_vat(party: Group) -> bool:
    return _swedish(party) and "SE" in vat_prefixes([party])


def _vat_numbers(party: Group) -> list[str]:
    schemes = [each for each in party.get("cac:PartyTaxScheme", NONE) if scheme_is(each, "VAT")]
    return [each.get("cbc:CompanyID", "") for each in schemes]


def _other_registration(group: Group, document: Document) -> bool:
    """A registration that is not for VAT, of a seller with an organisation number."""
    party = group.up
    if party is None or not _swedish(party):
        return False
    entity = any("cbc:CompanyID" in each for each in party.get("cac:PartyLegalEntity", NONE))
    schemes = [norm(each.get("cbc:ID", "").upper()) for each in group.get("cac:TaxScheme", NONE)] or [""]
    return entity and schemes != ["VAT"]


def _paid_by(account: Group, giro: str) -> bool:
    if account.up is None or norm(account.up.get("cbc:PaymentMeansCode", "")) != "30":
        return False
    accounts = account.up.groups("cac:PayeeFinancialAccount", "cac:FinancialInstitutionBranch")
    return any(norm(branch.get("cbc:ID", "")) == giro for branch in accounts)
