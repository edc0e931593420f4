"""Words, sums, dates and addresses as people of a language and country write them."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from ubl.invoice import Address

LANGUAGES = ("nl", "fr", "de", "en")


class NoSuchLanguage(LookupError):
    """Paper is made in nl, fr, de and en only."""


@cache
def labels(language: str) -> dict[str, Any]:
    """The words of labels.toml in `language`; raises NoSuchLanguage."""
    if language not in LANGUAGES:
        raise NoSuchLanguage(f"There is no paper in '{language}'; write one of {', '.join(LANGUAGES)}.")
    words: dict[str, Any] = tomllib.loads(files("ubl.paper").joinpath("labels.toml").read_text("utf-8"))[language]
    return words


@cache
def locale_of(language: str, country: str) -> Locale:
    """How `language` is written in `country`; English as in Great Britain wherever the seller is."""
    if language == "en":
        return Locale("en", "GB")
    try:
        return Locale.parse(f"{language}_{country}")
    except (UnknownLocaleError, ValueError):
        return Locale(language)


def plain_spaces(text: str) -> str:
    """The narrow no-break space that CLDR puts between thousands is in few fonts."""
    return text.replace("\u202f", "\u00a0")


def money(amount: Decimal, currency: str, locale: Locale) -> str:
    """'€ 1.234,56'."""
    return plain_spaces(format_currency(amount, currency, locale=locale))


def number(amount: Decimal, locale: Locale, decimals: tuple[int, int] = (2, 2)) -> str:
    """'1.234,56': with at least and at most so many decimals."""
    least, most = decimals
    return plain_spaces(format_decimal(amount, f"#,##0.{'0' * least}{'#' * (most - least)}", locale=locale))


def day(on: date, locale: Locale) -> str:
    """'15 januari 2026'."""
    return plain_spaces(format_date(on, "long", locale=locale))


def short_day(on: date, locale: Locale) -> str:
    """'15/01/2026', with four digits for the year."""
    pattern = {"nl_NL": "dd-MM-yyyy", "de": "dd.MM.yyyy"}
    key = str(locale)
    return format_date(on, pattern.get(key) or pattern.get(key[:2]) or "dd/MM/yyyy", locale=locale)


def country_name(code: str, locale: Locale) -> str:
    return str(locale.territories.get(code, code))


def address_lines(address: Address, home: str, locale: Locale) -> list[str]:
    """The lines of a postal address; the country only where it is not `home`."""
    city = " ".join(part for part in (address.postal_code, address.city) if part)
    country = country_name(address.country, locale) if address.country != home else None
    parts = (address.line_1, address.line_2, address.line_3, city, address.subdivision, country)
    return [part for part in parts if part]


def in_fours(code: str) -> str:
    """'BE68 5390 0754 7034': an IBAN or an RF reference as it is printed."""
    compact = "".join(code.split())
    return " ".join(compact[i : i + 4] for i in range(0, len(compact), 4))


def vat_number(vat_id: str) -> str:
    """'BE 0123.456.789' as Belgians write it, others as they are."""
    if vat_id.startswith("BE") and vat_id[2:].isdigit() and len(vat_id) == 12:
        return f"BE {enterprise_number(vat_id[2:])}"
    return vat_id


def enterprise_number(digits: str) -> str:
    """'0123.456.789'."""
    return f"{digits[:4]}.{digits[4:7]}.{digits[7:]}"
