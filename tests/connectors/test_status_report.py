"""The bank's answer to direct debits before they settle, as ISO 20022 lays out pain.002."""

from __future__ import annotations

import pytest

from connectors.bank.bookings import BadStatement
from connectors.bank.status_report import Refusal, looks_like, read
from tests.connectors.status_reports import batch, report, transaction


def test_refusals_of_single_collections_come_first() -> None:
    found = read(report("DD1", [batch("B1", status="RJCT", code="RC01"), batch("B2", transaction("E1"))]), "status.xml")
    assert (found.message, found.identification) == ("DD1", "BANK-1")
    assert found.refusals == (
        Refusal(message="DD1", batch="B2", end_to_end="E1", reason="AM04"),
        Refusal(message="DD1", batch="B1", reason="RC01"),
    )


def test_a_whole_message_is_refused() -> None:
    found = read(report("DD1", status="RJCT", code="FF01"), "status.xml")
    assert found.refusals == (Refusal(message="DD1", reason="FF01"),)


@pytest.mark.parametrize("status", ["ACCP", "ACTC", "ACSP", "PDNG", "PART"])
def test_what_is_accepted_or_waits_is_no_refusal(status: str) -> None:
    parts = [batch("B1", transaction("E1", status, None), status=status)]
    assert read(report("DD1", parts, status=status), "status.xml").refusals == ()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (report("DD1").replace(b"001.10", b"001.99"), "expected Document of pain.002.001.03 to 001.14"),
        (report("DD1").replace(b"OrgnlMsgId", b"Other"), "OrgnlGrpInfAndSts/OrgnlMsgId is missing"),
        (report("DD1", [batch("B1", transaction("NOTPROVIDED"))]), "OrgnlEndToEndId is 'NOTPROVIDED'; expected"),
        (report("DD1")[:-20], "status.xml: "),
        (b"<!DOCTYPE x>" + report("DD1"), "status.xml: "),
    ],
    ids=["version", "message", "end-to-end", "cut off", "doctype"],
)
def test_a_broken_report_is_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(BadStatement) as problem:
        read(data, "/tmp/status.xml")
    assert sentence in str(problem.value) and str(problem.value).startswith("status.xml")


def test_it_is_told_from_a_statement_by_its_content() -> None:
    assert looks_like(report("DD1"))
    assert not looks_like(b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">')
