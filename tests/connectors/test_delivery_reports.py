"""Reports by mail servers (RFC 3464, RFC 5965): failures, successes, complaints, and what only pretends to be one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mail.message import render
from connectors.mail.reports import LARGEST, Verdict, read_report
from connectors.sandbox.mailserver import delivery_report
from tests.connectors.samples import FolderReports, complaint, mail

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
    assert (good.names, good.verdict, good.reason) == (("2026-001.1@dekade.example",), Verdict.DELIVERED, None)
    assert (bad.verdict, bad.recipient) == (Verdict.FAILED, "jan@zuid.example")
    assert bad.proof.content == report(delivered=False)


@pytest.mark.parametrize("raw", [POSTFIX, POSTFIX.replace(b"\n", b"\r\n")])
def test_a_report_with_the_message_returned_is_read(raw: bytes) -> None:
    (found,) = read_report(raw)
    assert (found.names, found.verdict) == (("abc@dekade.example",), Verdict.FAILED)
    assert found.reason == "the mail came back: 5.2.2 552 5.2.2 <jan@zuid.example>: quota exceeded"


def test_the_envelope_id_names_the_message_where_a_relay_gave_it_another() -> None:
    """RFC 3461, 4.4: our ENVID comes back as it was given, in xtext; Message-ID may have been rewritten on the way."""
    fields = b"Reporting-MTA: dns; mx.example\nOriginal-Envelope-Id: a+2Bb+3Dc@dekade.example\n"
    (found,) = read_report(POSTFIX.replace(b"Reporting-MTA: dns; mx.example\n", fields))
    assert found.names == ("a+b=c@dekade.example", "abc@dekade.example")


def test_the_envelope_id_alone_is_enough() -> None:
    fields = b"Reporting-MTA: dns; mx.example\nOriginal-Envelope-Id: abc@dekade.example\n"
    raw = POSTFIX.replace(b"Reporting-MTA: dns; mx.example\n", fields).replace(
        b"Message-ID: <abc@dekade.example>\n", b""
    )
    assert [one.names for one in read_report(raw)] == [("abc@dekade.example",)]


def test_a_report_about_an_address_beyond_ascii_is_read() -> None:
    """RFC 6533: message/global-delivery-status."""
    raw = POSTFIX.replace(b"message/delivery-status", b"message/global-delivery-status")
    (found,) = read_report(raw.replace(b"rfc822; jan@", "utf-8; jän@".encode()))
    assert found.verdict is Verdict.FAILED and found.names == ("abc@dekade.example",)


@pytest.mark.parametrize("kind", ["abuse", "fraud", "virus", "other", "opt-out"])
def test_a_complaint_is_read_and_is_no_failure(kind: str) -> None:
    (found,) = read_report(complaint(render(mail()), kind=kind))
    assert (found.names, found.verdict) == (("2026-001.1@dekade.example",), Verdict.COMPLAINT)
    assert found.reason == f"the recipient complained ({kind})" and found.recipient == "redacted@provider.example"


def test_that_it_is_no_spam_is_no_complaint() -> None:
    assert read_report(complaint(render(mail()), kind="not-spam")) == ()


AWAY = b"""\
From: jan@zuid.example
To: facturen@dekade.example
Subject: Automatisch antwoord: Factuur
In-Reply-To: <abc@dekade.example>
References: <abc@dekade.example>
Auto-Submitted: auto-replied
Content-Type: text/plain

Ik ben afwezig tot 12 januari. Your message could not be delivered to me in person. Status: 5.1.1 Action: failed
"""
READ = POSTFIX.replace(b'report-type="delivery-status"', b"report-type=disposition-notification").replace(
    b"message/delivery-status", b"message/disposition-notification"
)


@pytest.mark.parametrize("raw", [AWAY, READ])
def test_an_automatic_answer_is_no_bounce(raw: bytes) -> None:
    assert read_report(raw) == ()


def test_a_report_that_was_cut_off_after_its_fields_still_says_what_it_says() -> None:
    whole = report(delivered=False)
    cut = whole[: whole.index(b"Message-ID: <2026-001") + 60]
    assert [one.verdict for one in read_report(cut)] == [Verdict.FAILED]


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
    raw = bytearray(data.draw(st.sampled_from([POSTFIX, complaint(render(mail()))])))
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
    reports = FolderReports(tmp_path)
    verdict = reports.about("<2026-001.1@dekade.example>")
    assert verdict is not None and verdict.verdict is Verdict.FAILED
    assert reports.about("<abc@dekade.example>") is None, "a file still being written is not read"


def test_a_report_that_comes_later_is_seen(tmp_path: Path) -> None:
    reports = FolderReports(tmp_path)
    assert reports.about("<abc@dekade.example>") is None
    (tmp_path / "1.eml").write_bytes(POSTFIX)
    found = reports.about("abc@dekade.example")
    assert found is not None and found.verdict is Verdict.FAILED
