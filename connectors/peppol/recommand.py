"""The access point Recommand: one call puts a UBL on the network as it is.

What its answers prove: a document of these very bytes in its list of sent documents was taken. Absence from that list
proves nothing, since a document is sent before it is listed, and a send bears no key of ours. It keeps the AS4 receipt
of the buyer's access point. The sender on the network is the company's own identifier, whatever the UBL says.
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
    not_asked,
    refusal,
    sentence,
)
from connectors.peppol.as_sent import AS_SENT, difference
from connectors.peppol.recommand_wire import (
    DOCUMENT_SCHEME,
    INVOICES,
    Company,
    Document,
    Identifiers,
    Listed,
    Playground,
    Recipient,
    Sent,
    Shown,
    authorization,
    ids_of,
    receipt_of,
    refused,
    send_body,
    standing,
    submission_of,
    verified,
)
from connectors.ports import Access, Answer, Event, Finding, Found, Inbound, PeppolDocument, Proof, Reach, Submission

MAX_DOCUMENT = 64 * 1024 * 1024  # a document is shown as XML and once more parsed, attachments in both
PER_PAGE, MOST_PAGES = 200, 10


class Recommand:
    """A PeppolProvider. Key and secret belong to a team, `account` is the id of the seller's company in it."""

    name = "recommand"

    def __init__(self, access: Access, http: httpx.Client | None = None) -> None:
        self._base = base(access.url)
        self._company = access.account or ""
        self._authorization = authorization(access.key, access.secret or "")
        self._secrets = (access.key, access.secret or "", self._authorization.removeprefix("Basic "))
        self._webhook_secret = access.webhook_secret
        self._http = http or client(access.url)
        self._own: frozenset[str] = frozenset()  # the identifiers that the company sends with

    def lookup(self, receiver: str, document_type: str) -> tuple[Reach, Proof | None]:
        """Can `receiver` ('scheme:id') receive `document_type`? UNKNOWN on any doubt.

        "Not valid" is such a doubt: the server says it of an unknown receiver and of every lookup that failed.
        """
        try:
            reply = self._call("POST", "/verify", json={"peppolAddress": receiver})
        except NoAnswer:
            return Reach.UNKNOWN, None
        said = reply.read(Recipient) if reply.status == 200 else None
        if said is None or not said.isValid or not said.supportedDocuments:
            return Reach.UNKNOWN, None
        proof = Proof(kind="peppol_lookup", level="said by the access point", content=reply.content)
        supported = {item.docTypeId.removeprefix(DOCUMENT_SCHEME) for item in said.supportedDocuments}
        able = document_type.removeprefix(DOCUMENT_SCHEME) in supported
        return (Reach.CAN_RECEIVE if able else Reach.NOT_THIS_DOCUMENT), proof

    def prepare(self, document: PeppolDocument) -> Submission | None:
        """Recommand knows no drafts."""
        return None

    def submit(self, document: PeppolDocument, prepared: str | None, key: str) -> Submission:
        """Put the document on the network, by Peppol only. It is delivered when `status` says so, not here."""
        if stopped := self._wrong_sender(document.sender):
            return stopped
        try:
            body = send_body(document)
        except UnicodeDecodeError:
            return Submission(answer=Answer.REJECTED, reason="recommand takes a UBL in UTF-8 only")
        try:
            reply = self._call("POST", f"/{quote(self._company, safe='')}/send", json=body)
        except NotSent as error:
            return Submission(answer=Answer.TRANSIENT, reason=str(error))
        except Lost as error:
            return Submission(answer=Answer.UNKNOWN, reason=str(error))
        if reply.status != 200:
            return refusal(self.name, reply, refused(reply), secret=self._secrets)
        sent = reply.read(Sent)
        if sent is None or not sent.success:
            return Submission(answer=Answer.UNKNOWN, reason="the send was answered unreadably")
        answer, reason = standing(sent)
        proof = Proof(kind="peppol_send", level="accepted by the access point", content=reply.content)
        return Submission(
            answer=answer if answer is Answer.NOT_DELIVERED else Answer.SUBMITTED,
            partner_id=sent.id,
            ids=ids_of(sent),
            reason=reason,
            proofs=(proof,),
        )

    def status(self, partner_id: str) -> Submission:
        """Where the document stands. UNKNOWN, with the reason, where the question could not be answered."""
        try:
            document, reply = self._document(partner_id)
        except NoAnswer as error:
            return Submission(answer=Answer.UNKNOWN, partner_id=partner_id, reason=str(error))
        return submission_of(document, reply)

    def find(self, document: PeppolDocument, prepared: str | None, key: str) -> Finding:
        """Was a send taken whose answer was lost? TAKEN where the list holds these bytes for this receiver."""
        others = []
        try:
            for listed in self._sent(document):
                whole, reply = self._document(listed.id)
                if whole.xml is not None and difference(document.ubl, whole.xml.encode()) is None:
                    return Finding(found=Found.TAKEN, submission=submission_of(whole, reply))
                others.append(listed.id)
        except NoAnswer as error:
            return not_asked(error)
        reason = "recommand lists no such document, which proves nothing: it is listed only after it was sent"
        if others:
            reason = f"recommand has another document under the number {document.number}: {', '.join(others[:3])}"
        return Finding(found=Found.CANNOT_TELL, submission=Submission(answer=Answer.UNKNOWN, reason=reason))

    def evidence(self, partner_id: str) -> tuple[Proof, ...]:
        """The AS4 receipt with its ids, and the UBL as it was sent. Raises NoAnswer."""
        document, reply = self._document(partner_id)
        proofs = [Proof(kind="peppol_state", level="said by the access point", content=reply.content)]
        if receipt := receipt_of(document):
            proofs.append(receipt)
        if document.xml:
            level = "the UBL as sent, by the access point's word"
            content = document.xml.encode()
            proofs.append(Proof(kind=AS_SENT, level=level, content=content, mime="application/xml"))
        return tuple(proofs)

    def verify_webhook(self, headers: Mapping[str, str], body: bytes, at: datetime) -> Event:
        """The event of a call that Recommand signed; `headers` in lower case. Raises BadWebhook."""
        return verified(headers, body, self._webhook_secret, self._company)

    def inbox(self) -> Iterator[Inbound]:
        """What came in, is unread, and is no invoice or credit note: those are for the bookkeeping. Raises NoAnswer."""
        reply = self._read("/inbox", companyId=self._company)
        listed = reply.read(Listed)
        if listed is None:
            raise Lost("recommand's inbox was answered unreadably")
        for item in listed.documents:
            if item.type in INVOICES:
                continue
            document, _ = self._document(item.id)
            if document.xml:
                content = document.xml.encode()
                yield Inbound(id=item.id, document=content, sender=document.senderId, receiver=document.receiverId)

    def confirm(self, inbound_id: str) -> None:
        """Marks it as read; again is harmless. Raises NoAnswer."""
        path = f"/documents/{quote(inbound_id, safe='')}/mark-as-read"
        reply = answered(self.name, self._call("POST", path, json={"read": True}), self._secrets)
        if reply.status != 200:
            raise Lost(self._sentence(reply))

    def check(self) -> str | None:
        """Tries key, secret and company: the sentence that says what is wrong, or None. Sends nothing."""
        try:
            reply = self._call("GET", f"/companies/{quote(self._company, safe='')}")
            company = reply.read(Company) if reply.status == 200 else None
            if reply.status in (401, 403):
                return f"{self._sentence(reply)}; look at key, secret and account"
            if company is None and reply.status in (200, 404):
                return f"recommand has no company '{self._company}' for this key; look at account"
            if company is None:
                return self._sentence(reply)
            if not company.company.isVerified:
                return f"recommand has not verified the company '{self._company}'"
            return self._playground()
        except NoAnswer as error:
            return str(error)

    def _playground(self) -> str | None:
        """A team of production has none: 404."""
        reply = self._call("GET", "/playgrounds/current")
        said = reply.read(Playground) if reply.status == 200 else None
        if said is None:
            return None if reply.status == 404 else self._sentence(reply)
        if not said.playground.isPlayground:
            return None
        where = "Peppol's test network" if said.playground.useTestNetwork else "nobody"
        return f"the key belongs to a playground of recommand, whose documents go to {where}"

    def _wrong_sender(self, sender: str) -> Submission | None:
        """What stops a send: the network would see another sender than the document names."""
        if sender.casefold() in self._own:
            return None
        try:
            path = f"/companies/{quote(self._company, safe='')}/identifiers"
            reply = self._call("GET", path)
        except NoAnswer as error:
            return Submission(answer=Answer.TRANSIENT, reason=str(error))
        said = reply.read(Identifiers) if reply.status == 200 else None
        if said is None:
            meaning = refused(reply)
            certain = meaning if meaning is Answer.PRECONDITION else Answer.TRANSIENT  # nothing was sent
            return refusal(self.name, reply, certain, secret=self._secrets)
        self._own = frozenset(f"{one.scheme}:{one.identifier}".casefold() for one in said.identifiers)
        if sender.casefold() in self._own:
            return None
        known = ", ".join(sorted(self._own)) or "none"
        reason = f"recommand's company '{self._company}' does not send for {sender}; its identifiers: {known}"
        return Submission(answer=Answer.PRECONDITION, reason=reason)

    def _sent(self, document: PeppolDocument) -> Iterator[Document]:
        """What was sent to this receiver under this number, or under one that the provider could not read.

        Of a list without an end the newest 2000 are looked at: what stands not there was not found.
        """
        for page in range(1, MOST_PAGES + 1):
            reply = self._read(
                "/documents",
                direction="outgoing",
                companyId=self._company,
                search=document.number,
                excludeAttachments="true",
                page=str(page),
                limit=str(PER_PAGE),
            )
            listed = reply.read(Listed)
            if listed is None or listed.pagination is None:
                raise Lost("recommand's list of documents was answered unreadably")
            for item in listed.documents:
                same_receiver = (item.receiverId or "").casefold() == document.receiver.casefold()
                if same_receiver and item.number in (None, document.number):
                    yield item
            if page >= listed.pagination.totalPages:
                return

    def _document(self, partner_id: str) -> tuple[Document, Reply]:
        """A document and the answer that holds it. Raises NoAnswer."""
        reply = self._read(f"/documents/{quote(partner_id, safe='')}")
        shown = reply.read(Shown)
        if shown is None:
            raise Lost("recommand's document was answered unreadably")
        return shown.document, reply

    def _read(self, path: str, **params: str) -> Reply:
        """A 200 answer. Raises NoAnswer."""
        reply = answered(self.name, self._call("GET", path, params=params), self._secrets)
        if reply.status != 200:
            raise Lost(self._sentence(reply))
        return reply

    def _sentence(self, reply: Reply) -> str:
        return sentence(self.name, reply, self._secrets)

    def _call(self, method: str, path: str, **kwargs: Any) -> Reply:
        headers = {"Authorization": self._authorization}
        return call(self._http, method, self._base + path, headers, limit=MAX_DOCUMENT, **kwargs)
