"""The mail that announces a direct debit which came back and is collected once more: its pre-notification."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

from receivables.letters.html_mail import page, paragraph
from receivables.letters.invoice_mail import InvoiceMail
from ubl.paper.payment_view import printed_reference
from ubl.paper.words import day, in_fours, locale_of, money


@dataclass(frozen=True, slots=True, kw_only=True)
class DebitAgain:
    """What is collected again, when and under which mandate (EPC016-06: sum, day, mandate, creditor identifier)."""

    number: str
    amount: Decimal
    currency: str
    collected: date
    mandate: str
    creditor: str
    iban: str
    reference: str
    seller: str
    contact: str
    country: str  # of the seller: how days and amounts are written


def debit_mail(again: DebitAgain, language: str) -> InvoiceMail:
    """Subject, text and HTML in `language` (nl, fr, de, en); KeyError for another language."""
    words, locale = _texts()[language], locale_of(language, again.country)
    values = {
        "number": again.number,
        "amount": money(again.amount, again.currency, locale),
        "day": day(again.collected, locale),
        "mandate": again.mandate,
        "creditor": again.creditor,
        "iban": in_fours(again.iban),
        "reference": printed_reference(again.reference),
        "seller": again.seller,
        "contact": again.contact,
    }
    said = [block.format_map(values) for block in words["text"].strip().split("\n\n")]
    subject = " ".join(words["subject"].format_map(values).split())
    return InvoiceMail(subject, "\n\n".join(said) + "\n", page(language, "".join(map(paragraph, said))))


@cache
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("receivables.letters").joinpath("debit_mail.toml").read_text(encoding="utf-8"))
