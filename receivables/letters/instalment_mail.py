"""The mails about an instalment: the written request for a missed one, from which a plan's days of grace run, and the
note ahead of one.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Literal

from receivables.letters.code_image import CodeImage, code_image, code_tag
from receivables.letters.html_mail import page, paragraph
from receivables.letters.invoice_mail import InvoiceMail
from ubl.paper.payment_view import printed_reference
from ubl.paper.words import day, in_fours, labels, locale_of, money
from ubl.payment_qr import NoPaymentQr, epc_payload, is_structured


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


def instalment_mail(missed: Missed, language: str, kind: Literal["missed", "ahead"] = "missed") -> InvoiceMail:
    """Subject, text and HTML in `language` (nl, fr, de, en); KeyError for another language. One that is yet to come
    (`ahead`) is described like one that is missed: `missing` is what is to be paid for it.
    """
    words = _texts()[kind][language]
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
    code = code_of(missed)
    alt = labels(language)["qr_alt"].format_map(values)
    blocks = words["text"].strip().split("\n\n")
    said = [block.format_map(values) for block in blocks]
    body = "".join(
        paragraph(text) + (code_tag(code, alt) if code and "{iban}" in block else "")
        for block, text in zip(blocks, said, strict=True)
    )
    subject = " ".join(words["subject"].format_map(values).split())
    return InvoiceMail(subject, "\n\n".join(said) + "\n", page(language, body), code)


def code_of(missed: Missed) -> CodeImage | None:
    """The code that pays what is missing; None where the plan has no account or no euro."""
    reference = missed.reference if is_structured(missed.reference) else None
    try:
        payload = epc_payload(
            missed.seller, missed.iban, missed.missing, reference, missed.reference, currency=missed.currency
        )
    except NoPaymentQr:
        return None
    return code_image(payload)


@cache
def _texts() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads(files("receivables.letters").joinpath("instalment_mail.toml").read_text(encoding="utf-8"))
