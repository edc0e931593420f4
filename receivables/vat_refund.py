"""What VAT comes back on a claim that is not paid: art. 77 §1 7° WBTW (Belgium), art. 29 Wet OB 1968 (Netherlands).

Data for the return and for the file, never the return itself. The terms are dated rows in `law/vat_refund.toml`; what
was not read in its source makes the result provisional.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, Literal

from receivables.claims import ZERO
from receivables.money import cents

Cause = Literal["insolvency", "reorganisation", "one_year", "end_of_road"]
CHARGED = frozenset({"S", "L", "M"})  # UNTDID 5305: the categories under which the seller owes VAT


class NoRefund(ValueError):
    """There is nothing that could come back; one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Rate:
    """BG-23, one rate of an invoice: category, percent, taxable amount and tax, in the invoice's currency."""

    category: str
    percent: Decimal
    taxable: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class LostRate:
    """The share of one rate that was lost."""

    percent: Decimal
    base: Decimal
    vat: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class VatRefund:
    """The data of one refund. `unpaid` (VAT included) is `base` + `vat`, and what no VAT was charged on.

    `arose` is the day of the right; `claim_by` the last day to ask, None where that is the return of a period of the
    seller's own, which `how` says. What is paid afterwards makes the VAT in it due again: `paid_later`.
    """

    country: str
    invoice: str
    issued: date
    due: date
    currency: str
    cause: Cause
    article: str
    unpaid: Decimal
    base: Decimal
    vat: Decimal
    rates: tuple[LostRate, ...]
    arose: date
    claim_by: date | None
    how: str
    explanation: str
    paid_later: str
    source: str
    provisional: bool


def vat_refund(
    *,
    country: str,
    invoice: str,
    issued: date,
    due: date,
    currency: str,
    gross: Decimal,
    rates: Sequence[Rate],
    unpaid: Decimal,
    cause: Cause,
    on: date,
) -> VatRefund:
    """The refund where `unpaid` of the invoice's principal `gross` (BT-112, VAT included) is lost since `on`.

    `country` is where the seller owes its VAT; `on` the day of the judgment, of the confirmed plan, or of the
    write-off. A part payment is taken to have paid every rate in proportion. In the Netherlands the right arises one
    year after `due` at the latest. Raises NoRefund.
    """
    row = _row(country, cause)
    if row is None:
        raise NoRefund(f"no rule is known for VAT on lost claims in {country} ({cause}); ask your accountant")
    if not ZERO < unpaid <= gross:
        raise NoRefund(f"{unpaid} of {gross} is unpaid on {invoice}: there is nothing to ask back")
    lost = tuple(_lost(rate, unpaid, gross) for rate in rates if rate.category in CHARGED and rate.tax > ZERO)
    vat = sum((one.vat for one in lost), ZERO)
    if vat <= ZERO:
        raise NoRefund(f"{invoice} charged no VAT that the seller owes: there is nothing to ask back")
    arose = min(on, _anniversary(due)) if country == "NL" else on
    claim_by = date(arose.year + row["years"], 12, 31) if row["until"] == "end_of_year" else None
    return VatRefund(
        country=country,
        invoice=invoice,
        issued=issued,
        due=due,
        currency=currency,
        cause=cause,
        article=row["article"],
        unpaid=unpaid,
        base=sum((one.base for one in lost), ZERO),
        vat=vat,
        rates=lost,
        arose=arose,
        claim_by=claim_by,
        how=row["how"],
        explanation=_explained(row, unpaid, gross, vat, currency),
        paid_later="VAT on whatever is still received is due again, in the return of the period in which it came in.",
        source=row["source"],
        provisional=row["mark"] == "unverified",
    )


def _explained(row: dict[str, Any], unpaid: Decimal, gross: Decimal, vat: Decimal, currency: str) -> str:
    share = f"{unpaid} of {gross} {currency} is unpaid, and with it {vat} {currency} of VAT"
    text = f"{share} (art. {row['article']}): the right arises {row['arises']}."
    if row["mark"] == "unverified":
        text += " The rule is not verified: let your accountant confirm it."
    return text


def _lost(rate: Rate, unpaid: Decimal, gross: Decimal) -> LostRate:
    return LostRate(rate.percent, cents(rate.taxable * unpaid / gross), cents(rate.tax * unpaid / gross))


def _anniversary(due: date) -> date:
    """One year after the claim fell due; for 29 February the first day of March."""
    try:
        return due.replace(year=due.year + 1)
    except ValueError:
        return date(due.year + 1, 2, 28) + timedelta(days=1)


def _row(country: str, cause: str) -> dict[str, Any] | None:
    return next((r for r in _rows() if r["country"] == country and r["cause"] in (cause, "any")), None)


@cache
def _rows() -> tuple[dict[str, Any], ...]:
    text = resources.files("receivables.law").joinpath("vat_refund.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["refund"])
