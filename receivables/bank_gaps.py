"""Is a day of the bank missing? Statements of one account laid end to end: numbers that follow, balances that join."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

DAY = timedelta(days=1)
Booked = Callable[[date, date], int]  # what was booked from the first day up to, not including, the second


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """One statement as far as it tells what lies before and after it. Balances in minor units."""

    id: int
    format: str | None
    sequence: int | None
    first: date | None  # the first day it speaks of, where it says so or has bookings
    until: date
    opening: int | None
    closing: int | None


@dataclass(frozen=True, slots=True)
class Gap:
    """Between two statements something is missing: `why` in words."""

    after: Stated
    before: Stated
    why: str


@dataclass
class Account:
    """The statements of one account; `booked` sums the bookings that the ledger has of it."""

    statements: Sequence[Stated]
    booked: Booked

    @cached_property
    def in_order(self) -> list[Stated]:
        """By last day; those of one day by what joins, then by number."""
        waiting = sorted(self.statements, key=lambda s: (s.until, s.sequence or 0, s.id))
        found: list[Stated] = []
        while waiting:
            same_day = [s for s in waiting if s.until == waiting[0].until]
            joins = [s for s in same_day if found and s.opening is not None and s.opening == found[-1].closing]
            chosen = (joins or same_day)[0]
            waiting.remove(chosen)
            found.append(chosen)
        return found

    @property
    def gaps(self) -> list[Gap]:
        found = []
        for after, before in zip(self.in_order, self.in_order[1:], strict=False):
            why = self.missing(after, before)
            if why and not self.covered(after, before):
                found.append(Gap(after, before, why))
        return found

    def missing(self, after: Stated, before: Stated) -> str | None:
        """Why something lies between two statements that follow each other; None where nothing does."""
        jump = jump_in_numbers(after, before)
        if after.closing is None or before.opening is None:
            return jump or days_between(after, before)
        if after.closing == before.opening:
            return jump
        if self.overlap(after, before):
            return None
        return f"the balance closed at {money(after.closing)} and opened at {money(before.opening)}"

    def overlap(self, after: Stated, before: Stated) -> bool:
        """Both speak of the same days, and the balances differ by just what was booked between their beginnings."""
        if after.first is None or before.first is None or after.opening is None or before.opening is None:
            return False
        if before.first > after.until:
            return False
        if before.first >= after.first:
            return before.opening == after.opening + self.booked(after.first, before.first)
        return before.opening == after.opening - self.booked(before.first, after.first)

    def covered(self, after: Stated, before: Stated) -> bool:
        """Another statement speaks of all the days between."""
        start, end = after.until + DAY, (before.first or before.until) - DAY
        return any(
            s.first is not None and s.first <= start and s.until >= end and s.id not in (after.id, before.id)
            for s in self.statements
        )


def jump_in_numbers(after: Stated, before: Stated) -> str | None:
    """A number left out within one year; with the year the count may begin anew."""
    if after.sequence is None or before.sequence is None or after.format != before.format:
        return None
    if after.until.year != before.until.year or before.sequence <= after.sequence + 1:
        return None
    return f"number {after.sequence} is followed by number {before.sequence}"


def days_between(after: Stated, before: Stated) -> str | None:
    """For statements without balance and number, a period of days says where they begin."""
    if after.sequence is not None and before.sequence is not None:
        return None
    if before.first is None or before.first <= after.until + DAY:
        return None
    if not any((after.until + n * DAY).weekday() < 5 for n in range(1, (before.first - after.until).days)):
        return None
    return f"nothing tells of the days from {after.until + DAY} to {before.first - DAY}"


def money(minor: int) -> str:
    return f"{minor / 100:.2f}"
