"""References in what payers write. OGM and RF values are the published ones of Febelfin's and ISO 11649's examples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.bank.remittance import in_text, structured

OGM, RF = "090933755493", "RF18539007547034"


@pytest.mark.parametrize(
    ("reference", "issuer", "found"),
    [
        (OGM, "BBA", OGM),
        ("+++090/9337/55493+++", "BBA", OGM),
        (OGM, None, OGM),
        (RF, "ISO", RF),
        ("rf18 5390 0754 7034", None, RF),
        ("020343053497", "BBA", "020343053497"),  # the rest by 97 is 0, written 97
        ("090933755494", "BBA", None),
        ("RF17539007547034", "ISO", None),
        ("5000056789012345", "CUR", None),  # a Dutch betalingskenmerk
        ("", None, None),
    ],
)
def test_a_structured_reference(reference: str, issuer: str | None, found: str | None) -> None:
    assert structured(reference, issuer) == found


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["+++090/9337/55493+++"], OGM),
        (["***090/9337/55493***"], OGM),
        (["betaling 090/9337/55493, dank u"], OGM),
        (["factuur 090933755493"], OGM),
        (["betreft 090 9337 55493"], OGM),
        (["facture +++090/93", "37/55493+++ merci"], OGM),  # cut by the bank
        ([f"mededeling {RF}"], RF),
        (["RF18 5390 0754 7034 factuur 12"], RF),
        (["rf18 5390 0754 7034"], RF),
        (["+++090/9337/55493+++ en +++090/9337/55493+++"], OGM),  # the same one twice
        (["090/9337/55493 en 020/3430/57642"], None),  # two invoices: a person or the text decides
        (["090/9337/55494"], None),
        (["1090933755493"], None),  # part of a longer number
        (["BE0909337554931"], None),
        (["KBO 0909.337.554"], None),
        (["RFID lezer 12"], None),
        ([], None),
        (["", " "], None),
    ],
)
def test_a_reference_in_free_text(lines: list[str], found: str | None) -> None:
    assert in_text(lines) == found


@given(st.lists(st.text(max_size=300), max_size=4))
def test_no_text_raises(lines: list[str]) -> None:
    found = in_text(lines)
    assert found is None or structured(found, None) == found
