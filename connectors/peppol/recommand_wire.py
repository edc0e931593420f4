"""What Recommand says on the wire, and what it means: shapes, status tables, webhook signature.

Sources: its server (recommand/recommand-peppol, f26b74e of 2026-04-21); for `deliveries` and `deliveryStatus` its tests
of September 2026; for the signature of webhooks two independent clients, not its own documents.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from connectors.http import Reply, outcome, words
from connectors.ports import Answer, BadWebhook, Event, PeppolDocument, Proof, Submission
from ubl.safe_xml import UnreadableXml, parse

# What an HTTP status to the send means. A status that stands not here: 5xx and surprises, which are unknown.
SEND: dict[int, Answer] = {
    401: Answer.PRECONDITION,  # the key; also an account whose billing is not in order
    402: Answer.PRECONDITION,
    403: Answer.PRECONDITION,  # the company is not verified
    404: Answer.PRECONDITION,  # no such company
    413: Answer.REJECTED,
    415: Answer.REJECTED,
    422: Answer.NOT_DELIVERED,  # "only ever answered when delivery failed": the document was not put on the network
    429: Answer.TRANSIENT,
}
# A 400 is a refusal before the send where it begins so, or names a field. The server answers 400 also for whatever
# failed after the document had left, so any other 400 is unknown.
REFUSED: dict[str, Answer] = {
    "Document validation failed": Answer.REJECTED,
    "Document type could not be detected": Answer.REJECTED,
    "Document could not be parsed": Answer.REJECTED,
    "Invalid document type": Answer.REJECTED,
    "Failed to detect process id": Answer.REJECTED,
    "No sending company identifier found": Answer.PRECONDITION,
    "Company ID is required": Answer.PRECONDITION,
}
# The state of one delivery of a document, to the network or to a mailbox; of several the first here counts.
DELIVERY: dict[str | None, Answer] = {
    "delivered": Answer.DELIVERED,
    "pending": Answer.SUBMITTED,
    "failed": Answer.NOT_DELIVERED,
}
ONLY_BY_MAIL = "it went by e-mail only, which is no delivery by Peppol"
BUYERS_ACCESS_POINT = "received by the buyer's access point"
INVOICES = {"invoice", "creditNote", "selfBillingInvoice", "selfBillingCreditNote"}
DOCUMENT_SCHEME, PROCESS_SCHEME = "busdox-docid-qns::", "cenbii-procid-ubl::"
RECEIPT = "{http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/}Receipt"


class _Failure(BaseModel):
    category: str | None = None
    message: str | None = None


class Delivery(BaseModel):
    channel: str
    status: str
    failure: _Failure | None = None


class Document(BaseModel):
    """A document as the send and the lists show it. Flags tell what a send did, `deliveries` where it stands."""

    id: str
    companyId: str | None = None
    type: str | None = None
    senderId: str | None = None
    receiverId: str | None = None
    sentOverPeppol: bool | None = None
    sentOverEmail: bool | None = None
    peppolMessageId: str | None = None
    peppolConversationId: str | None = None
    envelopeId: str | None = None
    receivedPeppolSignalMessage: str | None = None
    deliveryStatus: str | None = None
    deliveries: tuple[Delivery, ...] = ()
    additionalPeppolFailureContext: str | None = None
    parsed: dict[str, Any] | None = None
    xml: str | None = None

    @property
    def number(self) -> str | None:
        """The document's own number, where the provider could read the document."""
        said = self.parsed or {}
        number = said.get("invoiceNumber") or said.get("creditNoteNumber")
        return number if isinstance(number, str) else None


class Sent(Document):
    success: bool


class Shown(BaseModel):
    document: Document


class Pagination(BaseModel):
    totalPages: int


class Listed(BaseModel):
    documents: tuple[Document, ...]
    pagination: Pagination | None = None


class Identifier(BaseModel):
    scheme: str
    identifier: str


class Identifiers(BaseModel):
    identifiers: tuple[Identifier, ...]


class Supported(BaseModel):
    docTypeId: str


class Recipient(BaseModel):
    isValid: bool
    supportedDocuments: tuple[Supported, ...] = ()


class _Company(BaseModel):
    isVerified: bool = True


class Company(BaseModel):
    company: _Company


class _Playground(BaseModel):
    isPlayground: bool
    useTestNetwork: bool = False


class Playground(BaseModel):
    playground: _Playground


class _Problem(BaseModel):
    errors: dict[str, Any] = {}
    deliveryFailure: _Failure | None = None


class Called(BaseModel):
    """The body of a webhook."""

    eventType: str
    companyId: str | None = None
    documentId: str | None = None


