"""Payment references: vectors from Belgian banks, ISO 11649 and Dutch practice, then properties over all numbers."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ubl import references
from ubl.references import (
    kenmerk_format,
    kenmerk_from_number,
    kenmerk_is_valid,
    ogm_format,
    ogm_from_number,
    ogm_is_valid,
    ogm_validate,
    payment_reference,
    rf_format,
    rf_from_text,
    rf_is_valid,
)

OGM = ["020/3430/57642", "090/9337/55493", "010/8068/17183", "000/8000/90655", "020/1709/63575", "123/4567/89002"]


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(references).failed == 0


@pytest.mark.parametrize("reference", [*OGM, "020343053497", "+++000/0000/00097+++", "***090/9337/55493***"])
def test_ogm_known_to_banks_are_valid(reference):
    assert ogm_is_valid(reference)


@pytest.mark.parametrize(
    "reference", ["020343057641", "+++090/9337/55494+++", "", "0909337554", "RF18539007547034", "٠٩٠٩٣٣٧٥٥٤٩٣"]
)
def test_other_numbers_are_no_ogm(reference):
    assert not ogm_is_valid(reference)


def test_an_ogm_is_printed_between_plus_signs():
    assert ogm_from_number(909337554) == "+++090/9337/55493+++"
    assert ogm_format("090933755493") == "+++090/9337/55493+++"


def test_a_number_divisible_by_97_ends_in_97_not_00():
    assert ogm_from_number(203430534) == "+++020/3430/53497+++"


def test_eleven_digits_do_not_fit_an_ogm():
    with pytest.raises(ValueError, match="does not fit an OGM"):
        ogm_from_number(10**10)


@given(st.integers(0, 10**10 - 1))
def test_every_ogm_made_is_valid_and_keeps_its_number(number):
    assert int(ogm_validate(ogm_from_number(number))[:10]) == number


@given(st.integers(0, 10**10 - 1), st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_in_an_ogm_is_noticed(number, place, shift):
    digits = list(ogm_validate(ogm_from_number(number)))
    digits[place] = str((int(digits[place]) + shift) % 10)
    assert not ogm_is_valid("".join(digits))


@pytest.mark.parametrize("reference", ["RF18539007547034", "RF18 5390 0754 7034", "RF16INV20260001", "rf16inv20260001"])
def test_rf_references_with_right_check_digits_are_valid(reference):
    assert rf_is_valid(reference)


@pytest.mark.parametrize("reference", ["RF17539007547034", "RF18", "539007547034", "RF18539007547034ééé", "", "RF1"])
def test_other_texts_are_no_rf_reference(reference):
    assert not rf_is_valid(reference)


def test_an_rf_reference_is_made_and_printed_in_fours():
    assert rf_from_text("INV-2026-0001") == "RF16INV20260001"
    assert rf_format("RF18539007547034") == "RF18 5390 0754 7034"


@given(st.text("ABCXYZ0123456789", min_size=1, max_size=21))
def test_every_rf_reference_made_is_valid_and_ends_in_its_text(text):
    reference = rf_from_text(text)
    assert rf_is_valid(reference)
    assert reference[4:] == text


@pytest.mark.parametrize("text", ["", "---", "A" * 22, "FACTUUR€1"])
def test_what_does_not_fit_an_rf_reference_is_refused(text):
    with pytest.raises(ValueError, match="does not fit an RF reference"):
        rf_from_text(text)


@pytest.mark.parametrize(
    "reference", ["1234567", "271234567", "42234567890123", "5000056789012345", "0123456788", "123456789107"]
)
def test_known_betalingskenmerken_are_valid(reference):
    assert kenmerk_is_valid(reference)


@pytest.mark.parametrize(
    "reference", ["4000056789012345", "6000056789012345", "12345678", "171234567", "123456789012345", "5" * 17, ""]
)
def test_other_numbers_are_no_betalingskenmerk(reference):
    assert not kenmerk_is_valid(reference)


@pytest.mark.parametrize(
    ("number", "made"),
    [("1234567", "271234567"), ("234567890123", "42234567890123"), ("000056789012345", "5000056789012345")],
)
def test_a_betalingskenmerk_is_made_with_check_and_length_digit(number, made):
    assert kenmerk_from_number(number) == made


def test_a_betalingskenmerk_is_printed_in_fours():
    assert kenmerk_format("42234567890123") == "4223 4567 8901 23"


@given(st.text("0123456789", min_size=1, max_size=15))
def test_every_betalingskenmerk_made_is_valid_and_ends_in_its_number(number):
    made = kenmerk_from_number(number)
    assert kenmerk_is_valid(made)
    assert len(made) in (*range(9, 15), 16)
    assert made.endswith(number)


def test_a_belgian_invoice_gets_an_ogm_and_a_dutch_one_an_rf():
    assert payment_reference("BE", "", "2026-0001") == ogm_from_number(20260001)
    assert payment_reference("NL", "", "2026-0001") == rf_from_text("20260001")


def test_a_belgian_number_with_letters_gets_an_rf_since_its_digits_alone_may_not_be_unique():
    assert payment_reference("BE", "", "A-2026-1") != payment_reference("BE", "", "B-2026-1")
    assert rf_is_valid(payment_reference("BE", "", "A-2026-1"))


def test_sellers_that_share_an_account_are_told_apart_by_their_digits():
    assert payment_reference("BE", "7", "2026-0001") == ogm_from_number(7_020_260_001)


def test_a_seller_mark_that_would_not_fit_is_refused():
    with pytest.raises(ValueError, match="at most three digits"):
        payment_reference("BE", "BE0403170701", "1")


@given(
    st.sampled_from(["BE", "NL"]),
    st.lists(
        st.text("AB0123456789", min_size=1, max_size=12), min_size=2, max_size=2, unique_by=lambda n: n.lstrip("0")
    ),
)
def test_two_numbers_never_share_a_reference(country, numbers):
    one, other = (payment_reference(country, "", number) for number in numbers)
    assert one != other
