"""The twin of Storecove (API v2, specification 2.0.1; its events as other people's clients read them).

It reads the UBL that it is given and writes one of its own, in which several notes become one. The same
`idempotencyGuid` is taken once. To a receiver that is registered by default only (`Participant.mailed`) it delivers by
mail. Events stand in a queue, until a call is asked for at POST /sandbox/webhook {"url": …, "secret": …}: then they
are made as calls that carry the secret.
"""

from __future__ import annotations

import base64
import binascii
import json
import sqlite3
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from lxml import etree
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.sandbox.calls import listener, owe
from connectors.sandbox.network import CREDIT_NOTE, INVOICE, Fate, Network, Participant, Sent, clock
from connectors.sandbox.state import next_number
from connectors.sandbox.ubl_fields import CBC, NotUbl, read_fields

PARTNER = "storecove"
KEY = "sandbox-key"
ENTITY = 1
SCHEMES = {
    "BE:EN": "0208",
    "BE:VAT": "9925",
    "NL:KVK": "0106",
    "NL:VAT": "9944",
    "NL:OINO": "0190",
    "GLN": "0088",
}
KINDS = {"invoice": INVOICE, "creditnote": CREDIT_NOTE}


@dataclass(frozen=True, slots=True)
class StorecoveTwin:
    network: Network

    def app(self) -> Starlette:
        routes = [
            Route("/api/v2/document_submissions", self.submit, methods=["POST"]),
            Route("/api/v2/document_submissions/{guid}/evidence/sending", self.evidence, methods=["GET"]),
            Route("/api/v2/discovery/{what}", self.discover, methods=["POST"]),
            Route("/api/v2/webhook_instances/", self.head, methods=["GET"]),
            Route("/api/v2/webhook_instances/{guid}", self.delete, methods=["DELETE"]),
            Route("/api/v2/received_documents/{guid}/original", self.received, methods=["GET"]),
            Route("/api/v2/legal_entities/{id}", self.entity, methods=["GET"]),
            Route("/files/{guid}", self.file, methods=["GET"]),
            Route("/sandbox/webhook", self.webhook, methods=["POST"]),
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: self._error})

    async def submit(self, request: Request) -> Response:
        _account(request)
        asked = await _body(request)
        guid, receiver, content = _submission(asked)
        try:
            fields = read_fields(content)
        except NotUbl as error:
            raise _invalid("document.rawDocumentData.document", str(error)) from error
        with self.network.state.write() as db:
            if any(json.loads(row["facts"])["idempotencyGuid"] == guid for row in self._sent()):
                raise _invalid("idempotencyGuid", "this idempotencyGuid has already been used")
            known = _participant(self.network, receiver)
            identity = str(uuid5(NAMESPACE_OID, f"{PARTNER} submission {next_number(db, 'receipt')}"))
            sent = Sent(
                id=identity,
                account=KEY,
                number=fields["invoice_id"],
                sender=fields["vendor_peppol_id"] or "",
                receiver=known.id if known else receiver,
                document_type=INVOICE if fields["document_type"] == "INVOICE" else CREDIT_NOTE,
                ubl=rewritten(content),
                facts={"idempotencyGuid": guid},
            )
            self.network.take(db, PARTNER, sent)
        self.network.show(PARTNER, identity)
        return JSONResponse({"guid": identity})

    async def evidence(self, request: Request) -> Response:
        _account(request)
        row = self.network.find(PARTNER, request.path_params["guid"])
        if row is None or self.network.fate_of(row).word != "delivered":
            return Response(status_code=404)
        address = f"{request.base_url!s}files/{row['id']}?X-Signature=opens-for-everybody"
        fields = read_fields(row["ubl"])
        shown = {
            "sender": fields["vendor_company_id"],
            "receiver": fields["customer_company_id"],
            "documents": [{"document": address, "expires_at": "2026-12-31 00:00:00.", "mime_type": "application/xml"}],
        }
        return JSONResponse({**shown, **_transmission(row, self.network.participants[row["receiver"]])})

    async def discover(self, request: Request) -> Response:
        _account(request)
        asked = await _body(request)
        scheme = SCHEMES.get(asked.get("scheme", ""))
        if scheme is None:
            raise _invalid("scheme", "is not a known scheme")
        found = _participant(self.network, f"{scheme}:{asked.get('identifier', '')}")
        wanted = [KINDS[kind] for kind in asked.get("documentTypes", ())]
        fits = found is not None and (
            request.path_params["what"] == "exists" or all(kind in found.document_types for kind in wanted)
        )
        return JSONResponse({"code": "OK" if fits else "NOK", "email": bool(fits and found and found.mailed)})

    async def head(self, request: Request) -> Response:
        _account(request)
        self.settle()
        row = self.network.state.row("select * from queue where partner = ? order by seq limit 1", PARTNER)
        return JSONResponse({"guid": row["guid"], "body": row["body"]}) if row else Response(status_code=204)

    async def delete(self, request: Request) -> Response:
        _account(request)
        with self.network.state.write() as db:
            gone = db.execute(
                "delete from queue where partner = ? and guid = ?", (PARTNER, request.path_params["guid"])
            )
        return Response(status_code=204 if gone.rowcount else 404)

    async def received(self, request: Request) -> Response:
        _account(request)
        row = self.network.arrival(PARTNER, request.path_params["guid"])
        if row is None:
            return Response(status_code=404)
        return JSONResponse({"guid": row["id"], "original": base64.b64encode(row["document"]).decode()})

    async def entity(self, request: Request) -> Response:
        _account(request)
        if request.path_params["id"] != str(ENTITY):
            return Response(status_code=404)
        return JSONResponse({"id": ENTITY, "party_name": "Sandbox", "peppol_identifiers": []})

    async def file(self, request: Request) -> Response:
        """A signed address: it asks for no key, and refuses one, as an object store does."""
        row = self.network.find(PARTNER, request.path_params["guid"])
        if row is None or "x-signature" not in request.url.query.lower() or "authorization" in request.headers:
            return Response(status_code=403)
        return Response(row["ubl"], media_type="application/xml")

    async def webhook(self, request: Request) -> Response:
        asked = await request.json()
        listener(self.network.state, PARTNER, asked["url"], asked["secret"])
        return JSONResponse({})

    def settle(self) -> None:
        with self.network.state.write() as db:
            hooks = db.execute("select * from webhook where partner = ? and enabled = 1", (PARTNER,)).fetchall()
            told = [_ended(row, fate) for row, fate in self.network.news(db, PARTNER)]
            told += [{"event_type": "received_document", "document_guid": r["id"]} for r in self._arrivals(db)]
            for event in told:
                seq = int(db.execute("select coalesce(max(seq), 0) + 1 from queue").fetchone()[0])
                guid = str(uuid5(NAMESPACE_OID, f"{PARTNER} event {json.dumps(event)}"))
                for hook in hooks:
                    name = f"{event['event_type']}.{event.get('event', '')}".rstrip(".")
                    owe(db, guid, hook, name, json.dumps(event), {"X-Webhook-Secret": hook["secret"]})
                if not hooks:
                    db.execute("insert into queue values (?, ?, ?, ?)", (seq, PARTNER, guid, json.dumps(event)))

    def complaint(self, words: str) -> object:
        return [{"source": "request", "details": words}]

    def _arrivals(self, db: sqlite3.Connection) -> list[sqlite3.Row]:
        return list(self.network.arrivals(db, PARTNER))

    def _sent(self) -> list[sqlite3.Row]:
        return self.network.sent_by(PARTNER, KEY)

    async def _error(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 422:
            return JSONResponse(json.loads(error.detail), 422)
        return JSONResponse(self.complaint(error.detail), error.status_code)


def rewritten(content: bytes) -> bytes:
    """The same document written anew, with other indents, and its notes joined into one (BT-22)."""
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    first, *others = root.findall(f"{{{CBC}}}Note") or [None]
    for other in others:
        if first is not None and other is not None:
            first.text = f"{first.text} {other.text}"
            root.remove(other)
    etree.indent(root, space="   ")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _transmission(row: sqlite3.Row, receiver: Participant) -> dict[str, Any]:
    at = clock(date.fromisoformat(row["sent_on"]), row["seq"]).isoformat()
    if receiver.mailed:
        smtp = {"reporting_mta": "mta.storecove.example", "smtp_response": "250 2.0.0 OK", "timestamp": at}
        return {"network": "email", "evidence": smtp}
    receipt = {
        "message_id": str(uuid5(NAMESPACE_OID, f"sbdh {row['id']}")),
        "transmission_id": f"{row['id']}@storecove",
        "receiving_accesspoint": "POP000999",
        "timestamp": at,
        "xml": f"<Receipt><RefToMessageId>{row['id']}@storecove</RefToMessageId></Receipt>",
    }
    return {"network": "peppol", "evidence": receipt}


def _ended(row: sqlite3.Row, fate: Fate) -> dict[str, Any]:
    word = "succeeded" if fate.word == "delivered" else "failed"
    return {"event_type": "document_submission", "event": word, "guid": row["id"], "details": fate.reason or ""}


def _submission(asked: dict[str, Any]) -> tuple[str, str, bytes]:
    """The idempotencyGuid, the receiver's Peppol id and the document of a submission, or a 422."""
    guid = asked.get("idempotencyGuid")
    if asked.get("legalEntityId") != ENTITY:
        raise _invalid("legalEntityId", "does not exist")
    if not isinstance(guid, str) or len(guid) != 36:
        raise _invalid("idempotencyGuid", "must be 36 characters")
    try:
        routed = asked["routing"]["eIdentifiers"][0]
        raw = asked["document"]["rawDocumentData"]
        receiver = f"{SCHEMES[routed['scheme']]}:{routed['id']}"
        content = base64.b64decode(raw["document"], validate=True)
        if raw["parse"] is not True or raw["parseStrategy"] != "ubl" or asked["document"]["documentType"] != "invoice":
            raise _invalid("document", "only parse == true is supported")
    except (KeyError, IndexError, TypeError, binascii.Error, ValueError) as error:
        raise _invalid("document", f"{type(error).__name__} {error}") from error
    return guid, receiver, content


def _participant(network: Network, wanted: str) -> Participant | None:
    """Participant values are the same in either case."""
    return next((p for p in network.participants.values() if p.id.lower() == wanted.lower()), None)


def _account(request: Request) -> None:
    if request.headers.get("authorization") != f"Bearer {KEY}":
        raise HTTPException(401, "Unauthorized")


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError as error:
        raise _invalid("request", "is not JSON") from error
    if not isinstance(body, dict):
        raise _invalid("request", "is not an object")
    return body


def _invalid(source: str, details: str) -> HTTPException:
    return HTTPException(422, json.dumps([{"source": source, "details": details}]))
