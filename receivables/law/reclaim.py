"""The Dutch *recht van reclame*: an unpaid seller may take goods back by a written statement, for a short time."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from typing import Any

from receivables.law.rates import Mark


@dataclass(frozen=True, slots=True)
class Reclaim:
    """`last_day` on which the statement can still be made; beside it the row it comes from."""

    last_day: date
    article: str
    source: str
    mark: Mark
    explanation: str


def right_of_reclaim(country: str, due: date, delivered: date) -> Reclaim | None:
    """The right on goods whose price fell `due` and that reached the buyer on `delivered`; None where the law has none.

    It ends when six weeks since the due date *and* sixty days since delivery have both passed (art. 7:44 BW).
    """
    row = next((row for row in _rows() if row["country"] == country), None)
    if row is None:
        return None
    last = max(due + timedelta(weeks=row["weeks"]), delivered + timedelta(days=row["days"]))
    text = (
        f"{row['weeks']} weeks from {due} and {row['days']} days from {delivered} (art. {row['article']}): "
        f"a written statement can take the goods back until {last}."
    )
    if row["mark"] == "unverified":
        text += " The terms are not verified."
    return Reclaim(last, row["article"], row["source"], row["mark"], text)


@lru_cache(maxsize=1)
def _rows() -> tuple[dict[str, Any], ...]:
    text = resources.files("receivables.law").joinpath("reclaim.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["reclaim"])
