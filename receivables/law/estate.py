"""By when, and how, a claim is filed in an insolvency: dated rows with their source, beside what a court said."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

from receivables.insolvency import Proceeding
from receivables.law.rates import Mark

Way = Literal["register", "administrator"]


@dataclass(frozen=True, slots=True)
class FilingTerm:
    """`last_day` None: court or administrator names it. `way`: entered in a register, or sent to the administrator."""

    last_day: date | None
    way: Way
    article: str | None
    explanation: str
    mark: Mark


def filing_term(country: str, proceeding: Proceeding, opened: date, told: date | None) -> FilingTerm:
    """The term in the insolvency that was `opened` in `country`; `told`: the day that court or administrator gave."""
    row = next((r for r in _rows() if (r["country"], r["proceeding"]) == (country, proceeding)), None)
    if row is None:
        text = f"No rule on filing in a {proceeding.replace('_', ' ')} in {country} is known: ask the administrator."
        return FilingTerm(told, "administrator", None, text, "unverified")
    days = row.get("days")
    last = told or (opened + timedelta(days=days) if days is not None else None)
    said = f"File it {row['how']} (art. {row['article']})."
    if told is not None:
        said += f" The day was told: {told}."
    elif days is not None:
        said += f" {days} days from the judgment of {opened}: {last}."
    if row["mark"] == "unverified" and told is None:
        said += " The term is not verified: the judgment names the day."
    return FilingTerm(last, row["way"], row["article"], said, row["mark"])


@lru_cache(maxsize=1)
def _rows() -> tuple[dict[str, Any], ...]:
    text = resources.files("receivables.law").joinpath("estate.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["filing"])
