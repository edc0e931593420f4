"""An access point on loopback that speaks the API of e-invoice.be (OpenAPI 1.1.0), error bodies included.

A document that was sent answers TRANSIT, and from the receiver's `delivered_after` days on (default: the same day, at
the next look) SENT. A receiver that is not on the network fails at the next look. What was sent is kept as
`peppol/<number>.xml` with a line in `peppol/index.jsonl`.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.sandbox.state import State, next_number, receive, safe_name, show
from connectors.sandbox.ubl_fields import Fields, NotUbl, read_fields
from connectors.sandbox.webhooks import announce, webhook_routes

BILLING = "##urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0::2.1"
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
INVOICE = f"{UBL}Invoice-2::Invoice{BILLING}"
CREDIT_NOTE = f"{UBL}CreditNote-2::CreditNote{BILLING}"
LARGEST = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """A receiver on the sandbox network. `id` is 'scheme:id'; days are counted from the day of sending."""

    id: str
    document_types: tuple[str, ...] = (INVOICE, CREDIT_NOTE)
    delivered_after: int = 0
    fails_after: int | None = None  # a late rejection: TRANSIT until then, FAILED from then on
    never: bool = False  # stays in TRANSIT


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """`accounts` gives for each API key the Peppol ids that it may send for; none named: any."""

    state: State
    out: Path
    participants: Mapping[str, Participant]
    accounts: Mapping[str, Iterable[str]] = field(default_factory=lambda: {"sandbox-key": ()})

    def routes(self) -> list[Route]:
        return [
            Route("/api/documents/ubl", self.create, methods=["POST"]),
            Route("/api/documents/{id}/send", self.send, methods=["POST"]),
            Route("/api/documents/{id}/timeline", self.timeline, methods=["GET"]),
            Route("/api/documents/{id}/ubl", self.ubl, methods=["GET"]),
            Route("/api/documents/{id}", self.document, methods=["GET", "DELETE"]),
            Route("/api/drafts/", self.drafts, methods=["GET"]),
            Route("/api/outbox/", self.outbox, methods=["GET"]),
            Route("/api/validate/peppol-id", self.validate, methods=["GET"]),
            Route("/api/me/", self.me, methods=["GET"]),
            Route("/files/{id}", self.file, methods=["GET"]),
            *webhook_routes(self.state, self.account),
        ]

    def app(self) -> Starlette:
        return Starlette(routes=self.routes(), exception_handlers={HTTPException: _error})

    async def create(self, request: Request) -> Response:
        account = self.account(request)
        form = await request.form(max_part_size=LARGEST)
        upload = form.get("file")
        if not isinstance(upload, UploadFile):
            raise _invalid(["body", "file"], "Field required", "missing")
        content = await upload.read(LARGEST)
        try:
            fields = read_fields(content)
        except NotUbl as error:
            raise HTTPException(415, f"UBL file is not valid or empty: {error}") from error
        with self.state.write() as db:
            seq = next_number(db, "document")
            identity = "doc_" + hashlib.sha256(f"{seq}".encode() + content).hexdigest()[:24]
            created = self._clock(self.state.today(), seq)
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
        today = self.state.today()
        with self.state.write() as db:
            path = self._path(db, row["number"], sender)
            seq = next_number(db, "receipt")
            receive(db, "access_point", f"{sender} {row['number']}", row["id"], today, path)
            db.execute(
                "update document set sender = ?, receiver = ?, sent_on = ?, sent_at = ?, path = ? where id = ?",
                (sender, receiver, today.isoformat(), self._clock(today, seq), path, row["id"]),
            )
        self._keep(self._find(account, row["id"]))
        answer = self._response(self._find(account, row["id"])) | {"state": "TRANSIT"}
        return JSONResponse(answer)

    async def document(self, request: Request) -> Response:
        account = self.account(request)
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
        row = self._find(self.account(request), request.path_params["id"])
        sender, receiver = (row["sender"] or ":").split(":", 1), (row["receiver"] or ":").split(":", 1)
        return JSONResponse(
            {
                "id": row["id"],
                "file_name": f"{safe_name(row['number'])}.xml",
                "file_hash": hashlib.sha256(row["ubl"]).hexdigest(),
                "file_size": len(row["ubl"]),
                "sender_peppol_scheme": sender[0] or None,
                "sender_peppol_id": sender[1] or None,
                "receiver_peppol_scheme": receiver[0] or None,
                "receiver_peppol_id": receiver[1] or None,
                "signed_url": f"{request.base_url!s}files/{row['id']}",
                "validated_at": row["created_at"],
            }
        )

    async def file(self, request: Request) -> Response:
        row = self.state.row("select ubl from document where id = ?", request.path_params["id"])
        if row is None:
            raise HTTPException(404, "Document not found")
        return Response(row["ubl"], media_type="application/xml")

    async def drafts(self, request: Request) -> Response:
        """Documents that are not, or not yet, transmitted: the API lists DRAFT, TRANSIT and FAILED here."""
        return self._page(request, {"DRAFT", "TRANSIT", "FAILED"})

    async def outbox(self, request: Request) -> Response:
        return self._page(request, {"SENT"})

    async def validate(self, request: Request) -> Response:
        wanted = request.query_params.get("peppol_id", "")
        scheme, _, identity = wanted.partition(":")
        if len(scheme) != 4 or not scheme.isdecimal() or not identity:
            raise HTTPException(422, "Invalid Peppol ID format")
        found = self.participants.get(wanted)
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
            for row in db.execute("select * from document where sent_on is not null").fetchall():
                now = self._state(row)
                if now in ("SENT", "FAILED") and now != row["announced"]:
                    db.execute("update document set announced = ? where id = ?", (now, row["id"]))
                    event = "document.sent" if now == "SENT" else "document.sent.failed"
                    announce(db, row["account"], event, {"document_id": row["id"]}, self.state.today())

    def repair(self) -> None:
        """After a stop at any line: every document that was taken stands in the folder again."""
        sent = self.state.rows("select * from document where path is not null order by sent_at")
        (self.out / "peppol" / "index.jsonl").unlink(missing_ok=True)
        for row in sent:
            self._keep(row)

    def _keep(self, row: sqlite3.Row) -> None:
        target = self.out / row["path"]
        show(target, row["ubl"])
        line = {
            "number": row["number"],
            "id": row["id"],
            "sender": row["sender"],
            "receiver": row["receiver"],
            "sent_on": row["sent_on"],
            "sha256": hashlib.sha256(row["ubl"]).hexdigest(),
            "file": target.name,
        }
        with (target.parent / "index.jsonl").open("a", encoding="utf-8") as index:
            index.write(json.dumps(line, ensure_ascii=False) + "\n")

    def _path(self, db: sqlite3.Connection, number: str, sender: str) -> str:
        """`peppol/<number>.xml`; another sender's same number and a second receipt get names of their own."""
        name = safe_name(number)
        for candidate in (
            name,
            f"{name}@{safe_name(sender)}",
            *(f"{name}@{safe_name(sender)}.{n}" for n in range(2, 99)),
        ):
            path = f"peppol/{candidate}.xml"
            if not db.execute("select 1 from document where path = ?", (path,)).fetchone():
                return path
        raise HTTPException(500, "Internal Server Error")

    def _find(self, account: str, identity: str) -> sqlite3.Row:
        row = self.state.row("select * from document where id = ? and account = ?", identity, account)
        if row is None:
            raise HTTPException(404, "Document not found")
        return row

    def _page(self, request: Request, states: set[str]) -> Response:
        account = self.account(request)
        page, size = _integer(request, "page", 1, 10**6), _integer(request, "page_size", 20, 100)
        search = request.query_params.get("search", "").lower()
        rows = self.state.rows("select * from document where account = ? order by seq desc", account)
        found = [
            row
            for row in rows
            if self._state(row) in states and (not search or search in _searchable(json.loads(row["fields"])))
        ]
        pages = max(1, -(-len(found) // size))
        return JSONResponse(
            {
                "items": [self._response(row) for row in found[(page - 1) * size : page * size]],
                "total": len(found),
                "page": page,
                "page_size": size,
                "pages": pages,
                "has_next_page": page < pages,
            }
        )

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

    def _receiver(self, row: sqlite3.Row) -> Participant | None:
        """The receiver on the network, if it takes this kind of document."""
        kind = INVOICE if json.loads(row["fields"])["document_type"] == "INVOICE" else CREDIT_NOTE
        receiver = self.participants.get(row["receiver"])
        return receiver if receiver and kind in receiver.document_types else None

    def _state(self, row: sqlite3.Row) -> str:
        if row["sent_on"] is None:
            return "DRAFT"
        receiver = self._receiver(row)
        if receiver is None:
            return "FAILED"
        days = (self.state.today() - date.fromisoformat(row["sent_on"])).days
        if receiver.never:
            return "TRANSIT"
        if receiver.fails_after is not None:
            return "FAILED" if days >= receiver.fails_after else "TRANSIT"
        return "SENT" if days >= receiver.delivered_after else "TRANSIT"

    def _events(self, row: sqlite3.Row) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = [_event(row, "document_created", row["created_at"])]
        if row["sent_on"] is None:
            return events
        events.append(_event(row, "send_attempted", row["sent_at"]))
        receiver = self._receiver(row)
        state = self._state(row)
        wait = (receiver.fails_after if state == "FAILED" else receiver.delivered_after) if receiver else 0
        at = (datetime.fromisoformat(row["sent_at"]) + timedelta(days=wait or 0, seconds=2)).isoformat()
        if state == "SENT":
            events.append(_event(row, "send_success", at, {"receiver": row["receiver"]}))
        if state == "FAILED":
            error = (
                "Rejected by the receiver's access point"
                if receiver
                else "Receiver is not registered for this document"
            )
            events.append(_event(row, "send_failed", at, {"receiver": row["receiver"], "error": error}))
        return events

    @staticmethod
    def _clock(on: date, seq: int) -> str:
        """A time within the sandbox day that only the order of events decides."""
        return (datetime.combine(on, time(8), UTC) + timedelta(seconds=seq)).isoformat()


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
