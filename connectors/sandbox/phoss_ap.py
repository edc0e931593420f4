"""The twin of phoss-ap (phax/phoss-ap 0.11): it sends while the caller waits and answers with a sending report.

A receiver that is out of reach answers 422 with a report that says so, and the access point tries again by itself. The
SBDH instance id is not unique: the same document sent twice under one id is sent twice.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.sandbox.network import Fate, Network, Sent, clock
from connectors.sandbox.state import next_number
from connectors.sandbox.ubl_fields import NotUbl, read_fields

PARTNER = "phoss-ap"
TOKEN = "sandbox-key"  # noqa: S105 - opens nothing but the twin
STATUS = {"under_way": "failed", "delivered": "sent", "failed": "permanently_failed"}
ACTOR, PROCESS, DOCUMENT = "iso6523-actorid-upis::", "cenbii-procid-ubl::", "busdox-docid-qns::"
RECEIPT = (
    '<eb:SignalMessage xmlns:eb="http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"><eb:MessageInfo>'
    "<eb:RefToMessageId>{message}</eb:RefToMessageId></eb:MessageInfo><eb:Receipt/></eb:SignalMessage>"
)


@dataclass(frozen=True, slots=True)
class PhossApTwin:
    network: Network

    def app(self) -> Starlette:
        submit = "/api/outbound/submit/{sender}/{receiver}/{document_type}/{process}/{country}"
        routes = [
            Route(submit, self.submit, methods=["POST"]),
            Route("/api/outbound/status/{id}", self.status, methods=["GET"]),
            Route("/api/outbound/in-transmission", self.in_transmission, methods=["GET"]),
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: _error})

    async def submit(self, request: Request) -> Response:
        _token(request)
        parts = request.path_params
        for name, what in (("sender", "sending participant"), ("receiver", "receiving participant")):
            if not parts[name].removeprefix(ACTOR).partition(":")[2]:
                raise HTTPException(400, f"Failed to parse the {what} ID '{parts[name]}'")
        content = await request.body()
        try:
            fields = read_fields(content)
        except NotUbl as error:
            raise HTTPException(422, "Failed to submit outbound transaction") from error
        with self.network.state.write() as db:
            identity = str(uuid5(NAMESPACE_OID, f"{PARTNER} transaction {next_number(db, 'receipt')}"))
            sbdh = request.query_params.get("sbdhInstanceID") or identity
            sent = Sent(
                id=identity,
                account=TOKEN,
                number=fields["invoice_id"],
                sender=parts["sender"].removeprefix(ACTOR),
                receiver=parts["receiver"].removeprefix(ACTOR),
                document_type=parts["document_type"].removeprefix(DOCUMENT),
                ubl=content,
                facts={"sbdh": sbdh, "process": parts["process"], "country": parts["country"]},
            )
            self.network.take(db, PARTNER, sent)
        self.network.show(PARTNER, identity)
        row = self.network.find(PARTNER, identity)
        assert row is not None
        fate = self.network.fate_of(row)
        return JSONResponse(_report(row, fate), 200 if fate.word == "delivered" else 422)

    async def status(self, request: Request) -> Response:
        """What was finished on an earlier day stands in the archive."""
        _token(request)
        archive = request.query_params.get("includeArchive") == "true"
        for row in self.network.sent_by(PARTNER, TOKEN):
            if json.loads(row["facts"])["sbdh"] == request.path_params["id"]:
                shown = self._transaction(row)
                finished = shown["status"] != "failed"
                if archive or not finished or date.fromisoformat(row["sent_on"]) >= self.network.state.today():
                    return JSONResponse(shown)
        return Response(status_code=404)

    async def in_transmission(self, request: Request) -> Response:
        _token(request)
        shown = map(self._transaction, self.network.sent_by(PARTNER, TOKEN))
        return JSONResponse([one for one in shown if one["status"] == "failed"])

    def settle(self) -> None:
        """It calls nobody."""

    def complaint(self, words: str) -> object:
        return {"error": words}

    def _transaction(self, row: sqlite3.Row) -> dict[str, Any]:
        fate, facts = self.network.fate_of(row), json.loads(row["facts"])
        done = fate.word == "delivered"
        at = clock(date.fromisoformat(row["sent_on"]), row["seq"]).isoformat()
        return {
            "id": row["id"],
            "transactionType": "business_document",
            "senderID": ACTOR + row["sender"],
            "receiverID": ACTOR + row["receiver"],
            "docTypeID": DOCUMENT + row["document_type"],
            "processID": facts["process"],
            "sbdhInstanceID": facts["sbdh"],
            "status": STATUS[fate.word],
            "attemptCount": 1,
            "createdDT": at,
            "completedDT": at if done else None,
            "reportingStatus": "reported" if done else "pending",
            "nextRetryDT": at if fate.word == "under_way" else None,
            "errorDetails": None if done else _problem(fate),
            "mlsStatus": "pending" if done else "not_applicable",
        }


def _report(row: sqlite3.Row, fate: Fate) -> dict[str, Any]:
    """Phase4PeppolSendingReport as JSON: what is known only after a receipt stands only then."""
    facts = json.loads(row["facts"])
    sent = fate.word == "delivered"
    at = clock(date.fromisoformat(row["sent_on"]), row["seq"]).isoformat()
    message = f"{row['id']}@phase4"
    report = {
        "currentDateTimeUTC": at,
        "senderId": ACTOR + row["sender"],
        "receiverId": ACTOR + row["receiver"],
        "docTypeId": DOCUMENT + row["document_type"],
        "processId": facts["process"],
        "countryC1": facts["country"],
        "sbdhInstanceIdentifier": facts["sbdh"],
        "transportProfileId": "peppol-transport-as4-v2_0",
        "sendingSuccess": sent,
        "overallSuccess": sent,
    }
    if not sent:
        return {**report, "sendingResult": "TRANSPORT_ERROR", "as4SendingError": _problem(fate)}
    return {
        **report,
        "c3EndpointUrl": "https://ap.buyer.example/as4",
        "c3CertSubjectCN": "POP000999",
        "c3CertSubjectO": "Buyer's Access Point",
        "c3CertSubjectC": "BE",
        "c3CertCheckResult": "VALID",
        "as4MessageId": message,
        "as4ConversationId": f"{row['id']}-conversation",
        "as4SendingDateTime": at,
        "as4ReceivedSignalMsg": RECEIPT.format(message=message),
        "sendingResult": "SUCCESS",
    }


def _problem(fate: Fate) -> str:
    return fate.reason or "Failed to transmit outbound AS4 message"


def _token(request: Request) -> None:
    if request.headers.get("x-token") != TOKEN:
        raise HTTPException(401, "Invalid or missing API token")


async def _error(request: Request, error: Exception) -> Response:
    """A refused token is an object, everything else of its own is a JSON string, and a 404 is empty."""
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return Response(status_code=404)
    body = {"error": error.detail} if error.status_code == 401 else error.detail
    return JSONResponse(body, error.status_code)
