"""What is noted of a call: enough to prove it, and nothing that opens a door."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import httpx
import pytest

from connectors.exchange import watched
from connectors.http import Lost, NotSent, call

URL = "https://partner.example/send?to=0208:1"
PAIR = "key_12345678:secret_87654321"


def server(answer: Any) -> httpx.Client:
    return httpx.Client(transport=httpx.MockTransport(answer))


@pytest.mark.parametrize(
    ("headers", "secrets"),
    [
        ({"Authorization": "Bearer abcdef123456"}, ["abcdef123456"]),
        (
            {"Authorization": f"Basic {base64.b64encode(PAIR.encode()).decode()}"},
            ["key_12345678", "secret_87654321", base64.b64encode(PAIR.encode()).decode()],
        ),
        ({"X-API-KEY": "abcdef123456", "X-PASSWORD": "hunter2hunter2"}, ["abcdef123456", "hunter2hunter2"]),
        ({"X-Unheard-Of": "abcdef123456"}, ["abcdef123456"]),
    ],
)
def test_nothing_secret_is_noted_even_where_the_partner_repeats_it(headers: dict[str, str], secrets: list[str]) -> None:
    echo = server(lambda request: httpx.Response(401, json=dict(request.headers) | {"said": secrets}))
    with watched() as exchanges:
        call(echo, "POST", URL + "&key=" + secrets[0], headers | {"Idempotency-Key": "BE/1"}, content=b"document")
    noted = json.dumps(exchanges)
    assert not any(secret in noted for secret in secrets)
    (one,) = exchanges
    assert one["request"]["headers"]["idempotency-key"] == "BE/1"
    assert one["request"]["body"] == {"bytes": 8, "sha256": hashlib.sha256(b"document").hexdigest()}
    assert one["answer"]["status"] == 401


def test_a_lost_answer_is_noted_as_lost() -> None:
    def lose(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("late", request=request)

    with watched() as exchanges, pytest.raises(Lost):
        call(server(lose), "POST", URL, {}, content=b"document")
    assert exchanges[0]["problem"] == "ReadTimeout" and "answer" not in exchanges[0]


def test_a_connection_that_was_refused_is_noted_too() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no", request=request)

    with watched() as exchanges, pytest.raises(NotSent):
        call(server(refuse), "POST", URL, {})
    assert exchanges[0]["problem"] == "ConnectError"


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * 70_000])
def test_what_is_no_text_or_too_long_is_named_by_its_hash(content: bytes) -> None:
    with watched() as exchanges:
        call(server(lambda _: httpx.Response(200, content=content)), "GET", URL, {})
    answer = exchanges[0]["answer"]
    assert answer["sha256"] == hashlib.sha256(content).hexdigest() and "text" not in answer


def test_where_nobody_watches_nothing_is_kept() -> None:
    with watched() as exchanges:
        pass
    call(server(lambda _: httpx.Response(200)), "GET", URL, {})
    assert exchanges == []
