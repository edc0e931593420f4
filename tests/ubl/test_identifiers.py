"""Any way of writing a company's number gives one canonical form; the schemes are those of the Peppol EAS code list."""

import doctest

import pytest

from ubl import identifiers
from ubl.identifiers import electronic_address, kbo, legal_registration, parse_address, vat_number
from ubl.invoice import Identifier


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(identifiers).failed == 0


@pytest.mark.parametrize(
    "written",
    ["BE 0123.456.749", "BE0123456749", "0123.456.749", "123456749", "be 0123 456 749", "BE123456749", "0123-456-749"],
)
def test_a_belgian_number_is_recognised_however_it_is_written(written):
    assert kbo(written) == "0123456749"
    assert vat_number("BE", written) == "BE0123456749"
    assert electronic_address("BE", vat=written) == Identifier("0123456749", "0208")


@pytest.mark.parametrize("written", ["0123456748", "2123456749", "12345", "", "BE", "0123456749X", "NL123456782B90"])
def test_a_wrong_belgian_number_is_refused_in_one_sentence(written):
    with pytest.raises(ValueError, match="is no Belgian enterprise number"):
        kbo(written)


def test_numbers_that_start_with_1_are_belgian_too():
    assert kbo("1000000120") == "1000000120"


def test_a_dutch_company_is_reached_by_its_kvk_number_and_else_by_its_vat_number():
    assert electronic_address("NL", registration="KvK 12 34 56 78") == Identifier("12345678", "0106")
    assert electronic_address("NL", vat="NL1234.56.782.B90") == Identifier("NL123456782B90", "9944")


def test_a_dutch_public_body_is_reached_by_its_oin():
    assert electronic_address("NL", registration="00000001234567890000") == Identifier("00000001234567890000", "0190")


def test_a_dutch_number_of_another_length_is_refused():
    with pytest.raises(ValueError, match="neither a KvK number"):
        legal_registration("NL", "1234567")


@pytest.mark.parametrize(
    ("country", "vat", "address"),
    [
        ("DE", "DE 136,695 976", Identifier("DE136695976", "9930")),
        ("LU", "LU 150 274 42", Identifier("LU15027442", "9938")),
        ("FR", "FR 40 303 265 045", Identifier("303265045", "0225")),
        ("AT", "ATU 13585627", Identifier("ATU13585627", "9914")),
        ("GR", "EL 094259216", Identifier("EL094259216", "9933")),
        ("GB", "GB 980 7806 84", Identifier("GB980780684", "9932")),
    ],
)
def test_companies_elsewhere_are_reached_by_their_vat_number(country, vat, address):
    assert electronic_address(country, vat=vat) == address


def test_a_company_without_any_number_is_told_what_to_give():
    with pytest.raises(ValueError, match="give a VAT number"):
        electronic_address("DE")
    with pytest.raises(ValueError, match="scheme:number"):
        electronic_address("US", vat="12")


def test_registrations_carry_the_scheme_of_their_register():
    assert legal_registration("BE", "0123.456.749") == Identifier("0123456749", "0208")
    assert legal_registration("NL", "12345678") == Identifier("12345678", "0106")
    assert legal_registration("FR", "303 265 045 00011") == Identifier("303265045", "0002")
    assert legal_registration("DE", "HRB 1234") == Identifier("HRB 1234", None)


@pytest.mark.parametrize(
    ("country", "number"), [("BE", "BE0123456748"), ("NL", "NL123456789B01"), ("DE", "DE1"), ("GB", "!")]
)
def test_a_wrong_vat_number_is_refused_and_named(country, number):
    with pytest.raises(ValueError, match=f"'{number}' is no VAT number of {country}"):
        vat_number(country, number)


def test_an_address_with_its_scheme_is_checked_by_its_scheme():
    assert parse_address("0208:0123.456.749") == Identifier("0123456749", "0208")
    assert parse_address("0088:5400000000003") == Identifier("5400000000003", "0088")
    assert parse_address("9944:NL123456782B90") == Identifier("NL123456782B90", "9944")
    assert parse_address("0192:123456785") == Identifier("123456785", "0192")


@pytest.mark.parametrize(
    "text", ["0123456749", "0208:", ":1", "0208:0123456748", "0088:5400000000004", "0106:00000001234567890000"]
)
def test_a_wrong_address_is_refused(text):
    with pytest.raises(ValueError, match=r"\."):
        parse_address(text)
