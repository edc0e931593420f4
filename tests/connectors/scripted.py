"""A partner that answers by a script, for what no twin plays: every status, every way in which an answer is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import httpx

from connectors.ports import Access

Provider = TypeVar("Provider")
Scripted = tuple[int, dict[str, str], str] | Exception

SECRET = "key-that-nobody-may-read"
HOOK = "hook-secret-that-nobody-guesses-0001"
LOST = (
    httpx.ReadTimeout("slow"),
    httpx.WriteTimeout("slow"),
    httpx.RemoteProtocolError("closed"),
    httpx.ReadError("reset"),
)
NEVER_LEFT = (httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"))


def answering(
    provider: Callable[[Access, httpx.Client], Provider], *replies: Scripted, account: str | None = "1"
) -> tuple[Provider, list[httpx.Request]]:
    """A provider whose n-th call gets the n-th reply, the last one again and again; and what it asked."""
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        reply = replies[min(len(asked), len(replies)) - 1]
        if isinstance(reply, Exception):
            raise reply
        status, headers, body = reply
        return httpx.Response(status, headers=headers, text=body)

    access = Access(url="https://api.example", key=SECRET, account=account, webhook_secret=HOOK)
    return provider(access, httpx.Client(transport=httpx.MockTransport(handle))), asked
