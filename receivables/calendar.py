"""Days on which offices, banks and post work, in Belgium and the Netherlands, and the local business date.

A step that falls on a closed day moves later, never earlier. Belgium: art. 1.7 Civil Code (Saturday is no working day).
Netherlands: art. 3 Algemene termijnenwet, which also names Good Friday and 5 May. Banks: the TARGET2 calendar.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

Country = Literal["NL", "BE"]

ZONES: dict[Country, ZoneInfo] = {"BE": ZoneInfo("Europe/Brussels"), "NL": ZoneInfo("Europe/Amsterdam")}
SATURDAY = 5
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SendWindow:
    """The local hours in which messages may leave on a business day; `end` itself is outside."""

    start: time = time(8, 0)
    end: time = time(18, 0)

    def __post_init__(self) -> None:
        if not self.start < self.end:
            raise ValueError(f"The send window runs from {self.start} to {self.end}: let it end after it starts.")


def is_holiday(country: Country, day: date) -> bool:
    """Whether the day is a statutory holiday, on whatever weekday it falls."""
    return day in _holidays(country, day.year)


def is_business_day(country: Country, day: date) -> bool:
    """Whether the day is Monday to Friday and no statutory holiday."""
    return day.weekday() < SATURDAY and not is_holiday(country, day)


def next_business_day(country: Country, day: date) -> date:
    """The day itself if it is a business day, otherwise the first one after it."""
    while not is_business_day(country, day):
        day += ONE_DAY
    return day


def add_business_days(country: Country, day: date, count: int) -> date:
    """The `count`-th business day after `day` (which itself never counts); zero moves a closed day later."""
    if count == 0:
        return next_business_day(country, day)
    return _count_on(day, count, lambda candidate: is_business_day(country, candidate))


def is_bank_day(day: date) -> bool:
    """Whether TARGET2 settles payments on the day."""
    return day.weekday() < SATURDAY and day not in _bank_holidays(day.year)


def add_bank_days(day: date, count: int) -> date:
    """The `count`-th TARGET2 day after `day`; zero moves a closed day later."""
    if count == 0:
        return day if is_bank_day(day) else add_bank_days(day, 1)
    return _count_on(day, count, is_bank_day)


def is_dutch_post_day(day: date) -> bool:
    """Whether ordinary Dutch post is taken to be delivered: no Sunday, Monday or holiday (ECLI:NL:HR:2016:2704)."""
    return day.weekday() not in (0, 6) and not is_holiday("NL", day)


def add_dutch_post_days(day: date, count: int) -> date:
    """The `count`-th delivery day of ordinary Dutch post after `day`."""
    return _count_on(day, count, is_dutch_post_day)


def business_date(at: datetime, country: Country) -> date:
    """The local calendar day of a moment. Raises ValueError for a moment without a time zone."""
    return _local(at, country).date()


def may_send(country: Country, at: datetime, window: SendWindow | None = None) -> bool:
    """Whether a message may leave at this moment: a business day, within the local hours of the window."""
    window, local = window or SendWindow(), _local(at, country)
    return is_business_day(country, local.date()) and window.start <= local.time() < window.end


def next_send_moment(country: Country, at: datetime, window: SendWindow | None = None) -> datetime:
    """The earliest moment, in UTC and not before `at`, at which a message may leave."""
    window, local = window or SendWindow(), _local(at, country)
    if may_send(country, at, window):
        return at.astimezone(UTC)
    day = local.date() if local.time() < window.start else local.date() + ONE_DAY
    opening = datetime.combine(next_business_day(country, day), window.start, tzinfo=ZONES[country])
    return opening.astimezone(UTC)


def _local(at: datetime, country: Country) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"The moment {at.isoformat()} has no time zone: give it in UTC.")
    return at.astimezone(ZONES[country])


def _count_on(day: date, count: int, counts: Callable[[date], bool]) -> date:
    if count < 0:
        raise ValueError(f"{count} days: count forward, terms never move earlier.")
    while count:
        day += ONE_DAY
        count -= counts(day)
    return day


@lru_cache(maxsize=512)
def _holidays(country: Country, year: int) -> frozenset[date]:
    import holidays  # slow to import, and commands that need no calendar should start at once

    days = frozenset(holidays.country_holidays(country, years=year))
    return days | {date(year, 5, 5)} if country == "NL" else days


@lru_cache(maxsize=128)
def _bank_holidays(year: int) -> frozenset[date]:
    import holidays  # slow to import, and commands that need no calendar should start at once

    return frozenset(holidays.financial_holidays("ECB", years=year))
