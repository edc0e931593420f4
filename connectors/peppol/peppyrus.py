"""The access point Peppyrus (Belgian, free): one call sends, the folder of the message is its state.

Source: public clients of its API v1, seen 2026-11 (tigron/peppyrus-api-php by its maker, tryton's
edocument_peppol_peppyrus, solid-kiss/Peppyrus-API-Java-Client). Not verified by a call of our own: what it does with
the same document twice, the limits, the shape of its errors beside "422 is the document", the words in `report`.

What its answers prove: a message of these very contents between these participants in its list was taken. Absence
from the list proves nothing, since nobody says when a message begins to stand there, and there is no key of ours.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx

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
from connectors.peppol.as_sent import AS_SENT, difference
from connectors.peppol.peppyrus_wire import (
    LEVELS,
    SCHEME,
    SEND,
    Listed,
    Message,
    Participant,
    Report,
    content_of,
    level_of,
    path_of,
    submission_of,
    verified,
)
from connectors.ports import (
    Access,
    Answer,
    Event,
    Finding,
    Found,
    Inbound,
    PeppolDocument,
    Proof,
    Reach,
    Submission,
)

VERSION = "/v1"
PER_PAGE = 20
MOST_PAGES = 50
MAX_LIST = 64 * 1024 * 1024  # the list carries the documents themselves


class Peppyrus:
    """A PeppolProvider. One key belongs to one organisation, which sends for the Peppol id registered with it."""

    name = "peppyrus"

    def __init__(self, access: Access, http: httpx.Client | None = None) -> None:
        self._base = base(access.url).removesuffix(VERSION) + VERSION
        self._key = access.key
        self._token = access.webhook_secret
        self._http = http or client(access.url)

    def lookup(self, receiver: str, document_type: str) -> tuple[Reach, Proof | None]:
        """Can `receiver` ('scheme:id') receive `document_type` (as in the code list)? UNKNOWN on any doubt."""
        try:
            reply = self._call("GET", "/peppol/lookup", params={"participantId": receiver})
        except NoAnswer:
            return Reach.UNKNOWN, None
        proof = Proof(kind="peppol_lookup", level="said by the access point", content=reply.content)
        if reply.status == 404:
            return Reach.NOT_REGISTERED, proof
        found = reply.read(Participant) if reply.status == 200 else None
        offered = {s.documentType.removeprefix(SCHEME) for s in found.services if s.documentType} if found else set()
        if not offered:
            return Reach.UNKNOWN, None
        takes_it = document_type.removeprefix(SCHEME) in offered
        return (Reach.CAN_RECEIVE if takes_it else Reach.NOT_THIS_DOCUMENT), proof

    def prepare(self, document: PeppolDocument) -> Submission | None:
        return None

    def submit(self, document: PeppolDocument, prepared: str | None, key: str) -> Submission:
        """Send it; Peppyrus knows no key of ours, so a lost answer is never followed by another send."""
        body = {
            "sender": document.sender,
            "recipient": document.receiver,
            "processType": document.process,
            "documentType": SCHEME + document.document_type.removeprefix(SCHEME),
            "fileContent": base64.b64encode(document.ubl).decode(),
        }
        try:
            reply = self._call("POST", "/message", json=body)
        except NotSent as error:
            return Submission(answer=Answer.TRANSIENT, reason=str(error))
        except Lost as error:
            return Submission(answer=Answer.UNKNOWN, reason=str(error))
        if reply.status not in (200, 201):
            meaning = outcome(SEND, reply.status, Answer.UNKNOWN)
            return refusal(self.name, reply, meaning, secret=self._key)
        message = reply.read(Message)
        if message is None or not message.id:
            return Submission(answer=Answer.UNKNOWN, reason="the send was answered unreadably")
        return submission_of(message, Proof(kind="peppol_send", level=level_of(message), content=reply.content))

    def status(self, partner_id: str) -> Submission:
        """Where the message stands. UNKNOWN, with the reason, where the question could not be answered."""
        try:
            reply = self._ask("GET", path_of(partner_id))
            message = reply.read(Message) if reply.status == 200 else None
            if message is None or message.id != partner_id:
                return Submission(answer=Answer.UNKNOWN, partner_id=partner_id, reason=self._sentence(reply))
        except NoAnswer as error:
            return Submission(answer=Answer.UNKNOWN, partner_id=partner_id, reason=str(error))
        state = submission_of(message, Proof(kind="peppol_state", level=level_of(message), content=reply.content))
        return state if state.answer is Answer.SUBMITTED else self._reported(state)

    def find(self, document: PeppolDocument, prepared: str | None, key: str) -> Finding:
        """Was a send taken whose answer was lost? Only a message of the same contents to the same receiver says so."""
        try:
            for message in self._listed({"sender": document.sender, "receiver": document.receiver}):
                if self._is(message, document):
                    state = self.status(message.id)
                    known = state if state.answer is not Answer.UNKNOWN else submission_of(message)
                    return Finding(found=Found.TAKEN, submission=known)
        except NoAnswer as error:
            return not_asked(error)
        reason = f"{self.name} lists no message with {document.number}; that does not prove that none was taken"
        return Finding(found=Found.CANNOT_TELL, submission=Submission(answer=Answer.UNKNOWN, reason=reason))

    def evidence(self, partner_id: str) -> tuple[Proof, ...]:
        """The report of checks and transmission, and the document as Peppyrus keeps it. Raises NoAnswer."""
        report = self._read(f"{path_of(partner_id)}/report")
        proofs = [Proof(kind="peppol_report", level="said by the access point", content=report.content)]
        if (kept := content_of(self._message(partner_id))) is not None:
            level = "the UBL as the access point keeps it"
            proofs.append(Proof(kind=AS_SENT, level=level, content=kept, mime="application/xml"))
        return tuple(proofs)

    def verify_webhook(self, headers: Mapping[str, str], body: bytes, at: datetime) -> Event:
        """The event of a call under the address that only Peppyrus was told. Raises BadWebhook."""
        return verified(headers, body, self._token)

    def inbox(self) -> Iterator[Inbound]:
        """What came in and was not yet confirmed. Raises NoAnswer."""
        waiting = [message.id for message in self._listed({"folder": "INBOX", "confirmed": "false"})]
        for identity in waiting:
            message = self._message(identity)
            content = content_of(message)
            if content is None:
                raise Lost(f"message {identity} in the inbox of {self.name} came without its document")
            yield Inbound(id=identity, document=content, sender=message.sender, receiver=message.recipient)

    def confirm(self, inbound_id: str) -> None:
        """Tells Peppyrus that we keep it; again is harmless. Raises NoAnswer."""
        reply = self._ask("PATCH", f"{path_of(inbound_id)}/confirm")
        if reply.status in (200, 204, 404):  # 404: removed there, nothing is left to confirm
            return
        if not self._message(inbound_id).confirmed:
            raise Lost(self._sentence(reply))

    def check(self) -> str | None:
        """Tries the key at `/organization/info`: the sentence that says what is wrong, or None."""
        try:
            reply = self._call("GET", "/organization/info")
        except NoAnswer as error:
            return str(error)
        return None if reply.status == 200 else self._sentence(reply)

    def _reported(self, state: Submission) -> Submission:
        """`state` with the report of a message that came to its end, and the report's words where it failed."""
        words, proofs = "", state.proofs
        try:
            reply = self._read(f"{path_of(state.partner_id or '')}/report")
            proofs += (Proof(kind="peppol_report", level=LEVELS[state.answer], content=reply.content),)
            report = reply.read(Report)
            words = " ".join((report.transmissionRules or "").split())[:300] if report else ""
        except NoAnswer:
            pass  # the folder alone says what became of it
        failed = state.answer is Answer.NOT_DELIVERED
        reason = f"{self.name} could not transmit the document" + (f": {words}" if words else "") if failed else None
        return replace(state, reason=reason, proofs=proofs)

    def _listed(self, asked: Mapping[str, str]) -> Iterator[Message]:
        """The messages that fit, at most 1000. Raises NoAnswer."""
        for page in range(1, MOST_PAGES + 1):
            params = {**asked, "page": str(page), "perPage": str(PER_PAGE)}
            reply = answered(self.name, self._call("GET", "/message/list", limit=MAX_LIST, params=params), self._key)
            listed = reply.read(Listed) if reply.status == 200 else None
            if listed is None:
                raise Lost(self._sentence(reply))
            yield from listed.items
            if not listed.items or page >= (listed.meta.pages or MOST_PAGES):
                return

    def _is(self, message: Message, document: PeppolDocument) -> bool:
        if (message.direction or "OUT").upper() != "OUT":
            return False
        parties = ((message.sender or "").lower(), (message.recipient or "").lower())
        if parties != (document.sender.lower(), document.receiver.lower()):
            return False
        content = content_of(message) or content_of(self._message(message.id))
        if content is None:
            raise Lost(f"{self.name} does not show the contents of message {message.id}")
        return difference(document.ubl, content) is None

    def _message(self, identity: str) -> Message:
        reply = self._read(path_of(identity))
        message = reply.read(Message)
        if message is None:
            raise Lost(self._sentence(reply))
        return message

    def _read(self, path: str) -> Reply:
        """A 200 answer. Raises NoAnswer."""
        reply = answered(self.name, self._call("GET", path, limit=MAX_LIST), self._key)
        if reply.status != 200:
            raise Lost(self._sentence(reply))
        return reply

    def _sentence(self, reply: Reply) -> str:
        return sentence(self.name, reply, self._key)

    def _ask(self, method: str, path: str) -> Reply:
        return answered(self.name, self._call(method, path, limit=MAX_LIST), self._key)

    def _call(self, method: str, path: str, **kwargs: Any) -> Reply:
        headers = {"X-Api-Key": self._key, "Accept": "application/json"}
        return call(self._http, method, self._base + path, headers, **kwargs)
