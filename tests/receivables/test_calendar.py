"""Business days, bank days, post days and the local date, in Belgium and the Netherlands."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.calendar import (
    SendWindow,
    add_bank_days,
    add_business_days,
    add_dutch_post_days,
    business_date,
    is_bank_day,
    is_business_day,
    may_send,
    next_business_day,
    next_send_moment,
)


@pytest.mark.parametrize(
    ("day", "belgium", "netherlands"),
    [
        (date(2026, 1, 1), False, False),
        (date(2026, 4, 3), True, False),  # Good Friday: equated to a holiday in Dutch law
        (date(2026, 4, 6), False, False),  # Easter Monday
        (date(2026, 4, 27), True, False),  # King's Day
        (date(2026, 5, 1), False, True),  # Labour Day
        (date(2026, 5, 5), True, False),  # Liberation Day, every year in the Algemene termijnenwet
        (date(2026, 5, 14), False, False),  # Ascension
        (date(2026, 7, 21), False, True),
        (date(2026, 11, 11), False, True),
        (date(2026, 12, 25), False, False),
        (date(2025, 12, 26), True, False),  # a Friday
        (date(2026, 3, 7), False, False),  # a Saturday
        (date(2026, 3, 9), True, True),  # a Monday like any other
    ],
)
def test_business_days(day, belgium, netherlands):
    assert (is_business_day("BE", day), is_business_day("NL", day)) == (belgium, netherlands)


def test_a_step_on_a_closed_day_moves_later():
    assert next_business_day("BE", date(2026, 5, 1)) == date(2026, 5, 4)
    assert next_business_day("NL", date(2026, 4, 3)) == date(2026, 4, 7)
    assert next_business_day("NL", date(2026, 4, 7)) == date(2026, 4, 7)


def test_counting_business_days_over_easter():
    assert add_business_days("BE", date(2026, 4, 2), 1) == date(2026, 4, 3)
    assert add_business_days("NL", date(2026, 4, 2), 1) == date(2026, 4, 7)
    assert add_business_days("NL", date(2026, 4, 4), 0) == date(2026, 4, 7)
    with pytest.raises(ValueError, match="never move earlier"):
        add_business_days("NL", date(2026, 4, 4), -1)


def test_banks_close_on_good_friday_and_labour_day_but_not_on_national_days():
    """TARGET2 closing days: 1 January, Good Friday, Easter Monday, 1 May, 25 and 26 December."""
    closed = {date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1), date(2026, 12, 25)}
    weekdays = [day for day in (date(2026, 1, 1) + timedelta(days=n) for n in range(365)) if day.weekday() < 5]
    assert {day for day in weekdays if not is_bank_day(day)} == closed
    assert add_bank_days(date(2026, 4, 2), 1) == date(2026, 4, 7)
    assert add_bank_days(date(2026, 4, 4), 0) == date(2026, 4, 7)
    assert add_bank_days(date(2026, 7, 21), 0) == date(2026, 7, 21)


def test_dutch_post_comes_on_saturday_and_not_on_monday():
    assert add_dutch_post_days(date(2026, 3, 6), 1) == date(2026, 3, 7)
    assert add_dutch_post_days(date(2026, 3, 6), 2) == date(2026, 3, 10)


def test_the_business_date_follows_local_time_through_summer_time():
    assert business_date(datetime(2026, 1, 31, 23, 30, tzinfo=UTC), "BE") == date(2026, 2, 1)
    assert business_date(datetime(2026, 1, 31, 22, 30, tzinfo=UTC), "BE") == date(2026, 1, 31)
    assert business_date(datetime(2026, 6, 30, 22, 30, tzinfo=UTC), "NL") == date(2026, 7, 1)
    with pytest.raises(ValueError, match="no time zone"):
        business_date(datetime(2026, 1, 1, 12, 0), "NL")


def test_messages_leave_within_the_local_window_on_business_days():
    assert may_send("BE", datetime(2026, 3, 2, 7, 0, tzinfo=UTC))
    assert not may_send("BE", datetime(2026, 3, 2, 6, 59, tzinfo=UTC))
    assert not may_send("BE", datetime(2026, 3, 2, 17, 0, tzinfo=UTC))
    assert may_send("BE", datetime(2026, 3, 30, 6, 0, tzinfo=UTC))  # the day after summer time began
    assert not may_send("BE", datetime(2026, 3, 28, 10, 0, tzinfo=UTC))  # Saturday


def test_outside_the_window_the_next_opening_is_found():
    evening_before_labour_day = datetime(2026, 4, 30, 20, 0, tzinfo=UTC)
    assert next_send_moment("BE", evening_before_labour_day) == datetime(2026, 5, 4, 6, 0, tzinfo=UTC)
    early = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
    window = SendWindow(time(9, 30), time(16, 0))
    assert next_send_moment("NL", early, window) == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    with pytest.raises(ValueError, match="let it end after it starts"):
        SendWindow(time(18, 0), time(8, 0))


countries = st.sampled_from(["BE", "NL"])
days = st.dates(min_value=date(2015, 1, 1), max_value=date(2040, 12, 31))
moments = st.datetimes(min_value=datetime(2015, 1, 1), max_value=datetime(2040, 12, 31), timezones=st.just(UTC))


@given(countries, days, st.integers(0, 30))
def test_moving_to_a_business_day_never_goes_earlier_and_keeps_the_order(country, day, later):
    moved = next_business_day(country, day)
    assert day <= moved <= next_business_day(country, day + timedelta(days=later))
    assert moved - day < timedelta(days=7)
    assert is_business_day(country, moved)
    assert next_business_day(country, moved) == moved


@given(countries, days, st.integers(1, 15), st.integers(1, 15))
def test_business_days_add_up(country, day, first, second):
    in_steps = add_business_days(country, add_business_days(country, day, first), second)
    assert in_steps == add_business_days(country, day, first + second)


@given(countries, moments)
def test_the_next_send_moment_is_never_before_now_and_always_allowed(country, at):
    moment = next_send_moment(country, at)
    assert moment >= at
    assert may_send(country, moment)
    assert (moment == at) == may_send(country, at)
