"""Interest to the cent: published examples, own vectors, and what must hold for every debt."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.law.interest import Interest, interest
from receivables.law.rates import RateError

THOUSAND = Decimal(1000)


def euros(text: str) -> Decimal:
    return Decimal(text)


def rounded(result: Interest) -> list[str]:
    return [str(line.amount.quantize(Decimal("0.01"), ROUND_HALF_UP)) for line in result.lines]


def test_official_dutch_example_compounds_yearly_and_counts_365_days_in_leap_years():
    """Ministry of Finance, vergoedingsns.nl: 100.00 from 1-2-2013 to 30-10-2023 (not included) becomes 128.94."""
    result = interest(
        country="NL", debtor="consumer", principal=euros("100"), due=date(2013, 1, 31), until=date(2023, 10, 29)
    )
    assert result.amount == euros("28.94")
    assert result.exact.quantize(Decimal("0.0001")) == euros("28.9390")


PERIODS = {
    ("NL", "business"): (["10.40", "55.29", "12.79"], "78.48", "78.49"),
    ("BE", "business"): (["10.62", "57.03", "13.23"], "80.88", "80.88"),
    ("NL", "consumer"): (["5.95", "37.32"], "43.27", "43.26"),
}


@pytest.mark.parametrize("who", PERIODS, ids=" ".join)
def test_a_debt_over_two_rate_changes_is_split_there(who):
    """1000.00 from 1-12-2024 up to and including 15-8-2025; the published sums round each period."""
    country, debtor = who
    periods, per_period, at_the_end = PERIODS[who]
    debt = {"country": country, "debtor": debtor, "principal": THOUSAND}
    span = {"due": date(2024, 11, 30), "until": date(2025, 8, 15)}

    each = interest(**debt, **span, rounding="per_period")
    assert (rounded(each), each.amount) == (periods, euros(per_period))
    once = interest(**debt, **span)
    assert (rounded(once), once.amount) == (periods, euros(at_the_end))
    assert each.lines[0].from_ == date(2024, 12, 1)
    assert sum(line.days for line in once.lines) == once.days == 258


def test_dutch_interest_compounds_after_a_year_where_belgian_interest_stays_simple():
    span = {"debtor": "business", "principal": THOUSAND, "due": date(2024, 1, 14), "until": date(2026, 1, 15)}
    dutch = interest(country="NL", **span)
    assert dutch.amount == euros("243.09")
    assert {line.base for line in dutch.lines if line.from_ < date(2025, 1, 15)} == {THOUSAND}
    assert next(line.base for line in dutch.lines if line.from_ == date(2025, 1, 15)) > THOUSAND

    belgian = interest(country="BE", **span, rounding="per_period")
    assert belgian.amount == euros("234.83")
    assert {line.base for line in belgian.lines} == {THOUSAND}


@pytest.mark.parametrize(
    ("principal", "pct", "days", "amount"),
    [
        ("1648.58", "3", 20, "2.71"),
        ("1648.58", "2", 148, "13.37"),
        ("3796.99", "12", 51, "63.66"),
        ("3796.99", "12.5", 182, "236.66"),
    ],
)
def test_published_dutch_periods(principal, pct, days, amount):
    """rentetool's worked periods, each rounded half-up."""
    assert simple("NL", principal, pct, days, rounding="per_period") == euros(amount)


@pytest.mark.parametrize(
    ("country", "principal", "pct", "days", "amount"),
    [
        ("BE", "1000", "5", 30, "4.11"),  # blogbox.be
        ("BE", "1000", "10", 60, "16.44"),  # xando.pro, printed there as 16.4
        ("NL", "5000", "10.15", 90, "125.14"),
        ("NL", "1000", "8", 11, "2.41"),  # go-figure.nl
    ],
)
def test_published_simple_sums(country, principal, pct, days, amount):
    assert simple(country, principal, pct, days) == euros(amount)


def simple(country: str, principal: str, pct: str, days: int, rounding: str = "end") -> Decimal:
    due = date(2025, 2, 1)
    return interest(
        country=country,
        debtor="business",
        principal=Decimal(principal),
        due=due,
        until=due + timedelta(days=days),
        contract_rate=Decimal(pct),
        rounding=rounding,
    ).amount


