"""Collection costs to the cent: the Dutch scale, the fixed sum of 40, the Belgian caps for consumers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.law.costs import PenaltyClause, belgian_consumer_cap, bik_scale, costs, reminder_fee_cap

PUBLISHED_SCALE = {
    "100": "40",
    "266.67": "40",
    "1000": "150",
    "1648.58": "247.29",
    "2500": "375",
    "4000": "525",
    "5000": "625",
    "7500": "750",
    "10000": "875",
    "25000": "1025",
    "100000": "1775",
    "200000": "2775",
    "500000": "4275",
    "1000000": "6775",
    "5000000": "6775",
}
PUBLISHED_CAPS = {
    "100": "20",
    "150": "20",
    "150.01": "30",
    "300": "45",
    "500": "65",
    "1000": "90",
    "10000": "540",
    "39200": "2000",
    "50000": "2000",
}


@pytest.mark.parametrize(("principal", "amount"), PUBLISHED_SCALE.items())
@pytest.mark.parametrize("debtor", ["business", "consumer"])
def test_dutch_scale(debtor, principal, amount):
    """BIK art. 2; values published by bosveld.nl and nova-incasso."""
    result = costs(country="NL", debtor=debtor, principal=Decimal(principal))
    assert (result.costs, result.vat) == (Decimal(amount), 0)
    assert result.lump_sum == (40 if debtor == "business" else 0)


@pytest.mark.parametrize(("principal", "amount"), PUBLISHED_CAPS.items())
def test_belgian_consumer_penalty(principal, amount):
    """Art. XIX.4 Code of economic law."""
    result = costs(country="BE", debtor="consumer", principal=Decimal(principal))
    assert result.costs == Decimal(amount)
    assert "only if agreed" in result.explanation
    assert "XIX.4 Code of economic law" in result.articles


@pytest.mark.parametrize("debtor", ["business", "public"])
def test_belgian_fixed_sum_is_owed_without_a_reminder(debtor):
    """Law of 2 August 2002, art. 6."""
    result = costs(country="BE", debtor=debtor, principal=Decimal(1000))
    assert (result.costs, result.lump_sum, result.vat, result.total) == (40, 40, 0, 40)


def test_the_dutch_fixed_sum_is_the_floor_of_the_scale_and_not_added_to_it():
    result = costs(country="NL", debtor="business", principal=Decimal(1000))
    assert (result.total, result.lump_sum) == (150, 40)


def test_vat_raises_dutch_costs_only_for_a_creditor_who_cannot_deduct_it_and_is_charged_it():
    """BIK art. 2(3)."""
    debt = {"country": "NL", "debtor": "consumer", "principal": Decimal("1648.58")}
    assert costs(**debt, vat_deductible=False).vat == Decimal("51.93")
    assert costs(**debt, vat_deductible=False).total == Decimal("299.22")
    assert costs(**debt, vat_deductible=False, agency_charges_vat=False).vat == 0
    assert costs(**debt).vat == 0


def test_vat_comes_on_top_of_the_maximum():
    result = costs(country="NL", debtor="consumer", principal=Decimal(2_000_000), vat_deductible=False)
    assert (result.costs, result.vat) == (6775, Decimal("1422.75"))


def test_small_recurring_instalments_cost_at_most_140_in_six_months():
    """BIK since 1 October 2024: instalments below 266.67."""
    instalment = {"country": "NL", "debtor": "consumer", "principal": Decimal("90.00"), "recurring": True}
    charged = [Decimal(0)]
    for _ in range(5):
        charged.append(costs(**instalment, charged_last_six_months=sum(charged)).costs)
    assert charged[1:] == [40, 40, 40, 20, 0]
    larger = {**instalment, "principal": Decimal("266.67")}
    assert costs(**larger, charged_last_six_months=Decimal(140)).costs == 40
    assert costs(**{**instalment, "recurring": False}, charged_last_six_months=Decimal(140)).costs == 40


def test_a_dutch_consumer_owes_no_more_than_the_scale_whatever_was_agreed():
    """Art. 6:96(5) BW."""
    debt = {"country": "NL", "debtor": "consumer", "principal": Decimal(1000)}
    assert costs(**debt, clause=PenaltyClause(Decimal(25))).costs == 150
    assert costs(**debt, clause=PenaltyClause(Decimal(10))).costs == 100


def test_dutch_businesses_may_agree_more_but_never_less_than_forty():
    """Art. 6:96(4) BW: the 40 cannot be contracted away."""
    debt = {"country": "NL", "debtor": "business"}
    more = costs(**debt, principal=Decimal(1000), clause=PenaltyClause(Decimal(20)))
    assert more.costs == 200
    assert "moderate" in more.explanation
    assert costs(**debt, principal=Decimal(100), clause=PenaltyClause(Decimal(5))).costs == 40


def test_belgian_businesses_owe_the_agreed_penalty_or_the_fixed_sum_whichever_is_more():
    clause = PenaltyClause(Decimal(10), minimum=Decimal(75), maximum=Decimal(1500))
    debt = {"country": "BE", "debtor": "business", "clause": clause}
    assert costs(**debt, principal=Decimal(200)).costs == 75
    assert costs(**debt, principal=Decimal(1000)).costs == 100
    assert costs(**debt, principal=Decimal(90000)).costs == 1500
    assert costs(country="BE", debtor="business", principal=Decimal(10), clause=PenaltyClause(Decimal(1))).costs == 40


def test_a_belgian_consumer_clause_above_the_cap_is_void_and_below_it_counts():
    debt = {"country": "BE", "debtor": "consumer", "principal": Decimal(300)}
    excessive = costs(**debt, clause=PenaltyClause(Decimal(10), minimum=Decimal(75)))
    assert (excessive.costs, excessive.void_clause) == (0, True)
    assert "45.00" in excessive.explanation
    fair = costs(**debt, clause=PenaltyClause(Decimal(10)))
    assert (fair.costs, fair.void_clause) == (30, False)
    assert costs(**debt, penalty_agreed=False).costs == 0


def test_the_first_belgian_reminder_is_free_and_for_regular_deliveries_the_first_three():
    """Art. XIX.2 Code of economic law."""
    assert reminder_fee_cap(free_reminders_sent=0, regular_deliveries=False) == 0
    assert reminder_fee_cap(free_reminders_sent=1, regular_deliveries=False) == Decimal("7.50")
    assert reminder_fee_cap(free_reminders_sent=2, regular_deliveries=True) == 0
    with_postage = reminder_fee_cap(free_reminders_sent=3, regular_deliveries=True, postage=Decimal("1.57"))
    assert with_postage == Decimal("9.07")


def test_nothing_open_costs_nothing_and_less_than_nothing_is_refused():
    assert costs(country="NL", debtor="business", principal=Decimal(0)).total == 0
    with pytest.raises(ValueError, match="write zero or more"):
        costs(country="NL", debtor="business", principal=Decimal(-5))


amounts = st.decimals(min_value="0.01", max_value="5000000", places=2)


@given(amounts, amounts)
def test_the_dutch_scale_rises_and_stays_within_its_bounds(one, other):
    low, high = sorted((one, other))
    assert 40 <= bik_scale(low) <= bik_scale(high) <= 6775


@given(amounts, amounts)
def test_the_belgian_cap_rises_and_stays_within_its_bounds(one, other):
    low, high = sorted((one, other))
    assert 20 <= belgian_consumer_cap(low) <= belgian_consumer_cap(high) <= 2000


@given(amounts, st.decimals(min_value=0, max_value=60, places=1), st.decimals(min_value=0, max_value=200, places=2))
def test_no_clause_takes_more_from_a_consumer_than_the_law_allows(principal, pct, minimum):
    clause = PenaltyClause(pct, minimum)
    belgian = costs(country="BE", debtor="consumer", principal=principal, clause=clause)
    assert 0 <= belgian.costs <= belgian_consumer_cap(principal)
    dutch = costs(country="NL", debtor="consumer", principal=principal, clause=clause)
    assert 0 <= dutch.costs <= bik_scale(principal)
