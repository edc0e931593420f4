"""Reading an ApplicationResponse: what the buyer, or its access point, says of a document. Nothing in it is trusted."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from connectors.sandbox.answers import answer
from ubl.response import MAX_BYTES, Kind, NotAResponse, is_response, read_response
from ubl.safe_xml import UnreadableXml

BUYER, SELLER = "0208:0903456713", "0208:0901234522"
DAY = date(2026, 1, 7)


def said(code: str = "RE", **more: Any) -> bytes:
    return answer("2026-7", code, **{"sender": BUYER, "receiver": SELLER, "issued": DAY, **more})


def test_a_refusal_with_its_reasons_and_what_is_asked() -> None:
    found = read_response(
        said(reasons=["DEL", "PRI", "DEL"], actions=["CNP"], words="Two boxes  <were>\nwet", about_issued=DAY)
    )
    assert (found.kind, found.code, found.about) == (Kind.INVOICE_RESPONSE, "RE", "2026-7")
    assert (found.sender, found.receiver) == (BUYER, SELLER)
    assert (found.reasons, found.actions) == (("DEL", "PRI"), ("CNP",))
    assert found.words == ("Two boxes <were> wet",)
    assert (found.issued, found.about_issued, found.about_type) == (DAY, DAY, "380")
    assert found.at == datetime(2026, 1, 7, 12, tzinfo=UTC)


@pytest.mark.parametrize("code", ["AB", "IP", "UQ", "CA", "RE", "AP", "PD"])
def test_every_code_of_an_invoice_response(code: str) -> None:
    assert read_response(said(code)).code == code


@pytest.mark.parametrize(("message", "kind"), [("mls", Kind.MLS), ("mlr", Kind.MLR)])
def test_a_message_of_the_access_point(message: Any, kind: Kind) -> None:
    found = read_response(said("RE", message=message, sender="0242:123456", reasons=["BV", "BW"], words="Breaks BR-1"))
    assert (found.kind, found.code, found.reasons, found.sender) == (kind, "RE", ("BV", "BW"), "0242:123456")
    assert found.words == ("Breaks BR-1",)
    with pytest.raises(NotAResponse, match="PD"):
        read_response(said("PD", message=message))


def test_codes_that_no_list_knows_are_told_as_another_reason() -> None:
    assert read_response(said(reasons=["XYZ"], actions=["ABC"])).reasons == ("OTH",)
    assert read_response(said(reasons=["XYZ"], actions=["ABC"])).actions == ("OTH",)


def test_out_of_its_envelope() -> None:
    inside = said().split(b"?>", 1)[1]
    sbdh = b"http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
    envelope = (
        b'<s:StandardBusinessDocument xmlns:s="%s"><s:StandardBusinessDocumentHeader/>%s</s:StandardBusinessDocument>'
    )
    assert read_response(envelope % (sbdh, inside)) == read_response(said())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"ApplicationResponse", b"Invoice", "Invoice"),
        (b"invoice_response:3<", b"invoice_response:9<", "CustomizationID"),
        (b"invoice_response:3<", b"invoice_response:30<", "CustomizationID"),
        (b">RE<", b">NO<", "ResponseCode is 'NO'"),
        (b">RE<", b"> <", "ResponseCode is missing or empty"),
        (b"<cbc:ID>2026-7-RE</cbc:ID>", b"", "cbc:ID is missing"),
        (b"<cbc:ID>2026-7</cbc:ID>", b"<cbc:ID/>", "cbc:ID is missing"),
        (b"2026-01-07<", b"7 January<", "IssueDate is '7 January'"),
        (b"<cbc:IssueDate>2026-01-07</cbc:IssueDate>", b"", "IssueDate is missing"),
        (b"12:00:00Z", b"noon", "IssueTime is 'noon'"),
        (b' schemeID="0208"', b"", "SenderParty"),
        (b"<cac:DocumentResponse>", b"<cac:DocumentResponse/><cac:DocumentResponse>", "stands 2 times"),
        (b"<cac:DocumentReference>", b"<cac:DocumentReference/><cac:DocumentReference>", "stands 2 times"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(old: bytes, new: bytes, words: str) -> None:
    assert old in said()
    with pytest.raises(NotAResponse, match=words):
        read_response(said().replace(old, new))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not xml",
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        b"<a>" * 40 + b"</a>" * 40,
        b"<a>" + b" " * MAX_BYTES + b"</a>",
    ],
)
def test_what_cannot_be_read_is_not_read(data: bytes) -> None:
    with pytest.raises(UnreadableXml):
        read_response(data)
    with pytest.raises(UnreadableXml):
        is_response(data)


def test_what_it_is_can_be_asked_first() -> None:
    assert is_response(said())
    assert is_response(said().replace(b">RE<", b">NO<")), "an answer, even where it is not understood"
    assert not is_response(b"<Invoice/>")


def test_a_time_without_a_zone_and_with_too_fine_a_fraction() -> None:
    assert read_response(said(time=None)).at is None
    assert read_response(said(time="09:30:00")).at == datetime(2026, 1, 7, 9, 30)
    assert read_response(said(time="09:30:00.1234567+01:00")).at is not None


def test_long_texts_are_cut() -> None:
    assert len(read_response(said(words="x" * 9000, reasons=["OTH"])).words[0]) == 500
