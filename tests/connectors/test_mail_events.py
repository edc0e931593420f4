"""Signed calls of a mail service: only what is signed, fresh and about a message counts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from connectors.mail.events import FORMAT, read_event, signature
from connectors.mail.reports import Report, Verdict
from connectors.ports import BadWebhook

SECRET = "a secret of the house, long enough"
AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
EVENT = {
    "format": FORMAT,
    "event": "bounced",
    "message_id": "<invoice.0a1b@dekade.example>",
    "recipient": "jan@peeters.example",
    "reason": "550 5.1.1\r\nno such user",
}


def read(event: object, *, at: datetime = AT, secret: str = SECRET, signed: datetime = AT) -> Report | None:
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    stamp = str(int(signed.timestamp()))
    headers = {"x-voldaan-timestamp": stamp, "x-voldaan-signature": signature(SECRET, stamp, body)}
    return read_event(headers, body, secret, at)


@pytest.mark.parametrize(
    ("kind", "verdict", "reason"),
    [
        ("delivered", Verdict.DELIVERED, None),
        ("bounced", Verdict.FAILED, "the mail came back: 550 5.1.1 no such user"),
        ("complained", Verdict.COMPLAINT, "the recipient complained"),
    ],
)
def test_each_event_is_the_report_that_a_mail_would_be(kind: str, verdict: Verdict, reason: str | None) -> None:
    found = read({**EVENT, "event": kind})
    assert found is not None
    assert (found.names, found.verdict, found.reason) == (("invoice.0a1b@dekade.example",), verdict, reason)
    assert found.mime == "application/json" and json.loads(found.content)["event"] == kind


def test_the_signature_as_the_documentation_shows_it() -> None:
    assert signature("secret", "1767600000", b'{"a":1}') == (
        "sha256=75ef4ed709e4ac7108c39bb3714441b8a193aed3c5858f1f729ff4c16ad3a5ad"
    )


@pytest.mark.parametrize("event", ["delayed", "opened", "", None, 5, ["bounced"]])
def test_what_settles_nothing_is_nothing(event: object) -> None:
    assert read({**EVENT, "event": event}) is None


@pytest.mark.parametrize("event", [{**EVENT, "message_id": ""}, {**EVENT, "message_id": 7}])
def test_an_event_about_no_message_is_nothing(event: object) -> None:
    assert read(event) is None


@pytest.mark.parametrize(
    "event", [b"", b"\xff", b"[]", b"[" * 100_000, b'{"format": 1}', {**EVENT, "format": "voldaan-mail-event/2"}]
)
def test_what_cannot_be_read_is_refused(event: object) -> None:
    with pytest.raises(BadWebhook):
        read(event)


def test_another_secret_is_refused() -> None:
    with pytest.raises(BadWebhook, match="does not fit"):
        read(EVENT, secret="another secret of the house")
    with pytest.raises(BadWebhook, match="fewer than"):
        read(EVENT, secret="short")


@pytest.mark.parametrize("away", [timedelta(minutes=6), -timedelta(minutes=6)])
def test_an_old_call_is_refused(away: timedelta) -> None:
    with pytest.raises(BadWebhook, match="five minutes"):
        read(EVENT, at=AT + away)


@pytest.mark.parametrize("stamp", ["", "now", "-1", "1e9", "99999999999999999999", "١٢٣"])
def test_a_timestamp_that_is_none_is_refused(stamp: str) -> None:
    body = json.dumps(EVENT).encode()
    headers = {"x-voldaan-timestamp": stamp, "x-voldaan-signature": signature(SECRET, stamp, body)}
    with pytest.raises(BadWebhook):
        read_event(headers, body, SECRET, AT)


def test_the_body_is_signed_as_it_is() -> None:
    body = json.dumps(EVENT).encode()
    stamp = str(int(AT.timestamp()))
    headers = {"x-voldaan-timestamp": stamp, "x-voldaan-signature": signature(SECRET, stamp, body)}
    with pytest.raises(BadWebhook):
        read_event(headers, body + b" ", SECRET, AT)
    with pytest.raises(BadWebhook):
        read_event({**headers, "x-voldaan-timestamp": str(int(stamp) + 1)}, body, SECRET, AT)
