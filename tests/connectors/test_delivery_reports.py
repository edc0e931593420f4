"""Delivery reports (RFC 3464): failures, successes, what is neither, and what only pretends to be one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mail.message import render
from connectors.mail.reports import LARGEST, DeliveryReports, read_report
from connectors.ports import Answer
from connectors.sandbox.mailserver import delivery_report
from tests.connectors.samples import mail

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def report(*, delivered: bool, recipient: str = "jan@zuid.example") -> bytes:
    sender = "facturen@dekade.example"
    return delivery_report(render(mail()), sender, recipient, delivered=delivered, at=AT, number=1)


# A failure as Postfix words it: the whole message is returned, the fields have comments and folded lines.
POSTFIX = b"""\
Return-Path: <>
From: MAILER-DAEMON@mx.example (Mail Delivery System)
To: facturen@dekade.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type="delivery-status"; boundary="B"

--B
Content-Type: text/plain

I'm sorry to have to inform you.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Mon,  5 Jan 2026 09:00:00 +0000 (UTC)

Final-Recipient: rfc822; jan@zuid.example
Action: failed
Status: 5.2.2 (mailbox full)
Diagnostic-Code: smtp; 552 5.2.2 <jan@zuid.example>:
    quota exceeded

--B
Content-Type: message/rfc822

From: facturen@dekade.example
Message-ID: <abc@dekade.example>
Subject: Factuur

Geachte
--B--
"""


def test_a_success_and_a_failure_are_read() -> None:
    (good,), (bad,) = read_report(report(delivered=True)), read_report(report(delivered=False))
    assert (good.message_id, good.answer, good.reason) == ("2026-001.1@dekade.example", Answer.DELIVERED, None)
    assert (bad.answer, bad.recipient) == (Answer.NOT_DELIVERED, "jan@zuid.example")
    assert bad.proof.content == report(delivered=False)


@pytest.mark.parametrize("raw", [POSTFIX, POSTFIX.replace(b"\n", b"\r\n")])
def test_a_report_with_the_message_returned_is_read(raw: bytes) -> None:
    (found,) = read_report(raw)
    assert (found.message_id, found.answer) == ("abc@dekade.example", Answer.NOT_DELIVERED)
    assert found.reason == "the mail came back: 5.2.2 552 5.2.2 <jan@zuid.example>: quota exceeded"


@pytest.mark.parametrize("action", [b"delayed", b"relayed", b"expanded", b"whatever", b""])
def test_a_mail_still_on_its_way_has_no_verdict(action: bytes) -> None:
    assert read_report(POSTFIX.replace(b"Action: failed", b"Action: " + action)) == ()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff" * 100,
        render(mail()),
        POSTFIX.replace(b"multipart/report", b"multipart/mixed"),
        POSTFIX.replace(b"delivery-status", b"disposition-notification", 1),
        POSTFIX.replace(b"Message-ID: <abc@dekade.example>\n", b""),
        POSTFIX.replace(b"message/rfc822", b"application/octet-stream"),
        POSTFIX.replace(b'boundary="B"', b'boundary=""'),
        POSTFIX[:300],
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=B\n\n" + b"--B\n\n" * 50_000,
        POSTFIX + b" " * LARGEST,
    ],
)
def test_what_is_no_report_says_nothing(raw: bytes) -> None:
    assert read_report(raw) == ()


def test_multiparts_nested_a_thousand_deep_say_nothing() -> None:
    head = b"Content-Type: multipart/report; report-type=delivery-status; boundary=%d\n\n--%d\n"
    assert read_report(b"".join(head % (n, n) for n in range(1000))) == ()


@given(st.data())
def test_no_damage_to_a_report_ever_raises(data: st.DataObject) -> None:
    raw = bytearray(POSTFIX)
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=10))
    read_report(bytes(raw))


def test_in_a_mailbox_the_failure_stands_against_a_success(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "1").write_bytes(report(delivered=False))
    (tmp_path / "new" / "2").write_bytes(report(delivered=True))
    (tmp_path / "3.eml").write_bytes(b"Subject: holiday\n\nI am away")
    (tmp_path / ".4.part").write_bytes(POSTFIX)
    reports = DeliveryReports(tmp_path)
    verdict = reports.about("<2026-001.1@dekade.example>")
    assert verdict is not None and verdict.answer is Answer.NOT_DELIVERED
    assert reports.about("<abc@dekade.example>") is None, "a file still being written is not read"


def test_a_report_that_comes_later_is_seen(tmp_path: Path) -> None:
    reports = DeliveryReports(tmp_path)
    assert reports.about("<abc@dekade.example>") is None
    (tmp_path / "1.eml").write_bytes(POSTFIX)
    found = reports.about("abc@dekade.example")
    assert found is not None and found.answer is Answer.NOT_DELIVERED
