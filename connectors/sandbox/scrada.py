"""Scrada on loopback: its API under /v1, in the shapes of its documentation 1.24.

A document is Created, and by the receiver's word Processed or Error; what is under way longer than that is in Retry.
The company's id is `COMPANY`; it sends for everybody.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from connectors.sandbox.network import SCHEME, Network, Sent, clock
from connectors.sandbox.ubl_fields import NotUbl, read_fields

PARTNER = "scrada"
KEY, PASSWORD = "sandbox-scrada-key", "sandbox-scrada-password"
COMPANY = "da31b6ec-ba3e-448c-b808-f3a7f8a53859"
SEAT = "PBE000659"
HEADERS = {
    name: f"x-scrada-peppol-{name}"
    for name in (
        "sender-scheme",
        "sender-id",
        "receiver-scheme",
        "receiver-id",
        "c1-country-code",
        "document-type-scheme",
        "document-type-value",
        "process-scheme",
        "process-value",
    )
}


@dataclass(frozen=True, slots=True)
class ScradaTwin:
    network: Network

    def app(self) -> Starlette:
        routes = [
            Route("/", self.company, methods=["GET"]),
            Route("/peppol/lookup/{scheme}/{id}", self.lookup, methods=["GET"]),
            Route("/peppol/outbound/document", self.send, methods=["POST"]),
            Route("/peppol/outbound/document/{id}/info", self.info, methods=["GET"]),
            Route("/peppol/outbound/document/{id}/ubl", self.ubl, methods=["GET"]),
            Route("/peppol/inbound/document/unconfirmed", self.unconfirmed, methods=["GET"]),
            Route("/peppol/inbound/document/{id}", self.incoming, methods=["GET"]),
            Route("/peppol/inbound/document/{id}/confirm", self.confirm, methods=["PUT"]),
        ]
        company = Route("/v1/company/{company}", self.company, methods=["GET"])
        routed = [company, Mount("/v1/company/{company}", routes=routes)]
        return Starlette(routes=routed, exception_handlers={HTTPException: self._error})

    async def company(self, request: Request) -> Response:
        self._enter(request)
        return JSONResponse({"id": COMPANY, "active": True, "code": "", "name": "Sandbox"})

    async def send(self, request: Request) -> Response:
        self._enter(request)
        if request.headers.get("content-type", "").partition(";")[0] not in ("application/xml", "text/xml"):
            raise HTTPException(415, "The content-type header is not of the type XML.")
        said = {name: request.headers.get(header, "") for name, header in HEADERS.items()}
        if lacking := [HEADERS[name] for name, value in said.items() if not value]:
            raise HTTPException(400, f"Header {lacking[0]} is required.")
        ubl = await request.body()
        try:
            fields = read_fields(ubl)
        except NotUbl as problem:
            raise HTTPException(400, f"The document is not valid: {problem}") from problem
        facts = said | {"reference": request.headers.get("x-scrada-external-reference")}
        number = len(self.network.state.rows("select 1 from transmission")) + 1
        sent = Sent(
            id=str(uuid5(NAMESPACE_OID, f"scrada {number}")),
            account=COMPANY,
            number=fields["invoice_id"],
            sender=said["sender-id"],
            receiver=said["receiver-id"],
            document_type=said["document-type-value"].removeprefix(SCHEME),
            ubl=ubl,
            facts=facts,
        )
        with self.network.state.write() as db:
            self.network.take(db, PARTNER, sent)
        self.network.show(PARTNER, sent.id)
        return JSONResponse(sent.id)

    async def info(self, request: Request) -> Response:
        self._enter(request)
        return JSONResponse(self._info(self._document(request)))

    async def ubl(self, request: Request) -> Response:
        self._enter(request)
        return Response(self._document(request)["ubl"], media_type="application/xml")

    async def lookup(self, request: Request) -> Response:
        self._enter(request)
        found = self.network.participants.get(request.path_params["id"])
        if found is None:
            raise HTTPException(404, "Participant not found on Peppol.")
        process = {"scheme": "cenbii-procid-ubl", "value": "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"}
        types = [
            {"scheme": "busdox-docid-qns", "value": kind, "processIdentifier": process} for kind in found.document_types
        ]
        who = {"scheme": request.path_params["scheme"], "id": found.id}
        return JSONResponse({"participantIdentifier": who, "businessEntity": None, "documentTypes": types})

    async def unconfirmed(self, request: Request) -> Response:
        self._enter(request)
        results = [_incoming(row) for row in self.network.inbox(PARTNER)]
        return JSONResponse({"results": results, "__count": len(results)})

    async def incoming(self, request: Request) -> Response:
        self._enter(request)
        return Response(self._arrival(request)["document"], media_type="application/xml")

    async def confirm(self, request: Request) -> Response:
        self._enter(request)
        self.network.confirm(PARTNER, self._arrival(request)["id"])
        return Response(status_code=200)

    def settle(self) -> None:
        """Its webhooks are not played: how they are signed is not documented."""

    def complaint(self, words: str) -> object:
        return {"errorCode": 100000, "errorType": 1, "defaultFormat": words, "parameters": [], "innerErrors": []}

    async def _error(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return JSONResponse(self.complaint(error.detail), error.status_code)

    def _enter(self, request: Request) -> None:
        given = (request.headers.get("x-api-key"), request.headers.get("x-password"), request.path_params["company"])
        if given != (KEY, PASSWORD, COMPANY):
            raise HTTPException(401, "Unauthorized. The API Key and/or Password is wrong.")

    def _document(self, request: Request) -> sqlite3.Row:
        row = self.network.find(PARTNER, request.path_params["id"])
        if row is None:
            raise HTTPException(404, "Document not found or document is not successful delivered over Peppol.")
        return row

    def _arrival(self, request: Request) -> sqlite3.Row:
        row = self.network.arrival(PARTNER, request.path_params["id"])
        if row is None:
            raise HTTPException(404, "Document not found")
        return row

    def _info(self, row: sqlite3.Row) -> dict[str, Any]:
        facts, fate = json.loads(row["facts"]), self.network.fate_of(row)
        created = clock(date.fromisoformat(row["sent_on"]), row["seq"])
        age = (self.network.state.today() - created.date()).days
        status = {"delivered": "Processed", "failed": "Error"}.get(fate.word, "Retry" if age else "Created")
        done = status == "Processed"
        at = created + timedelta(days=fate.after, seconds=2)
        tried = status != "Created"
        return {
            "id": row["id"],
            "createdOn": created.isoformat(),
            "externalReference": facts["reference"],
            "status": status,
            "attempt": max(1, age) if tried else 0,
            "errorMessage": fate.reason or ("The receiver's access point does not answer" if status == "Retry" else ""),
            "peppolSenderID": row["sender"],
            "peppolReceiverID": row["receiver"],
            "peppolC1CountryCode": facts["c1-country-code"],
            "peppolC2Timestamp": at.isoformat() if done else None,
            "peppolC2SeatID": SEAT,
            "peppolC2MessageID": f"{row['id']}@scrada" if tried else None,
            "peppolC3Timestamp": (at + timedelta(seconds=1)).isoformat() if done else None,
            "peppolC3SeatID": SEAT if done else None,
            "peppolC3MessageID": f"{row['id']}@phase4" if done else None,
            "peppolConversationID": f"conv-{row['id']}@scrada" if tried else None,
            "peppolSbdhInstanceID": row["id"] if tried else None,
            "peppolDocumentTypeScheme": "busdox-docid-qns",
            "peppolDocumentTypeValue": row["document_type"],
            "peppolProcessScheme": facts["process-scheme"],
            "peppolProcessValue": facts["process-value"],
            "salesInvoiceID": None,
        }


def _incoming(row: sqlite3.Row) -> dict[str, Any]:
    try:
        root = "Invoice" if read_fields(row["document"])["document_type"] == "INVOICE" else "CreditNote"
    except NotUbl:
        root = "ApplicationResponse"
    kind = f"urn:oasis:names:specification:ubl:schema:xsd:{root}-2::{root}##urn:sandbox::2.1"
    return {
        "id": row["id"],
        "internalNumber": row["seq"],
        "peppolSenderScheme": "iso6523-actorid-upis",
        "peppolSenderID": row["sender"],
        "peppolReceiverScheme": "iso6523-actorid-upis",
        "peppolReceiverID": row["receiver"],
        "peppolDocumentTypeScheme": "busdox-docid-qns",
        "peppolDocumentTypeValue": kind,
    }
