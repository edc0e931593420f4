"""The mail that carries a copy to somebody beside the customer. It asks for nothing, so nobody pays twice by it."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files

from receivables.letters.html_mail import page, paragraph
from receivables.letters.invoice_mail import InvoiceMail
from ubl.paper.words import day, locale_of


def copy_mail(
    *, seller: str, country: str, debtor: str, numbers: tuple[str, ...], letter: bool, on: date, language: str
) -> InvoiceMail:
    """`numbers`: the invoice itself, or those that the letter is about; `on`: the day of delivery; `country`: the
    seller's, for how days are written. KeyError for a language other than nl, fr, de, en.
    """
    words = _texts()[language]
    what = words["letter" if letter else "invoice"].format(number=", ".join(numbers))
    values = {"seller": seller, "debtor": debtor, "what": what, "day": day(on, locale_of(language, country))}
    text = words["text"].format_map(values).strip()
    subject = " ".join(words["subject"].format_map(values).split())
    return InvoiceMail(subject, text + "\n", page(language, "".join(map(paragraph, text.split("\n\n")))))


@cache
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("receivables.letters").joinpath("copy_mail.toml").read_text(encoding="utf-8"))
