"""DK-R-002 to DK-R-017: sellers with a Danish address, some only for Danish buyers."""

from __future__ import annotations

import re

from ubl.rules.ask import BUYER, SELLER, written_country
from ubl.rules.rule import GroupTest, RuleSet, fatal
from ubl.rules.tree import LINES, NONE, Document, Group
from ubl.rules.values import norm, number

ALLOWED_MEANS = ("1", "10", "31", "42", "48", "49", "50", "58", "59", "93", "97")
UNSPSC_VERSIONS = {"19.05.01", "19.0501", "26.08.01", "26.0801"}


def rules(version: str) -> RuleSet:
    found = RuleSet("Denmark", version, lambda document: written_country(document, SELLER) == "DK")
    found.on(
        "/",
        fatal("DK-R-002", lambda g, d: any(norm(text) for text, _ in _entity_numbers(g.groups(*SELLER)))),
        fatal("DK-R-014", lambda g, d: _cvr(g.groups(*SELLER))),
        fatal("DK-R-016", _no_negative_credit_note),
    )
    for party in (SELLER, BUYER):
        found.on(
            "/" + "/".join((*party, "cac:PartyIdentification")), fatal("DK-R-013", _schemed, "cbc:ID"), when=_at_home
        )
    found.on("/" + "/".join(BUYER), fatal("DK-R-017", lambda g, d: _cvr([g])), when=_at_home)
    found.on([f"/{line}" for line in LINES], fatal("DK-R-003", _unspsc_version), when=_at_home)
    found.on(
        "cac:AllowanceCharge",
        fatal("DK-R-004", _special_charge),
        when=lambda g, d: _at_home(g, d) and "ZZZ" in g.texts("cbc:AllowanceChargeReasonCode"),
    )
    _payment(found)
    return found


def _payment(found: RuleSet) -> None:
    def means(id: str, codes: tuple[str, ...], test: GroupTest) -> None:
        found.on(
            "/cac:PaymentMeans",
            fatal(id, test),
            when=lambda g, d: (
                d.kind == "Invoice" and _at_home(g, d) and any(c in g.texts("cbc:PaymentMeansCode") for c in codes)
            ),
        )

    found.on(
        "/cac:PaymentMeans",
        fatal("DK-R-005", lambda g, d: g.get("cbc:PaymentMeansCode", "") in ALLOWED_MEANS, "cbc:PaymentMeansCode"),
        when=lambda g, d: d.kind == "Invoice" and _at_home(g, d),
    )
    means("DK-R-006", ("31", "42"), _account_and_registration)
    means("DK-R-007", ("49",), _mandate_and_payer)
    means(
        "DK-R-008",
        ("50",),
        lambda g, d: _form(g) in ("01#", "04#", "15#") and bool(re.fullmatch("[0-9]{7,8}", _account(g))),
    )
    means("DK-R-009", ("50",), lambda g, d: _form(g) not in ("04#", "15#") or len(_payment_id(g)) == 19)
    means("DK-R-010", ("93",), lambda g, d: _form(g) in ("71#", "73#", "75#") and len(_account(g)) == 8)
    means("DK-R-011", ("93",), lambda g, d: _form(g) not in ("71#", "75#") or len(_payment_id(g)) in (18, 19))


def _at_home(group: Group, document: Document) -> bool:
    return written_country(document, BUYER) == "DK"


def _entity_numbers(parties: list[Group]) -> list[tuple[str, str]]:
    """(number, scheme) of the legal registration of these parties."""
    return [
        (text, norm(dict(attributes).get("schemeID", "")))
        for party in parties
        for entity in party.get("cac:PartyLegalEntity", NONE)
        for text, attributes in entity.leaves("cbc:CompanyID")
    ]


def _cvr(parties: list[Group]) -> bool:
    return all(scheme == "0184" for _, scheme in _entity_numbers(parties))


def _no_negative_credit_note(group: Group, document: Document) -> bool:
    if document.kind != "CreditNote" or not _at_home(group, document):
        return True
    totals = group.get("cac:LegalMonetaryTotal", NONE)
    return not any(number(each.get("cbc:PayableAmount", "")) < 0 for each in totals)


def _schemed(group: Group, document: Document) -> bool:
    return all(norm(dict(attributes).get("schemeID", "")) for _, attributes in group.leaves("cbc:ID"))


def _unspsc_version(line: Group, document: Document) -> bool:
    classes = [
        dict(attributes)
        for each in line.groups("cac:Item", "cac:CommodityClassification")
        for _, attributes in each.leaves("cbc:ItemClassificationCode")
    ]
    if not any(each.get("listID") == "TST" for each in classes):
        return True
    return any(each.get("listVersionID") in UNSPSC_VERSIONS for each in classes)


def _special_charge(group: Group, document: Document) -> bool:
    reason = group.get("cbc:AllowanceChargeReason", "")
    if len(norm(reason)) == 4 and 0 <= number(reason) <= 9999:
        return True
    return "#" in reason and not reason.startswith("#") and not reason.endswith("#")


def _payment_id(means: Group) -> str:
    return str(means.get("cbc:PaymentID", ""))


def _form(means: Group) -> str:
    return _payment_id(means)[:3]


def _account(means: Group) -> str:
    for account in means.get("cac:PayeeFinancialAccount", NONE):
        return str(account.get("cbc:ID", ""))
    return ""


def _account_and_registration(means: Group, document: Document) -> bool:
    branches = means.groups("cac:PayeeFinancialAccount", "cac:FinancialInstitutionBranch")
    return bool(norm(_account(means))) and any(norm(each.get("cbc:ID", "")) for each in branches)


def _mandate_and_payer(means: Group, document: Document) -> bool:
    mandates = means.get("cac:PaymentMandate", NONE)
    payers = means.groups("cac:PaymentMandate", "cac:PayerFinancialAccount")
    return any(norm(each.get("cbc:ID", "")) for each in mandates) and any(
        norm(each.get("cbc:ID", "")) for each in payers
    )
