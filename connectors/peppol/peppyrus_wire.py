"""What Peppyrus' API says and means: its messages, the classes of its answers, its calls."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.ports import Answer, BadWebhook, Event, Proof, Submission

# What an HTTP status to the send means. A status that stands not here: 5xx and surprises, which are unknown.
SEND: dict[int, Answer] = {
    400: Answer.REJECTED,
    401: Answer.PRECONDITION,
    402: Answer.PRECONDITION,
    403: Answer.PRECONDITION,
    404: Answer.PRECONDITION,  # "PEPPOL identifier not found": ours is not registered, or the address is wrong
    413: Answer.REJECTED,
    415: Answer.REJECTED,
    422: Answer.REJECTED,  # the document does not pass its checks
    429: Answer.TRANSIENT,
}
# The folder of an outgoing message; any other means that it is on its way.
FOLDERS: dict[str, Answer] = {"sent": Answer.DELIVERED, "failed": Answer.NOT_DELIVERED}
LEVELS: dict[Answer, str] = {
    Answer.SUBMITTED: "accepted by the access point",
    Answer.DELIVERED: "transmitted to the buyer's access point, by the provider's word",
    Answer.NOT_DELIVERED: "said by the access point",
}
SHORTEST_TOKEN = 32  # it stands in the address, in place of a signature
SCHEME = "busdox-docid-qns::"


class Message(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)

    id: str
    sender: str | None = None
    recipient: str | None = None
    direction: str | None = None
    folder: str | None = None
    confirmed: bool | None = None
    fileContent: str | None = None


class Meta(BaseModel):
    pages: int | None = None


class Listed(BaseModel):
    items: list[Message]
    meta: Meta = Meta()


class Report(BaseModel):
    transmissionRules: str | None = None


class Service(BaseModel):
    documentType: str | None = None


class Participant(BaseModel):
    services: list[Service] = []


def path_of(partner_id: str) -> str:
    return f"/message/{quote(partner_id, safe='')}"


def answer_of(message: Message) -> Answer:
    return FOLDERS.get((message.folder or "").lower(), Answer.SUBMITTED)


def level_of(message: Message) -> str:
    return LEVELS[answer_of(message)]


def submission_of(message: Message, *proofs: Proof) -> Submission:
    return Submission(answer=answer_of(message), partner_id=message.id, ids={"message": message.id}, proofs=proofs)


def content_of(message: Message) -> bytes | None:
    """The document in a message, or None where it carries none that can be read."""
    try:
        return base64.b64decode(message.fileContent or "", validate=True) or None
    except (binascii.Error, ValueError):
        return None


def verified(headers: Mapping[str, str], body: bytes, token: str | None) -> Event:
    """The event of a call; raises BadWebhook.

    No signature is known, so the last part of the path is the secret: the application passes it as `x-path-token`.
    """
    if not token:
        raise BadWebhook("no webhook_secret is set for peppyrus, so no call can be trusted")
    if len(token) < SHORTEST_TOKEN:
        raise BadWebhook(f"the webhook_secret of peppyrus must have {SHORTEST_TOKEN} characters or more")
    if not hmac.compare_digest(token.encode(), headers.get("x-path-token", "").encode()):
        raise BadWebhook("the address of the call does not end in the webhook_secret of peppyrus")
    try:
        message = Message.model_validate_json(body)
    except ValidationError as problem:
        raise BadWebhook("the body is no message of peppyrus") from problem
    outgoing = (message.direction or "").upper() == "OUT"
    kind = f"message.{(message.folder or 'unknown').lower()}" if outgoing else "message.received"
    return Event(id=f"{message.id} {kind}", kind=kind, partner_id=message.id if outgoing else None)
