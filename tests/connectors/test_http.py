"""What a partner's error says and how long it asks for patience, in whatever shape it says so."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from connectors.http import Reply, call, sentence, words


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"detail": "Unauthorized"}, "Unauthorized"),
        (
            {"detail": [{"loc": ["body", "file"], "msg": "Field required", "type": "missing"}]},
            "body.file: Field required",
        ),
        ({"success": False, "errors": {"root": ["Unauthorized"]}}, "Unauthorized"),
        ({"errors": {"root": ["Not valid."], "BT-1": ["missing", "empty"]}}, "Not valid.; BT-1: missing; empty"),
        (
            {"errorCode": 3, "defaultFormat": "{0} is not {1}", "parameters": ["a", "b"], "innerErrors": []},
            "a is not b",
        ),
        ({"errorCode": 1, "defaultFormat": "no", "innerErrors": [{"defaultFormat": "why"}]}, "no; why"),
        ([{"source": "invoice.lines", "details": "is empty"}], "invoice.lines: is empty"),
        ({"error": "no such sender"}, "no such sender"),
        ({"message": "Too many"}, "Too many"),
        ({"detail": None}, ""),
        ({"errors": [1, {"other": "shape"}]}, ""),
        (17, ""),
    ],
)
def test_the_words_of_an_error(body: Any, told: str) -> None:
    assert words(json.dumps(body).encode()) == told


@pytest.mark.parametrize("content", [b"", b"<html>", b"[" * 100_000, b"\xff\xfe"])
def test_what_is_no_json_says_nothing(content: bytes) -> None:
    assert words(content) == ""


def test_no_secret_of_ours_is_repeated() -> None:
    reply = Reply(401, b'{"detail": "key k1 and password p2 are unknown"}')
    assert sentence("Partner", reply, ("k1", "p2")) == "Partner answered 401: key *** and password *** are unknown"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-ratelimit-reset": "1767600010", "date": "Mon, 05 Jan 2026 08:00:00 GMT"}, 10),
        ({"x-ratelimit-reset": "1767600010", "retry-after": "3"}, 3),
        ({"x-ratelimit-reset": "1767600010"}, None),
        ({"x-ratelimit-reset": "soon", "date": "Mon, 05 Jan 2026 08:00:00 GMT"}, None),
        ({"x-ratelimit-reset": "9999999999", "date": "Mon, 05 Jan 2026 08:00:00 GMT"}, 86_400),
    ],
)
def test_a_partner_may_name_the_moment_from_which_it_listens_again(
    headers: dict[str, str], seconds: int | None
) -> None:
    http = httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(429, headers=headers)))
    assert call(http, "GET", "https://api.example", {}).retry_after == seconds
