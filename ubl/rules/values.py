"""Texts of a document as values, by the rules of XPath 2.0 and XML Schema that the official rules are written in."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from decimal import ROUND_FLOOR, ROUND_HALF_DOWN, Decimal, InvalidOperation
from functools import lru_cache

WHITESPACE = " \t\r\n"
ZERO = Decimal(0)
ONE = Decimal(1)
HALF = Decimal("0.5")
CENT, HALF_CENT = Decimal("0.01"), Decimal("0.005")
HUNDRED = Decimal(100)
LONGEST_DATE = 40
MINUTES = 1440
BEFORE_YEAR_ONE = 305  # days from 1 March of year 0
_RUN = re.compile("[ \t\r\n]+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_DATE = re.compile(r"(-?)([0-9]{4,})-([0-9]{2})-([0-9]{2})(?:Z|([+-])([0-9]{2}):([0-9]{2}))?")


class NotAValue(ValueError):
    """The text is no value of the type a rule needs: the schema says so itself, the rule stays silent."""


def norm(text: str) -> str:
    """normalize-space: XML whitespace only, so a no-break space stays."""
    text = text.strip(WHITESPACE)
    if "  " in text or "\n" in text or "\t" in text or "\r" in text:
        return _RUN.sub(" ", text)
    return text


def dec(text: str) -> Decimal:
    """xs:decimal."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise NotAValue(text) from None
    if not value.is_finite():
        raise NotAValue(text)
    return value


def not_negative(text: str) -> bool:
    """At least zero, as the official engine compares an unrounded text: a zero written "-0.00" is below zero."""
    value = dec(text)
    return value > ZERO if value else not (text.strip(WHITESPACE).startswith("-") and "." in text)


def total(texts: Iterable[str]) -> Decimal:
    return sum(map(dec, texts), ZERO)


def cents(value: Decimal) -> Decimal:
    """Rounded to two decimals as fn:round does: a half goes up, towards positive infinity."""
    try:
        return (value + HALF_CENT).quantize(CENT, ROUND_FLOOR)
    except InvalidOperation:  # longer than can be counted in cents
        return value


def whole(value: Decimal) -> Decimal:
    """fn:round."""
    return (value + HALF).to_integral_value(ROUND_FLOOR)


def quotient(value: Decimal, by: Decimal) -> Decimal:
    """The `div` of two decimals with the eighteen places the official engine keeps."""
    if by == ONE:
        return value
    places = max(18, -int(value.as_tuple().exponent), -int(by.as_tuple().exponent))
    return (value / by).quantize(Decimal(1).scaleb(-places), ROUND_HALF_DOWN)


@lru_cache(256)
def share(rate: Decimal) -> Decimal:
    """A percentage as a factor."""
    return quotient(rate, HUNDRED)


def decimals(text: str | None) -> int:
    """How many characters stand after the decimal point."""
    return len(text.partition(".")[2]) if text else 0


def number(text: str) -> float:
    """fn:number: NaN for what is no number."""
    text = text.strip(WHITESPACE)
    return float(text) if _NUMBER.fullmatch(text) else float("nan")


def is_number(text: str) -> bool:
    value = number(text)
    return value == value


def is_integer(text: str) -> bool:
    """castable as xs:integer."""
    return _INTEGER.fullmatch(text.strip(WHITESPACE)) is not None


def boolean(text: str) -> bool | None:
    """xs:boolean; None for what is neither."""
    text = text.strip(WHITESPACE)
    return True if text in ("true", "1") else False if text in ("false", "0") else None


def day(text: str) -> int:
    """The instant an xs:date begins, in minutes, so that dates with a time zone compare; none means UTC."""
    if (plain := _plain_day(text)) is not None:
        return (plain.toordinal() + BEFORE_YEAR_ONE) * MINUTES
    match = _DATE.fullmatch(text.strip(WHITESPACE))
    if match is None or len(text) > LONGEST_DATE:
        raise NotAValue(text[:LONGEST_DATE])
    sign, year, month, date, offset, hours, minutes = match.groups()
    y, m, d = int(sign + year), int(month), int(date)
    if not 1 <= m <= 12 or not 1 <= d <= _days_in_month(y, m):
        raise NotAValue(text)
    shift = (int(hours) * 60 + int(minutes)) * (1 if offset == "+" else -1) if offset else 0
    return _days(y, m, d) * MINUTES - shift


def _plain_day(text: str) -> datetime.date | None:
    """The day of a text such as 2026-03-31; None for what is written otherwise or is no day."""
    if len(text) != 10 or not text.isascii() or not text[:4].isdigit() or not text[4] == text[7] == "-":
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def is_day(text: str) -> bool:
    """castable as xs:date."""
    try:
        day(text)
    except NotAValue:
        return False
    return True


def _days_in_month(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _days(year: int, month: int, date: int) -> int:
    """Days since 1 March of year 0 in the Gregorian calendar."""
    if month <= 2:
        year, month = year - 1, month + 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + date - 1
