"""A look in the insolvency register as it is told to us (NL: Centraal Insolventieregister; BE: RegSol, Staatsblad).

Whoever looks, a person, a file or a connector, brings a `Look`; how the registers are asked is no matter of this house.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from receivables.rows import read_rows

COLUMNS = ("debtor", "looked", "result", "reference")
RESULTS = {"clear": False, "insolvent": True}


class BadLooks(ValueError):
    """One sentence: the file, the row and column, what was found and what to write instead."""


Proceeding = Literal["bankruptcy", "reorganisation", "debt_settlement"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Administrator:
    """Who administers the estate, as a person entered it: curator, bewindvoerder, schuldbemiddelaar."""

    name: str
    email: str | None = None
    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    country: str = "BE"
    language: str = "nl"


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody looked on `looked`; `hit`: the debtor is insolvent. `reference`: the register and its entry.

    `proceeding` and the day of its judgment, `opened` (None: the day of the look), say what kind of insolvency it is.
    """

    debtor: str  # the customer's number in the ERP
    looked: date
    hit: bool
    reference: str
    seller: str | None = None  # None: of every seller who has such a customer
    proceeding: Proceeding = "bankruptcy"
    opened: date | None = None


def read_looks(data: bytes, name: str, on: date) -> list[Look]:
    """The looks in a CSV file (UTF-8, comma or semicolon): debtor, looked, result, reference, and maybe seller.

    Raises BadLooks; nothing is taken from a file of which one row is wrong.
    """
    return [_look(given, where, on) for where, given in read_rows(data, name, COLUMNS, BadLooks)]


def _look(given: dict[str, str], where: str, on: date) -> Look:
    if not given["debtor"]:
        raise BadLooks(f"{where}, column debtor: it is empty; write the customer's number in the ERP")
    if given["result"] not in RESULTS:
        raise BadLooks(f"{where}, column result: '{given['result']}'; write clear or insolvent")
    try:
        looked = date.fromisoformat(given["looked"])
    except ValueError:
        raise BadLooks(f"{where}, column looked: '{given['looked']}'; write a day as 2026-03-02") from None
    if looked > on:
        raise BadLooks(f"{where}, column looked: {looked} is still to come; write the day of the look")
    hit = RESULTS[given["result"]]
    if hit and not given["reference"]:
        raise BadLooks(f"{where}, column reference: it is empty; name the register and its entry")
    return Look(given["debtor"], looked, hit, given["reference"], given.get("seller") or None)
