"""The mail that asks for a missed instalment: the written request from which a plan's days of grace run."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

from receivables.letters.invoice_mail import InvoiceMail, as_html
from ubl.paper.payment_view import printed_reference
from ubl.paper.words import day, in_fours, locale_of, money


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A missed instalment: what of it is missing, and by when it can be made good. Amounts in `currency`."""

    numbers: tuple[str, ...]
    due: date
    missing: Decimal
    balance: Decimal
    currency: str
    pay_by: date
    grace_days: int
    reference: str
    iban: str
    seller: str
    contact: str
    country: str  # of the seller: how days and amounts are written


def instalment_mail(missed: Missed, language: str) -> InvoiceMail:
    """Subject, text and HTML in `language` (nl, fr, de, en); KeyError for another language."""
    words = _texts()[language]
    locale = locale_of(language, missed.country)
    values = {
        "numbers": ", ".join(missed.numbers),
        "due": day(missed.due, locale),
        "pay_by": day(missed.pay_by, locale),
        "amount": money(missed.missing, missed.currency, locale),
        "balance": money(missed.balance, missed.currency, locale),
        "days": missed.grace_days,
        "reference": printed_reference(missed.reference),
        "iban": in_fours(missed.iban),
        "seller": missed.seller,
        "contact": missed.contact,
    }
    text = words["text"].format_map(values).strip() + "\n"
    return InvoiceMail(" ".join(words["subject"].format_map(values).split()), text, as_html(text, language))


@cache
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("receivables.letters").joinpath("instalment_mail.toml").read_text(encoding="utf-8"))
