"""What was said to a partner over HTTP and what it answered, noted for the proof, without anything secret.

Only headers that are known to be harmless are shown. The values of all others are taken out of the address and the
answer too, should the partner repeat them. A body is named by its hash: the document in it is kept as it is elsewhere.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpx

HARMLESS = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "host",
        "idempotency-key",
        "language",
        "location",
        "retry-after",
        "server",
        "transfer-encoding",
        "user-agent",
        "x-filename",
        "x-request-id",
    }
)
HARMLESS_BEGIN = ("x-scrada-peppol-", "x-scrada-external-")
LONGEST_TEXT = 64 * 1024  # of an answer; what is longer is named by its hash
SHORTEST_SECRET = 6

_watching: ContextVar[list[dict[str, Any]] | None] = ContextVar("watching", default=None)


@contextmanager
def watched() -> Iterator[list[dict[str, Any]]]:
    """Every call within the block is noted, in order, as a JSON object {request, answer | problem}."""
    exchanges: list[dict[str, Any]] = []
    token = _watching.set(exchanges)
    try:
        yield exchanges
    finally:
        _watching.reset(token)


def note(request: httpx.Request, response: httpx.Response | None, content: bytes, problem: str | None) -> None:
    """Notes one call where somebody watches. `problem`: why there is no whole answer."""
    exchanges = _watching.get()
    if exchanges is None:
        return
    secrets = hidden(request.headers)
    body = request.read()
    said: dict[str, Any] = {
        "request": {
            "method": request.method,
            "url": str(without(secrets, str(request.url))),
            "headers": shown(request.headers),
            "body": {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()},
        }
    }
    if response is not None:
        said["answer"] = {"status": response.status_code, "headers": shown(response.headers), **text(content, secrets)}
    if problem:
        said["problem"] = problem
    exchanges.append(said)


def shown(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if is_harmless(name)}


def is_harmless(name: str) -> bool:
    return name.lower() in HARMLESS or name.lower().startswith(HARMLESS_BEGIN)


def hidden(headers: Mapping[str, str]) -> list[str]:
    """Every value that is not shown, its words, and what they hold in base64; the longest first."""
    found: set[str] = set()
    for name, value in headers.items():
        if not is_harmless(name):
            found |= {value, *value.split(), *(part for word in value.split() for part in unpacked(word))}
    return sorted((each for each in found if len(each) >= SHORTEST_SECRET), key=len, reverse=True)


def unpacked(word: str) -> list[str]:
    """The user and the password of basic authentication."""
    try:
        return base64.b64decode(word, validate=True).decode().split(":")
    except (binascii.Error, UnicodeDecodeError):
        return []


def without(secrets: list[str], words: str) -> str:
    for secret in secrets:
        words = words.replace(secret, "***")
    return words


def text(content: bytes, secrets: list[str]) -> dict[str, Any]:
    """The answer in words, or its hash where it is long or no text."""
    try:
        if len(content) <= LONGEST_TEXT:
            return {"text": without(secrets, content.decode())}
    except UnicodeDecodeError:
        pass
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
