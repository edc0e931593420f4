"""What Scrada says on the wire (API documentation 1.24), and what it means: status tables, shapes, routing headers."""

from __future__ import annotations

from urllib.parse import quote

from pydantic import BaseModel

from connectors.ports import Answer, PeppolDocument

# What an HTTP status to the send means. A status that stands not here: 5xx and surprises, which are unknown.
SEND: dict[int, Answer] = {
    400: Answer.REJECTED,
    401: Answer.PRECONDITION,
    402: Answer.PRECONDITION,
    403: Answer.PRECONDITION,
    404: Answer.PRECONDITION,
    413: Answer.REJECTED,
    415: Answer.REJECTED,  # "the content is not of the type XML"
    422: Answer.REJECTED,
    429: Answer.TRANSIENT,
}
STATES: dict[str, Answer] = {
    "Created": Answer.SUBMITTED,
    "Retry": Answer.SUBMITTED,  # it failed and is tried again by Scrada itself
    "Processed": Answer.DELIVERED,
    "Error": Answer.NOT_DELIVERED,
}
PARTICIPANT, DOCUMENT, PROCESS = "iso6523-actorid-upis", "busdox-docid-qns", "cenbii-procid-ubl"
INVOICES = ("::Invoice##", "::CreditNote##")
TEST = "apitest.scrada.be"
MAX_DOCUMENT = 64 * 1024 * 1024
BUYERS_ACCESS_POINT = "received by the buyer's access point"
UNSIGNED = "scrada documents no signature for its calls, so a call proves nothing: the state of a document is asked for"
NOT_TO_BE_FOUND = "scrada finds no document without the id that it answered: look for the reference {} in its list"


class Info(BaseModel):
    id: str
    status: str
    errorMessage: str | None = None
    peppolC2MessageID: str | None = None
    peppolC3MessageID: str | None = None
    peppolC2Timestamp: str | None = None
    peppolC3Timestamp: str | None = None
    peppolConversationID: str | None = None
    peppolSbdhInstanceID: str | None = None


class Error(BaseModel):
    errorCode: int


class DocumentType(BaseModel):
    scheme: str = DOCUMENT
    value: str


class Party(BaseModel):
    documentTypes: tuple[DocumentType, ...] | None = None


class Company(BaseModel):
    active: bool = True


class Incoming(BaseModel):
    id: str
    peppolSenderID: str | None = None
    peppolReceiverID: str | None = None
    peppolDocumentTypeValue: str = ""


class Unconfirmed(BaseModel):
    results: tuple[Incoming, ...]


def routing(document: PeppolDocument, key: str) -> dict[str, str]:
    """The headers that say where a document goes; nothing is taken from the UBL."""
    return {
        "Content-Type": "application/xml",
        "x-scrada-peppol-sender-scheme": PARTICIPANT,
        "x-scrada-peppol-sender-id": document.sender,
        "x-scrada-peppol-receiver-scheme": PARTICIPANT,
        "x-scrada-peppol-receiver-id": document.receiver,
        "x-scrada-peppol-c1-country-code": document.sender_country,
        "x-scrada-peppol-document-type-scheme": DOCUMENT,
        "x-scrada-peppol-document-type-value": document.document_type.removeprefix(f"{DOCUMENT}::"),
        "x-scrada-peppol-process-scheme": PROCESS,
        "x-scrada-peppol-process-value": document.process.removeprefix(f"{PROCESS}::"),
        "x-scrada-external-reference": reference(key),
    }


def carried(headers: dict[str, str]) -> bool:
    """Can an HTTP header carry these values?"""
    return all(value.isascii() and value.isprintable() for value in headers.values())


def reference(key: str) -> str:
    """Our key as a header can carry it.

    >>> reference("vdb/invoice/2026-é/1")
    'vdb/invoice/2026-%C3%A9/1'
    """
    return quote(key, safe="/-_.: ")


def level_of(info: Info) -> str:
    """A message id of C3 comes from the receipt of the buyer's access point."""
    if info.status == "Processed":
        by_word = "transmitted to the buyer's access point, by the provider's word"
        return BUYERS_ACCESS_POINT if info.peppolC3MessageID and info.peppolC3Timestamp else by_word
    return "said by the access point"


def ids_of(info: Info) -> dict[str, str]:
    known = {
        "document": info.id,
        "as4_message": info.peppolC2MessageID,
        "as4_receipt": info.peppolC3MessageID,
        "as4_conversation": info.peppolConversationID,
        "sbdh": info.peppolSbdhInstanceID,
        "sent_at": info.peppolC2Timestamp,
        "received_at": info.peppolC3Timestamp,
    }
    return {name: value for name, value in known.items() if value}
