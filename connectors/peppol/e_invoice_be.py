"""The access point e-invoice.be (OpenAPI 1.1.0): a UBL becomes a draft, the draft is sent.

What its answers prove: the state of a document read by id. DRAFT was never sent, TRANSIT and SENT were, and a
draft that was sent once answers 405. So a send whose answer was lost can always be settled by asking.
A created but unsent draft is harmless.
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
    outcome,
    refusal,
    sentence,
)
from connectors.peppol.as_sent import file_allowed
from connectors.peppol.e_invoice_be_wire import (
    CREATE,
    FILES,
    KINDS,
    SEND,
    STATES,
    TAKEN,
    Document,
    Page,
    Participant,
    Timeline,
    Ubl,
    failure,
    file_name,
    four_ids,
    joined,
    reach_of,
    same_file,
    same_parties,
    submission_of,
    unsigned,
    verified,
)
from connectors.ports import Access, Answer, Event, Finding, Found, Inbound, PeppolDocument, Proof, Reach, Submission

MAX_FILE = 20 * 1024 * 1024


class EInvoiceBe:
    """A PeppolProvider. One key belongs to one account, which sends for the Peppol ids registered with it."""

    name = "e-invoice.be"

    def __init__(self, access: Access, http: httpx.Client | None = None) -> None:
        self._base = base(access.url)
        self._key = access.key
        self._webhook_secret = access.webhook_secret
        self._http = http or client(access.url)
        self._passed: set[str] = set()  # what stands in the inbox and was dealt with

    def lookup(self, receiver: str, document_type: str) -> tuple[Reach, Proof | None]:
        """Can `receiver` ('scheme:id') receive `document_type` (as in the code list)? UNKNOWN on any doubt."""
        try:
            reply = self._call("GET", "/api/validate/peppol-id", params={"peppol_id": receiver})
        except NoAnswer:
            return Reach.UNKNOWN, None
        proof = Proof(kind="peppol_lookup", level="said by the access point", content=reply.content)
        if reply.status == 422:
            return Reach.NOT_REGISTERED, proof  # not a possible Peppol id
        answer = reply.read(Participant) if reply.status == 200 else None
        return (reach_of(answer, document_type), proof) if answer else (Reach.UNKNOWN, None)

    def prepare(self, document: PeppolDocument) -> Submission:
        """Make a draft; `partner_id` is to be stored before `submit`. Nothing leaves for the network."""
        file = (f"{file_name(document.number)}.xml", document.ubl, "application/xml")
        try:
            reply = self._call("POST", "/api/documents/ubl", files={"file": file})
        except NotSent as error:
            return Submission(answer=Answer.TRANSIENT, reason=str(error))
        except Lost as error:
            return self._lost_draft(document, str(error))
        if reply.status not in (200, 201):
            return self._refused(reply, CREATE, Answer.TRANSIENT)  # an unsent draft is harmless: it may be made again
        created = reply.read(Document)
        if created is None:
            return self._lost_draft(document, "the draft was answered with something unreadable")
        proof = Proof(kind="peppol_draft", level="draft at the access point, not sent", content=reply.content)
        return Submission(answer=Answer.SUBMITTED, partner_id=created.id, ids={"document": created.id}, proofs=(proof,))

    def submit(self, document: PeppolDocument, prepared: str | None, key: str) -> Submission:
        """Send the draft `prepared`. Without its id nothing is sent: the id is what a lost answer is settled by."""
        if not prepared:
            return Submission(answer=Answer.PRECONDITION, reason="prepare the document first and store the draft's id")
        try:
            reply = self._call("POST", f"/api/documents/{quote(prepared, safe='')}/send", params=four_ids(document))
        except NotSent as error:
            return Submission(answer=Answer.TRANSIENT, partner_id=prepared, reason=str(error))
        except Lost as error:
            return Submission(answer=Answer.UNKNOWN, partner_id=prepared, reason=str(error))
        if reply.status == 405:  # not a draft any more: an earlier send was taken
            return self._sent_before(prepared)
        if reply.status != 200:
            return self._refused(reply, SEND, Answer.UNKNOWN, prepared)
        sent = reply.read(Document)
        if sent is None or sent.state not in TAKEN:
            return Submission(answer=Answer.UNKNOWN, partner_id=prepared, reason="the send was answered unreadably")
        return submission_of(
            sent, Proof(kind="peppol_send", level="accepted by the access point", content=reply.content)
        )

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
                        known = state if state.answer is not Answer.UNKNOWN else submission_of(hit)
                        return Finding(found=Found.TAKEN, submission=known)
        except NoAnswer as error:
            return not_asked(error)
        return Finding(found=Found.NOT_TAKEN)

    def evidence(self, partner_id: str) -> tuple[Proof, ...]:
        """The timeline, what the provider says of the UBL it sent, and that UBL itself where it may be fetched.

        The provider does not promise that it sends our bytes as they were; the caller compares them.
        """
        timeline = self._read(f"/api/documents/{quote(partner_id, safe='')}/timeline")
        said = self._read(f"/api/documents/{quote(partner_id, safe='')}/ubl")
        ubl = said.read(Ubl)
        proofs = [Proof(kind="peppol_timeline", level="said by the access point", content=timeline.content)]
        shown = unsigned(said.content, ubl)
        fetched = self._file(ubl) if ubl else None
        level = "said by the access point" if fetched else "said by the access point; the UBL could not be fetched"
        proofs.append(Proof(kind="peppol_ubl", level=level, content=shown))
        if fetched:
            level = "the UBL as sent, by the access point's word"
            proofs.append(Proof(kind="peppol_as_sent", level=level, content=fetched, mime="application/xml"))
        return tuple(proofs)

    def verify_webhook(self, headers: Mapping[str, str], body: bytes, at: datetime) -> Event:
        """The event of a call that e-invoice.be signed; `headers` in lower case. Raises BadWebhook."""
        return verified(headers, body, self._webhook_secret, at)

    def inbox(self) -> Iterator[Inbound]:
        """What came in and is no invoice or credit note, oldest first: the API names no kind for a response.

        Raises NoAnswer, for a file that cannot be fetched only after the others.
        """
        missing = []
        for item in reversed(list(self._inbox_items())):
            ubl = self._ubl(item.id)
            content = self._file(ubl)
            if content is None:
                missing.append(item.id)
                continue
            yield Inbound(
                id=item.id,
                document=content,
                sender=joined(ubl.sender_peppol_scheme, ubl.sender_peppol_id),
                receiver=joined(ubl.receiver_peppol_scheme, ubl.receiver_peppol_id),
            )
        if missing:
            raise Lost(f"{self.name}: these files in the inbox could not be fetched: {', '.join(missing)}")

    def confirm(self, inbound_id: str) -> None:
        """The API has no such call: what was dealt with is remembered for as long as this object lives."""
        self._passed.add(inbound_id)

    def check(self) -> str | None:
        """Tries the key at `/api/me/`: the sentence that says what is wrong, or None."""
        try:
            reply = self._call("GET", "/api/me/")
        except NoAnswer as error:
            return str(error)
        return None if reply.status == 200 else self._sentence(reply)

    def _inbox_items(self) -> Iterator[Document]:
        """The newest first, until a page that holds nothing new; at most 1000 documents."""
        for page in range(1, 11):
            asked = {"page": page, "page_size": 100, "sort_by": "created_at", "sort_order": "desc"}
            reply = answered(self.name, self._call("GET", "/api/inbox/", params=asked), self._key)
            listed = reply.read(Page) if reply.status == 200 else None
            if listed is None:
                raise Lost(self._sentence(reply))
            fresh = [item for item in listed.items if item.id not in self._passed]
            yield from (item for item in fresh if item.document_type not in KINDS)
            self._passed.update(item.id for item in fresh if item.document_type in KINDS)
            if not fresh or not listed.has_next_page:
                return

    def _file(self, ubl: Ubl) -> bytes | None:
        """The bytes behind the signed URL, asked without our key; None where it may not or cannot be had."""
        if not ubl.signed_url or not file_allowed(ubl.signed_url, self._base, FILES):
            return None
        try:
            reply = call(self._http, "GET", ubl.signed_url, {}, limit=MAX_FILE)
        except NoAnswer:
            return None
        whole = not ubl.file_size or same_file(ubl, reply.content)
        return reply.content if reply.status == 200 and whole else None

    def _read(self, path: str) -> Reply:
        """A 200 answer. Raises NoAnswer."""
        reply = self._ask("GET", path)
        if reply.status != 200:
            raise Lost(self._sentence(reply))
        return reply

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
        document = reply.read(Document) if reply.status == 200 else None
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
            reason = failure(timeline) if document.state == "FAILED" else None
        return submission_of(document, *proofs, reason=reason)

    def _sent_before(self, prepared: str) -> Submission:
        state = self.status(prepared)
        if state.answer is not Answer.TRANSIENT:
            return state
        return Submission(answer=Answer.UNKNOWN, partner_id=prepared, reason="405 to the send of what is said a draft")

    def _lost_draft(self, document: PeppolDocument, why: str) -> Submission:
        """Take up the draft of these very bytes if it was made; else a new draft may be made later."""
        try:
            for hit in self._search("/api/drafts/", document):
                if hit.state == "DRAFT" and same_file(self._ubl(hit.id), document.ubl):
                    return Submission(answer=Answer.SUBMITTED, partner_id=hit.id, ids={"document": hit.id})
        except NoAnswer:
            pass
        return Submission(answer=Answer.TRANSIENT, reason=f"{why}; nothing was sent, a new draft may be made")

    def _search(self, path: str, document: PeppolDocument) -> Iterator[Document]:
        """Documents of exactly this number and these participants. Raises NotSent or Lost where it cannot be told."""
        for page in range(1, 11):
            reply = self._call("GET", path, params={"search": document.number, "page": page, "page_size": 100})
            listed = reply.read(Page) if reply.status == 200 else None
            if listed is None:
                raise Lost(self._sentence(reply))
            for item in listed.items:
                if item.invoice_id == document.number and same_parties(self._ubl(item.id), document):
                    yield item
            if not listed.has_next_page:
                return
        raise Lost(f"more than 1000 documents match the number {document.number}")

    def _ubl(self, partner_id: str) -> Ubl:
        reply = self._call("GET", f"/api/documents/{quote(partner_id, safe='')}/ubl")
        ubl = reply.read(Ubl) if reply.status == 200 else None
        if ubl is None:
            raise Lost(self._sentence(reply))
        return ubl

    def _timeline(self, partner_id: str) -> Reply | None:
        try:
            reply = self._call("GET", f"/api/documents/{quote(partner_id, safe='')}/timeline")
        except NoAnswer:
            return None
        return reply if reply.status == 200 and reply.read(Timeline) else None

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
