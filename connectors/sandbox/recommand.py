"""Recommand on loopback: its API v1 under /api/v1, error bodies included (its server, f26b74e of 2026-04-21).

A company `c_0106_12345678` sends for 0106:12345678 and is not verified where its id ends in `_unverified`; any other id
is no company. What a receiver takes at once is answered as the server does since 2025, with a receipt; what is under
way is `pending`, as its tests of September 2026 have it. Webhooks are signed as two independent clients expect.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from connectors.sandbox.calls import owe
from connectors.sandbox.faults import HALF_DONE
from connectors.sandbox.network import SCHEME, Network, Sent
from connectors.sandbox.recommand_shapes import (
    NOT_SENT,
    PARTNER,
    TEAM,
    answered,
    arrived,
    company_of,
    participant_of,
    shown,
    signature,
)
from connectors.sandbox.state import next_number
from connectors.sandbox.ubl_fields import NotUbl, read_fields

KEY, SECRET = "key_sandbox", "secret_sandbox"
PLAYGROUND_KEY = "key_playground"
NOBODY = ("404:404", "0208:1234567894")  # recipients that never exist
INVALID = (
    "Document validation failed. Please ensure your document complies with EN16931 and PEPPOL BIS 3.0 requirements."
)


@dataclass(frozen=True, slots=True)
class RecommandTwin:
    """The twin. Key and secret are those of a team; another key is that of a playground."""

    network: Network

    def app(self) -> Starlette:
        routes = [
            Route("/verify", self.verify, methods=["POST"]),
            Route("/inbox", self.inbox, methods=["GET"]),
            Route("/documents", self.documents, methods=["GET"]),
            Route("/documents/{id}/mark-as-read", self.read, methods=["POST"]),
            Route("/documents/{id}", self.document, methods=["GET"]),
            Route("/playgrounds/current", self.playground, methods=["GET"]),
            Route("/companies/{company}/identifiers", self.identifiers, methods=["GET"]),
            Route("/companies/{company}", self.company, methods=["GET"]),
            Route("/webhooks", self.webhooks, methods=["GET", "POST"]),
            Route("/{company}/send", self.send, methods=["POST"]),
        ]
        return Starlette(routes=[Mount("/api/v1", routes=routes)], exception_handlers={HTTPException: self._error})

    async def send(self, request: Request) -> Response:
        company = self._company(request)
        if company.endswith("_unverified"):
            words = "Company must be verified before sending or receiving documents. Please verify your company first."
            raise HTTPException(403, words)
        asked = await _body(request)
        if asked.get("documentType") != "xml" or not isinstance(asked.get("document"), str):
            return _failure(400, {"documentType": ["Invalid document type provided."]})
        ubl = asked["document"].encode()
        receiver = str(asked.get("recipient", ""))
        receiver = receiver if ":" in receiver else "0208:" + "".join(filter(str.isdigit, receiver))
        try:
            fields = read_fields(ubl)
        except NotUbl as problem:
            return _failure(400, {"root": [INVALID], "document": [f"XML-1: {problem}"]})
        document_type = str(asked.get("doctypeId", "")).removeprefix(SCHEME)
        fate = self.network.fate(receiver, document_type, self.network.state.today())
        found = self.network.participants.get(receiver)
        mailed = (found is not None and found.mailed) or (fate.word == "failed" and "email" in asked)
        if receiver in NOBODY or (fate.word == "failed" and not mailed):
            return _failure(
                422, {"root": [f"{NOT_SENT} {fate.reason}"]}, {"channel": "peppol", "category": "recipient"}
            )
        facts = {
            "company": company,
            "process": str(asked.get("processId", "")),
            "sentOverPeppol": not mailed,
            "sentOverEmail": mailed,
            "listed": not request.scope.get(HALF_DONE, False),
        }
        sent = Sent(
            id="doc_" + hashlib.sha256(f"{company} {self._next()}".encode() + ubl).hexdigest()[:26],
            account=company,
            number=fields["invoice_id"],
            sender=participant_of(company),
            receiver=receiver,
            document_type=document_type,
            ubl=ubl,
            facts=facts,
        )
        with self.network.state.write() as db:
            self.network.take(db, PARTNER, sent)
        self.network.show(PARTNER, sent.id)
        if not facts["listed"]:
            return _failure(400, {"root": ["Failed query: insert into transmitted_documents"]})
        return JSONResponse({"success": True, **answered(self.network, sent.id)})

    async def documents(self, request: Request) -> Response:
        self._team(request)
        asked = request.query_params
        page, limit = int(asked.get("page", 1)), int(asked.get("limit", 10))
        if not 1 <= limit <= 200 or page < 1:
            return _failure(400, {"limit": ["Number must be less than or equal to 200"]})
        rows = self.network.sent_by(PARTNER, asked.get("companyId", ""))
        search = asked.get("search", "").lower()
        found = [row for row in rows if json.loads(row["facts"])["listed"] and search in row["number"].lower()]
        found = found if asked.get("direction") != "incoming" else []
        page_of = [shown(self.network, row, whole=False) for row in found[(page - 1) * limit : page * limit]]
        pages = {"total": len(found), "page": page, "limit": limit, "totalPages": -(-len(found) // limit)}
        return JSONResponse({"success": True, "documents": page_of, "pagination": pages})

    async def document(self, request: Request) -> Response:
        self._team(request)
        identity = request.path_params["id"]
        row = self.network.find(PARTNER, identity)
        if row is not None and json.loads(row["facts"])["listed"]:
            return JSONResponse({"success": True, "document": shown(self.network, row)})
        if came := self.network.arrival(PARTNER, identity):
            return JSONResponse({"success": True, "document": arrived(came, whole=True)})
        raise HTTPException(404, "Document not found")

    async def inbox(self, request: Request) -> Response:
        self._team(request)
        company = request.query_params.get("companyId")
        shown = [arrived(row) for row in self.network.inbox(PARTNER)]
        return JSONResponse(
            {"success": True, "documents": [one for one in shown if company in (None, one["companyId"])]}
        )

    async def read(self, request: Request) -> Response:
        self._team(request)
        identity = request.path_params["id"]
        if self.network.arrival(PARTNER, identity) is None:
            raise HTTPException(404, "Document not found")
        self.network.confirm(PARTNER, identity)
        return JSONResponse({"success": True})

    async def verify(self, request: Request) -> Response:
        self._team(request)
        found = self.network.participants.get(str((await _body(request)).get("peppolAddress")))
        if found is None:
            return JSONResponse({"success": True, "isValid": False})
        supported = [{"name": kind.partition("##")[0], "docTypeId": kind} for kind in found.document_types]
        told = {"smpUrl": "https://smp.sandbox", "serviceMetadataReferences": [], "smpHostnames": ["smp.sandbox"]}
        return JSONResponse({"success": True, "isValid": True, **told, "supportedDocuments": supported})

    async def company(self, request: Request) -> Response:
        company = self._company(request)
        scheme, _, identity = participant_of(company).partition(":")
        told = {
            "id": company,
            "teamId": TEAM,
            "enterpriseNumberScheme": scheme,
            "enterpriseNumber": identity,
            "isSmpRecipient": True,
            "isVerified": not company.endswith("_unverified"),
        }
        return JSONResponse({"success": True, "company": told})

    async def identifiers(self, request: Request) -> Response:
        company = self._company(request)
        scheme, _, identity = participant_of(company).partition(":")
        one = {"id": "ci_1", "companyId": company, "scheme": scheme, "identifier": identity}
        return JSONResponse({"success": True, "identifiers": [one]})

    async def playground(self, request: Request) -> Response:
        if self._team(request) != PLAYGROUND_KEY:
            raise HTTPException(404, "Playground not found for this team")
        told = {"id": TEAM, "name": "Playground", "isPlayground": True, "useTestNetwork": False}
        return JSONResponse({"success": True, "playground": told})

    async def webhooks(self, request: Request) -> Response:
        self._team(request)
        if request.method == "GET":
            return JSONResponse({"success": True, "webhooks": self._hooks()})
        asked = await _body(request)
        if not str(asked.get("url", "")).startswith("http"):
            return _failure(400, {"url": ["Invalid url"]})
        with self.network.state.write() as db:
            number = next_number(db, "webhook")
            secret = hashlib.sha256(f"recommand webhook {number}".encode()).hexdigest()
            db.execute(
                "insert into webhook (id, partner, account, url, events, enabled, secret)"
                " values (?, ?, ?, ?, '', 1, ?)",
                (f"wh_{number:06d}", PARTNER, asked.get("companyId") or "", asked["url"], secret),
            )
        return JSONResponse({"success": True, "webhook": self._hooks()[-1]}, 201)

    def settle(self) -> None:
        """The server calls for what came in; for what went out no event of its webhooks is documented."""
        with self.network.state.write() as db:
            for row in self.network.arrivals(db, PARTNER):
                company = company_of(row["receiver"])
                body = {"eventType": "document.received", "documentId": row["id"]}
                text = json.dumps({**body, "teamId": TEAM, "companyId": company}, separators=(",", ":"))
                hooks = db.execute("select * from webhook where partner = ? and account in ('', ?)", (PARTNER, company))
                for hook in hooks.fetchall():
                    identity = f"{hook['id']}-{row['id']}"
                    signed = {"X-Signature": signature(hook["secret"], text), "X-Idempotency-Key": identity}
                    owe(db, identity, hook, body["eventType"], text, signed)

    def complaint(self, words: str) -> object:
        return {"success": False, "errors": {"root": [words]}}

    async def _error(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return JSONResponse(self.complaint(error.detail), error.status_code)

    def _team(self, request: Request) -> str:
        """The key of the caller's team; 401 where it is none."""
        scheme, _, pair = request.headers.get("authorization", "").partition(" ")
        for key in (KEY, PLAYGROUND_KEY):
            if scheme == "Basic" and pair == base64.b64encode(f"{key}:{SECRET}".encode()).decode():
                return key
        raise HTTPException(401, "Unauthorized")

    def _company(self, request: Request) -> str:
        self._team(request)
        company = str(request.path_params["company"])
        if not company.startswith("c_") or company.count("_") < 2:
            raise HTTPException(404, "Company not found")
        return company

    def _next(self) -> int:
        return len(self.network.state.rows("select 1 from transmission")) + 1

    def _hooks(self) -> list[dict[str, Any]]:
        rows = self.network.state.rows("select * from webhook where partner = ? order by rowid", PARTNER)
        names = {"id": "id", "companyId": "account", "url": "url", "secret": "secret"}
        return [{"teamId": TEAM, **{name: row[column] or None for name, column in names.items()}} for row in rows]


async def _body(request: Request) -> Mapping[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise HTTPException(400, "Malformed JSON in request body")
    return body


def _failure(status: int, errors: Mapping[str, Any], delivery: Mapping[str, str] | None = None) -> Response:
    told = {"success": False, "errors": errors}
    return JSONResponse(told | {"deliveryFailure": delivery} if delivery else told, status)
