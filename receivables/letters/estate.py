"""A claim filed in an insolvency, on paper: sums to the day of the judgment, title to goods, rank and enclosures."""

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
from receivables.letters.covering import HOUSE
from ubl.paper.look import Look, logo_format
from ubl.paper.typesetting import typeset
from ubl.paper.words import LANGUAGES, NoSuchLanguage, in_fours, labels, locale_of, money

PAPER, README = "estate-claim.pdf", "README.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """The proceeding as the document names it, and to whom it goes. `on`: the day on which it is written."""

    reference: str
    opened: date
    to: tuple[str, ...]  # name and address lines
    language: str  # nl, fr, de, en
    on: date


def estate_claim(claim: ClaimFile, estate: Estate, look: Look = HOUSE) -> bytes:
    """A PDF/A-3b. Raises NoSuchLanguage."""
    images = {} if look.logo is None else {"logo": look.logo}
    view = view_of(claim, estate) | {
        "colour": look.colour,
        "text_colour": look.text_colour,
        "logo": None if look.logo is None else logo_format(look.logo),
    }
    return typeset(_template(), view, dated=estate.on, standard="a-3b", images=images)


def covering_mail(claim: ClaimFile, estate: Estate) -> tuple[str, str]:
    """Subject and text of the mail that carries it."""
    say, locale = words(estate.language, claim.law), locale_of(estate.language, claim.creditor.country)
    values = {
        "debtor": claim.debtor.name,
        "reference": estate.reference,
        "opened": _day(estate.opened, locale),
        "total": money(claim.total, claim.currency, locale),
        "seller": claim.creditor.name,
    }
    return f"{say['title']}: {claim.debtor.name}", say["mail"].format(**values)


def readme(claim: ClaimFile, estate: Estate) -> bytes:
    say = words(estate.language, claim.law)
    return str(say["readme"].format(reference=claim.reference, format=claim.format)).encode()


def view_of(claim: ClaimFile, estate: Estate) -> dict[str, Any]:
    """Everything on the sheet, as words."""
    say, locale = words(estate.language, claim.law), locale_of(estate.language, claim.creditor.country)

    def cash(amount: Decimal) -> str:
        return money(amount, claim.currency, locale)

    opened = _day(estate.opened, locale)
    sums = [[say["principal"], cash(claim.principal)], [say["interest"], cash(claim.interest)]]
    sums += [[say["costs"], cash(claim.costs.amount)]]
    sums += [[say["vat"], cash(claim.costs.vat)]] if claim.costs.vat else []
    who = (claim.debtor.name, claim.debtor.address, claim.debtor.registration or "")
    parties = [[say["debtor"], ", ".join(part for part in who if part)], [say["proceeding"], estate.reference]]
    parties += [[say["account"], in_fours(claim.creditor.iban)]] if claim.creditor.iban else []
    values = {"debtor": claim.debtor.name, "reference": estate.reference, "opened": opened}
    return {
        "lang": estate.language,
        "title": say["title"],
        "subject": f"{claim.debtor.name}: {cash(claim.total)}",
        "running_title": f"{say['title']} · {claim.reference}",
        "page_of": labels(estate.language)["page"],
        "seller": {"name": claim.creditor.name, "lines": [claim.creditor.address, claim.creditor.email or ""]},
        "to_label": say["to"],
        "to": list(estate.to),
        "to_ids": [],
        "facts": [[say["date"], _day(estate.on, locale)], [say["reference"], claim.reference]],
        "before": [say["before"].format(**values)],
        "parties": parties,
        "head": say["head"],
        "rows": [_row(invoice, claim.currency, locale) for invoice in claim.invoices],
        "sums": [*sums, [say["total"], cash(claim.total)]],
        "after": [*_titles(claim, say, locale), *_after(claim, say)],
        "closing": [say["closing"], claim.creditor.name],
        "footer": [" · ".join(p for p in (claim.creditor.name, claim.creditor.registration, claim.creditor.vat) if p)],
    }


def _row(invoice: ClaimedInvoice, currency: str, locale: Locale) -> dict[str, Any]:
    amounts = (money(invoice.open, currency, locale), money(invoice.interest, currency, locale))
    cells = [invoice.number, _day(invoice.issued, locale), _day(invoice.printed_due, locale), *amounts]
    return {"cells": cells, "details": []}


def _titles(claim: ClaimFile, say: dict[str, Any], locale: Locale) -> list[str]:
    """Each invoice's unpaid goods, and the right to them."""
    found = []
    for invoice in claim.invoices:
        title = invoice.title
        if title is None or not title.goods or title.delivered is None:
            continue
        held = title.standing in ("protected", "doubtful") and title.clause
        live = title.reclaim_until is not None and title.reclaim_until >= claim.on
        if not held and not live:
            continue
        parts = {"number": invoice.number, "delivered": _day(title.delivered, locale), "goods": "; ".join(title.goods)}
        said = [say["goods"].format(**parts)]
        said += [say["protected"].format(clause=title.clause)] if held else []
        said += [say["reclaim"].format(day=_day(title.reclaim_until, locale))] if live and title.reclaim_until else []
        found.append(" ".join(said))
    return found


def _after(claim: ClaimFile, say: dict[str, Any]) -> list[str]:
    said = [say["rank"]] + ([say["provisional"]] if claim.provisional else [])
    return [*said, say["attached"], say["truth"]]


def _day(day: date, locale: Locale) -> str:
    return format_date(day, "d MMM y", locale=locale)


def words(language: str, law: str) -> dict[str, Any]:
    if language not in LANGUAGES:
        raise NoSuchLanguage(f"A claim cannot be filed in '{language}'; write one of {', '.join(LANGUAGES)}.")
    texts = _texts()
    found: dict[str, Any] = texts[language] | texts.get(f"{language}_{law}", {})
    return found


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads(files("receivables.letters").joinpath("estate.toml").read_text(encoding="utf-8"))


@cache
def _template() -> str:
    return files("receivables.letters").joinpath("covering.typ").read_text(encoding="utf-8")
