"""What the insurer pays and what it gets back, exact to the cent, whatever the order."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.indemnity import Position, expected, insurers_share, split

CENTS = st.integers(1, 10_000_000)


def test_the_insured_percentage_of_the_claim_is_paid_at_most_of_the_limit():
    assert expected(Decimal(90), 813725, None) == 732353  # 7,323.525 rounded half-up
    assert expected(Decimal(90), 813725, 500000) == 450000
    assert expected(Decimal(90), 813725, 0) == 0


@given(CENTS, st.lists(CENTS, min_size=1, max_size=8))
def test_a_payment_is_divided_without_a_cent_lost(amount, weights):
    parts = split(amount, weights)
    assert sum(parts) == amount
    exact = [Decimal(amount) * w / sum(weights) for w in weights]
    assert all(abs(part - share) < 1 for part, share in zip(parts, exact, strict=True))


def test_nothing_can_be_divided_over_nothing():
    with pytest.raises(ValueError, match="cannot be divided"):
        split(100, [0, 0])


@given(CENTS, st.integers(0, 100), st.lists(st.integers(1, 100), max_size=6))
def test_when_all_came_in_the_insurer_has_all_back_and_we_have_the_rest(basis, percent, steps):
    indemnified, left, came, shared = basis * percent // 100, basis, 0, 0
    for percent_paid in (*steps, 100):
        part = left * percent_paid // 100
        left, came = left - part, came + part
        shared += insurers_share(came, shared, indemnified, basis)
        position = Position(open=left, indemnified=indemnified, shared=shared)
        assert 0 <= position.borne <= indemnified
        assert position.borne + position.own_risk == left
    assert (left, shared) == (0, indemnified)


def test_money_that_goes_back_takes_its_share_with_it():
    first = insurers_share(500, 0, 900, 1000)
    assert (first, insurers_share(0, first, 900, 1000)) == (450, -450)


def test_the_insurer_never_gets_more_than_it_paid():
    assert insurers_share(5000, 0, 900, 1000) == 900
