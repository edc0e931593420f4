"""A missing day of the bank is seen, whatever the order of arrival; what overlaps or stands still is no gap."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.bank_gaps import Account, Stated

numbers = count(1)


def stated(day: int, opening: int | None, closing: int | None, **more: Any) -> Stated:
    """A statement of one day in January 2026."""
    until = date(2026, 1, day)
    usual = {"id": next(numbers), "format": "camt.053", "sequence": None, "first": until, "until": until}
    return Stated(**usual | {"opening": opening, "closing": closing} | more)


def whys(*statements: Stated, booked: Any = lambda first, before: 0) -> list[str]:
    return [gap.why for gap in Account(statements, booked).gaps]


def test_balances_that_join_leave_no_gap() -> None:
    assert whys(stated(5, 0, 100), stated(6, 100, 100), stated(9, 100, 40)) == []


def test_balances_that_do_not_join_are_a_gap() -> None:
    assert whys(stated(5, 0, 10_000), stated(7, 12_000, 12_000)) == [
        "the balance closed at 100.00 and opened at 120.00"
    ]


def test_a_number_left_out_is_a_gap_even_where_the_balances_join() -> None:
    assert whys(stated(5, 0, 100, sequence=5), stated(7, 100, 100, sequence=7)) == ["number 5 is followed by number 7"]


def test_numbers_begin_anew_with_the_year_and_each_format_has_its_own() -> None:
    december = stated(1, 0, 100, sequence=250, until=date(2025, 12, 31))
    assert whys(december, stated(5, 100, 100, sequence=1)) == []
    assert whys(stated(5, 0, 100, sequence=5), stated(6, 100, 100, sequence=44, format="coda")) == []


def test_the_order_of_arrival_does_not_matter() -> None:
    first, second, third = stated(5, 0, 1), stated(6, 1, 2), stated(7, 2, 3)
    assert whys(third, first) != [] and whys(third, first, second) == []


def test_several_statements_of_one_day_are_laid_in_the_order_in_which_they_join() -> None:
    assert whys(stated(5, 30, 40), stated(5, 0, 30), stated(6, 40, 40)) == []


def test_an_overlapping_statement_is_no_gap_if_the_bookings_explain_it() -> None:
    """Monday to Wednesday, then Tuesday to Thursday: 100 came in on Monday."""
    week = stated(7, 0, 300, first=date(2026, 1, 5)), stated(8, 100, 400, first=date(2026, 1, 6))
    assert whys(*week, booked=lambda first, before: 100) == []
    assert whys(*week, booked=lambda first, before: 90) == ["the balance closed at 3.00 and opened at 1.00"]


def test_the_statement_of_the_whole_month_covers_a_missing_day() -> None:
    days = [stated(5, 0, 10), stated(7, 25, 30)]
    month = stated(31, 0, 30, first=date(2026, 1, 1))
    assert whys(*days) != []
    assert whys(*days, month, booked=lambda first, before: 30 if first.day == 7 else 0) == []


@pytest.mark.parametrize(("first", "missing"), [(6, 0), (8, 1)])
def test_without_balances_the_days_say_it(first: int, missing: int) -> None:
    assert len(whys(stated(5, None, None), stated(9, None, None, first=date(2026, 1, first)))) == missing


def test_a_weekend_is_not_missing() -> None:
    assert whys(stated(9, None, None), stated(12, None, None)) == []


@given(amounts=st.lists(st.integers(-500, 500), min_size=3, max_size=8), data=st.data())
def test_leaving_out_a_day_on_which_money_moved_is_always_seen(amounts: list[int], data: st.DataObject) -> None:
    balance, days = 0, []
    for n, amount in enumerate(amounts):
        day = date(2026, 1, 5) + timedelta(days=n)
        days.append(stated(5, balance, balance + amount, first=day, until=day))
        balance += amount
    shuffled = data.draw(st.permutations(days))
    assert whys(*shuffled) == []
    left_out = data.draw(st.integers(1, len(days) - 2))
    missing = [day for n, day in enumerate(days) if n != left_out]
    assert bool(whys(*data.draw(st.permutations(missing)))) == bool(amounts[left_out])
