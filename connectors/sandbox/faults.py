"""Failures that a twin plays on demand, by the count of the calls they strike."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.sandbox.state import State

Kind = Literal[
    "unauthorized", "too_many", "error", "drop", "slow", "garbage", "forged", "twice", "overtaken", "half_done"
]
HALF_DONE = "sandbox.half_done"  # in the ASGI scope
Complaint = Callable[[str], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`kind` strikes `partner` on calls that contain `call` ('POST /claims'), from the `first` to the `last` of them.

    unauthorized 401 · too_many 429 with `retry_after` · error 500: nothing was done. drop: everything was done and
    kept, the connection breaks before the answer. slow: done after waiting `seconds`. garbage: done, answered with
    something unreadable. half_done: the twin does it, fails to note it, and answers an error (where it plays that).
    For the mail server `call` is RCPT, DATA or AUTH: error is a 451, drop as above, slow answers
    late to what is already kept, and any kind on AUTH is a 535.

    For a call of a webhook `call` is WEBHOOK and the event's name: drop is never sent, forged has a wrong signature,
    twice is sent twice, overtaken goes out after the next one.
    """

    partner: str  # a twin of the sandbox: access_point, agency, insurer, mail, …
    kind: Kind
    call: str = ""
    first: int = 1
    last: int = 1
    every: int = 1  # of them only every so many
    seconds: float = 1.0
    retry_after: int = 30


class Faults:
    """Counts durably, so that a twin that is started again does not play the same failure twice."""

    def __init__(self, state: State, faults: Sequence[Fault]) -> None:
        self._state = state
        self._faults = list(faults)

    def strike(self, partner: str, call: str) -> Fault | None:
        """The failure that this call meets, if any; every matching call counts."""
        struck: Fault | None = None
        for index, fault in enumerate(self._faults):
            if fault.partner == partner and fault.call in call:
                count = self._count(index)
                due = fault.first <= count <= fault.last and (count - fault.first) % fault.every == 0
                if due and struck is None:
                    struck = fault
        return struck

    def _count(self, index: int) -> int:
        with self._state.write() as db:
            row = db.execute(
                "insert into fault_hit values (?, 1) on conflict (fault) do update set count = count + 1"
                " returning count",
                (index,),
            ).fetchone()
        return int(row[0])


class FaultyApp:
    """An HTTP twin whose answers fail as `faults` says. The sandbox's own paths never fail.

    `complaint` gives the words of an error the shape in which this partner says them.
    """

    def __init__(self, app: ASGIApp, partner: str, faults: Faults, complaint: Complaint) -> None:
        self._app = app
        self._partner = partner
        self._faults = faults
        self._complaint = complaint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/sandbox/"):
            await self._app(scope, receive, send)
            return
        fault = self._faults.strike(self._partner, f"{scope['method']} {scope['path']}")
        kind = fault.kind if fault else None
        if fault and kind == "slow":
            receive = await _heard(receive)
            await asyncio.sleep(fault.seconds)
        if fault and kind in REFUSALS:
            status, words = REFUSALS[kind]
            await _answer(send, status, json.dumps(self._complaint(words)), fault.retry_after)
        elif kind in ("drop", "garbage"):
            await self._app(scope, receive, _swallow)
            await _break(send) if kind == "drop" else await _answer(send, 200, "<html>bad gateway</html>")
        else:
            await self._app({**scope, HALF_DONE: kind == "half_done"}, receive, send)


def detail(words: str) -> dict[str, str]:
    """An error as FastAPI has it."""
    return {"detail": words}


REFUSALS: dict[str, tuple[int, str]] = {
    "unauthorized": (401, "Unauthorized"),
    "too_many": (429, "Too Many Requests"),
    "error": (500, "Internal Server Error"),
}


async def _heard(receive: Receive) -> Receive:
    """Take in the whole request: what comes after does not depend on whether the caller still waits."""
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    left = iter(messages)

    async def again() -> Message:
        return next(left, {"type": "http.disconnect"})

    return again


async def _swallow(message: Message) -> None:
    return None


async def _answer(send: Send, status: int, body: str, retry_after: int = 0) -> None:
    headers = [(b"content-type", b"application/json")]
    if status == 429:
        headers.append((b"retry-after", str(retry_after).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})


async def _break(send: Send) -> None:
    """An answer that is begun and never ended: the server closes the connection."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
