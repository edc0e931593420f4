"""An access point on loopback that speaks the API of e-invoice.be (OpenAPI 1.1.0), error bodies included.

A document that was sent answers TRANSIT, and from the receiver's `delivered_after` days on (default: the same day, at
the next look) SENT. A receiver that is not on the network fails at the next look.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.sandbox.access_point_inbox import arrived, page, responses_to, shown, validation
from connectors.sandbox.faults import detail
from connectors.sandbox.network import CREDIT_NOTE, INVOICE, Fate, Network, Sent, clock
from connectors.sandbox.state import State, next_number, safe_name
from connectors.sandbox.ubl_fields import Fields, NotUbl, read_fields
from connectors.sandbox.webhooks import announce, webhook_routes

PARTNER = "access_point"
STATES = {"under_way": "TRANSIT", "delivered": "SENT", "failed": "FAILED"}
INBOXES = {"/api/inbox/invoices": "INVOICE", "/api/inbox/credit-notes": "CREDIT_NOTE"}
LARGEST = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """`accounts` gives for each API key the Peppol ids that it may send for; none named: any."""

    network: Network
    accounts: Mapping[str, Iterable[str]] = field(default_factory=lambda: {"sandbox-key": ()})

    @property
    def state(self) -> State:
        return self.network.state

    def routes(self) -> list[Route]:
        return [
            Route("/api/documents/ubl", self.create, methods=["POST"]),
            Route("/api/documents/{id}/send", self.send, methods=["POST"]),
            Route("/api/documents/{id}/validate", self.validate_document, methods=["POST"]),
            Route("/api/documents/{id}/timeline", self.timeline, methods=["GET"]),
            Route("/api/documents/{id}/ubl", self.ubl, methods=["GET"]),
            Route("/api/documents/{id}", self.document, methods=["GET", "DELETE"]),
            Route("/api/drafts/", self.drafts, methods=["GET"]),
            Route("/api/outbox/", self.outbox, methods=["GET"]),
            Route("/api/outbox/drafts", self.drafts, methods=["GET"]),
            Route("/api/inbox/", self.inbox, methods=["GET"]),
            Route("/api/inbox/invoices", self.inbox, methods=["GET"]),
            Route("/api/inbox/credit-notes", self.inbox, methods=["GET"]),
            Route("/api/validate/ubl", self.validate_ubl, methods=["POST"]),
            Route("/api/validate/peppol-id", self.validate, methods=["GET"]),
            Route("/api/me/", self.me, methods=["GET"]),
            Route("/files/{id}", self.file, methods=["GET"]),
            *webhook_routes(self.state, self.account),
        ]

    def app(self) -> Starlette:
        return Starlette(routes=self.routes(), exception_handlers={HTTPException: _error})

    async def create(self, request: Request) -> Response:
        account = self.account(request)
        _, content = await _uploaded(request)
        try:
            fields = read_fields(content)
        except NotUbl as error:
            raise HTTPException(415, f"UBL file is not valid or empty: {error}") from error
        with self.state.write() as db:
            seq = next_number(db, "document")
            identity = "doc_" + hashlib.sha256(f"{seq}".encode() + content).hexdigest()[:24]
            created = clock(self.state.today(), seq).isoformat()
            db.execute(
                "insert into document (id, seq, account, number, ubl, fields, created_at) values (?, ?, ?, ?, ?, ?, ?)",
                (identity, seq, account, fields["invoice_id"], content, json.dumps(fields), created),
            )
        return JSONResponse(self._response(self._find(account, identity)), 201)

    async def send(self, request: Request) -> Response:
        account = self.account(request)
        row = self._find(account, request.path_params["id"])
        if row["sent_on"] is not None:
            raise HTTPException(405, "Document is not in draft state")
        sender = _peppol_id(request, "sender", json.loads(row["fields"])["vendor_peppol_id"])
        receiver = _peppol_id(request, "receiver", json.loads(row["fields"])["customer_peppol_id"])
        allowed = tuple(self.accounts[account])
        if allowed and sender not in allowed:
            raise HTTPException(409, f"Not allowed to send from Peppol ID {sender}")
        sent = Sent(
            id=row["id"],
            account=account,
            number=row["number"],
            sender=sender,
            receiver=receiver,
            document_type=_kind(row),
            ubl=row["ubl"],
            facts={},
        )
        today = self.state.today()
        with self.state.write() as db:
            seq = self.network.take(db, PARTNER, sent)
            db.execute(
                "update document set sender = ?, receiver = ?, sent_on = ?, sent_at = ? where id = ?",
                (sender, receiver, today.isoformat(), clock(today, seq).isoformat(), row["id"]),
            )
        self.network.show(PARTNER, row["id"])
        answer = self._response(self._find(account, row["id"])) | {"state": "TRANSIT"}
        return JSONResponse(answer)

    async def document(self, request: Request) -> Response:
        account = self.account(request)
        if came := self._arrival(account, request.path_params["id"]):
            return JSONResponse(shown(came))
        row = self._find(account, request.path_params["id"])
        if request.method == "GET":
            self.settle()
            return JSONResponse(self._response(row))
        if row["sent_on"] is not None:
            raise HTTPException(400, "Document is not in draft state")
        with self.state.write() as db:
            db.execute("update document set account = '' where id = ?", (row["id"],))
        return JSONResponse({"is_deleted": True})

    async def timeline(self, request: Request) -> Response:
        row = self._find(self.account(request), request.path_params["id"])
        return JSONResponse({"document_id": row["id"], "events": self._events(row)})

    async def ubl(self, request: Request) -> Response:
        account = self.account(request)
        came = self._arrival(account, request.path_params["id"])
        row = came or self._find(account, request.path_params["id"])
        content, name = (came["document"], came["id"]) if came else (row["ubl"], safe_name(row["number"]))
        sender, receiver = (row["sender"] or ":").split(":", 1), (row["receiver"] or ":").split(":", 1)
        return JSONResponse(
            {
                "id": row["id"],
                "file_name": f"{name}.xml",
                "file_hash": hashlib.sha256(content).hexdigest(),
                "file_size": len(content),
                "sender_peppol_scheme": sender[0] or None,
                "sender_peppol_id": sender[1] or None,
                "receiver_peppol_scheme": receiver[0] or None,
                "receiver_peppol_id": receiver[1] or None,
                "signed_url": f"{request.base_url!s}files/{row['id']}",
                "validated_at": None if came else row["created_at"],
            }
        )

    async def file(self, request: Request) -> Response:
        identity = request.path_params["id"]
        came = self.network.arrival(PARTNER, identity)
        row = came or self.state.row("select ubl from document where id = ?", identity)
        if row is None:
            raise HTTPException(404, "Document not found")
        return Response(row["document" if came else "ubl"], media_type="application/xml")

    async def drafts(self, request: Request) -> Response:
        """Documents that are not, or not yet, transmitted: the API lists DRAFT, TRANSIT and FAILED here."""
        return self._page(request, {"DRAFT", "TRANSIT", "FAILED"})

    async def outbox(self, request: Request) -> Response:
        return self._page(request, {"SENT"})

    async def inbox(self, request: Request) -> Response:
        """What the network brought; the two narrower lists by kind."""
        rows = [shown(row) for row in arrived(self.network, PARTNER, self.accounts[self.account(request)])]
        wanted = INBOXES.get(request.url.path, request.query_params.get("type"))
        return JSONResponse(page([row for row in rows if wanted in (None, row.get("document_type"))], _paged(request)))

    async def validate_document(self, request: Request) -> Response:
        row = self._find(self.account(request), request.path_params["id"])
        return JSONResponse(validation(f"{safe_name(row['number'])}.xml", row["ubl"]))

    async def validate_ubl(self, request: Request) -> Response:
        name, content = await _uploaded(request)
        return JSONResponse(validation(name, content), 201)

    async def validate(self, request: Request) -> Response:
        wanted = request.query_params.get("peppol_id", "")
        scheme, _, identity = wanted.partition(":")
        if len(scheme) != 4 or not scheme.isdecimal() or not identity:
            raise HTTPException(422, "Invalid Peppol ID format")
        found = self.network.participants.get(wanted)
        return JSONResponse(
            {
                "is_valid": found is not None,
                "dns_valid": found is not None,
                "business_card_valid": False,
                "supported_document_types": list(found.document_types) if found else [],
                "business_card": None,
            }
        )

    async def me(self, request: Request) -> Response:
        account = self.account(request)
        return JSONResponse({"name": "sandbox", "plan": "starter", "peppol_ids": list(self.accounts[account])})

    def account(self, request: Request) -> str:
        """The API key of the request's account; 401 where there is none."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or key not in self.accounts:
            raise HTTPException(401, "Unauthorized")
        return key

    def settle(self) -> None:
        """Announce to webhooks what changed since the last look."""
        if not self.state.rows("select 1 from webhook limit 1"):
            return
        with self.state.write() as db:
            for row, fate in self.network.news(db, PARTNER):
                event = "document.sent" if fate.word == "delivered" else "document.sent.failed"
                announce(db, row["account"], event, {"document_id": row["id"]}, self.state.today())
            for row in self.network.arrivals(db, PARTNER):
                for account, allowed in self.accounts.items():
                    if not tuple(allowed) or row["receiver"] in allowed:
                        announce(db, account, "document.received", {"document_id": row["id"]}, self.state.today())

    def complaint(self, words: str) -> object:
        return detail(words)

    def _find(self, account: str, identity: str) -> sqlite3.Row:
        row = self.state.row("select * from document where id = ? and account = ?", identity, account)
        if row is None:
            raise HTTPException(404, "Document not found")
        return row

    def _page(self, request: Request, states: set[str]) -> Response:
        account = self.account(request)
        search = request.query_params.get("search", "").lower()
        rows = self.state.rows("select * from document where account = ? order by seq desc", account)
        found = [
            self._response(row)
            for row in rows
            if self._state(row) in states and (not search or search in _searchable(json.loads(row["fields"])))
        ]
        return JSONResponse(page(found, _paged(request)))

    def _arrival(self, account: str, identity: str) -> sqlite3.Row | None:
        """What the network brought this account under that id."""
        row = self.network.arrival(PARTNER, identity)
        allowed = tuple(self.accounts[account])
        return row if row and (not allowed or row["receiver"] in allowed) else None

    def _response(self, row: sqlite3.Row) -> dict[str, Any]:
        fields = {name: value for name, value in json.loads(row["fields"]).items() if name != "vendor_peppol_id"}
        if row["receiver"]:
            fields["customer_peppol_id"] = row["receiver"]
        return {
            "id": row["id"],
            "created_at": row["created_at"],
            "state": self._state(row),
            "direction": "OUTBOUND",
            **fields,
        }

    def _fate(self, row: sqlite3.Row) -> Fate | None:
        """What has become of a document; None of a draft."""
        if row["sent_on"] is None:
            return None
        return self.network.fate(row["receiver"], _kind(row), date.fromisoformat(row["sent_on"]))

    def _state(self, row: sqlite3.Row) -> str:
        fate = self._fate(row)
        return STATES[fate.word] if fate else "DRAFT"

    def _events(self, row: sqlite3.Row) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = [_event(row, "document_created", row["created_at"])]
        fate = self._fate(row)
        if fate is None:
            return events
        events.append(_event(row, "send_attempted", row["sent_at"]))
        at = (datetime.fromisoformat(row["sent_at"]) + timedelta(days=fate.after, seconds=2)).isoformat()
        if fate.word == "delivered":
            events.append(_event(row, "send_success", at, {"receiver": row["receiver"]}))
        if fate.word == "failed":
            events.append(_event(row, "send_failed", at, {"receiver": row["receiver"], "error": fate.reason}))
        return [*events, *responses_to(self.network, PARTNER, row["number"], row["receiver"])]


