"""When a claim lapses by time (verjaring, prescription): dated, sourced rows and the last day they give.

The count runs from the day after the due date; a written demand (NL art. 3:317 BW) or an acknowledgement can start it
afresh, which a person judges. The day given here is therefore the earliest one: act before it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Literal

from receivables.law.interest import Debtor
from receivables.law.rates import Country, Mark

Subject = Literal["goods", "services", "utilities", "periodic"]


@dataclass(frozen=True, slots=True)
class Limitation:
    """The last day on which the claim can still be enforced, and the row it comes from."""

    last_day: date
    years: int
    article: str
    source: str
    mark: Mark
    explanation: str

    def days_left(self, on: date) -> int:
        """Days from `on` to the last day; negative once the claim has lapsed."""
        return (self.last_day - on).days


@dataclass(frozen=True, slots=True)
class _Row:
    country: Country
    debtor: str
    subject: str
    years: int
    article: str
    source: str
    retrieved: date
    mark: Mark
    without_written_proof: bool = False

    def fits(self, country: Country, debtor: Debtor, subject: Subject, written_proof: bool) -> bool:
        return (
            self.country == country
            and self.debtor in (debtor, "any")
            and self.subject in (subject, "any")
            and not (self.without_written_proof and written_proof)
        )


def limitation(
    *, country: Country, debtor: Debtor, subject: Subject, due: date, written_proof: bool = False
) -> Limitation:
    """The limitation of a claim that fell due on `due`. `subject`: what was supplied, goods where a mix.

    `written_proof`: a signed order, delivery note or like writing proves the debt (it lengthens the Belgian consumer
    term). What is not known counts towards the earlier day.
    """
    row = next(row for row in _rows() if row.fits(country, debtor, subject, written_proof))
    last_day = _years_later(due, row.years)
    text = f"{row.years} years from {due} (art. {row.article}): enforceable up to and including {last_day}."
    if row.mark == "unverified":
        text += " The term is not verified."
    return Limitation(last_day, row.years, row.article, row.source, row.mark, text.replace("1 years", "1 year"))


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 2, 28)


@lru_cache(maxsize=1)
def _rows() -> tuple[_Row, ...]:
    text = resources.files("receivables.law").joinpath("limitation.toml").read_text(encoding="utf-8")
    return tuple(_Row(**raw) for raw in tomllib.loads(text)["limitation"])
