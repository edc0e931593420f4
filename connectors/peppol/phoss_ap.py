"""An access point of one's own: phoss-ap, which sends while we wait and answers with its report of the transmission.

Source: phax/phoss-ap 0.11/0.12, `OutboundController`, `OutboundOrchestrator`, `OutboundTransactionResponse`, read
2026-11 at commit ba7e36b. Not run by us.

What its answers prove. Every document goes under an SBDH instance id that is made from our key, and the access point
stores the transaction under that id before it sends. So its status tells what became of a send whose answer was lost,
archived ones included. A 404 proves that nothing is stored under our id now. The id is not unique in its database and
a request may still be on its way into it: a lost answer rests before a no counts (`flows.deliver`), and the status is
asked once more right before every send. What failed is tried again by the access point itself, never by us.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from connectors.peppol.keys import guid_of
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

# What an HTTP status to the send means. A status that stands not here: 5xx and surprises, which are unknown.
SEND: dict[int, Answer] = {
    400: Answer.REJECTED,  # a participant, document type or process id that cannot be one
    401: Answer.PRECONDITION,
    403: Answer.PRECONDITION,
    404: Answer.PRECONDITION,  # sending is switched off in its configuration, or the address is wrong
    413: Answer.REJECTED,
    422: Answer.PRECONDITION,  # without a report nothing was stored: its own checks failed, or its disk did
    429: Answer.TRANSIENT,
}
STATES: dict[str, Answer] = {
    "pending": Answer.SUBMITTED,
    "sending": Answer.SUBMITTED,
    "failed": Answer.SUBMITTED,  # it tries again by itself
    "sent": Answer.DELIVERED,  # the receipt of the buyer's access point came back
    "permanently_failed": Answer.NOT_DELIVERED,
    "rejected": Answer.REJECTED,
}
RECEIVED = "received by the buyer's access point"
LEVELS: dict[Answer, str] = {
    Answer.SUBMITTED: "accepted by our own access point",
    Answer.DELIVERED: RECEIVED,
    Answer.NOT_DELIVERED: "said by our own access point",
    Answer.REJECTED: "said by our own access point",
}
MLS = {"received_ap": "accepted", "received_ab": "accepted unseen", "received_re": "rejected"}


class _Transaction(BaseModel):
    sbdhInstanceID: str
    status: str
    attemptCount: int = 0
    nextRetryDT: str | None = None
    errorDetails: str | None = None
    mlsStatus: str | None = None


class _Report(BaseModel):
    """Phase4PeppolSendingReport, of which everything is kept as proof and this much is read."""

    sbdhInstanceIdentifier: str | None = None
    c3CertSubjectCN: str | None = None
    as4MessageId: str | None = None
    as4ConversationId: str | None = None
    as4ReceivedSignalMsg: Any = None
    sendingResult: str | None = None
    sendingSuccess: bool


class PhossAp:
    """A PeppolProvider. The key is the access point's `X-Token`; it sends for every participant that it is asked to."""

    name = "phoss-ap"

    def __init__(self, access: Access, http: httpx.Client | None = None) -> None:
        self._base = base(access.url)
        self._key = access.key
        self._http = http or client(access.url)

    def lookup(self, receiver: str, document_type: str) -> tuple[Reach, Proof | None]:
        """Always UNKNOWN: phoss-ap looks receivers up only while it sends. The network itself is to be asked."""
        return Reach.UNKNOWN, None

    def prepare(self, document: PeppolDocument) -> Submission | None:
        return None

    def submit(self, document: PeppolDocument, prepared: str | None, key: str) -> Submission:
        """Send it under the id of `key`, unless the access point has that id already: then how it stands."""
        identity = guid_of(key)
        try:
            asked = self._asked(identity)
            if asked.status not in (200, 404):
                meaning = outcome(SEND, asked.status, Answer.TRANSIENT)  # only asked so far: nothing was sent
                return refusal(self.name, asked, meaning, secret=self._key)
            if (known := self._told(identity, asked)) is not None:
                return known
        except NoAnswer as error:
            return Submission(answer=Answer.TRANSIENT, reason=str(error))
        try:
            reply = self._call("POST", _path(document), params={"sbdhInstanceID": identity}, content=document.ubl)
        except NotSent as error:
            return Submission(answer=Answer.TRANSIENT, reason=str(error))
        except Lost as error:
            return Submission(answer=Answer.UNKNOWN, partner_id=identity, reason=str(error))
        report = reply.read(_Report) if reply.status in (200, 422) else None
        if report is not None:
            return _of_report(identity, report, reply)
        if reply.status == 200:
            return Submission(answer=Answer.UNKNOWN, partner_id=identity, reason="the send was answered unreadably")
        meaning = outcome(SEND, reply.status, Answer.UNKNOWN)
        return refusal(self.name, reply, meaning, secret=self._key)

    def status(self, partner_id: str) -> Submission:
        """Where the transaction stands. UNKNOWN, with the reason, where the question could not be answered."""
        try:
            known = self._transaction(partner_id)
        except NoAnswer as error:
            return Submission(answer=Answer.UNKNOWN, partner_id=partner_id, reason=str(error))
        reason = f"{self.name} knows no transaction {partner_id}"
        return known or Submission(answer=Answer.UNKNOWN, partner_id=partner_id, reason=reason)

    def find(self, document: PeppolDocument, prepared: str | None, key: str) -> Finding:
        """Was a send taken whose answer was lost? By the id of `key`, the archive included."""
        identity = guid_of(key)
        try:
            known = self._transaction(identity)
        except NoAnswer as error:
            return not_asked(error)
        if known is not None:
            return Finding(found=Found.TAKEN, submission=known)
        reason = f"{self.name} has no transaction {identity}; it is asked again before the document is sent"
        return Finding(found=Found.NOT_TAKEN, submission=Submission(answer=Answer.TRANSIENT, reason=reason))

    def evidence(self, partner_id: str) -> tuple[Proof, ...]:
        """How the transaction stands now, the buyer's message level status in it. Raises NoAnswer.

        The sending report, with certificate and receipt, is in the answer to the send and nowhere else.
        """
        known = self._transaction(partner_id)
        if known is None:
            raise Lost(f"{self.name} knows no transaction {partner_id}")
        return known.proofs

    def verify_webhook(self, headers: Mapping[str, str], body: bytes, at: datetime) -> Event:
        raise BadWebhook("phoss-ap makes no calls: it is asked")

    def inbox(self) -> Iterable[Inbound]:
        """Nothing: phoss-ap forwards what comes in by itself, to the folder or server of its configuration."""
        return ()

    def confirm(self, inbound_id: str) -> None:
        """Nothing is ever in the inbox."""

    def check(self) -> str | None:
        """Tries the token at the list of what is being sent: the sentence that says what is wrong, or None."""
        try:
            reply = self._call("GET", "/api/outbound/in-transmission")
        except NoAnswer as error:
            return str(error)
        if reply.status == 404:
            return f"no phoss-ap answers at {self._base}"
        return None if reply.status == 200 else self._sentence(reply)

    def _transaction(self, identity: str) -> Submission | None:
        """How the transaction of this SBDH id stands; None where the access point has none. Raises NoAnswer."""
        return self._told(identity, answered(self.name, self._asked(identity), self._key))

    def _asked(self, identity: str) -> Reply:
        path = f"/api/outbound/status/{quote(identity, safe='')}"
        return self._call("GET", path, params={"includeArchive": "true"})

    def _told(self, identity: str, reply: Reply) -> Submission | None:
        """What `reply` says of the transaction. Raises Lost where it says nothing."""
        if reply.status == 404 and not reply.content.strip():  # its own 404 is empty: a page is another server's
            return None
        found = reply.read(_Transaction) if reply.status == 200 else None
        if found is None or found.status not in STATES or found.sbdhInstanceID != identity:
            raise Lost(self._sentence(reply))
        return _of_status(found, reply)

    def _sentence(self, reply: Reply) -> str:
        return sentence(self.name, reply, self._key)

    def _call(self, method: str, path: str, **kwargs: Any) -> Reply:
        headers = {"X-Token": self._key, "Accept": "application/json"}
        if "content" in kwargs:
            headers["Content-Type"] = "application/xml"
        return call(self._http, method, self._base + path, headers, **kwargs)


