"""Any usual way of writing a number becomes the addresses that the network knows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.peppol.participant import alternatives, candidates
from connectors.peppol.sml import name_of
from ubl.invoice import Identifier

BELGIAN = ("0208:0123456749", "9925:BE0123456749")


@pytest.mark.parametrize(
    "written",
    [
        "0208:0123456749",
        "0208:0123.456.749",
        " 0208 : 0123456749 ",
        "iso6523-actorid-upis::0208:0123456749",
        "BE0123456749",
        "BE 0123 456 749",
        "BE 0123.456.749",
        "be-0123.456.749",
        "KBO 0123.456.749",
        "KBO0123456749",
        "bce: 0123 456 749",
        "BTW BE 0123.456.749",
        "TVA BE0123456749",
        "0123.456.749",
        "123456749",
    ],
)
def test_a_belgian_number_is_asked_by_enterprise_then_by_vat(written: str) -> None:
    assert candidates(written) == BELGIAN


def test_an_address_that_names_the_vat_scheme_is_asked_first() -> None:
    assert candidates("9925:BE 0123.456.749") == BELGIAN[::-1]


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("KvK 12345678", "0106:12345678"),
        ("kvk-nummer: 1234 5678", "0106:12345678"),
        ("12345678", "0106:12345678"),
        ("0106:12345678", "0106:12345678"),
        ("OIN 00000001003214345000", "0190:00000001003214345000"),
        ("00000001003214345000", "0190:00000001003214345000"),
        ("NL 1234.56.782.B90", "9944:NL123456782B90"),
        ("9944:nl123456782b90", "9944:NL123456782B90"),
        ("GLN 5790000435944", "0088:5790000435944"),
        ("DE 136695976", "9930:DE136695976"),
    ],
)
def test_other_numbers_have_one_address(written: str, address: str) -> None:
    assert candidates(written) == (address,)


@pytest.mark.parametrize(
    "written", ["", "hello", "BE", "0208:", "0208:0123456748", "KvK 123", "KBO KBO 0123456749", "GLN 5790000435945"]
)
def test_what_is_no_number_is_refused_with_the_ways_of_writing_one(written: str) -> None:
    with pytest.raises(ValueError, match=r"Ways of writing it: 0208:0123456749"):
        candidates(written)


@given(st.text(max_size=40))
def test_nothing_that_a_person_types_breaks_it(written: str) -> None:
    try:
        found = candidates(written)
    except ValueError:
        return
    assert all(address.count(":") >= 1 for address in found)


def test_only_the_two_belgian_schemes_are_each_others_alternative() -> None:
    assert alternatives(Identifier("5790000435944", "0088")) == ("0088:5790000435944",)


@pytest.mark.parametrize(
    ("participant", "label"),
    [
        ("0088:1234567890123", "sjsyvccmqyjxk3weuapffq4x3umcrf4qryherj4vovhmonh7gccq"),
        ("0010:5798000000001", "xukhfqabqziki3ykvr2fhr4snfa3pf5vpq6k4tonv3lmvsy5arvq"),
        ("9915:test", "eh5boavaktmbgzyh2a63dz4qov33fvp5nsdvqklucfraayoodw6a"),
        ("9915:TEST", "eh5boavaktmbgzyh2a63dz4qov33fvp5nsdvqklucfraayoodw6a"),
        ("0208:0677424046", "yrudm3nqrm76uobzh4griobewmqd4mx574cfdtm75zphrex4ydya"),
    ],
)
def test_the_directorys_name_is_the_published_one(participant: str, label: str) -> None:
    assert name_of(participant, "example.org") == f"{label}.iso6523-actorid-upis.example.org"
