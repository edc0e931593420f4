"""What stands beside a claim at a collection partner, in the partner's language: the covering letter and the README."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale
from babel.dates import format_date

from receivables.claim_file import ClaimedInvoice, ClaimFile
from ubl.paper.look import Look, logo_format
from ubl.paper.typesetting import typeset
from ubl.paper.words import LANGUAGES, NoSuchLanguage, in_fours, labels, locale_of, money

COVER, README = "cover-letter.pdf", "README.txt"
HOUSE = Look()


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """To whom a claim goes: the partner's name, in its `language` (nl, fr, de, en), signed with the key of that
    `fingerprint` or not at all.
    """

    partner: str
    language: str
    fingerprint: str | None = None


def cover_letter(claim: ClaimFile, to: Addressed, look: Look = HOUSE) -> bytes:
    """A PDF/A-3b, dated on the claim's day. Raises NoSuchLanguage."""
    images = {} if look.logo is None else {"logo": look.logo}
    view = view_of(claim, to) | {
        "colour": look.colour,
        "text_colour": look.text_colour,
        "logo": None if look.logo is None else logo_format(look.logo),
    }
    return typeset(_template(), view, dated=claim.on, standard="a-3b", images=images)


def readme(claim: ClaimFile, to: Addressed) -> bytes:
    """How the dossier is read and checked without this software. Raises NoSuchLanguage."""
    say = words(to.language)
    text = say["readme"].format(reference=claim.reference, format=claim.format)
    if to.fingerprint is not None:
        text += say["readme_signed"].format(fingerprint=to.fingerprint)
    return str(text).encode()


def view_of(claim: ClaimFile, to: Addressed) -> dict[str, Any]:
    """Everything on the sheet, as words."""
    say, locale = words(to.language), locale_of(to.language, claim.creditor.country)

    def cash(amount: Decimal) -> str:
        return money(amount, claim.currency, locale)

    sums = [[say["principal"], cash(claim.principal)], [say["interest"], cash(claim.interest)]]
    sums += [[say["costs"], cash(claim.costs.amount)]]
    sums += [[say["vat"], cash(claim.costs.vat)]] if claim.costs.vat else []
    debtor = (claim.debtor.name, claim.debtor.address, claim.debtor.registration or "")
    parties = [[say["debtor"], ", ".join(part for part in debtor if part)]]
    parties += [[say["creditor_account"], in_fours(claim.creditor.iban)]] if claim.creditor.iban else []
    return {
        "lang": to.language,
        "title": say["title"],
        "subject": say["subject"].format(debtor=claim.debtor.name, total=cash(claim.total)),
        "running_title": f"{say['title']} · {claim.reference}",
        "page_of": labels(to.language)["page"],
        "seller": {"name": claim.creditor.name, "lines": [claim.creditor.address, claim.creditor.email or ""]},
        "to_label": say["to"],
        "to": [to.partner],
        "to_ids": [],
        "facts": [
            [say["date"], _day(claim.on, locale)],
            [say["reference"], claim.reference],
            [say["law"], say[f"law_{claim.law}"]],
        ],
        "before": _paragraphs(say["before"].format(on=_day(claim.on, locale))),
        "parties": parties,
        "head": say["head"],
        "rows": [_row(invoice, say, claim.currency, locale) for invoice in claim.invoices],
        "sums": [*sums, [say["total"], cash(claim.total)]],
        "after": _after(claim, to, say),
        "closing": [say["closing"], claim.creditor.name],
        "footer": [" · ".join(p for p in (claim.creditor.name, claim.creditor.registration, claim.creditor.vat) if p)],
    }


def _row(invoice: ClaimedInvoice, say: dict[str, Any], currency: str, locale: Locale) -> dict[str, Any]:
    details = []
    if invoice.title and invoice.title.standing in ("protected", "doubtful"):
        details.append(say["retention"])
    if invoice.limitation:
        details.append(say["limitation"].format(day=_day(invoice.limitation.last_day, locale)))
    amounts = (money(invoice.open, currency, locale), money(invoice.interest, currency, locale))
    cells = [invoice.number, _day(invoice.issued, locale), _day(invoice.printed_due, locale), *amounts]
    return {"cells": cells, "details": details}


def _after(claim: ClaimFile, to: Addressed, say: dict[str, Any]) -> list[str]:
    said = [say["provisional"]] if claim.provisional else []
    lacks = "; ".join(say["lack"][code] for code in claim.lacks)
    said.append(say["missing"].format(missing=lacks) if lacks else say["complete"])
    said += _paragraphs(say["after"])
    return said + ([say["signed"].format(fingerprint=to.fingerprint)] if to.fingerprint else [])


def _paragraphs(text: str) -> list[str]:
    return [" ".join(block.split()) for block in text.strip().split("\n\n")]


def _day(day: date, locale: Locale) -> str:
    return format_date(day, "d MMM y", locale=locale)


@cache
def words(language: str) -> dict[str, Any]:
    if language not in LANGUAGES:
        raise NoSuchLanguage(f"There is no covering letter in '{language}'; write one of {', '.join(LANGUAGES)}.")
    text = files("receivables.letters").joinpath("covering.toml").read_text(encoding="utf-8")
    found: dict[str, Any] = tomllib.loads(text)[language]
    return found


@cache
def _template() -> str:
    return files("receivables.letters").joinpath("covering.typ").read_text(encoding="utf-8")
