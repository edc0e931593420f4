"""The access point e-invoice.be (OpenAPI 1.1.0): a UBL becomes a draft, the draft is sent.

What its answers prove: the state of a document read by id. DRAFT was never sent, TRANSIT and SENT were, and a
draft that was sent once answers 405. So a send whose answer was lost can always be settled by asking.
A created but unsent draft is harmless.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import BaseModel

from connectors.http import (
    Lost,
    NoAnswer,
    NotSent,
    Reply,
    answered,
    base,
    call,
    client,
    not_asked,
    outcome,
    refusal,
    sentence,
)
from connectors.ports import Answer, Finding, Found, PeppolDocument, Proof, Reach, Submission

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


class _Document(BaseModel):
    id: str
    state: str | None = None
    invoice_id: str | None = None
    customer_peppol_id: str | None = None


class _Page(BaseModel):
    items: list[_Document]
    has_next_page: bool = False


class _Ubl(BaseModel):
    file_hash: str | None = None
    file_size: int | None = None
    sender_peppol_id: str | None = None
    sender_peppol_scheme: str | None = None
    receiver_peppol_id: str | None = None
    receiver_peppol_scheme: str | None = None


class _Event(BaseModel):
    event_type: str
    timestamp: datetime
    details: dict[str, Any] | None = None


class _Timeline(BaseModel):
    events: list[_Event]


class _Participant(BaseModel):
    is_valid: bool
    dns_valid: bool
    supported_document_types: list[str] = []


class EInvoiceBe:
    """A PeppolProvider. One `api_key` belongs to one account, which sends for the Peppol ids registered with it."""

    name = "e-invoice.be"

    def __init__(self, base_url: str, api_key: str, http: httpx.Client | None = None) -> None:
        self._base = base(base_url)
        self._key = api_key
        self._http = http or client(base_url)

    def lookup(self, receiver: str, document_type: str) -> tuple[Reach, Proof | None]:
        """Can `receiver` ('scheme:id') receive `document_type` (as in the code list)? UNKNOWN on any doubt."""
        try:
            reply = self._call("GET", "/api/validate/peppol-id", params={"peppol_id": receiver})
        except NoAnswer:
            return Reach.UNKNOWN, None
        proof = Proof(kind="peppol_lookup", level="said by the access point", content=reply.content)
        if reply.status == 422:
            return Reach.NOT_REGISTERED, proof  # not a possible Peppol id
        answer = reply.read(_Participant) if reply.status == 200 else None
        return (_reach(answer, document_type), proof) if answer else (Reach.UNKNOWN, None)

    def prepare(self, document: PeppolDocument) -> Submission:
        """Make a draft; `partner_id` is to be stored before `submit`. Nothing leaves for the network."""
        file = (f"{_file_name(document.number)}.xml", document.ubl, "application/xml")
        try:
            reply = self._call("POST", "/api/documents/ubl", files={"file": file})
        except NotSent as error:
            return Submission(answer=Answer.TRANSIENT, reason=str(error))
        except Lost as error:
            return self._lost_draft(document, str(error))
        if reply.status not in (200, 201):
            return self._refused(reply, CREATE, Answer.TRANSIENT)  # an unsent draft is harmless: it may be made again
        created = reply.read(_Document)
        if created is None:
            return self._lost_draft(document, "the draft was answered with something unreadable")
        proof = Proof(kind="peppol_draft", level="draft at the access point, not sent", content=reply.content)
        return Submission(answer=Answer.SUBMITTED, partner_id=created.id, ids={"document": created.id}, proofs=(proof,))

    def submit(self, document: PeppolDocument, prepared: str | None, key: str) -> Submission:
        """Send the draft `prepared`. Without its id nothing is sent: the id is what a lost answer is settled by."""
        if not prepared:
            return Submission(answer=Answer.PRECONDITION, reason="prepare the document first and store the draft's id")
        try:
            reply = self._call("POST", f"/api/documents/{quote(prepared, safe='')}/send", params=_ids(document))
        except NotSent as error:
            return Submission(answer=Answer.TRANSIENT, partner_id=prepared, reason=str(error))
        except Lost as error:
            return Submission(answer=Answer.UNKNOWN, partner_id=prepared, reason=str(error))
        if reply.status == 405:  # not a draft any more: an earlier send was taken
            return self._sent_before(prepared)
        if reply.status != 200:
            return self._refused(reply, SEND, Answer.UNKNOWN, prepared)
        sent = reply.read(_Document)
        if sent is None or sent.state not in TAKEN:
            return Submission(answer=Answer.UNKNOWN, partner_id=prepared, reason="the send was answered unreadably")
        return _submission(sent, Proof(kind="peppol_send", level="accepted by the access point", content=reply.content))

    def status(self, partner_id: str) -> Submission:
        """Where the document stands. UNKNOWN, with the reason, where the question could not be answered."""
        try:
            return self._state(partner_id)
        except NoAnswer as error:
            return Submission(answer=Answer.UNKNOWN, partner_id=partner_id, reason=str(error))

    def find(self, document: PeppolDocument, prepared: str | None, key: str) -> Finding:
        """Was a send taken whose answer was lost? By the draft's id where there is one, else by number in the lists.

        Without a stored draft id `submit` sends nothing: lists that name no sent document then prove NOT_TAKEN.
        Documents on their way stand among the drafts, not in the outbox.
        """
        if prepared:
            return self._find_draft(prepared)
        try:
            for path in ("/api/outbox/", "/api/drafts/"):
                for hit in self._search(path, document):
                    if hit.state in TAKEN:
                        state = self.status(hit.id)
                        known = state if state.answer is not Answer.UNKNOWN else _submission(hit)
                        return Finding(found=Found.TAKEN, submission=known)
        except NoAnswer as error:
            return not_asked(error)
        return Finding(found=Found.NOT_TAKEN)

    def _find_draft(self, prepared: str) -> Finding:
        try:
            submission = self._state(prepared)
        except NoAnswer as error:
            return not_asked(error)
        if submission.answer is Answer.TRANSIENT:
            return Finding(found=Found.NOT_TAKEN, submission=submission)
        if submission.answer is Answer.UNKNOWN:
            return Finding(found=Found.CANNOT_TELL, submission=submission)
        return Finding(found=Found.TAKEN, submission=submission)

    def _state(self, partner_id: str) -> Submission:
        """What the provider says of a document; UNKNOWN for an id or a state that it or we do not know."""
        reply = self._ask("GET", f"/api/documents/{quote(partner_id, safe='')}")
        document = reply.read(_Document) if reply.status == 200 else None
        if document is None or document.state not in STATES:
            return Submission(answer=Answer.UNKNOWN, partner_id=partner_id, reason=self._sentence(reply))
        level = "said by the access point"
        if document.state == "SENT":
            level = "transmitted to the buyer's access point, by the provider's word"
        proofs = [Proof(kind="peppol_state", level=level, content=reply.content)]
        reason = None
        timeline = self._timeline(partner_id)
        if timeline:
            proofs.append(Proof(kind="peppol_timeline", level=level, content=timeline.content))
            reason = _failure(timeline) if document.state == "FAILED" else None
        return _submission(document, *proofs, reason=reason)

    def _sent_before(self, prepared: str) -> Submission:
        state = self.status(prepared)
        if state.answer is not Answer.TRANSIENT:
            return state
        return Submission(answer=Answer.UNKNOWN, partner_id=prepared, reason="405 to the send of what is said a draft")

    def _lost_draft(self, document: PeppolDocument, why: str) -> Submission:
        """Take up the draft of these very bytes if it was made; else a new draft may be made later."""
        try:
            for hit in self._search("/api/drafts/", document):
                if hit.state == "DRAFT" and _same_file(self._ubl(hit.id), document.ubl):
                    return Submission(answer=Answer.SUBMITTED, partner_id=hit.id, ids={"document": hit.id})
        except NoAnswer:
            pass
        return Submission(answer=Answer.TRANSIENT, reason=f"{why}; nothing was sent, a new draft may be made")

    def _search(self, path: str, document: PeppolDocument) -> Iterator[_Document]:
        """Documents of exactly this number and these participants. Raises NotSent or Lost where it cannot be told."""
        for page in range(1, 11):
            reply = self._call("GET", path, params={"search": document.number, "page": page, "page_size": 100})
            listed = reply.read(_Page) if reply.status == 200 else None
            if listed is None:
                raise Lost(self._sentence(reply))
            for item in listed.items:
                if item.invoice_id == document.number and _same_parties(self._ubl(item.id), document):
                    yield item
            if not listed.has_next_page:
                return
        raise Lost(f"more than 1000 documents match the number {document.number}")

    def _ubl(self, partner_id: str) -> _Ubl:
        reply = self._call("GET", f"/api/documents/{quote(partner_id, safe='')}/ubl")
        ubl = reply.read(_Ubl) if reply.status == 200 else None
        if ubl is None:
            raise Lost(self._sentence(reply))
        return ubl

    def _timeline(self, partner_id: str) -> Reply | None:
        try:
            reply = self._call("GET", f"/api/documents/{quote(partner_id, safe='')}/timeline")
        except NoAnswer:
            return None
        return reply if reply.status == 200 and reply.read(_Timeline) else None

    def _refused(
        self, reply: Reply, table: dict[int, Answer], otherwise: Answer, partner_id: str | None = None
    ) -> Submission:
        meaning = outcome(table, reply.status, otherwise)
        return refusal(self.name, reply, meaning, secret=self._key, partner_id=partner_id)

    def _sentence(self, reply: Reply) -> str:
        return sentence(self.name, reply, self._key)

    def _ask(self, method: str, path: str) -> Reply:
        return answered(self.name, self._call(method, path), self._key)

    def _call(self, method: str, path: str, **kwargs: Any) -> Reply:
        return call(self._http, method, self._base + path, {"Authorization": f"Bearer {self._key}"}, **kwargs)


def _reach(answer: _Participant, document_type: str) -> Reach:
    wanted = document_type.removeprefix(SCHEME)
    supported = {item.removeprefix(SCHEME) for item in answer.supported_document_types}
    if not answer.is_valid:
        return Reach.UNKNOWN if answer.dns_valid else Reach.NOT_REGISTERED
    if wanted in supported:
        return Reach.CAN_RECEIVE
    return Reach.NOT_THIS_DOCUMENT if supported else Reach.UNKNOWN


def _submission(document: _Document, *proofs: Proof, reason: str | None = None) -> Submission:
    return Submission(
        answer=STATES[document.state or ""],
        partner_id=document.id,
        ids={"document": document.id},
        reason=reason,
        proofs=proofs,
    )


def _failure(timeline: Reply) -> str:
    """The last failure of the timeline in one sentence; its `details` are not documented, so they are quoted whole."""
    parsed = timeline.read(_Timeline)
    events = [event for event in parsed.events if event.event_type == "send_failed"] if parsed else []
    if not events:
        return "the access point could not transmit the document"
    details = json.dumps(events[-1].details or {}, ensure_ascii=False, sort_keys=True)
    return f"the access point could not transmit the document: {details[:300]}"


def _ids(document: PeppolDocument) -> dict[str, str]:
    """All four, since otherwise the provider derives them from tax ids whatever the UBL says (OpenAPI 1.1.0)."""
    sender_scheme, _, sender = document.sender.partition(":")
    receiver_scheme, _, receiver = document.receiver.partition(":")
    return {
        "sender_peppol_scheme": sender_scheme,
        "sender_peppol_id": sender,
        "receiver_peppol_scheme": receiver_scheme,
        "receiver_peppol_id": receiver,
    }


def _same_parties(ubl: _Ubl, document: PeppolDocument) -> bool:
    """False only where the provider names another sender or receiver."""
    said = ubl.model_dump()
    return all(said.get(name) in (None, wanted) for name, wanted in _ids(document).items())


def _same_file(ubl: _Ubl, content: bytes) -> bool:
    """The size must be given and equal; the hash too where it is a SHA-256 (its algorithm is not documented)."""
    if ubl.file_size != len(content):
        return False
    is_sha256 = ubl.file_hash is not None and len(ubl.file_hash) == 64
    return not is_sha256 or ubl.file_hash == hashlib.sha256(content).hexdigest()


def _file_name(number: str) -> str:
    return "".join(c if c.isalnum() and c.isascii() else "-" for c in number)[:60] or "document"