def test_the_day_of_payment_bears_interest_and_the_due_date_does_not():
    def days(until: date) -> int:
        return interest(country="BE", debtor="business", principal=THOUSAND, due=date(2026, 1, 31), until=until).days

    assert days(date(2026, 1, 31)) == 0
    assert days(date(2026, 2, 1)) == 1
    assert days(date(2026, 3, 2)) == (date(2026, 3, 2) - date(2026, 1, 31)).days


def test_a_payment_lowers_the_balance_from_the_day_after_it():
    result = interest(
        country="BE",
        debtor="business",
        principal=THOUSAND,
        due=date(2026, 1, 31),
        until=date(2026, 2, 20),
        movements=[(date(2026, 2, 10), Decimal(400))],
    )
    assert [(line.days, line.base) for line in result.lines] == [(10, Decimal(1000)), (10, Decimal(600))]
    assert result.amount == euros("4.60")  # 1000 x 10.5 % x 10/365 + 600 x 10.5 % x 10/365


def test_a_returned_payment_makes_the_balance_whole_again():
    result = interest(
        country="BE",
        debtor="business",
        principal=THOUSAND,
        due=date(2026, 1, 31),
        until=date(2026, 2, 20),
        movements=[(date(2026, 2, 5), THOUSAND), (date(2026, 2, 10), -THOUSAND)],
    )
    assert [(line.from_, line.days) for line in result.lines] == [(date(2026, 2, 1), 5), (date(2026, 2, 11), 10)]


def test_interest_that_joined_the_principal_keeps_bearing_interest_after_the_principal_is_paid():
    """Art. 6:119a(3) BW: the base is raised by the interest of each full year."""
    result = interest(
        country="NL",
        debtor="business",
        principal=THOUSAND,
        due=date(2024, 1, 14),
        until=date(2025, 3, 1),
        movements=[(date(2025, 1, 31), THOUSAND)],
    )
    first_year = sum(line.amount for line in result.lines if line.to < date(2025, 1, 15))
    assert result.lines[-1].from_ == date(2025, 2, 1)
    assert result.lines[-1].base == first_year


def test_default_on_leap_day_has_its_anniversary_on_the_first_of_march():
    result = interest(
        country="NL", debtor="consumer", principal=THOUSAND, due=date(2024, 2, 28), until=date(2025, 3, 31)
    )
    assert result.lines[-1].from_ == date(2025, 3, 1)
    assert result.lines[-1].base > THOUSAND


def test_an_agreed_rate_replaces_the_statutory_one_and_does_not_compound_unless_agreed():
    debt = {"debtor": "business", "principal": THOUSAND, "due": date(2022, 12, 31), "until": date(2024, 12, 30)}
    assert interest(country="NL", **debt, contract_rate=Decimal(10)).amount == euros("200.00")
    assert interest(country="NL", **debt, contract_rate=Decimal(10), compound=True).amount == euros("210.00")


def test_the_agreed_rate_of_a_belgian_consumer_is_capped_at_the_trade_rate():
    """Art. XIX.4: at most the reference rate raised by eight points."""
    debt = {"country": "BE", "debtor": "consumer", "principal": THOUSAND}
    span = {"due": date(2024, 12, 31), "until": date(2025, 12, 31)}
    capped = interest(**debt, **span, contract_rate=Decimal(15))
    assert [line.rate_pct for line in capped.lines] == [Decimal("11.5"), Decimal("10.5")]
    assert "cap" in capped.explanation
    below = interest(**debt, **span, contract_rate=Decimal(8))
    assert below.amount == euros("80.00")
    assert "cap" not in below.explanation


def test_a_belgian_consumer_who_agreed_to_nothing_owes_the_legal_interest():
    result = interest(
        country="BE", debtor="consumer", principal=THOUSAND, due=date(2024, 12, 31), until=date(2025, 12, 31)
    )
    assert result.amount == euros("45.00")
    assert result.articles == ("Law of 5 May 1865, art. 2",)


@pytest.mark.parametrize("country", ["NL", "BE"])
def test_past_the_last_confirmed_half_year_the_sum_is_provisional(country):
    debt = {"country": country, "debtor": "business", "principal": THOUSAND, "due": date(2026, 5, 31)}
    assert not interest(**debt, until=date(2026, 6, 30)).provisional
    after = interest(**debt, until=date(2026, 7, 1))
    assert after.provisional
    assert "Provisional" in after.explanation
    assert [line.provisional for line in after.lines] == [False, True]


