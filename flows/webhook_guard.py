"""What stands before every route that strangers can call: so many calls, bytes and seconds, and no more."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from time import monotonic

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST = 256 * 1024  # bytes of a body, where no caller has shown that it may send more
SECONDS = 10.0  # for a body to arrive
A_SECOND, AT_ONCE = 5.0, 100.0  # calls of one client: in the long run, and in one go
REMEMBERED = 10_000  # clients
FREE = ("/health",)


class TooLarge(Exception):
    """The body has more bytes than are read."""


class Guard:
    """An ASGI application behind limits. The limits hold per process.

    `most`: by the path of a call, how many bytes its body may have; asked before anything of it is read.
    """

    def __init__(self, app: ASGIApp, most: Callable[[str], Awaitable[int]] | None = None) -> None:
        self._app = app
        self._most = most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # per client: calls left, and when

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in FREE:
            return await self._app(scope, receive, send)
        client = scope.get("client")
        if not self._allowed(client[0] if client else ""):
            return await Response(status_code=429, headers={"Retry-After": "30"})(scope, receive, send)
        try:
            most = await self._most(scope["path"]) if self._most else LARGEST
            body = await asyncio.wait_for(_whole(scope, receive, most), SECONDS)
        except TooLarge:
            return await Response(status_code=413, headers={"Connection": "close"})(scope, receive, send)
        except TimeoutError:
            return await Response(status_code=408, headers={"Connection": "close"})(scope, receive, send)
        if body is None:
            return None  # the caller went away
        return await self._app(scope, _once(body, receive), send)

    def _allowed(self, client: str) -> bool:
        now = monotonic()
        left, at = self._left.pop(client, (AT_ONCE, now))
        left = min(AT_ONCE, left + (now - at) * A_SECOND)
        self._left[client] = (max(left - 1, 0.0), now)
        if len(self._left) > REMEMBERED:
            self._left.popitem(last=False)
        return left >= 1


async def _whole(scope: Scope, receive: Receive, most: int) -> bytes | None:
    """The body; None where the caller went away before it was whole. Raises TooLarge as soon as that is known."""
    announced = dict(scope["headers"]).get(b"content-length", b"0")
    if not announced.isdigit() or int(announced[:12]) > most:
        raise TooLarge
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > most:
            raise TooLarge
        if not message.get("more_body", False):
            return bytes(body)


def _once(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body that was read, then goes on."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
