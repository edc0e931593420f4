"""Every sum, against EN 16931-1 (6.5.2): examples to check by head, then properties over whole invoices."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.ubl.samples import invoice, line, vat
from tests.ubl.strategies import decimals, invoices
from ubl.arithmetic import (
    MOST_ROUNDING,
    TotalsDiffer,
    cents,
    fit_rounding,
    line_net,
    price_for,
    signed_sum,
    totals,
    vat_key,
)
from ubl.binding_nodes import PREFIXES
from ubl.invoice import AllowanceCharge, Price, VatExemption
from ubl.write import write

D = Decimal


def test_amounts_are_rounded_half_up_and_half_down_below_zero():
    assert [cents(D(text)) for text in ("1.005", "1.015", "-1.005")] == [D("1.01"), D("1.02"), D("-1.01")]


def test_a_line_is_rounded_once_after_dividing_by_the_base_quantity():
    assert line_net(line(1, "3", Price(net=D("12.50"), base_quantity=D(100)))) == D("0.38")


def test_a_line_takes_its_allowances_off_and_its_charges_on():
    off = AllowanceCharge(charge=False, amount=D("2.50"))
    on = AllowanceCharge(charge=True, amount=D("1.00"))
    assert line_net(line(1, "10", "1.00", allowances=(off, on))) == D("8.50")


def test_vat_is_rounded_once_per_rate_not_once_per_line():
    ten = [line(number, "1", "0.12") for number in range(1, 11)]  # 10 × 0.12 × 21 % = 0.252
    assert totals(invoice(*ten)).vat == D("0.25")


def test_lines_are_summed_after_rounding_each():
    assert totals(invoice(line(1, "1", "0.005"), line(2, "1", "0.005"))).lines == D("0.02")


def test_21_and_21_00_percent_are_one_rate():
    sums = totals(invoice(line(1, "1", "10", "21"), line(2, "1", "10", "21.00")))
    assert [(subtotal.taxable, subtotal.tax) for subtotal in sums.vat_breakdown] == [(D("20.00"), D("4.20"))]


def test_allowances_and_charges_of_the_document_change_the_taxable_amount_of_their_rate():
    off = AllowanceCharge(charge=False, amount=D("10.00"), vat=vat("21"))
    on = AllowanceCharge(charge=True, amount=D("5.00"), vat=vat("6"))
    sums = totals(invoice(line(1, "1", "100", "21"), allowances=(off, on)))
    assert [(s.rate, s.taxable, s.tax) for s in sums.vat_breakdown] == [
        (D(21), D("90.00"), D("18.90")),
        (D(6), D("5.00"), D("0.30")),
    ]
    assert (sums.allowances, sums.charges, sums.without_vat, sums.with_vat) == (D(10), D(5), D(95), D("114.20"))


def test_an_allowance_of_the_document_without_vat_category_is_refused():
    with pytest.raises(ValueError, match="BT-95"):
        totals(invoice(allowances=(AllowanceCharge(charge=False, amount=D(1)),)))


def test_what_was_paid_before_is_taken_off_and_rounding_put_on():
    sums = totals(invoice(prepaid=D("121.00"), rounding=D("0.02")))
    assert sums.payable == D("0.02")


def test_untaxed_categories_carry_their_reason_into_the_breakdown():
    shifted = VatExemption(category="AE", reason="Btw verlegd", code="VATEX-EU-AE")
    sums = totals(invoice(line(1, "1", "100", None, "AE"), exemptions=(shifted,)))
    (subtotal,) = sums.vat_breakdown
    assert (subtotal.rate, subtotal.tax, subtotal.reason, subtotal.reason_code) == (0, 0, "Btw verlegd", "VATEX-EU-AE")


@pytest.mark.parametrize("difference", ["0.01", "-0.02", "0.05", "-0.05", "0"])
def test_a_few_cents_between_the_erp_and_the_sums_go_to_rounding(difference):
    ours = invoice()
    stated = totals(ours).payable + D(difference)
    fitted = fit_rounding(ours, stated)
    assert fitted.rounding == D(difference)
    assert totals(fitted).payable == stated
    assert fitted.lines == ours.lines


@pytest.mark.parametrize("stated", ["121.06", "120.94", "0", "-121", "121.001"])
def test_a_larger_difference_is_refused_with_both_figures(stated):
    with pytest.raises(TotalsDiffer) as refusal:
        fit_rounding(invoice(), D(stated))
    assert stated in str(refusal.value)
    assert "121.00" in str(refusal.value)


def test_the_limit_of_rounding_is_five_cents():
    assert D("0.05") == MOST_ROUNDING


@pytest.mark.parametrize(
    ("net", "quantity", "price"),
    [
        ("100.00", "8", Price(net=D("12.50"))),
        ("85.62", "8", Price(net=D("10.703"))),
        ("1.00", "3", Price(net=D("0.333"))),
        ("-10.00", "-4", Price(net=D("2.50"))),
        ("0.00", "5", Price(net=D("0.00"))),
        ("0", "0", Price(net=D(0))),
    ],
)
def test_a_price_has_the_fewest_decimals_that_give_the_line_amount(net, quantity, price):
    assert price_for(D(net), D(quantity)) == price


def test_where_no_price_has_decimals_enough_it_is_given_for_the_whole_quantity():
    price = price_for(D("12345678.91"), D("27836250000"))
    assert price == Price(net=D("12345678.91"), base_quantity=D("27836250000"))


@pytest.mark.parametrize(("net", "quantity"), [("10", "0"), ("-10", "2"), ("10", "-2")])
def test_no_price_is_made_that_would_be_negative(net, quantity):
    with pytest.raises(ValueError, match="never negative"):
        price_for(D(net), D(quantity))


@given(decimals("0.01", "100000", 2), decimals("0.001", "100000", 3), st.booleans())
def test_the_price_made_always_gives_the_line_amount(net, quantity, negative):
    sign = -1 if negative else 1
    price = price_for(sign * net, sign * quantity)
    assert price.net >= 0
    assert line_net(line(1, str(sign * quantity), price)) == sign * net


@settings(max_examples=60, deadline=None)
@given(invoices())
def test_the_sums_agree_with_each_other(generated):
    sums = totals(generated)
    assert sums.lines == sum(line_net(each) for each in generated.lines)
    assert sums.without_vat == sums.lines + signed_sum(generated.allowances)
    assert sums.without_vat == sum(subtotal.taxable for subtotal in sums.vat_breakdown)
    assert sums.with_vat == sums.without_vat + sums.vat
    assert len({vat_key_of(subtotal) for subtotal in sums.vat_breakdown}) == len(sums.vat_breakdown)
    for subtotal in sums.vat_breakdown:
        assert subtotal.tax == (cents(subtotal.taxable * (subtotal.rate or 0) / 100) if subtotal.category == "S" else 0)


def vat_key_of(subtotal):
    return vat_key(vat(None if subtotal.rate is None else str(subtotal.rate), subtotal.category))


@settings(max_examples=60, deadline=None)
@given(invoices())
def test_the_written_text_says_that_due_is_total_minus_paid_plus_rounding(generated):
    """BR-CO-10, -13, -15 and -16 on the figures as they stand in the file."""
    root = etree.fromstring(write(generated))

    def stated(path: str) -> D:
        return D(root.findtext(f"cac:LegalMonetaryTotal/cbc:{path}", "0", PREFIXES))

    tax = D(root.findtext("cac:TaxTotal/cbc:TaxAmount", "", PREFIXES))
    nets = [
        D(net.text) for net in root.iterfind("{*}*/cbc:LineExtensionAmount", PREFIXES) if "Line" in net.getparent().tag
    ]
    assert stated("LineExtensionAmount") == sum(nets)
    assert stated("TaxExclusiveAmount") == (
        stated("LineExtensionAmount") - stated("AllowanceTotalAmount") + stated("ChargeTotalAmount")
    )
    assert stated("TaxInclusiveAmount") == stated("TaxExclusiveAmount") + tax
    assert stated("PayableAmount") == (
        stated("TaxInclusiveAmount") - stated("PrepaidAmount") + stated("PayableRoundingAmount")
    )


@settings(max_examples=60, deadline=None)
@given(invoices(), decimals("-0.05", "0.05", 2))
def test_any_difference_up_to_the_limit_can_be_fitted_and_nothing_else_changes(generated, difference):
    fitted = fit_rounding(generated, totals(generated).payable + difference)
    assert replace(fitted, rounding=generated.rounding) == generated
    assert fitted.rounding == generated.rounding + difference
