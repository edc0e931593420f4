"""The sentences that tax law wants on an invoice, as dated rows with their source (`statutory.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from ubl.invoice import Invoice, Vat, VatExemption

EXPLAINED = frozenset({"AE", "K", "G", "O", "E"})
LANGUAGES = ("nl", "fr", "de", "en")


class NoSentence(LookupError):
    """No row fits; the message says what was asked and what there is."""


def exemption_for(
    category: str, country: str, language: str, buyer_country: str | None = None, on: date = date.max
) -> VatExemption:
    """BT-120 and BT-121 for an untaxed `category` (AE, K, G, O, E) of a seller in `country`, as the law stood `on`.

    `language` is nl, fr, de or en; `buyer_country` is taken to be the seller's when left away. Raises NoSentence.
    """
    row = exemption_row(category, country, buyer_country or country, on)
    return VatExemption(category=category, reason=in_language(row, language), code=row.get("code"))


def exemption_row(category: str, country: str, buyer_country: str, on: date = date.max) -> dict[str, Any]:
    """The whole row, with `from`, `source` and the languages `read` in it."""
    for row in rows()["exemption"]:
        fits = row["category"] == category and row.get("country", country) == country and row["from"] <= on
        if fits and not (row.get("domestic") and buyer_country != country):
            return dict(row)
    raise NoSentence(f"There is no exemption sentence for VAT category {category}; there are for AE, K, G, O and E.")


def with_exemptions(invoice: Invoice, language: str) -> Invoice:
    """`invoice` with a reason for each untaxed category it uses and gives none for; Z needs none (BR-Z-10)."""
    given = {exemption.category for exemption in invoice.exemptions}
    missing = [category for category in categories(invoice) if category in EXPLAINED and category not in given]
    seller, buyer = invoice.seller.address.country, invoice.buyer.address.country
    added = tuple(exemption_for(category, seller, language, buyer, invoice.issued) for category in missing)
    return replace(invoice, exemptions=invoice.exemptions + added)


def credit_note_sentence(country: str, language: str) -> str | None:
    """What a credit note with VAT must say in the seller's `country`, or None where nothing is asked."""
    row = next((row for row in rows()["credit_note"] if row["country"] == country), None)
    return in_language(row, language) if row else None


def self_billed_sentence(language: str) -> str:
    """What stands on an invoice that the customer issues in the seller's name."""
    return in_language(rows()["self_billed"][0], language)


def cash_discount_sentence(language: str) -> str:
    """Why a Belgian discount for prompt payment lowers the taxable amount though the whole price is due."""
    return in_language(rows()["cash_discount"][0], language)


def cash_discount_name(language: str) -> str:
    """What that discount is called where a sum is named."""
    return in_language(rows()["cash_discount"][0]["name"], language)


def categories(invoice: Invoice) -> Iterable[str]:
    """The VAT categories of lines, allowances and charges, each once, in order."""
    vats: list[Vat | None] = [line.vat for line in invoice.lines]
    vats += [item.vat for item in invoice.allowances]
    return dict.fromkeys(vat.category for vat in vats if vat)


def in_language(row: dict[str, Any], language: str) -> str:
    if language not in LANGUAGES:
        raise NoSentence(f"There are no statutory sentences in '{language}'; there are in {', '.join(LANGUAGES)}.")
    return str(row[language])


@cache
def rows() -> dict[str, Any]:
    return tomllib.loads(files("ubl").joinpath("statutory.toml").read_text("utf-8"))
