"""The letter to a credit insurer that is told on paper or through its portal: what, on whom, for which invoices."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from receivables.claims import ZERO
from receivables.letters.model import LetterParty
from receivables.letters.paper import HOUSE, footer, seller_lines, template
from ubl.paper.look import Look, logo_format
from ubl.paper.typesetting import typeset
from ubl.paper.words import day, labels, locale_of, money


@dataclass(frozen=True, slots=True, kw_only=True)
class ToInsurer:
    """What is said. `what`: OVD, EXP, RES, INS, claim, cover or goods; `rows`: number, original due date, open amount.

    `amount`: the limit that is asked for; else the sum of the rows is said.
    """

    what: str
    policy: str
    insurer: str
    buyer: str
    buyer_id: str
    rows: tuple[tuple[str, date, Decimal], ...]
    currency: str
    on: date
    amount: Decimal | None = None
    until: date | None = None
    since: date | None = None  # goods: the day on which they were reclaimed
    reason: str | None = None  # goods: which they are


def insurer_letter(told: ToInsurer, seller: LetterParty, language: str, country: str, look: Look = HOUSE) -> bytes:
    """The letter as PDF/A-3b in `language` (nl, fr, de, en); `country` is the seller's. Same input, same bytes."""
    say, locale = _texts()[language], locale_of(language, country)
    total = told.amount if told.amount is not None else sum((amount for _, _, amount in told.rows), ZERO)
    values = {
        "policy": told.policy,
        "buyer": told.buyer,
        "buyer_id": told.buyer_id,
        "until": day(told.until, locale) if told.until else "",
        "since": day(told.since, locale) if told.since else "",
        "reason": told.reason or "–",
        "total": money(total, told.currency, locale),
    }
    view: dict[str, Any] = {
        "lang": language,
        "title": say["title"][told.what],
        "subject": say["subject"].format_map(values),
        "running_title": f"{say['title'][told.what]} · {told.buyer}",
        "page_of": labels(language)["page"],
        "seller": {"name": seller.name, "lines": seller_lines(seller)},
        "to_label": say["to"],
        "to": [told.insurer],
        "to_ids": [],
        "facts": [[say["date"], day(told.on, locale)]],
        "before": [say["text"][told.what].format_map(values)],
        "after": [],
        "closing": [*say["closing"], seller.name],
        "account": {
            "heads": list(say["heads"]),
            "amounts_from": 2,
            "rows": [
                {"cells": [number, day(due, locale), money(amount, told.currency, locale)], "details": []}
                for number, due, amount in told.rows
            ],
            "sums": [[say["total"], values["total"]]] if told.rows else [],
            "derivation_label": "",
            "derivation": [],
            "plan_label": "",
            "plan": [],
        },
        "panel": None,
        "footer": footer(seller),
        "signatures": [],
        "colour": look.colour,
        "text_colour": look.text_colour,
        "logo": logo_format(look.logo) if look.logo is not None else None,
    }
    images = {"logo": look.logo} if look.logo is not None else {}
    return typeset(template(), view, dated=told.on, standard="a-3b", images=images)


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads(files("receivables.letters").joinpath("insurer_letter.toml").read_text(encoding="utf-8"))