def test_a_debt_paid_before_the_uncertain_days_is_not_provisional():
    result = interest(
        country="NL",
        debtor="business",
        principal=THOUSAND,
        due=date(2026, 5, 31),
        until=date(2026, 9, 30),
        movements=[(date(2026, 6, 15), THOUSAND)],
    )
    assert result.days == 15
    assert not result.provisional


def test_contracts_from_before_16_march_2013_kept_the_lower_belgian_rate_until_15_march_2015():
    """Law of 2 August 2002, art. 14; schoups.com."""
    span = {"due": date(2015, 2, 28), "until": date(2015, 3, 31)}
    old = interest(country="BE", debtor="business", principal=THOUSAND, contract_date=date(2012, 5, 1), **span)
    assert [(line.to, line.rate_pct) for line in old.lines] == [
        (date(2015, 3, 15), Decimal("7.5")),
        (date(2015, 3, 31), Decimal("8.5")),
    ]
    new = interest(country="BE", debtor="business", principal=THOUSAND, contract_date=date(2013, 3, 16), **span)
    assert [line.rate_pct for line in new.lines] == [Decimal("8.5")]


def test_public_bodies_owe_the_trade_rate_under_their_own_article():
    result = interest(
        country="NL", debtor="public", principal=THOUSAND, due=date(2025, 12, 31), until=date(2026, 1, 31)
    )
    assert result.lines[0].rate_pct == Decimal("10.15")
    assert result.articles[0] == "6:119b BW"


def test_what_cannot_be_computed_is_refused_with_a_sentence():
    span = {"due": date(2026, 1, 1), "until": date(2026, 2, 1)}
    with pytest.raises(ValueError, match="write zero or more"):
        interest(country="NL", debtor="business", principal=Decimal(-1), **span)
    with pytest.raises(ValueError, match="percent per year"):
        interest(country="NL", debtor="business", principal=THOUSAND, contract_rate=Decimal(-1), **span)
    with pytest.raises(RateError, match="known from 2007-01-01"):
        interest(country="NL", debtor="business", principal=THOUSAND, due=date(2001, 1, 1), until=date(2008, 1, 1))


principals = st.decimals(min_value="0.01", max_value="1000000", places=2)
days = st.dates(min_value=date(2007, 1, 1), max_value=date(2026, 12, 31))
countries = st.sampled_from(["NL", "BE"])
debtors = st.sampled_from(["business", "public"])
movements = st.lists(st.tuples(days, st.decimals(min_value="-5000", max_value="5000", places=2)), max_size=5)


@given(countries, debtors, principals, days, days, movements)
def test_lines_follow_each_other_and_sum_to_the_amount(country, debtor, principal, due, until, paid):
    result = interest(country=country, debtor=debtor, principal=principal, due=due, until=until, movements=paid)
    assert result.exact == sum((line.amount for line in result.lines), Decimal(0))
    assert result.amount == result.exact.quantize(Decimal("0.01"), ROUND_HALF_UP) >= 0
    assert all(line.days == (line.to - line.from_).days + 1 > 0 and line.base > 0 for line in result.lines)
    assert all(a.to < b.from_ for a, b in zip(result.lines, result.lines[1:], strict=False))
    assert all(due < line.from_ and line.to <= until for line in result.lines)


@given(countries, principals, days, days, st.integers(1, 400))
def test_a_day_more_never_costs_less_and_a_payment_never_costs_more(country, principal, due, until, later):
    debt = {"country": country, "debtor": "business", "principal": principal, "due": due}
    longer = interest(**debt, until=until + timedelta(days=later))
    assert longer.exact >= interest(**debt, until=until).exact
    paid = interest(**debt, until=until + timedelta(days=later), movements=[(due, principal / 2)])
    assert paid.exact <= longer.exact


@given(principals, st.tuples(days, days, days).map(sorted))
def test_simple_interest_over_a_split_period_equals_the_whole(principal, cuts):
    due, middle, until = cuts
    debt = {"country": "BE", "debtor": "business", "principal": principal}
    parts = interest(**debt, due=due, until=middle).exact + interest(**debt, due=middle, until=until).exact
    assert abs(parts - interest(**debt, due=due, until=until).exact) < Decimal("1e-12")


@given(principals, days, days)
def test_compounding_never_yields_less_than_simple_interest(principal, due, until):
    debt = {"country": "NL", "debtor": "business", "principal": principal, "due": due, "until": until}
    assert interest(**debt).exact >= interest(**debt, compound=False).exact
