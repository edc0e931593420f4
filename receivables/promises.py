"""A promise to pay: what was said, and whether it was kept. A pure function of what came in by its last day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from receivables.claims import ZERO

Channel = Literal["phone", "email", "post", "meeting"]
Verdict = Literal["kept", "broken", "settled"]
Receipts = Iterable[tuple[date, Decimal]]


@dataclass(frozen=True, slots=True)
class Promise:
    """`amount` promised on the day `made`; `last_day` is the promised day and the bank days that a payment takes."""

    made: date
    last_day: date
    amount: Decimal


def received(receipts: Receipts, first: date, last: date) -> Decimal:
    """What came in from `first` to `last`, both included; what went back counts against it."""
    return sum((amount for day, amount in receipts if first <= day <= last), ZERO)


def verdict(
    promise: Promise, receipts: Receipts, still_open: Decimal, known_until: date | None, on: date
) -> Verdict | None:
    """Whether the promise was kept, as it looks on `on`; None while nobody can say.

    `known_until` is the day that the bank statements reach: before they reach the last day nobody knows who paid, so
    nothing is called broken. `settled`: nothing is open any more for another reason (credited, written off).
    """
    if received(receipts, promise.made, promise.last_day) >= promise.amount:
        return "kept"
    if still_open <= ZERO:
        return "settled"
    seen = known_until is not None and known_until >= promise.last_day
    return "broken" if seen and on > promise.last_day else None