def _path(document: PeppolDocument) -> str:
    """Identifiers as the code lists write them, each in its scheme (README of phoss-ap)."""
    parts = (
        _with_scheme("iso6523-actorid-upis", document.sender),
        _with_scheme("iso6523-actorid-upis", document.receiver),
        _with_scheme("busdox-docid-qns", document.document_type),
        _with_scheme("cenbii-procid-ubl", document.process),
        document.sender_country,
    )
    return "/api/outbound/submit/" + "/".join(quote(part, safe="") for part in parts)


def _with_scheme(scheme: str, value: str) -> str:
    return value if value.startswith(f"{scheme}::") else f"{scheme}::{value}"


def _of_status(found: _Transaction, reply: Reply) -> Submission:
    answer, reason = STATES[found.status], None
    level = LEVELS[answer]
    if found.mlsStatus in MLS:
        level += f"; message level status: {MLS[found.mlsStatus]}"
    if answer is Answer.DELIVERED and found.mlsStatus == "received_re":
        answer, reason = Answer.NOT_DELIVERED, "the buyer's access point took the document and rejected it (MLS: RE)"
    elif found.status != "sent":
        words = " ".join((found.errorDetails or "").split())[:300]
        reason = f"{found.status} after {found.attemptCount} attempts" + (f": {words}" if words else "")
    identity = found.sbdhInstanceID
    proof = Proof(kind="peppol_state", level=level, content=reply.content)
    return Submission(answer=answer, partner_id=identity, ids={"sbdh": identity}, reason=reason, proofs=(proof,))


def _of_report(identity: str, report: _Report, reply: Reply) -> Submission:
    """The answer to a send. `overallSuccess` also asks for a line in the monthly statistics; the receipt does not."""
    sent = report.sendingSuccess
    level = RECEIVED if sent else LEVELS[Answer.SUBMITTED]
    proofs = [Proof(kind="peppol_sending_report", level=level, content=reply.content)]
    if sent and isinstance(report.as4ReceivedSignalMsg, str):
        receipt = report.as4ReceivedSignalMsg.encode()
        proofs.append(Proof(kind="as4_receipt", level=RECEIVED, content=receipt, mime="application/xml"))
    ids = {
        "sbdh": identity,
        "as4_message": report.as4MessageId,
        "as4_conversation": report.as4ConversationId,
        "receiving_access_point": report.c3CertSubjectCN,
    }
    return Submission(
        answer=Answer.DELIVERED if sent else Answer.SUBMITTED,
        partner_id=identity,
        ids={name: value for name, value in ids.items() if value},
        reason=None if sent else f"not transmitted yet ({report.sendingResult or 'no result'}): phoss-ap tries again",
        proofs=tuple(proofs),
    )
