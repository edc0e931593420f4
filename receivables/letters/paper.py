"""The letter on paper: a PDF/A with address window, invoices, sums, and a payment panel whose code pays all at once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from receivables.letters.model import Letter, LetterFacts, LetterParty
from receivables.letters.overview import Overview, cash, long_day, overview, term
from receivables.letters.texts import ASKS_NO_MONEY, words
from ubl.paper.look import Look, logo_format
from ubl.paper.payment_view import printed_reference
from ubl.paper.typesetting import typeset
from ubl.paper.words import in_fours, labels, vat_number
from ubl.payment_qr import NoPaymentQr, epc_payload, is_structured, qr_svg

HOUSE = Look()


def letter_pdf(facts: LetterFacts, letter: Letter, look: Look = HOUSE) -> bytes:
    """The paper of `letter`, dated on `facts.on`: PDF/A-3b, tagged; the same input gives the same bytes."""
    view = letter_view(facts, letter)
    images: dict[str, bytes] = {}
    code = payment_code(facts)
    if code is not None:
        images["qr.svg"] = qr_svg(code)
    if look.logo is not None:
        images["logo"] = look.logo
    view |= {
        "colour": look.colour,
        "text_colour": look.text_colour,
        "logo": logo_format(look.logo) if look.logo is not None else None,
    }
    return typeset(template(), view, dated=facts.on, standard="a-3b", images=images)


def payment_code(facts: LetterFacts) -> bytes | None:
    """The EPC data over the whole demanded sum with its one reference; None where nothing is to be paid at once."""
    if facts.step in {*ASKS_NO_MONEY, "plan_agreement"} or not facts.seller.iban:
        return None
    structured = facts.reference if is_structured(facts.reference) else None
    try:
        return epc_payload(
            facts.seller.name,
            facts.seller.iban,
            facts.demanded,
            structured,
            facts.reference,
            facts.seller.bic,
            currency=facts.currency,
        )
    except NoPaymentQr:
        return None


def letter_view(facts: LetterFacts, letter: Letter) -> dict[str, Any]:
    """Everything on the sheet, as words."""
    say = words(facts.language, facts.country)
    account = overview(facts)
    return {
        "lang": facts.language,
        "title": letter.title,
        "subject": letter.subject,
        "running_title": f"{letter.title} · {facts.debtor.name}",
        "page_of": labels(facts.language)["page"],
        "seller": {"name": facts.seller.name, "lines": seller_lines(facts.seller)},
        "to_label": say["to"],
        "to": [facts.debtor.name, *facts.debtor.address_lines],
        "to_ids": [],
        "facts": heading_facts(facts, say),
        "before": list(letter.before),
        "after": list(letter.after),
        "closing": list(letter.closing),
        "account": account_view(account, say),
        "panel": panel(facts, say) if facts.step not in ASKS_NO_MONEY else None,
        "footer": footer(facts.seller),
        "signatures": [facts.seller.name, facts.debtor.name] if facts.step == "plan_agreement" else [],
    }


def account_view(account: Overview, say: dict[str, Any]) -> dict[str, Any]:
    return {
        "heads": list(account.heads),
        "amounts_from": account.amounts_from,
        "rows": [{"cells": list(row.cells), "details": list(row.details)} for row in account.rows],
        "sums": [list(pair) for pair in account.sums],
        "derivation_label": say["derivation"],
        "derivation": list(account.derivation),
        "plan_label": say["plan"],
        "plan": [list(pair) for pair in account.plan],
    }


def heading_facts(facts: LetterFacts, say: dict[str, Any]) -> list[list[str]]:
    rows = [[say["date"], long_day(facts, facts.on)]]
    if facts.debtor.reference:
        rows.append([say["customer"], facts.debtor.reference])
    if facts.step not in ASKS_NO_MONEY:
        rows.append([say["reference"], printed_reference(facts.reference)])
    return rows


def panel(facts: LetterFacts, say: dict[str, Any]) -> dict[str, Any]:
    """How much, until when, to whom and under which reference."""
    in_words = facts.step in {"fourteen_day_letter", "plan_agreement"}
    words_of_paper = labels(facts.language)
    reference = printed_reference(facts.reference)
    iban = in_fours(facts.seller.iban or "")
    rows = [
        [say["pay_to"], facts.seller.name],
        ["IBAN", iban],
        ["BIC", facts.seller.bic],
        [say["pay_reference"], reference],
    ]
    amount = cash(facts, facts.demanded)
    return {
        "amount_label": say["pay_amount"],
        "amount": amount,
        "by_label": say["pay_by"].lower(),
        "by": None if in_words else term(facts, say),
        "sentence": term(facts, say) if in_words else None,
        "rows": [row for row in rows if row[1]],
        "qr": payment_code(facts) is not None,
        "qr_hint": words_of_paper["qr_hint"],
        "qr_alt": words_of_paper["qr_alt"].format(amount=amount, iban=iban, reference=reference),
    }


def seller_lines(seller: LetterParty) -> list[str]:
    return [*seller.address_lines, *(part for part in (seller.phone, seller.email) if part)]


def footer(seller: LetterParty) -> list[str]:
    parts = (seller.name, seller.registration, vat_number(seller.vat) if seller.vat else None)
    return [" · ".join(part for part in parts if part)]


@cache
def template() -> str:
    return files("receivables.letters").joinpath("letter.typ").read_text(encoding="utf-8")