def authorization(key: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()


def send_body(document: PeppolDocument) -> dict[str, str]:
    """The send of a document as it is; nothing in it may lead to e-mail. Raises UnicodeDecodeError."""
    return {
        "recipient": document.receiver,
        "documentType": "xml",
        "document": document.ubl.decode("utf-8"),
        "doctypeId": document.document_type.removeprefix(DOCUMENT_SCHEME),
        "processId": document.process.removeprefix(PROCESS_SCHEME),
    }


def refused(reply: Reply) -> Answer:
    """What an answer other than 200 to the send means."""
    problem = reply.read(_Problem) or _Problem()
    failure = problem.deliveryFailure
    if reply.status == 422 and failure is not None and failure.category == "validation":
        return Answer.REJECTED
    if reply.status != 400:
        return outcome(SEND, reply.status, Answer.UNKNOWN)
    said = words(reply.content)
    known = (meaning for start, meaning in REFUSED.items() if said.startswith(start))
    return next(known, Answer.REJECTED if set(problem.errors) - {"root"} else Answer.UNKNOWN)


def standing(document: Document) -> tuple[Answer, str | None]:
    """Where a document stands on the network, and why where it failed. E-mail is no part of it."""
    on_network = [delivery for delivery in document.deliveries if delivery.channel == "peppol"]
    said = {delivery.status for delivery in on_network} or {document.deliveryStatus} - {None}
    if strange := said - set(DELIVERY):
        return Answer.UNKNOWN, f"recommand says '{strange.pop()}', which is not known here"
    answer = next((meaning for word, meaning in DELIVERY.items() if word in said), None)
    if answer in (None, Answer.DELIVERED) and not on_network:  # these may be words about e-mail
        return _by_flags(document)
    if answer is Answer.NOT_DELIVERED:
        told = [f"{one.failure.category}: {one.failure.message}" for one in on_network if one.failure]
        return answer, _because("; ".join(["the network did not deliver it", *told]), document)
    return answer or Answer.UNKNOWN, None


def _by_flags(document: Document) -> tuple[Answer, str | None]:
    """What a send did, where nothing says how the document stands now."""
    if document.sentOverPeppol:
        return Answer.DELIVERED, None
    if document.sentOverPeppol is None:
        return Answer.UNKNOWN, "recommand does not say whether it went by Peppol"
    return Answer.NOT_DELIVERED, _because(ONLY_BY_MAIL if document.sentOverEmail else "it was not sent", document)


def _because(reason: str, document: Document) -> str:
    context = document.additionalPeppolFailureContext
    return " ".join(f"{reason}: {context}".split())[:400] if context else reason


def ids_of(document: Document) -> dict[str, str]:
    known = {
        "document": document.id,
        "as4_message": document.peppolMessageId,
        "as4_conversation": document.peppolConversationId,
        "sbdh": document.envelopeId,
    }
    return {name: value for name, value in known.items() if value}


def receipt_of(document: Document) -> Proof | None:
    """The AS4 signal that came back from the network; a receipt in it is the buyer's access point's own word."""
    signal = document.receivedPeppolSignalMessage
    if not signal:
        return None
    content = signal.encode()
    level = BUYERS_ACCESS_POINT if _is_receipt(content) else "said by the access point"
    return Proof(kind="peppol_receipt", level=level, content=content, mime="application/xml")


def _is_receipt(signal: bytes) -> bool:
    try:
        return next(parse(signal).iter(RECEIPT), None) is not None
    except UnreadableXml:
        return False


def submission_of(document: Document, reply: Reply) -> Submission:
    """What the document read again says of itself, with everything that proves it."""
    answer, reason = standing(document)
    receipt = receipt_of(document) if answer is Answer.DELIVERED else None
    level = "said by the access point"
    if answer is Answer.DELIVERED:
        level = "transmitted to the buyer's access point, by the provider's word"
    state = Proof(kind="peppol_state", level=level, content=reply.content)
    return Submission(
        answer=answer,
        partner_id=document.id,
        ids=ids_of(document),
        reason=reason,
        proofs=(state, receipt) if receipt else (state,),
    )


def verified(headers: Mapping[str, str], body: bytes, secret: str | None, company: str | None) -> Event:
    """The event of a signed call; raises BadWebhook.

    `X-Signature: sha256=<hex>` is an HMAC-SHA256 over the body as it came, `X-Idempotency-Key` names the event. No time
    is signed, so a call cannot be too old: an event that was seen is dropped by its id.
    """
    if not secret:
        raise BadWebhook("no webhook_secret is set for recommand, so no call can be trusted")
    ours = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(ours.encode(), headers.get("x-signature", "").strip().encode()):
        raise BadWebhook("X-Signature is missing or does not fit the body")
    identity = headers.get("x-idempotency-key", "").strip()
    if not identity:
        raise BadWebhook("X-Idempotency-Key is missing, so a replay could not be told from a new event")
    try:
        event = Called.model_validate_json(body)
    except ValidationError as problem:
        raise BadWebhook("the body is no event of recommand") from problem
    ours_too = event.companyId in (None, company)
    return Event(id=identity[:200], kind=event.eventType, partner_id=event.documentId if ours_too else None)
