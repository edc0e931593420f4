"""The calls that partners make to webhooks: written down when something happened, made in order, tried three times."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping

import httpx

from connectors.http import trusted
from connectors.sandbox.faults import Fault, Faults
from connectors.sandbox.state import State, next_number

ATTEMPTS = 3
SIGNED = re.compile("signature|secret", re.IGNORECASE)


def listener(state: State, partner: str, url: str, secret: str = "") -> None:
    """The address that `partner` calls from now on, of those that are entered on its pages and not over an API."""
    with state.write() as db:
        number = next_number(db, "webhook")
        db.execute("update webhook set enabled = 0 where partner = ?", (partner,))
        db.execute(
            "insert into webhook (id, partner, account, url, events, enabled, secret) values (?, ?, '', ?, '[]', 1, ?)",
            (f"wh_{number:06d}", partner, url, secret),
        )


def owe(
    db: sqlite3.Connection, identity: str, hook: sqlite3.Row, event: str, body: str, headers: Mapping[str, str]
) -> None:
    """Write down a call to `hook`, a row of the table `webhook`."""
    db.execute(
        "insert into webhook_event (id, webhook, event, body, headers) values (?, ?, ?, ?, ?)",
        (identity, hook["id"], event, body, json.dumps({"Content-Type": "application/json", **headers})),
    )


async def deliver(state: State, faults: Faults) -> None:
    """Make every call that is still owed, in order. A redirect counts as a failure."""
    waiting = state.rows(
        "select e.*, w.partner, w.url from webhook_event e join webhook w on w.id = e.webhook"
        " where e.attempts < ? and (e.status < 200 or e.status > 299) order by e.rowid",
        ATTEMPTS,
    )
    if not waiting:
        return
    struck = [(call, faults.strike(call["partner"], f"WEBHOOK {call['event']}")) for call in waiting]
    async with httpx.AsyncClient(timeout=5, follow_redirects=False, trust_env=False, verify=trusted()) as http:
        for call, fault in sorted(struck, key=lambda one: one[1] is not None and one[1].kind == "overtaken"):
            status = await _made(http, call, fault)
            with state.write() as db:
                db.execute(
                    "update webhook_event set attempts = attempts + 1, status = ? where id = ?", (status, call["id"])
                )


async def _made(http: httpx.AsyncClient, call: sqlite3.Row, fault: Fault | None) -> int:
    """The HTTP status of the receiver's last answer, 0 where there was none."""
    kind = fault.kind if fault else None
    headers = json.loads(call["headers"])
    if kind == "forged":
        headers = {name: _forged(value) if SIGNED.search(name) else value for name, value in headers.items()}
    status = 0
    for _ in range({"drop": 0, "twice": 2}.get(kind or "", 1)):
        try:
            status = (await http.post(call["url"], content=call["body"].encode(), headers=headers)).status_code
        except httpx.HTTPError:
            status = 0
    return status


def _forged(signature: str) -> str:
    return signature[:-1] + ("0" if signature[-1] != "0" else "1")
