"""What e-invoice.be says on the wire (OpenAPI 1.1.0), and what it means: status tables, shapes, webhook signature."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel

from connectors.http import Reply
from connectors.ports import Answer, BadWebhook, Event, PeppolDocument, Proof, Reach, Submission

# What an HTTP status means, per call. A status that stands in no table: 5xx and surprises.
CREATE: dict[int, Answer] = {
    401: Answer.PRECONDITION,
    402: Answer.PRECONDITION,
    403: Answer.PRECONDITION,
    404: Answer.PRECONDITION,  # the tenant does not exist
    406: Answer.REJECTED,
    413: Answer.REJECTED,
    415: Answer.REJECTED,  # "UBL file is not valid or empty"
    422: Answer.REJECTED,
    429: Answer.TRANSIENT,
}
SEND: dict[int, Answer] = {
    400: Answer.TRANSIENT,  # all four ids are given, so what remains is "not validated yet"
    401: Answer.PRECONDITION,
    402: Answer.PRECONDITION,
    403: Answer.PRECONDITION,
    404: Answer.PRECONDITION,  # someone removed the draft at the provider
    406: Answer.REJECTED,
    409: Answer.PRECONDITION,  # this account may not send for this Peppol id
    415: Answer.REJECTED,
    422: Answer.REJECTED,
    429: Answer.TRANSIENT,
}
STATES: dict[str, Answer] = {
    "DRAFT": Answer.TRANSIENT,  # proven not sent
    "TRANSIT": Answer.SUBMITTED,
    "SENT": Answer.DELIVERED,
    "FAILED": Answer.NOT_DELIVERED,
}
TAKEN = {"TRANSIT", "SENT", "FAILED"}
SCHEME = "busdox-docid-qns::"
FILES = (".e-invoice.be", ".amazonaws.com", ".blob.core.windows.net", "storage.googleapis.com")
OLDEST, AHEAD = timedelta(days=1), timedelta(minutes=5)
KINDS = {"INVOICE", "CREDIT_NOTE", "DEBIT_NOTE", "SELFBILLING_INVOICE", "SELFBILLING_CREDIT_NOTE"}


class Document(BaseModel):
    id: str
    state: str | None = None
    document_type: str | None = None
    invoice_id: str | None = None
    customer_peppol_id: str | None = None


class Page(BaseModel):
    items: list[Document]
    has_next_page: bool = False


class Ubl(BaseModel):
    signed_url: str | None = None
    file_hash: str | None = None
    file_size: int | None = None
    sender_peppol_id: str | None = None
    sender_peppol_scheme: str | None = None
    receiver_peppol_id: str | None = None
    receiver_peppol_scheme: str | None = None


class TimelineEvent(BaseModel):
    event_type: str
    timestamp: datetime
    details: dict[str, Any] | None = None


class Timeline(BaseModel):
    events: list[TimelineEvent]


class Participant(BaseModel):
    is_valid: bool
    dns_valid: bool
    supported_document_types: list[str] = []


class Called(BaseModel):
    """The body of a webhook."""

    id: str
    type: str
    created_at: int
    data: dict[str, Any] = {}


def reach_of(answer: Participant, document_type: str) -> Reach:
    wanted = document_type.removeprefix(SCHEME)
    supported = {item.removeprefix(SCHEME) for item in answer.supported_document_types}
    if not answer.is_valid:
        return Reach.UNKNOWN if answer.dns_valid else Reach.NOT_REGISTERED
    if wanted in supported:
        return Reach.CAN_RECEIVE
    return Reach.NOT_THIS_DOCUMENT if supported else Reach.UNKNOWN


def submission_of(document: Document, *proofs: Proof, reason: str | None = None) -> Submission:
    return Submission(
        answer=STATES[document.state or ""],
        partner_id=document.id,
        ids={"document": document.id},
        reason=reason,
        proofs=proofs,
    )


def failure(timeline: Reply) -> str:
    """The last failure of the timeline in one sentence; its `details` are not documented, so they are quoted whole."""
    parsed = timeline.read(Timeline)
    events = [event for event in parsed.events if event.event_type == "send_failed"] if parsed else []
    if not events:
        return "the access point could not transmit the document"
    details = json.dumps(events[-1].details or {}, ensure_ascii=False, sort_keys=True)
    return f"the access point could not transmit the document: {details[:300]}"


def four_ids(document: PeppolDocument) -> dict[str, str]:
    """All four, since otherwise the provider derives them from tax ids whatever the UBL says (OpenAPI 1.1.0)."""
    sender_scheme, _, sender = document.sender.partition(":")
    receiver_scheme, _, receiver = document.receiver.partition(":")
    return {
        "sender_peppol_scheme": sender_scheme,
        "sender_peppol_id": sender,
        "receiver_peppol_scheme": receiver_scheme,
        "receiver_peppol_id": receiver,
    }


def same_parties(ubl: Ubl, document: PeppolDocument) -> bool:
    """False only where the provider names another sender or receiver."""
    said = ubl.model_dump()
    return all(said.get(name) in (None, wanted) for name, wanted in four_ids(document).items())


def same_file(ubl: Ubl, content: bytes) -> bool:
    """The size must be given and equal; the hash too where it is a SHA-256 (its algorithm is not documented)."""
    if ubl.file_size != len(content):
        return False
    is_sha256 = ubl.file_hash is not None and len(ubl.file_hash) == 64
    return not is_sha256 or ubl.file_hash == hashlib.sha256(content).hexdigest()


def file_name(number: str) -> str:
    return "".join(c if c.isalnum() and c.isascii() else "-" for c in number)[:60] or "document"


def unsigned(content: bytes, ubl: Ubl | None) -> bytes:
    """`content` without the query of the signed URL, which opens the file for everybody who reads it."""
    query = (ubl.signed_url or "").partition("?")[2] if ubl else ""
    return content.replace(json.dumps(query)[1:-1].encode(), b"***") if query else content


def joined(scheme: str | None, identity: str | None) -> str | None:
    return f"{scheme}:{identity}" if scheme and identity else None


def verified(headers: Mapping[str, str], body: bytes, secret: str | None, at: datetime) -> Event:
    """The event of a signed call; raises BadWebhook.

    `X-Signature: sha256=<hex>` is an HMAC-SHA256, not over the body as sent, but over `json.dumps(payload,
    sort_keys=True)` (docs.e-invoice.be, webhooks). Retries carry the time of the event, so a day old is not too old:
    an event that was seen is dropped by its id.
    """
    if not secret:
        raise BadWebhook("no webhook_secret is set for e-invoice.be, so no call can be trusted")
    try:
        payload = json.loads(body)
        canonical = json.dumps(payload, sort_keys=True).encode()
    except (ValueError, RecursionError) as problem:
        raise BadWebhook("the body is no JSON") from problem
    ours = "sha256=" + hmac.new(secret.encode(), canonical, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(ours.encode(), headers.get("x-signature", "").strip().encode()):
        raise BadWebhook("X-Signature is missing or does not fit the body")
    try:
        event = Called.model_validate(payload)
        created = datetime.fromtimestamp(event.created_at, UTC)
    except (ValueError, OverflowError, OSError) as problem:
        raise BadWebhook("the body is no event of e-invoice.be") from problem
    if not at - OLDEST <= created <= at + AHEAD:
        raise BadWebhook(f"the event was made at {created:%Y-%m-%d %H:%M} UTC, too far from now")
    document = event.data.get("document_id")
    return Event(id=event.id, kind=event.type, partner_id=document if isinstance(document, str) else None, at=created)
