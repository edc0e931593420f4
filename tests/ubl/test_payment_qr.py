"""The EPC payment code (EPC069-12, version 002): what stands on each line, and when there is none."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
import segno
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ubl.payment_qr import NoPaymentQr, epc_payload, is_structured, qr_svg, structured

IBAN = "BE72000000001616"
OGM, RF = "+++090/9337/55493+++", "RF18539007547034"


def lines(**changes: object) -> list[str]:
    given_ = {"name": "Red Cross", "iban": IBAN, "amount": Decimal("1.00"), "reference": None, "text": None}
    return epc_payload(**(given_ | changes)).decode().split("\n")  # type: ignore[arg-type]


def test_every_line_stands_where_the_guideline_wants_it():
    """EPC069-12 section 4: service tag, version, characters, identification, BIC, name, IBAN, amount, purpose, …"""
    assert lines(amount=Decimal("1.00"), text="Urgency fund")[:11] == [
        "BCD",
        "002",
        "1",
        "SCT",
        "",
        "Red Cross",
        IBAN,
        "EUR1.00",
        "",
        "",
        "Urgency fund",
    ]


@pytest.mark.parametrize(("reference", "line"), [(OGM, "090933755493"), (RF, RF), ("RF18 5390 0754 7034", RF)])
def test_an_ogm_or_rf_goes_into_the_structured_line_alone(reference: str, line: str):
    found = lines(reference=reference)
    assert found[9] == line
    assert found[10:] in ([], [""])


def test_a_reference_that_is_neither_is_refused_and_goes_as_text():
    with pytest.raises(NoPaymentQr, match="neither a Belgian OGM nor an RF"):
        structured("2026-0003")
    assert not is_structured("+++090/9337/55494+++")
    assert lines(text="2026-0003")[9:11] == ["", "2026-0003"]


@pytest.mark.parametrize("amount", ["0.01", "999999999.99"])
def test_amounts_reach_to_the_limits(amount: str):
    assert lines(amount=Decimal(amount), text="x")[7] == f"EUR{amount}"


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Decimal("0.00")},
        {"amount": Decimal("-1.00")},
        {"amount": Decimal("1000000000.00")},
        {"amount": Decimal("1.005")},
        {"iban": "BE72000000001617"},
        {"currency": "USD"},
        {"name": " "},
    ],
)
def test_there_is_no_code_where_it_could_not_be_paid(changes: dict[str, object]):
    with pytest.raises(NoPaymentQr):
        lines(text="x", **changes)


@given(st.text(max_size=200), st.text(max_size=300))
def test_no_name_and_no_text_breaks_the_lines_or_the_limits(name: str, text: str):
    try:
        payload = epc_payload(name, IBAN, Decimal("12.50"), None, text)
    except NoPaymentQr:
        return
    found = payload.decode().split("\n")
    assert found[0] == "BCD" and found[6] == IBAN and found[7] == "EUR12.50"
    assert len(found) <= 12
    assert len(found[5]) <= 70 and all(len(line) <= 140 for line in found[8:])
    assert len(payload) <= 331


@pytest.mark.parametrize("reference", [OGM, RF])
def test_a_reader_reads_back_what_was_written(reference: str):
    payload = epc_payload("Bäckerei Müller & Zonen", IBAN, Decimal("1234.50"), reference, None)
    code = segno.make(payload, error="m", encoding="utf-8", micro=False)
    assert int(code.version) <= 13
    picture = io.BytesIO()
    code.save(picture, kind="png", scale=6)
    (found,) = zxingcpp.read_barcodes(Image.open(picture))
    assert found.text.split("\n")[5:8] == ["Bäckerei Müller & Zonen", IBAN, "EUR1234.50"]
    assert qr_svg(payload).lstrip().startswith((b"<svg", b"<?xml"))
