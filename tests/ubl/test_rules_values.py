"""Texts as values: XPath 2.0 and XML Schema, where Python would do otherwise."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ubl.rules.values import NotAValue, boolean, cents, day, dec, decimals, is_day, norm, not_negative, number, quotient


@pytest.mark.parametrize(
    ("text", "normal"),
    [(" a  b\t\nc ", "a b c"), ("\u00a0a\u00a0", "\u00a0a\u00a0"), ("a b", "a b"), (" ", "")],
)
def test_only_xml_white_space_is_normalised(text, normal):
    assert norm(text) == normal


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [("1.005", "1.01"), ("-1.005", "-1.00"), ("2.675", "2.68"), ("-0.0149", "-0.01"), ("5", "5")],
)
def test_a_half_cent_goes_up_towards_positive_infinity(exact, rounded):
    assert cents(Decimal(exact)) == Decimal(rounded)


def test_a_quotient_keeps_eighteen_places_as_the_official_engine_does():
    assert quotient(Decimal(1), Decimal(3)) == Decimal("0." + "3" * 18)
    assert quotient(Decimal(2), Decimal(3)) == Decimal("0." + "6" * 17 + "7")


@pytest.mark.parametrize("text", ["ten", "", "NaN", "Infinity"])
def test_what_is_no_decimal_is_no_value(text):
    with pytest.raises(NotAValue):
        dec(text)


@pytest.mark.parametrize(
    ("text", "expected"), [("0", True), ("-0", True), ("-0.00", False), ("0.00", True), ("-0.01", False), (" 3", True)]
)
def test_a_negative_zero_with_decimals_counts_as_negative(text, expected):
    assert not_negative(text) is expected


@pytest.mark.parametrize(("text", "count"), [("1.005", 3), ("1", 0), (None, 0), ("1.00 ", 3)])
def test_decimals_are_counted_as_written(text, count):
    assert decimals(text) == count


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("2026-02-28", "2026-03-01"),
        ("2024-02-28", "2024-02-29"),
        ("2025-12-31", "2026-01-01"),
        ("2026-03-01+02:00", "2026-03-01Z"),
        ("2026-03-01", "12026-03-01"),
    ],
)
def test_dates_compare_with_their_time_zone(earlier, later):
    assert day(earlier) < day(later)


@pytest.mark.parametrize("text", ["2026-02-29", "2026-13-01", "26-01-01", "2026-1-1", "soon"])
def test_what_is_no_date(text):
    assert not is_day(text)


def test_numbers_and_truths_as_xpath_reads_them():
    assert number(" 1e2 ") == 100
    assert number("1_0") != number("1_0")
    assert [boolean(text) for text in ("1", " true ", "0", "false", "yes")] == [True, True, False, False, None]


@pytest.mark.parametrize("text", ["0001-01-01", "1900-02-28", "2000-02-29", "2026-03-01", "2026-12-31", "9999-12-31"])
def test_a_plain_day_is_the_day_in_universal_time(text):
    assert day(text) == day(f"{text}Z") == day(f" {text}")


@pytest.mark.parametrize(
    "text", ["2026-02-29", "2026-13-01", "2026-W01-1", "20260-1-01", "２０２６-01-01", "1900-02-29"]
)
def test_what_looks_like_a_day_is_none(text):
    assert not is_day(text)


def test_a_year_zero_is_a_day_by_the_schema():
    assert is_day("0000-02-29") and day("0000-02-29") < day("0001-01-01")
