"""The report's words in one language, and how it writes days, months and amounts."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files

from babel import Locale

from receivables.figures import Month
from ubl.paper.words import LANGUAGES, NoSuchLanguage, locale_of, number
from ubl.paper.words import day as written_day

__all__ = ["LANGUAGES", "NONE", "NoSuchLanguage", "Words", "words_in"]

NONE = "–"


@dataclass(frozen=True)
class Words:
    """`text` by key, `definitions` in the order in which they are printed; figures are written as in `locale`."""

    language: str
    locale: Locale
    text: Mapping[str, str]
    definitions: tuple[tuple[str, str], ...]

    def __call__(self, key: str, **given: object) -> str:
        return self.text[key].format(**given)

    def day(self, on: date) -> str:
        return written_day(on, self.locale)

    def month(self, month: Month) -> str:
        return f"{self.locale.months['stand-alone']['wide'][month.number]} {month.year}"

    def short_month(self, number_: int) -> str:
        return str(self.locale.months["stand-alone"]["abbreviated"][number_]).rstrip(".")

    def days(self, value: Decimal | None) -> str:
        return NONE if value is None else self.figure(value, 1)

    def percent(self, rate: Decimal | None) -> str:
        return NONE if rate is None else f"{half_up(rate * 100, 0)} %"

    def money(self, amount: Decimal, decimals: int = 2) -> str:
        return self.figure(amount, decimals)

    def thousands(self, amount: Decimal) -> str:
        """Whole units with separators; a column is narrow."""
        return self.figure(amount, 0) if abs(amount) < 1_000_000 else f"{self.figure(amount / 1000, 0)}k"

    def figure(self, value: Decimal, decimals: int) -> str:
        return number(half_up(value, decimals), self.locale, (decimals, decimals)).removesuffix(self.mark)

    def level(self, value: Decimal) -> str:
        """Beside a chart's line: '12k' for 12000, '0,5' for a half."""
        short = f"{(value / 1000).normalize():f}k" if value >= 10_000 else f"{value.normalize():f}"
        return short.replace(".", self.mark) if value else "0"

    @property
    def mark(self) -> str:
        return str(self.locale.number_symbols["latn"]["decimal"])


@cache
def words_in(language: str, country: str) -> Words:
    """The words in `language` with figures as in `country`. Raises NoSuchLanguage."""
    if language not in LANGUAGES:
        raise NoSuchLanguage(f"There is no report in '{language}'; write one of {', '.join(LANGUAGES)}.")
    found = tomllib.loads(files("receivables.report").joinpath("words", f"{language}.toml").read_text("utf-8"))
    definitions = tuple(found.pop("definitions").items())
    return Words(language, locale_of(language, country), found, definitions)


def half_up(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
