"""The access point Scrada (API documentation 1.24): takes a UBL as it is, and sends it when and as often as needed.

What its answers prove: the state of a document read by the id that the send answered. Where that answer was lost
nothing can be asked: no documented call lists what was sent, or finds it by our reference. So a person decides, who
sees the reference in Scrada's own list. A delivered document names the message of the buyer's access point (C3).

Not verified: what it says of a document that is not valid (400 was seen by a client; documented are 401, 415, 429 and
500), and how its webhooks are signed: their content is documented, a signature is not, so the state is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

import httpx
from pydantic import TypeAdapter, ValidationError

from connectors.http import (
    Lost,
    NoAnswer,
    NotSent,
    Reply,
    answered,
    base,
    call,
    client,
    outcome,
    refusal,
    sentence,
)
from connectors.peppol.scrada_wire import (
    DOCUMENT,
    INVOICES,
    MAX_DOCUMENT,
    NOT_TO_BE_FOUND,
    PARTICIPANT,
    SEND,
    STATES,
    TEST,
    UNSIGNED,
    Company,
    Error,
    Info,
    Party,
    Unconfirmed,
    carried,
    ids_of,
    level_of,
    reference,
    routing,
)
from connectors.ports import (
    Access,
    Answer,
    BadWebhook,
    Event,
    Finding,
    Found,
    Inbound,
    PeppolDocument,
    Proof,
    Reach,
    Submission,
)


class Scrada:
    """A PeppolProvider. Key and password (`secret`) belong to one company, whose id is `account`."""

    name = "scrada"

    def __init__(self, access: Access, http: httpx.Client | None = None) -> None:
        self._test = urlsplit(access.url).hostname == TEST
        self._base = f"{base(access.url)}/company/{quote(access.account or '', safe='')}"
        self._headers = {"X-API-KEY": access.key, "X-PASSWORD": access.secret or "", "Language": "EN"}
        self._secrets = (access.key, access.secret or "")
        self._http = http or client(access.url)

    def lookup(self, receiver: str, document_type: str) -> tuple[Reach, Proof | None]:
        """Can `receiver` ('scheme:id') receive `document_type`? UNKNOWN on any doubt, as where its SMP is down: 503."""
        try:
            reply = self._call("GET", f"/peppol/lookup/{PARTICIPANT}/{quote(receiver, safe=':')}")
        except NoAnswer:
            return Reach.UNKNOWN, None
        proof = Proof(kind="peppol_lookup", level="said by the access point", content=reply.content)
        if reply.status == 404 and reply.read(Error):
            return Reach.NOT_REGISTERED, proof
        party = reply.read(Party) if reply.status == 200 else None
        if party is None or not party.documentTypes:
            return Reach.UNKNOWN, None
        wanted = document_type.removeprefix(f"{DOCUMENT}::")
        able = any(kind.scheme == DOCUMENT and kind.value == wanted for kind in party.documentTypes)
        return (Reach.CAN_RECEIVE if able else Reach.NOT_THIS_DOCUMENT), proof

    def prepare(self, document: PeppolDocument) -> Submission | None:
        """Scrada knows no drafts."""
        return None

    def submit(self, document: PeppolDocument, prepared: str | None, key: str) -> Submission:
        """Hand the document over; Scrada sends it afterwards. `key` is the reference that its own list shows."""
        headers = routing(document, key)
        if not carried(headers):
            return Submission(answer=Answer.REJECTED, reason="the sender or the receiver is no Peppol id")
        try:
            reply = self._call("POST", "/peppol/outbound/document", headers, content=document.ubl)
        except NotSent as error:
            return Submission(answer=Answer.TRANSIENT, reason=str(error))
        except Lost as error:
            return Submission(answer=Answer.UNKNOWN, reason=str(error))
        if reply.status != 200:
            return refusal(self.name, reply, outcome(SEND, reply.status, Answer.UNKNOWN), secret=self._secrets)
        try:
            identity = str(TypeAdapter(UUID).validate_json(reply.content))
        except ValidationError:
            return Submission(answer=Answer.UNKNOWN, reason="the send was answered unreadably")
        proof = Proof(kind="peppol_send", level="accepted by the access point", content=reply.content)
        ids = {"document": identity, "reference": reference(key)}
        return Submission(answer=Answer.SUBMITTED, partner_id=identity, ids=ids, proofs=(proof,))

    def status(self, partner_id: str) -> Submission:
        """Where the document stands. UNKNOWN, with the reason, where the question could not be answered."""
        try:
            info, reply = self._info(partner_id)
        except NoAnswer as error:
            return Submission(answer=Answer.UNKNOWN, partner_id=partner_id, reason=str(error))
        told = " ".join((info.errorMessage or "").split())[:300]
        answer = STATES.get(info.status, Answer.UNKNOWN)
        reason = f"scrada says {info.status}" + (f": {told}" if told else "")
        return Submission(
            answer=answer,
            partner_id=partner_id,
            ids=ids_of(info),
            reason=reason if told or answer not in (Answer.SUBMITTED, Answer.DELIVERED) else None,
            proofs=(Proof(kind="peppol_state", level=level_of(info), content=reply.content),),
        )

    def find(self, document: PeppolDocument, prepared: str | None, key: str) -> Finding:
        """Without the id that a send answers there is no question to ask."""
        reason = NOT_TO_BE_FOUND.format(reference(key))
        return Finding(found=Found.CANNOT_TELL, submission=Submission(answer=Answer.UNKNOWN, reason=reason))

    def evidence(self, partner_id: str) -> tuple[Proof, ...]:
        """The messages and times of both access points with the id of the envelope, and the UBL as Scrada got it.

        Raises NoAnswer.
        """
        info, reply = self._info(partner_id)
        sent = self._read(f"/peppol/outbound/document/{quote(partner_id, safe='')}/ubl")
        level = "the UBL as the access point got it, by its own word"
        return (
            Proof(kind="peppol_state", level=level_of(info), content=reply.content),
            Proof(kind="peppol_as_taken", level=level, content=sent.content, mime="application/xml"),
        )

    def verify_webhook(self, headers: Mapping[str, str], body: bytes, at: datetime) -> Event:
        """No call of Scrada can be told from anybody else's. Raises BadWebhook."""
        raise BadWebhook(UNSIGNED)

    def inbox(self) -> Iterator[Inbound]:
        """What came in, is not confirmed, and is no invoice or credit note: those are for the bookkeeping.

        Raises NoAnswer.
        """
        reply = self._read("/peppol/inbound/document/unconfirmed")
        listed = reply.read(Unconfirmed)
        if listed is None:
            raise Lost("scrada's inbox was answered unreadably")
        for item in listed.results:
            if any(kind in item.peppolDocumentTypeValue for kind in INVOICES):
                continue
            document = self._read(f"/peppol/inbound/document/{quote(item.id, safe='')}").content
            yield Inbound(id=item.id, document=document, sender=item.peppolSenderID, receiver=item.peppolReceiverID)

    def confirm(self, inbound_id: str) -> None:
        """Raises NoAnswer. That a second time is harmless is not documented; it is asked only after a lost answer."""
        path = f"/peppol/inbound/document/{quote(inbound_id, safe='')}/confirm"
        reply = answered(self.name, self._call("PUT", path), self._secrets)
        if reply.status not in (200, 204):
            raise Lost(self._sentence(reply))

    def check(self) -> str | None:
        """Tries key, password and company: the sentence that says what is wrong, or None. Sends nothing."""
        try:
            reply = self._call("GET", "")
        except NoAnswer as error:
            return str(error)
        company = reply.read(Company) if reply.status == 200 else None
        if reply.status in (401, 403):
            return f"{self._sentence(reply)}; look at key, secret and account"
        if company is None:
            return f"{self._sentence(reply)}; look at url and account"
        if not company.active:
            return "scrada says that the company is not active"
        if self._test:
            return f"{TEST} is scrada's test environment, whose documents do not go to customers"
        return None

    def _info(self, partner_id: str) -> tuple[Info, Reply]:
        reply = self._read(f"/peppol/outbound/document/{quote(partner_id, safe='')}/info")
        info = reply.read(Info)
        if info is None:
            raise Lost("scrada's document was answered unreadably")
        return info, reply

    def _read(self, path: str) -> Reply:
        """A 200 answer. Raises NoAnswer."""
        reply = answered(self.name, self._call("GET", path), self._secrets)
        if reply.status != 200:
            raise Lost(self._sentence(reply))
        return reply

    def _sentence(self, reply: Reply) -> str:
        return sentence(self.name, reply, self._secrets)

    def _call(self, method: str, path: str, more: Mapping[str, str] | None = None, **kwargs: Any) -> Reply:
        headers = {**self._headers, **(more or {})}
        return call(self._http, method, self._base + path, headers, limit=MAX_DOCUMENT, **kwargs)
