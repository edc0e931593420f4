"""Amounts at the database's edge: `Decimal` in memory, integer minor units in a row, beside their ISO 4217 currency."""

from __future__ import annotations

from decimal import Decimal

from ubl.arithmetic import cents

MINOR_DIGITS = {"JPY": 0, "ISK": 0, "HUF": 2, "KWD": 3, "BHD": 3, "TND": 3}


def to_minor(amount: Decimal, currency: str = "EUR") -> int:
    """`amount` in minor units; ValueError where it is finer than the currency."""
    scaled = amount.scaleb(MINOR_DIGITS.get(currency, 2))
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{amount} {currency} is finer than the smallest unit of {currency}")
    return int(scaled)


def from_minor(minor: int, currency: str = "EUR") -> Decimal:
    """Minor units as a `Decimal` with the currency's digits."""
    return Decimal(minor).scaleb(-MINOR_DIGITS.get(currency, 2))


__all__ = ["cents", "from_minor", "to_minor"]
