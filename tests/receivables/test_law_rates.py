"""The rate tables: what they say on a day, how sure they are, and what a user may add."""

from datetime import date
from decimal import Decimal
from math import ceil

import pytest

from receivables.law.rates import (
    RateError,
    RateRow,
    confirmed_until,
    load_rates,
    parse_rates,
    rate_on,
    rate_periods,
    render_row,
)

TABLE = load_rates()


@pytest.mark.parametrize(
    ("country", "regime", "day", "pct"),
    [
        ("NL", "trade", date(2007, 1, 1), "10.58"),
        ("NL", "trade", date(2013, 3, 15), "7.75"),
        ("NL", "trade", date(2013, 3, 16), "8.75"),
        ("NL", "trade", date(2022, 12, 31), "8.00"),
        ("NL", "trade", date(2023, 1, 1), "10.50"),
        ("NL", "trade", date(2024, 7, 1), "12.25"),
        ("NL", "trade", date(2025, 6, 30), "11.15"),
        ("NL", "trade", date(2026, 6, 30), "10.15"),
        ("NL", "consumer", date(2014, 12, 31), "3"),
        ("NL", "consumer", date(2024, 12, 31), "7"),
        ("NL", "consumer", date(2026, 1, 1), "4"),
        ("BE", "trade", date(2008, 7, 1), "11.5"),
        ("BE", "trade", date(2013, 3, 16), "9"),
        ("BE", "trade", date(2016, 6, 30), "8.5"),
        ("BE", "trade", date(2022, 12, 31), "8"),
        ("BE", "trade", date(2023, 7, 1), "12"),
        ("BE", "trade", date(2025, 1, 1), "11.5"),
        ("BE", "trade", date(2026, 1, 1), "10.5"),
        ("BE", "civil", date(2019, 5, 1), "2"),
        ("BE", "civil", date(2022, 5, 1), "1.5"),
        ("BE", "civil", date(2023, 5, 1), "5.25"),
        ("BE", "civil", date(2026, 5, 1), "4.5"),
    ],
)
def test_published_rates(country, regime, day, pct):
    found = rate_on(TABLE, country, regime, day)
    assert (found.pct, found.provisional) == (Decimal(pct), False)


def test_every_row_names_its_source_and_the_day_it_was_read():
    assert all(len(row.source) > 20 and row.retrieved > row.from_ for row in TABLE.rows)


def test_belgian_trade_rates_are_the_dutch_ones_rounded_up_to_the_next_half():
    """Both are the rate of the ECB raised by eight points; only Belgium rounds. Checked from 2014 on."""
    for year in range(2014, 2027):
        for month in (1, 7) if year < 2026 else (1,):
            dutch, belgian = (rate_on(TABLE, country, "trade", date(year, month, 1)).pct for country in ("NL", "BE"))
            assert belgian == Decimal(ceil(dutch * 2)) / 2, (year, month)


@pytest.mark.parametrize(
    ("country", "regime", "last"),
    [
        ("NL", "trade", date(2026, 6, 30)),
        ("NL", "consumer", date(2026, 6, 30)),
        ("BE", "trade", date(2026, 6, 30)),
        ("BE", "civil", date(2026, 12, 31)),
    ],
)
def test_a_rate_is_provisional_after_its_last_confirmed_day(country, regime, last):
    assert confirmed_until(TABLE, country, regime) == last
    assert not rate_on(TABLE, country, regime, last).provisional
    later = rate_on(TABLE, country, regime, date(2027, 3, 1))
    assert later.provisional
    assert later.pct == rate_on(TABLE, country, regime, last).pct


def test_half_years_nobody_looked_up_are_provisional_in_the_middle_of_the_table():
    assert [
        (p.from_, p.to, p.provisional) for p in rate_periods(TABLE, "BE", "trade", date(2005, 6, 1), date(2006, 7, 31))
    ] == [
        (date(2005, 6, 1), date(2005, 6, 30), False),
        (date(2005, 7, 1), date(2006, 6, 30), True),
        (date(2006, 7, 1), date(2006, 7, 31), False),
    ]


def test_an_unverified_row_is_provisional():
    assert rate_on(TABLE, "BE", "civil", date(2010, 6, 1)).provisional
    old = rate_on(TABLE, "NL", "trade", date(2014, 6, 1), contract_date=date(2010, 1, 1))
    assert (old.pct, old.provisional) == (Decimal("7.25"), True)


def test_before_the_first_row_nothing_is_guessed():
    with pytest.raises(RateError, match="known from 2002-08-07"):
        rate_on(TABLE, "BE", "trade", date(2002, 8, 6))


ADDED = """
[[rate]]
country = "NL"
regime = "trade"
from = 2026-07-01
pct = 10.40
source = "Staatscourant 2026, 12345"
retrieved = 2026-07-02
mark = "verified"
"""


def test_an_added_row_confirms_the_next_half_year_and_no_more(tmp_path):
    file = tmp_path / "rates.toml"
    file.write_text(ADDED)
    table = load_rates(file)
    assert rate_on(table, "NL", "trade", date(2026, 7, 1)).pct == Decimal("10.40")
    assert confirmed_until(table, "NL", "trade") == date(2026, 12, 31)
    assert rate_on(table, "NL", "trade", date(2027, 1, 1)).provisional
    assert rate_on(TABLE, "NL", "trade", date(2026, 7, 1)).pct == Decimal("10.15")


def test_a_row_for_the_same_start_replaces_the_embedded_one(tmp_path):
    file = tmp_path / "rates.toml"
    file.write_text(ADDED.replace("2026-07-01", "2026-01-01"))
    assert rate_on(load_rates(file), "NL", "trade", date(2026, 3, 1)).pct == Decimal("10.40")
    assert len(load_rates(file).rows) == len(TABLE.rows)


def test_a_rendered_row_reads_back_as_itself():
    row = RateRow(
        "BE", "trade", date(2026, 7, 1), Decimal("10.5"), 'Staatsblad "31-7-2026"', date(2026, 8, 1), "verified"
    )
    assert parse_rates(render_row(row)) == (row,)
    assert parse_rates(render_row(TABLE.rows[-1]) * 2) == (TABLE.rows[-1],) * 2


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (("NL", "DE"), "country is 'DE'; write one of NL, BE"),
        (("10.40", "104.0"), "pct is Decimal\\('104.0'\\); write percent per year"),
        (("10.40", '"10.40"'), "pct is '10.40'"),
        (("10.40", "nan"), "between 0 and 100"),
        (("10.40", "true"), "pct is True"),
        (("2026-07-01", '"2026-07-01"'), "without quotes"),
        (("from = 2026-07-01", "since = 2026-07-01"), "unknown field 'since'"),
        (('"Staatscourant 2026, 12345"', '" "'), "source is missing"),
        (("retrieved = 2026-07-02", ""), "retrieved is None"),
        (('"verified"', '"sure"'), "mark is 'sure'"),
        (("[[rate]]", "[[rate]"), "not valid TOML"),
        (("[[rate]]", "[rate]"), "write each rate as a \\[\\[rate\\]\\] table"),
    ],
)
def test_a_wrong_row_is_refused_with_what_to_write_instead(wrong, sentence):
    with pytest.raises(RateError, match=sentence):
        parse_rates(ADDED.replace(*wrong), name="rates.toml")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(RateError, match=r"mine\.toml: the file with added rates cannot be read"):
        load_rates(tmp_path / "mine.toml")
