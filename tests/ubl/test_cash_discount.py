"""The Belgian discount for prompt payment: VAT on the lower price, the full price due (art. 28, 1° WBTW)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings

from tests.ubl.conftest import broken_rules
from tests.ubl.samples import invoice, line
from tests.ubl.strategies import decimals, invoices
from ubl.arithmetic import cents, totals
from ubl.cash_discount import with_cash_discount
from ubl.write import write


def test_two_percent_off_a_thousand_lowers_the_vat_and_not_the_price():
    discounted = with_cash_discount(invoice(line(1, "10", "100", "21")), Decimal(2), "nl")
    sums = totals(discounted)
    assert sums.without_vat == Decimal("1000.00")
    assert sums.vat == Decimal("205.80")
    assert sums.payable == Decimal("1205.80")


def test_each_rate_has_its_own_allowance_and_one_exempt_charge_brings_all_back():
    discounted = with_cash_discount(invoice(line(1, "1", "100", "21"), line(2, "1", "50", "6")), Decimal(3), "fr")
    assert [(item.charge, item.amount, item.vat.category) for item in discounted.allowances] == [
        (False, Decimal("3.00"), "S"),
        (False, Decimal("1.50"), "S"),
        (True, Decimal("4.50"), "E"),
    ]
    assert {item.reason for item in discounted.allowances} == {"Escompte"}
    assert discounted.exemptions[0].reason.startswith("Escompte non compris dans la base d'imposition")


def test_where_nothing_is_taxed_nothing_changes():
    untaxed = invoice(line(1, "1", "100", None, "Z"))
    assert with_cash_discount(untaxed, Decimal(2), "nl") == untaxed


@pytest.mark.parametrize("percentage", [Decimal(0), Decimal("0.001")])
def test_a_discount_of_less_than_a_cent_changes_nothing(percentage):
    small = invoice(line(1, "1", "1", "21"))
    assert with_cash_discount(small, percentage, "nl") == small


@settings(max_examples=30, deadline=None)
@given(invoices(), decimals("0.5", "10", 1))
def test_the_price_stays_and_the_vat_is_that_of_the_lower_base(generated, percentage):
    generated = replace(generated, vat_currency=None, vat_in_vat_currency=None)
    before, after = totals(generated), totals(with_cash_discount(generated, percentage, "nl"))
    assert after.without_vat == before.without_vat
    taxed = [subtotal for subtotal in before.vat_breakdown if subtotal.rate and subtotal.taxable > 0]
    lower = {subtotal.rate: subtotal.taxable - cents(subtotal.taxable * percentage / 100) for subtotal in taxed}
    for subtotal in after.vat_breakdown:
        if subtotal.rate in lower:
            assert subtotal.tax == cents(lower[subtotal.rate] * subtotal.rate / 100)


@settings(max_examples=30, deadline=None)
@given(invoices(), decimals("0.5", "10", 1))
def test_the_result_breaks_no_rule(generated, percentage):
    generated = replace(generated, vat_currency=None, vat_in_vat_currency=None)
    assert broken_rules(write(with_cash_discount(generated, percentage, "nl"))) == set()
