"""The webhooks of e-invoice.be: registered over its API, signed as documented, history kept.

The signature is an HMAC-SHA256, not over the body as sent, but over `json.dumps(payload, sort_keys=True)`
(docs.e-invoice.be, webhooks).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.sandbox.calls import owe
from connectors.sandbox.state import State, next_number

EVENTS = ("document.received", "document.sent", "document.sent.failed", "document.received.failed")


def signature(secret: str, payload: dict[str, Any]) -> str:
    """The value of X-Signature."""
    message = json.dumps(payload, sort_keys=True).encode()
    return "sha256=" + hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def announce(
    db: sqlite3.Connection, account: str, event: str, data: dict[str, Any], on: date, only: str | None = None
) -> None:
    """Write the event down for every webhook of the account that listens to it, or for `only` that one."""
    for hook in db.execute(
        "select * from webhook where partner = 'access_point' and account = ? and enabled = 1", (account,)
    ).fetchall():
        if hook["id"] == only or (only is None and event in json.loads(hook["events"])):
            number = next_number(db, "webhook_event")
            identity = "evt-" + hashlib.sha256(f"{hook['id']} {number}".encode()).hexdigest()[:32]
            body = {
                "id": identity,
                "tenant_id": "ten-sandbox",
                "created_at": int(datetime.combine(on, time(8), UTC).timestamp()),
                "type": event,
                "data": data,
                "text": f"New webhook event: {event}\n\n{json.dumps(data, indent=2)}",
            }
            owe(db, identity, hook, event, json.dumps(body), {"X-Signature": signature(hook["secret"], body)})


def webhook_routes(state: State, account: Callable[[Request], str]) -> list[Route]:
    """The API under /api/webhooks/."""

    async def create(request: Request) -> Response:
        owner = account(request)
        identity = _added(state, owner, await _body(request))
        return JSONResponse(_shown(_hook(state, owner, identity)), 201)

    async def listing(request: Request) -> Response:
        rows = state.rows("select * from webhook where partner = 'access_point' and account = ?", account(request))
        return JSONResponse([_shown(row) for row in rows])

    async def one(request: Request) -> Response:
        owner = account(request)
        hook = _hook(state, owner, request.path_params["id"])
        if request.method == "PUT":
            _change(state, hook, await _body(request, {"url": hook["url"], "events": json.loads(hook["events"])}))
        if request.method == "DELETE":
            with state.write() as db:
                db.execute("update webhook set account = '', enabled = 0 where id = ?", (hook["id"],))
            return JSONResponse({"is_deleted": True})
        return JSONResponse(_shown(_hook(state, owner, hook["id"])))

    async def test(request: Request) -> Response:
        """An event of the caller's making goes out like any other."""
        owner = account(request)
        hook = _hook(state, owner, request.path_params["id"])
        body = json.loads(await request.body())
        if body.get("event_type") not in EVENTS:
            raise HTTPException(422, "Invalid webhook event type")
        with state.write() as db:
            announce(db, owner, body["event_type"], body.get("data") or {}, state.today(), only=hook["id"])
        answer = {"success": True, "message": "Webhook test was queued", "webhook_delivery_result": {}}
        return JSONResponse(answer)

    async def history(request: Request) -> Response:
        hook = _hook(state, account(request), request.path_params["id"])
        rows = state.rows("select * from webhook_event where webhook = ? order by rowid", hook["id"])
        shown = [{**json.loads(row["body"]), "attempts": row["attempts"], "status": row["status"]} for row in rows]
        return JSONResponse({"history": shown})

    return [
        Route("/api/webhooks/", create, methods=["POST"]),
        Route("/api/webhooks/", listing, methods=["GET"]),
        Route("/api/webhooks/{id}/test", test, methods=["POST"]),
        Route("/api/webhooks/{id}/history", history, methods=["GET"]),
        Route("/api/webhooks/{id}", one, methods=["GET", "PUT", "DELETE"]),
    ]


def _added(state: State, owner: str, body: dict[str, Any]) -> str:
    """A new webhook of `owner`; its id."""
    with state.write() as db:
        number = next_number(db, "webhook")
        identity, secret = f"wh_{number:06d}", hashlib.sha256(f"sandbox webhook {number}".encode()).hexdigest()
        db.execute(
            "insert into webhook (id, partner, account, url, events, enabled, secret)"
            " values (?, 'access_point', ?, ?, ?, ?, ?)",
            (identity, owner, body["url"], json.dumps(body["events"]), int(body.get("enabled", True)), secret),
        )
    return identity


def _change(state: State, hook: sqlite3.Row, body: dict[str, Any]) -> None:
    values = (body["url"], json.dumps(body["events"]), int(body.get("enabled", hook["enabled"])), hook["id"])
    with state.write() as db:
        db.execute("update webhook set url = ?, events = ?, enabled = ? where id = ?", values)


async def _body(request: Request, before: dict[str, Any] | None = None) -> dict[str, Any]:
    """What is asked for, on top of what was there `before`."""
    try:
        given = json.loads(await request.body())
        body = {**(before or {}), **{name: value for name, value in given.items() if value is not None}}
        if body["url"].startswith("http") and body["events"] and set(body["events"]) <= set(EVENTS):
            return dict(body)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise HTTPException(422, "Invalid webhook data")


def _hook(state: State, account: str, identity: str) -> sqlite3.Row:
    row = state.row("select * from webhook where id = ? and account = ?", identity, account)
    if row is None:
        raise HTTPException(404, "Webhook not found")
    return row


def _shown(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "url": row["url"],
        "events": json.loads(row["events"]),
        "enabled": bool(row["enabled"]),
        "secret": row["secret"],
    }
