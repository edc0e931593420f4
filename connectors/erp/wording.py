"""The words that are added to an invoice by itself, in the customer's language (`wording.toml`)."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from connectors.erp.party_records import Language


def words(key: str, language: Language, /, **values: object) -> str:
    """The text `key` in `language`, its places filled."""
    return texts()[key][language].format(**values)


def money(amount: Decimal, currency: str, language: Language) -> str:
    """'€ 1.234,50', with the no-break space that every font has."""
    return format_currency(amount, currency, locale=language).replace("\u202f", "\u00a0")


def percentage(percent: Decimal, language: Language) -> str:
    """'12,5', without zeros that say nothing."""
    return format_decimal(percent, "0.####", locale=language)


def day(on: date, language: Language) -> str:
    """'13 januari 2026'."""
    return format_date(on, "long", locale=language)


@cache
def texts() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("connectors.erp").joinpath("wording.toml").read_text("utf-8"))
