"""VAT on claims that are lost: how much, since when, until when, and never more than was charged."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.vat_refund import NoRefund, Rate, VatRefund, vat_refund

D = Decimal
STANDARD = (Rate("S", D(21), D("1000.00"), D("210.00")),)
MIXED = (*STANDARD, Rate("S", D(6), D("100.00"), D("6.00")), Rate("Z", D(0), D("50.00"), D("0.00")))


def refund(**changes: Any) -> VatRefund:
    case = {
        "country": "BE",
        "invoice": "2026-7",
        "issued": date(2026, 1, 5),
        "due": date(2026, 2, 4),
        "currency": "EUR",
        "gross": D("1210.00"),
        "rates": STANDARD,
        "unpaid": D("1210.00"),
        "cause": "insolvency",
        "on": date(2026, 5, 11),
    }
    return vat_refund(**{**case, **changes})


def test_a_bankruptcy_gives_back_all_vat_until_the_end_of_the_third_year() -> None:
    found = refund()
    assert (found.base, found.vat, found.unpaid) == (D("1000.00"), D("210.00"), D("1210.00"))
    assert (found.article, found.arose, found.claim_by) == ("77 §1 7° WBTW", date(2026, 5, 11), date(2029, 12, 31))
    assert found.provisional and "not verified" in found.explanation


def test_a_part_payment_paid_every_rate_in_proportion() -> None:
    found = refund(gross=D("1366.00"), rates=MIXED, unpaid=D("683.00"))
    assert [(one.percent, one.base, one.vat) for one in found.rates] == [
        (D(21), D("500.00"), D("105.00")),
        (D(6), D("50.00"), D("3.00")),
    ]
    assert found.vat == D("108.00")


@pytest.mark.parametrize(
    ("on", "arose"),
    [
        (date(2026, 5, 11), date(2026, 5, 11)),
        (date(2027, 2, 4), date(2027, 2, 4)),
        (date(2028, 1, 1), date(2027, 2, 4)),
    ],
)
def test_in_the_netherlands_the_right_arises_after_one_year_at_the_latest(on: date, arose: date) -> None:
    found = refund(country="NL", cause="end_of_road", on=on)
    assert (found.arose, found.claim_by, found.article) == (arose, None, "29 lid 1 Wet OB 1968")


def test_a_claim_that_fell_due_on_a_leap_day() -> None:
    assert refund(country="NL", cause="one_year", due=date(2024, 2, 29)).arose == date(2025, 3, 1)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"unpaid": D(0)}, "0 of 1210.00 is unpaid"),
        ({"unpaid": D("1210.01")}, "nothing to ask back"),
        ({"rates": (Rate("AE", D(0), D(1210), D(0)),)}, "charged no VAT"),
        ({"country": "DE"}, "no rule is known"),
        ({"country": "BE", "cause": "one_year"}, "no rule is known"),
    ],
)
def test_where_nothing_comes_back_one_sentence_says_why(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(NoRefund, match=sentence):
        refund(**changes)


@given(st.integers(1, 136_600))
def test_never_more_than_was_charged_or_is_unpaid(unpaid: int) -> None:
    try:
        found = refund(gross=D("1366.00"), rates=MIXED, unpaid=D(unpaid) / 100)
    except NoRefund:
        assert unpaid <= 5
        return
    assert D(0) < found.vat <= D("216.00")
    assert found.vat + found.base <= D(unpaid) / 100 + D("0.02")  # each of four sums is rounded once
