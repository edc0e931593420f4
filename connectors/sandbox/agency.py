"""A collection agency on loopback: takes dossiers over the signed contract and collects by a script.

A claim is accepted the day after it was taken and active the day after that; what it then collects, which claims it
turns down and of which it asks something, the script says by the debtor's reference in `claim.json`. A claim that is
recalled it gives back, unless all was collected. It keeps each dossier as `agency/<id>.zip`.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import sqlite3
import time
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.collection.agency_wire import call_signature
from connectors.sandbox.calls import owe
from connectors.sandbox.state import State, next_number, receive, show
from receivables.dossier import UNREADABLE

LARGEST = 100 * 1024 * 1024
PATIENCE = 300  # seconds by which a signature's moment may differ
CENT = Decimal("0.01")
Script = Mapping[str, Sequence[tuple[int, Decimal]]]


@dataclass(frozen=True, slots=True)
class Agency:
    """`collections`: debtor reference -> (days after hand-over, share of the claim's total) for each payment."""

    state: State
    folder: Path
    client_id: str
    secret: str
    collections: Script = field(default_factory=dict)
    rejecting: Collection[str] = ()
    fee: Decimal = Decimal("0.10")  # of what was collected
    asking: Mapping[str, str] = field(default_factory=dict)  # debtor reference -> what it asks before it starts

    def app(self) -> Starlette:
        routes = [
            Route("/claims", self.claims, methods=["GET", "POST"]),
            Route("/claims/{id}", self.claim, methods=["GET"]),
            Route("/claims/{id}/updates", self.updates, methods=["GET", "POST"]),
            Route("/claims/{id}/recall", self.recall, methods=["POST"]),
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: _error})

    async def claims(self, request: Request) -> Response:
        body = await self._signed(request)
        key = request.headers.get("idempotency-key", "")
        if request.method == "GET":
            key = request.query_params.get("key", "")
            rows = self.state.rows("select * from claim where key = ?", key)
            return JSONResponse({"items": [self._shown(row) for row in rows]})
        if not key:
            raise HTTPException(400, "Idempotency-Key is missing")
        claim = _read_dossier(body)
        known = self.state.row("select * from claim where key = ?", key)
        digest = hashlib.sha256(body).hexdigest()
        if known is not None and known["sha256"] != digest:
            raise HTTPException(409, "another dossier is held under this key")
        with self.state.write() as db:
            identity = known["id"] if known else f"AG-{next_number(db, 'claim'):05d}"
            receive(db, "agency", key, identity, self.state.today(), f"agency/{identity}.zip")
            if known is None:
                self._insert(db, identity, key, claim, digest, unquote(request.headers.get("x-filename", "")), body)
        show(self.folder / f"{identity}.zip", body)
        row = self.state.row("select * from claim where id = ?", identity)
        assert row is not None
        return JSONResponse(self._shown(row), 200 if known else 201)

    async def claim(self, request: Request) -> Response:
        await self._signed(request)
        return JSONResponse(self._shown(self._row(request)))

    async def updates(self, request: Request) -> Response:
        body = await self._signed(request)
        row = self._row(request)
        if request.method == "GET":
            key = request.query_params.get("key", "")
            kept = self.state.rows("select * from claim_update where claim = ? and key = ?", row["id"], key)
            return JSONResponse({"items": [_receipt(one) for one in kept]})
        kept_now, new = self._kept(request, row, body)
        return JSONResponse(_receipt(kept_now), 201 if new else 200)

    async def recall(self, request: Request) -> Response:
        body = await self._signed(request)
        row = self._row(request)
        self._kept(request, row, body)
        return JSONResponse(self._shown(row))

    def _row(self, request: Request) -> sqlite3.Row:
        row = self.state.row("select * from claim where id = ?", request.path_params["id"])
        if row is None:
            raise HTTPException(404, "Claim not found")
        return row

    def _kept(self, request: Request, claim: sqlite3.Row, body: bytes) -> tuple[sqlite3.Row, bool]:
        """The update under the request's key, written down now or before; 409 where it is another."""
        key, digest = request.headers.get("idempotency-key", ""), hashlib.sha256(body).hexdigest()
        if not key:
            raise HTTPException(400, "Idempotency-Key is missing")
        update = read_update(body)
        known = self.state.row("select * from claim_update where key = ?", key)
        if known is not None and known["sha256"] != digest:
            raise HTTPException(409, "another update is held under this key")
        with self.state.write() as db:
            identity = known["id"] if known else f"AU-{next_number(db, 'claim_update'):05d}"
            receive(db, "agency", key, identity, self.state.today())
            if known is None:
                values = (identity, claim["id"], key, digest, update["kind"], body, self.state.today().isoformat())
                db.execute("insert into claim_update values (?, ?, ?, ?, ?, ?, ?)", values)
        found = self.state.row("select * from claim_update where key = ?", key)
        assert found is not None
        return found, known is None

    def settle(self) -> None:
        """It is another day: every claim that stands otherwise than before is owed a call to the webhook."""
        hooks = self.state.rows("select * from webhook where partner = 'agency' and enabled = 1")
        for row in self.state.rows("select * from claim") if hooks else ():
            shown = self._shown(row)
            stands = json.dumps([shown["state"], shown["collected"]])
            if self.state.setting(f"agency.stands.{row['id']}") != stands:
                self.state.set(f"agency.stands.{row['id']}", stands)
                with self.state.write() as db:
                    for hook in hooks:
                        identity = f"AE-{next_number(db, 'webhook_event'):06d}"
                        body = json.dumps({"id": identity, "type": "claim.changed", "claim": row["id"]})
                        signed = call_signature(hook["secret"], int(time.time()), body.encode())
                        owe(db, identity, hook, "claim.changed", body, {"X-Signature": signed})

    def repair(self) -> None:
        """Every dossier that was taken stands in the folder."""
        for row in self.state.rows("select id, content from claim"):
            show(self.folder / f"{row['id']}.zip", row["content"])

    def _insert(
        self,
        db: sqlite3.Connection,
        identity: str,
        key: str,
        claim: dict[str, Any],
        digest: str,
        name: str,
        body: bytes,
    ) -> None:
        values = (
            identity,
            key,
            claim["debtor"]["reference"] or "",
            claim["total"],
            claim["currency"],
            digest,
            name,
            body,
            self.state.today().isoformat(),
        )
        db.execute("insert into claim values (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)

    def _shown(self, row: sqlite3.Row) -> dict[str, Any]:
        days = (self.state.today() - date.fromisoformat(row["taken_on"])).days
        total = Decimal(row["amount"])
        shares = [share for after, share in self.collections.get(row["reference"], ()) if after <= days]
        collected = min(total, (total * sum(shares, Decimal(0))).quantize(CENT, ROUND_HALF_UP))
        state, message = "handed_over", None
        if days >= 1 and row["reference"] in self.rejecting:
            state, message, collected = (
                "rejected",
                "this debtor is already in our files for another creditor",
                Decimal(0),
            )
        elif collected:
            state = "paid" if collected == total else "paid_partly"
        elif row["reference"] in self.asking and days >= 1 and not self._told(row["id"], "answer"):
            state, message = "needs_info", self.asking[row["reference"]]
        elif days >= 1:
            state = "active" if days >= 2 else "accepted"
        if state != "paid" and self._told(row["id"], "recall"):
            state, message = "withdrawn", None
        return {
            "id": row["id"],
            "key": row["key"],
            "sha256": row["sha256"],
            "state": state,
            "currency": row["currency"],
            "total": row["amount"],
            "collected": str(collected),
            "fees": str((collected * self.fee).quantize(CENT, ROUND_HALF_UP)),
            "message": message,
        }

    def _told(self, claim: str, kind: str) -> bool:
        return bool(self.state.rows("select id from claim_update where claim = ? and kind = ?", claim, kind))

    async def _signed(self, request: Request) -> bytes:
        """The body of a request that our client signed a moment ago; 401 otherwise."""
        body = await request.body()
        if len(body) > LARGEST:
            raise HTTPException(413, "the dossier is larger than 100 MB")
        header = request.headers.get("x-signature", "")
        parts = dict(part.partition("=")[::2] for part in header.split(","))
        moment = parts.get("t", "")
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        key = request.headers.get("idempotency-key", "")
        signed = f"{moment}.{request.method}.{target}.{key}.".encode() + body
        right = hmac.new(self.secret.encode(), signed, hashlib.sha256).hexdigest()
        fresh = moment.isdecimal() and abs(time.time() - int(moment)) <= PATIENCE
        known = request.headers.get("x-client", "") == self.client_id
        if not (fresh and known and hmac.compare_digest(right, parts.get("v1", ""))):
            raise HTTPException(401, "unknown client, old or wrong signature")
        return body


def _read_dossier(body: bytes) -> dict[str, Any]:
    """`claim.json` of a dossier whose files match its manifest; 422 with a sentence otherwise."""
    with _answering("not a claim dossier"):
        files = _unzipped(body)
        for line in files["SHA256SUMS"].decode().splitlines():
            digest, _, name = line.partition("  ")
            if hashlib.sha256(files[name]).hexdigest() != digest:
                raise HTTPException(422, f"{name} does not match SHA256SUMS")
        claim: dict[str, Any] = json.loads(files["claim.json"])
        Decimal(claim["total"]), claim["debtor"]["reference"], claim["currency"]
    return claim


def read_update(body: bytes) -> dict[str, Any]:
    """`update.json` of an update whose files are those that it names; 422 with a sentence otherwise."""
    with _answering("not an update"):
        files = _unzipped(body)
        update: dict[str, Any] = json.loads(files.pop("update.json"))
        named = {f"files/{one['name']}": one["sha256"] for one in update["files"]}
        if named != {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}:
            raise HTTPException(422, "the files are not those that update.json names")
        update["kind"], Decimal(update["open"])
    return update


def _unzipped(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        if sum(info.file_size for info in archive.infolist()) > 2 * LARGEST:
            raise HTTPException(413, "it is too large when unpacked")
        return {name: archive.read(name) for name in archive.namelist()}


@contextmanager
def _answering(what: str) -> Iterator[None]:
    """Whatever cannot be read is answered with 422 and `what` it is not."""
    try:
        yield
    except (*UNREADABLE, KeyError, ArithmeticError, TypeError) as error:
        raise HTTPException(422, f"{what}: {type(error).__name__} {error}"[:200]) from error


def _receipt(row: sqlite3.Row) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "claim", "key", "sha256")}


async def _error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"detail": error.detail}, error.status_code)
