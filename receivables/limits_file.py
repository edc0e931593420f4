"""Limits as a credit insurer's portal exports them, in a CSV file: what it decided on each customer, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal, get_args

from receivables.rows import read_rows

COLUMNS = ("policy", "customer", "limit", "since")
State = Literal["granted", "refused", "withdrawn", "pending"]
STATES: dict[str, State] = {word: word for word in get_args(State)}
MOST = Decimal("1e12")
CENT = Decimal("0.01")


class BadLimits(ValueError):
    """One sentence: the file, the row and column, what was found and what to write instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRow:
    """One decision. `customer`: its number in the ERP; `limit` is 0 for what was refused or withdrawn."""

    policy: str
    customer: str
    state: State
    limit: Decimal
    currency: str
    since: date
    until: date | None
    reference: str | None
    seller: str | None


def read_limits(data: bytes, name: str) -> list[LimitRow]:
    """The rows of a CSV file (UTF-8, comma or semicolon): policy, customer, limit, since; and maybe until, state,
    currency, reference, seller. Raises BadLimits; nothing is taken from a file of which one row is wrong.
    """
    return [_row(given, where) for where, given in read_rows(data, name, COLUMNS, BadLimits)]


def _row(given: dict[str, str], where: str) -> LimitRow:
    for column in ("policy", "customer"):
        if not given[column]:
            raise BadLimits(f"{where}, column {column}: it is empty; write the number")
    state = given.get("state") or "granted"
    if state not in STATES:
        raise BadLimits(f"{where}, column state: '{state}'; write one of {', '.join(STATES)}")
    since = _day(given["since"], f"{where}, column since")
    until = _day(given["until"], f"{where}, column until") if given.get("until") else None
    if until is not None and until < since:
        raise BadLimits(f"{where}, column until: {until} lies before {since}; write a later day, or leave it empty")
    currency = given.get("currency") or "EUR"
    if len(currency) != 3 or not currency.isascii() or not currency.isupper():
        raise BadLimits(f"{where}, column currency: '{currency}'; write three capitals, such as EUR")
    return LimitRow(
        policy=given["policy"],
        customer=given["customer"],
        state=STATES[state],
        limit=_amount(given["limit"], f"{where}, column limit") if state == "granted" else Decimal(0),
        currency=currency,
        since=since,
        until=until,
        reference=given.get("reference") or None,
        seller=given.get("seller") or None,
    )


def _day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadLimits(f"{where}: '{text}'; write a day as 2026-03-02") from None


def _amount(text: str, where: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount < MOST or amount != amount.quantize(CENT):
        raise BadLimits(f"{where}: '{text}'; write an amount as 25000.00")
    return amount.quantize(CENT)