def _kind(row: sqlite3.Row) -> str:
    """The document type, as the network names it."""
    return INVOICE if json.loads(row["fields"])["document_type"] == "INVOICE" else CREDIT_NOTE


def _event(row: sqlite3.Row, kind: str, at: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"event_type": kind, "timestamp": at, "id": f"{row['id']}-{kind}", "details": details}


def _peppol_id(request: Request, party: str, otherwise: str | None) -> str:
    scheme = request.query_params.get(f"{party}_peppol_scheme")
    identity = request.query_params.get(f"{party}_peppol_id")
    if scheme and identity:
        return f"{scheme}:{identity}"
    if otherwise is None:
        raise HTTPException(400, f"Missing Peppol information of the {party}")
    return otherwise


async def _uploaded(request: Request) -> tuple[str, bytes]:
    """(name, content) of the part `file`."""
    upload = (await request.form(max_part_size=LARGEST)).get("file")
    if not isinstance(upload, UploadFile):
        raise _invalid(["body", "file"], "Field required", "missing")
    return upload.filename or "document.xml", await upload.read(LARGEST)


def _paged(request: Request) -> dict[str, int]:
    return {"page": _integer(request, "page", 1, 10**6), "page_size": _integer(request, "page_size", 20, 100)}


def _integer(request: Request, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise _invalid(["query", name], f"Input should be an integer between 1 and {most}", "int_parsing")
    return int(text)


def _searchable(fields: Fields) -> str:
    return " ".join(str(fields[name]) for name in ("invoice_id", "vendor_name", "customer_name")).lower()


def _invalid(loc: list[str], message: str, kind: str) -> HTTPException:
    return HTTPException(422, json.dumps([{"loc": loc, "msg": message, "type": kind}]))


async def _error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail: Any = error.detail
    if error.status_code == 422 and detail.startswith("["):
        detail = json.loads(detail)
    return JSONResponse({"detail": detail}, error.status_code, headers=error.headers)
