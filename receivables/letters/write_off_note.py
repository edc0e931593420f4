"""The paper of a write-off: what is lost, who decided it and why, and the data of the VAT that may come back."""

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

from receivables.vat_refund import VatRefund
from ubl.paper.look import Look, logo_format
from ubl.paper.typesetting import typeset
from ubl.paper.words import LANGUAGES, labels, locale_of, money


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOff:
    """One write-off. `amount` is all that was open, `principal` the part of it that the invoice itself was for."""

    seller: str
    debtor: str
    number: str
    issued: date
    due: date
    currency: str
    amount: Decimal
    principal: Decimal
    by: str
    reason: str
    cause: str
    on: date
    refund: VatRefund | None = None


def note_pdf(told: WriteOff, language: str, country: str, look: Look) -> bytes:
    """A PDF/A-3b dated on the day of the write-off; the same input gives the same bytes."""
    images = {} if look.logo is None else {"logo": look.logo}
    view = view_of(told, language if language in LANGUAGES else "en", country) | {
        "colour": look.colour,
        "text_colour": look.text_colour,
        "logo": None if look.logo is None else logo_format(look.logo),
    }
    template = files("receivables.letters").joinpath("covering.typ").read_text(encoding="utf-8")
    return typeset(template, view, dated=told.on, standard="a-3b", images=images)


def view_of(told: WriteOff, language: str, country: str) -> dict[str, Any]:
    """Everything on the sheet, as words."""
    say, locale, refund = words(language), locale_of(language, country), told.refund

    def cash(amount: Decimal) -> str:
        return money(amount, told.currency, locale)

    facts = [[say["date"], day(told.on, locale)], [say["invoice"], told.number]]
    facts += [[say["issued"], day(told.issued, locale)], [say["due"], day(told.due, locale)]]
    if refund is not None:
        facts += [[say["article"], refund.article], [say["arose"], day(refund.arose, locale)]]
        facts += [[say["claim_by"], day(refund.claim_by, locale)]] if refund.claim_by else []
    before = say["before"].format(
        number=told.number,
        debtor=told.debtor,
        amount=cash(told.amount),
        on=day(told.on, locale),
        by=told.by,
        reason=told.reason,
    )
    head, rows, sums, after = ["", ""], [], [[say["title"], cash(told.amount)]], [say["no_vat"]]
    if refund is not None:
        head = say["head"][1:]
        rows = [[f"{rate.percent.normalize():f} %", cash(rate.base), cash(rate.vat)] for rate in refund.rates]
        sums.append([say["total"], cash(refund.vat)])
        after = [refund.explanation, refund.how, refund.paid_later]
        after += [say["provisional"]] if refund.provisional else []
    return {
        "lang": language,
        "title": say["title"],
        "subject": say["subject"].format(number=told.number, amount=cash(told.amount)),
        "running_title": f"{say['title']} · {told.number}",
        "page_of": labels(language)["page"],
        "seller": {"name": told.seller, "lines": []},
        "to_label": say["to"],
        "to": [told.seller],
        "to_ids": [],
        "facts": facts,
        "before": [before],
        "parties": [],
        "head": [say["head"][0] if refund else "", "", "", *head],
        "rows": [{"cells": [row[0], "", "", *row[1:]], "details": []} for row in rows],
        "sums": sums,
        "after": after,
        "closing": ["", told.by],
        "footer": [told.seller],
    }


def day(value: date, locale: Locale) -> str:
    return format_date(value, "d MMM y", locale=locale)


@cache
def words(language: str) -> dict[str, Any]:
    text = files("receivables.letters").joinpath("write_off_note.toml").read_text(encoding="utf-8")
    found: dict[str, Any] = tomllib.loads(text)[language]
    return found
