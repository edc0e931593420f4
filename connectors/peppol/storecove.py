"""The access point Storecove (API v2): one call under a guid of ours, a UBL that is parsed and written anew.

What its answers prove. By its specification only the first submission under an `idempotencyGuid` is processed and a
later one answers 422. So a send whose answer was lost is asked about by repeating it under the same guid: it is taken
now, or it was taken then. That is documented and not verified by us. After a 422 of that kind the submission's own id
stays unknown: its evidence is asked for under our guid, which no specification promises an answer to, and after the
policy's patience a person finds it at Storecove under that guid.

Delivered is what the evidence says, and only where its network is Peppol. What failed is said only in events, which
stand in a queue beside what came in: `inbox` reads both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

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
    outcome,
    refusal,
    sentence,
)
from connectors.peppol.as_sent import AS_SENT, file_allowed
from connectors.peppol.keys import guid_of
from connectors.peppol.storecove_wire import (
    BY_MAIL,
    NETWORKS,
    RECEIVED,
    SEND,
    Discovered,
    Evidence,
    Instance,
    Result,
    document_kind,
    happened,
    identifier,
    is_answer,
    is_repeat,
    passed_on,
    received_document,
    said_of,
    submission_body,
    verified,
    without_signatures,
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

VERSION = "/api/v2"
MAX_FILE = 20 * 1024 * 1024
FILES = (".storecove.com", ".amazonaws.com")  # where its documents were seen to lie; no other host is asked


class Storecove:
    """A PeppolProvider. `account` is the number of the legal entity for which the key may send."""

    name = "storecove"

    def __init__(self, access: Access, http: httpx.Client | None = None) -> None:
        self._base = base(access.url).removesuffix(VERSION) + VERSION
        self._key = access.key
        self._entity = access.account or ""
        self._webhook_secret = access.webhook_secret
        self._http = http or client(access.url)

    def lookup(self, receiver: str, document_type: str) -> tuple[Reach, Proof | None]:
        """Can `receiver` ('scheme:id') receive `document_type`? UNKNOWN on any doubt.

        A Belgian default registration, whose documents end as a PDF in a mail, is no registration.
        """
        named = identifier(receiver)
        if named is None:
            return Reach.UNKNOWN, None
        try:
            asked = {"documentTypes": [document_kind(document_type)], "network": "peppol", **named}
            found, proof = self._discover("receives", asked)
            if found.code == "OK":
                return (Reach.NOT_REGISTERED if found.email else Reach.CAN_RECEIVE), proof
            there, proof = self._discover("exists", {"network": "peppol", **named})
        except NoAnswer:
            return Reach.UNKNOWN, None
        return (Reach.NOT_THIS_DOCUMENT if there.code == "OK" else Reach.NOT_REGISTERED), proof

    def prepare(self, document: PeppolDocument) -> Submission | None:
        return None

    def submit(self, document: PeppolDocument, prepared: str | None, key: str) -> Submission:
        """Send it under the guid of `key`; again under the same guid is taken once (documented, not verified)."""
        receiver = identifier(document.receiver)
        if receiver is None:
            reason = f"Storecove's name for the scheme of {document.receiver} is not known here"
            return Submission(answer=Answer.PRECONDITION, reason=reason)
        if not self._entity.isdecimal():
            reason = f"account must be the number of the legal entity at Storecove, not '{self._entity}'"
            return Submission(answer=Answer.PRECONDITION, reason=reason)
        guid = guid_of(key)
        body = submission_body(document, int(self._entity), receiver, guid)
        try:
            reply = self._call("POST", "/document_submissions", json=body)
        except NotSent as error:
            return Submission(answer=Answer.TRANSIENT, reason=str(error))
        except Lost as error:
            return Submission(answer=Answer.UNKNOWN, reason=str(error))
        if is_repeat(reply):
            return self._taken_before(guid, reply)
        if reply.status not in (200, 201):
            meaning = outcome(SEND, reply.status, Answer.UNKNOWN)
            return refusal(self.name, reply, meaning, secret=self._key)
        result = reply.read(Result)
        if result is None or not result.guid:
            return Submission(answer=Answer.UNKNOWN, reason="the send was answered unreadably")
        ids = {"submission": result.guid, "idempotency": guid}
        proof = Proof(kind="peppol_send", level="accepted by the access point", content=reply.content)
        return Submission(answer=Answer.SUBMITTED, partner_id=result.guid, ids=ids, proofs=(proof,))

    def status(self, partner_id: str) -> Submission:
        """Delivered where there is evidence; else on its way, for what failed is told in an event."""
        if not partner_id:
            reason = "Storecove answers by the submission's id only, which was lost with its answer"
            return Submission(answer=Answer.UNKNOWN, reason=reason)
        try:
            return self._evidence(partner_id)
        except NoAnswer as error:
            return Submission(answer=Answer.UNKNOWN, partner_id=partner_id, reason=str(error))

    def find(self, document: PeppolDocument, prepared: str | None, key: str) -> Finding:
        """Was a send taken whose answer was lost? Asked by the same send under the same guid."""
        again = self.submit(document, prepared, key)
        if again.answer is Answer.SUBMITTED:
            return Finding(found=Found.TAKEN, submission=again)
        if again.answer is Answer.REJECTED:  # the refusal does not say whether it is of this send or of the first
            return Finding(found=Found.CANNOT_TELL, submission=again)
        return Finding(found=Found.NOT_ASKED, submission=again)

    def evidence(self, partner_id: str) -> tuple[Proof, ...]:
        """The evidence of the sending, the receipt in it, and the UBL that Storecove wrote. Raises NoAnswer."""
        return self._evidence(partner_id).proofs

    def verify_webhook(self, headers: Mapping[str, str], body: bytes, at: datetime) -> Event:
        """The event of a call with our secret. Raises BadWebhook."""
        return verified(headers, body, self._webhook_secret)

    def inbox(self) -> Iterator[Inbound]:
        """The queue from its head: what came in, and what became of our own. The next is seen once one is confirmed."""
        before: str | None = None
        while (head := self._head()) is not None and head.guid != before:
            before = head.guid
            yield self._inbound(head)

    def confirm(self, inbound_id: str) -> None:
        """Takes it out of the queue; again is harmless. Raises NoAnswer."""
        reply = self._ask("DELETE", f"/webhook_instances/{quote(inbound_id, safe='')}")
        if reply.status not in (200, 204, 404):
            raise Lost(self._sentence(reply))

    def check(self) -> str | None:
        """Tries the key and the legal entity: the sentence that says what is wrong, or None."""
        if not self._entity.isdecimal():
            return f"account must be the number of the legal entity at Storecove, not '{self._entity}'"
        try:
            reply = self._call("GET", f"/legal_entities/{self._entity}")
        except NoAnswer as error:
            return str(error)
        if reply.status == 404:
            return f"this key reaches no legal entity {self._entity} at Storecove"
        return None if reply.status == 200 else self._sentence(reply)

    def _taken_before(self, guid: str, reply: Reply) -> Submission:
        proof = Proof(kind="peppol_send", level="taken before, by the access point's word", content=reply.content)
        reason = f"taken before under idempotencyGuid {guid}; its own id was lost with the first answer"
        return Submission(answer=Answer.SUBMITTED, ids={"idempotency": guid}, reason=reason, proofs=(proof,))

    def _discover(self, what: str, asked: Mapping[str, Any]) -> tuple[Discovered, Proof]:
        body = {"metaScheme": "iso6523-actorid-upis", **asked}
        reply = answered(self.name, self._call("POST", f"/discovery/{what}", json=body), self._key)
        found = reply.read(Discovered) if reply.status == 200 else None
        if found is None or found.code not in ("OK", "NOK"):
            raise Lost(self._sentence(reply))
        level = "said by the access point"
        if found.email:
            level += ": registered by default only, documents are mailed"
        return found, Proof(kind="peppol_lookup", level=level, content=reply.content)

    def _evidence(self, partner_id: str) -> Submission:
        """How a submission stands by its evidence, which is 404 until it was delivered. Raises NoAnswer."""
        reply = self._ask("GET", f"/document_submissions/{quote(partner_id, safe='')}/evidence/sending")
        if reply.status == 404:
            reason = "Storecove has no evidence of the sending yet"
            return Submission(answer=Answer.SUBMITTED, partner_id=partner_id, reason=reason)
        shown = reply.read(Evidence) if reply.status == 200 else None
        if shown is None:
            raise Lost(self._sentence(reply))
        answer = NETWORKS.get(shown.network or "", Answer.UNKNOWN)
        level = RECEIVED if answer is Answer.DELIVERED else f"sent over the network '{shown.network}'"
        sent = shown.evidence
        proofs = [Proof(kind="peppol_evidence", level=level, content=without_signatures(reply.content))]
        if answer is Answer.DELIVERED and sent.xml:
            proofs.append(Proof(kind="as4_receipt", level=RECEIVED, content=sent.xml.encode(), mime="application/xml"))
        proofs += self._documents(shown)
        ids = {
            "submission": partner_id,
            "sbdh": sent.message_id,
            "transmission": sent.transmission_id,
            "receiving_access_point": sent.receiving_accesspoint,
        }
        reasons = {
            Answer.NOT_DELIVERED: BY_MAIL,
            Answer.UNKNOWN: f"Storecove sent it over '{shown.network}', which is not known here",
        }
        return Submission(
            answer=answer,
            partner_id=partner_id,
            ids={name: value for name, value in ids.items() if value},
            reason=reasons.get(answer),
            proofs=tuple(proofs),
        )

    def _documents(self, shown: Evidence) -> Iterator[Proof]:
        """The XML documents that were sent, asked without our key; what may not or cannot be had is left out."""
        for one in shown.documents[:10]:
            if (
                one.mime_type != "application/xml"
                or not one.document
                or not file_allowed(one.document, self._base, FILES)
            ):
                continue
            try:
                reply = call(self._http, "GET", one.document, {}, limit=MAX_FILE)
            except NoAnswer:
                continue
            if reply.status == 200:
                level = "the UBL as sent, by the access point's word"
                yield Proof(kind=AS_SENT, level=level, content=reply.content, mime="application/xml")

    def _head(self) -> Instance | None:
        reply = self._ask("GET", "/webhook_instances/")
        if reply.status in (204, 404):  # empty, or events are made as calls
            return None
        head = reply.read(Instance) if reply.status == 200 else None
        if head is None:
            raise Lost(self._sentence(reply))
        return head

    def _inbound(self, head: Instance) -> Inbound:
        """An answer that came in, or an event: whatever is not let go holds up all that stands behind it.

        The documents themselves stay at Storecove, under the guid in the event.
        """
        body = (head.body or "").encode()
        event = happened(body)
        if event is not None and event.is_received:
            reply = self._ask("GET", f"/received_documents/{quote(event.guid or '', safe='')}/original")
            document = received_document(reply) if reply.status == 200 else None
            if document is not None and is_answer(document):
                return Inbound(id=head.guid, document=document)
        said = said_of(event, body) if event is not None else None
        return Inbound(id=head.guid, document=body, said=said or passed_on(event, body))

    def _sentence(self, reply: Reply) -> str:
        return sentence(self.name, reply, self._key)

    def _ask(self, method: str, path: str) -> Reply:
        return answered(self.name, self._call(method, path), self._key)

    def _call(self, method: str, path: str, **kwargs: Any) -> Reply:
        return call(self._http, method, self._base + path, {"Authorization": f"Bearer {self._key}"}, **kwargs)
