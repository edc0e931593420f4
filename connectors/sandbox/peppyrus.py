"""The twin of Peppyrus: one call sends, the folder of a message is its state.

Its shapes are those of its makers' and others' clients (see `connectors.peppol.peppyrus`). The addresses that it calls
are entered at POST /sandbox/webhook {"url": …}, in place of the pages on which a customer enters them.
"""

from __future__ import annotations

import base64
import binascii
import json
import sqlite3
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.sandbox.calls import listener, owe
from connectors.sandbox.network import SCHEME, Fate, Network, Sent
from connectors.sandbox.state import next_number
from connectors.sandbox.ubl_fields import NotUbl, read_fields

PARTNER = "peppyrus"
KEY = "sandbox-key"
FOLDERS = {"under_way": "outbox", "delivered": "sent", "failed": "failed"}
FIELDS = ("sender", "recipient", "processType", "documentType", "fileContent")


@dataclass(frozen=True, slots=True)
class PeppyrusTwin:
    network: Network

    def app(self) -> Starlette:
        routes = [
            Route("/v1/message", self.send, methods=["POST"]),
            Route("/v1/message/list", self.listing, methods=["GET"]),
            Route("/v1/message/{id}", self.message, methods=["GET"]),
            Route("/v1/message/{id}/report", self.report, methods=["GET"]),
            Route("/v1/message/{id}/confirm", self.confirm, methods=["PATCH"]),
            Route("/v1/peppol/lookup", self.lookup, methods=["GET"]),
            Route("/v1/organization/info", self.organization, methods=["GET"]),
            Route("/sandbox/webhook", self.webhook, methods=["POST"]),
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: self._error})

    async def send(self, request: Request) -> Response:
        _account(request)
        body = await _fields(request)
        try:
            content = base64.b64decode(body["fileContent"], validate=True)
            fields = read_fields(content)
        except (binascii.Error, ValueError, NotUbl) as error:
            raise HTTPException(422, f"fileContent: {error}") from error
        if body["recipient"] not in self.network.participants:
            raise HTTPException(404, "PEPPOL identifier not found")
        with self.network.state.write() as db:
            identity = str(uuid5(NAMESPACE_OID, f"{PARTNER} message {next_number(db, 'receipt')}"))
            sent = Sent(
                id=identity,
                account=KEY,
                number=fields["invoice_id"],
                sender=body["sender"],
                receiver=body["recipient"],
                document_type=body["documentType"],
                ubl=content,
                facts={"processType": body["processType"]},
            )
            self.network.take(db, PARTNER, sent)
        self.network.show(PARTNER, identity)
        return JSONResponse({**self._sent(self._one(identity)), "folder": "outbox"})

    async def message(self, request: Request) -> Response:
        _account(request)
        identity = request.path_params["id"]
        self.settle()
        arrived = self.network.arrival(PARTNER, identity)
        return JSONResponse(_arrived(arrived) if arrived else self._sent(self._one(identity)))

    async def report(self, request: Request) -> Response:
        _account(request)
        fate = self.network.fate_of(self._one(request.path_params["id"]))
        return JSONResponse({"validationRules": [], "transmissionRules": _told(fate)})

    async def listing(self, request: Request) -> Response:
        _account(request)
        asked = request.query_params
        page, size = int(asked.get("page", 1)), int(asked.get("perPage", 10))
        found = [m for m in self._all() if all(_fits(m, name, asked.get(name)) for name in ("folder", "sender"))]
        found = [m for m in found if asked.get("receiver") in (None, m["recipient"])]
        if asked.get("confirmed"):
            found = [m for m in found if m["confirmed"] is (asked["confirmed"] == "true")]
        meta = {"currentPage": page, "pages": max(1, -(-len(found) // size)), "itemCount": len(found)}
        return JSONResponse({"items": found[(page - 1) * size : page * size], "meta": meta})

    async def confirm(self, request: Request) -> Response:
        _account(request)
        identity = request.path_params["id"]
        if self.network.arrival(PARTNER, identity) is None:
            raise HTTPException(404, "Message not found")
        self.network.confirm(PARTNER, identity)
        return JSONResponse(True)

    async def lookup(self, request: Request) -> Response:
        _account(request)
        wanted = request.query_params.get("participantId", "")
        found = self.network.participants.get(wanted)
        if found is None:
            raise HTTPException(404, "PEPPOL identifier not found")
        services = [
            {"documentType": SCHEME + kind, "transportProfile": "peppol-transport-as4-v2_0"}
            for kind in found.document_types
        ]
        return JSONResponse({"participantId": wanted, "scheme": "iso6523-actorid-upis", "services": services})

    async def organization(self, request: Request) -> Response:
        _account(request)
        return JSONResponse({"name": "Sandbox", "country": "BE"})

    async def webhook(self, request: Request) -> Response:
        listener(self.network.state, PARTNER, (await request.json())["url"])
        return JSONResponse({})

    def settle(self) -> None:
        with self.network.state.write() as db:
            hooks = db.execute("select * from webhook where partner = ? and enabled = 1", (PARTNER,)).fetchall()
            told = [("out", self._sent(row)) for row, _ in self.network.news(db, PARTNER)]
            told += [("in", _arrived(row)) for row in self.network.arrivals(db, PARTNER)]
            for hook in hooks:
                for direction, message in told:
                    identity = f"{hook['id']} {message['id']} {message['folder']}"
                    owe(db, identity, hook, f"{direction}.{message['folder']}", json.dumps(message), {})

    def complaint(self, words: str) -> object:
        return {"message": words}

    async def _error(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return JSONResponse(self.complaint(error.detail), error.status_code)

    def _one(self, identity: str) -> sqlite3.Row:
        row = self.network.find(PARTNER, identity)
        if row is None:
            raise HTTPException(404, "Message not found")
        return row

    def _all(self) -> list[dict[str, Any]]:
        arrived = self.network.state.rows("select * from arrival where partner = ? order by seq", PARTNER)
        return [*map(_arrived, arrived), *map(self._sent, self.network.sent_by(PARTNER, KEY))]

    def _sent(self, row: sqlite3.Row) -> dict[str, Any]:
        fate = self.network.fate_of(row)
        return _shown(row, row["receiver"], "OUT", FOLDERS[fate.word], row["ubl"], confirmed=True)


def _arrived(row: sqlite3.Row) -> dict[str, Any]:
    return _shown(row, row["receiver"], "IN", "INBOX", row["document"], confirmed=bool(row["confirmed"]))


def _shown(
    row: sqlite3.Row, recipient: str, direction: str, folder: str, document: bytes, *, confirmed: bool
) -> dict[str, Any]:
    on = row["sent_on"] if direction == "OUT" else row["arrived_on"]
    return {
        "id": row["id"],
        "sender": row["sender"],
        "recipient": recipient,
        "direction": direction,
        "fileContent": base64.b64encode(document).decode(),
        "created": f"{on}T08:00:00+00:00",
        "confirmed": confirmed,
        "folder": folder,
    }


def _told(fate: Fate) -> str:
    words = {"under_way": "Transmission pending", "delivered": "Transmission successful"}
    return fate.reason or words[fate.word]


def _fits(message: dict[str, Any], name: str, wanted: str | None) -> bool:
    return wanted is None or str(message[name]).lower() == wanted.lower()


def _account(request: Request) -> None:
    if request.headers.get("x-api-key") != KEY:
        raise HTTPException(401, "Authentication failed")


async def _fields(request: Request) -> dict[str, str]:
    try:
        body = json.loads(await request.body())
        if all(isinstance(body[name], str) and body[name] for name in FIELDS):
            return {name: body[name] for name in FIELDS}
    except (ValueError, KeyError, TypeError):
        pass
    raise HTTPException(422, "Invalid message body")
