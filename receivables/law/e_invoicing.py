"""Where the law wants an invoice by Peppol, and the grounds on which it may go another way."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

Ground = Literal["bankrupt", "article_44", "not_established", "flat_rate", "other_format"]
GROUNDS: tuple[str, ...] = get_args(Ground)


class NoGround(ValueError):
    """A ground that the law does not know, or no longer; one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """A law that wants e-invoices over Peppol from the day of issue `start` on; `says` is half a sentence."""

    country: str
    start: date
    says: str
    source: str
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """What the law leaves out; `until` is the last day of issue for which it does."""

    ground: str
    says: str
    until: date | None
    source: str
    confirmed: bool


def mandate(*, seller: str, buyer: str, kind: str, registered: bool, issued: date) -> Mandate | None:
    """The law that wants this invoice by Peppol; None for a consumer, a public body, or across a border.

    `seller`, `buyer`: their countries; `kind`: business, consumer or public; `registered`: an enterprise or VAT number
    of the buyer is known.
    """
    if seller != buyer or kind != "business" or not registered:
        return None
    rows = (row for row in _table()["mandate"] if row["country"] == seller and row["from"] <= issued)
    found = max(rows, key=lambda row: row["from"], default=None)
    if found is None:
        return None
    return Mandate(
        country=found["country"],
        start=found["from"],
        says=found["says"],
        source=found["source"],
        confirmed=found["confirmed"],
    )


def exemption(country: str, ground: str, issued: date) -> Exemption:
    """The exemption on `ground` for an invoice of the day `issued`. Raises NoGround."""
    rows = [row for row in _table()["exemption"] if row["country"] == country]
    found = next((row for row in rows if row["ground"] == ground), None)
    if found is None:
        known = ", ".join(row["ground"] for row in rows) or "none"
        raise NoGround(f"'{ground}' is no exemption from e-invoicing in {country}; it knows {known}")
    until = found.get("until")
    if until is not None and issued > until:
        raise NoGround(f"the exemption '{ground}' ended with {until}")
    return Exemption(
        ground=ground, says=found["says"], until=until, source=found["source"], confirmed=found["confirmed"]
    )


@cache
def _table() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(files("receivables.law").joinpath("e_invoicing.toml").read_text(encoding="utf-8"))
