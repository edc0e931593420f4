"""Debitura's Customer API, as its published client 1.0.0 has it; not tried with an account.

A case is made from the claim's fields under an Idempotency-Key that is also its `creditorReference` (at most 50
characters), by which it is found again. The dossier's documents follow as files, what happens since as messages of
the case's chat; each bears a tag, and is looked for before it is sent. A recall is such a message:
Debitura closes the case.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import BaseModel, Field, ValidationError

from connectors.collection.access import AgencyAccess
from connectors.collection.statuses import of_debitura
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
from connectors.ports import (
    AgencyStatus,
    Answer,
    Attachment,
    BadWebhook,
    Event,
    Finding,
    Found,
    News,
    Proof,
    Submission,
)
from receivables.claim_file import ClaimFile
from receivables.dossier import claim_in

PATH_TOKEN = "x-path-token"  # noqa: S105 - the header that holds the last part of the webhook's address
RECEIVED = "case opened at Debitura"
ALLOWED = (".pdf", ".xls", ".xlsx", ".csv", ".txt", ".jpg", ".jpeg", ".png", ".gif")
CREATE: dict[int, Answer] = {
    400: Answer.REJECTED,
    401: Answer.PRECONDITION,
    403: Answer.PRECONDITION,
    404: Answer.PRECONDITION,
    413: Answer.REJECTED,
    415: Answer.REJECTED,
    422: Answer.REJECTED,
    429: Answer.TRANSIENT,
}


class _Case(BaseModel):
    id: str = Field(min_length=1, max_length=100)
    creditorReference: str | None = None
    lifecycle: str = ""
    closeCode: str | None = None
    disputeStatus: str | None = None
    solutionUrl: str | None = None
    totalAddedFees: Decimal | None = None


class _Payment(BaseModel):
    grossAmount: Decimal = Decimal(0)
    recipient: str | None = None


class _Named(BaseModel):
    fileName: str = ""


class _Message(BaseModel):
    message: str | None = None


def reference_of(key: str) -> str:
    """The `creditorReference` of a hand-over, from our key: 35 characters."""
    return "VD-" + hashlib.sha256(key.encode()).hexdigest()[:32]


def tag_of(key: str) -> str:
    return "VD" + hashlib.sha256(key.encode()).hexdigest()[:12]


class Debitura:
    """A CollectionAgency. `access.client` is the e-mail address of the colleague who speaks in the chats."""

    name = "debitura"

    def __init__(self, access: AgencyAccess, http: httpx.Client | None = None) -> None:
        self._base = base(access.url)
        self._key, self._user, self._division = access.key, access.client, access.account
        self._token = access.webhook_secret
        self._http = http or client(access.url)

    def submit(self, claim: bytes, filename: str, key: str) -> Submission:
        """Opens a case. The same again under the same key replays the first answer."""
        reference = reference_of(key)
        try:
            body = case_of(claim_in(claim), reference, self._division)
            reply = self._call("POST", "/cases", json=body, key=reference)
        except NotSent as error:
            return Submission(answer=Answer.TRANSIENT, reason=str(error))
        except Lost as error:
            return Submission(answer=Answer.UNKNOWN, reason=str(error))
        if reply.status not in (200, 201):
            conflict = reply.status == 422 and b"IdempotencyConflict" in reply.content
            meaning = Answer.UNKNOWN if conflict else outcome(CREATE, reply.status, Answer.UNKNOWN)
            return refusal(self.name, reply, meaning, secret=self._key)
        case = reply.read(_Case)
        if case is None or case.creditorReference != reference:
            return Submission(answer=Answer.UNKNOWN, reason="debitura's answer is unreadable or of another case")
        return _opened(case, reply)

    def find(self, key: str, claim: bytes = b"") -> Finding:
        """The case under our reference. Where there is none, opening it again replays or opens, never both."""
        reference = reference_of(key)
        try:
            reply = answered(self.name, self._call("GET", f"/cases/by-creditor-reference/{reference}"), self._key)
        except NoAnswer as error:
            return not_asked(error)
        if reply.status == 404:
            proof = Proof(kind="not_found", level="said by debitura", content=reply.content)
            return Finding(found=Found.NOT_TAKEN, submission=Submission(answer=Answer.UNKNOWN, proofs=(proof,)))
        case = reply.read(_Case) if reply.status == 200 else None
        if case is None or case.creditorReference != reference:
            return Finding(found=Found.CANNOT_TELL)
        return Finding(found=Found.TAKEN, submission=_opened(case, reply))

    def update(self, partner_id: str, news: News, key: str) -> Submission:
        """The files that are not there yet, then the message, unless it is there: again it adds what is missing."""
        case, tag = f"/cases/{quote(partner_id, safe='')}", tag_of(key)
        try:
            there = self._files(case)
            for name, content in carried(news.files, tag):
                if name not in there:
                    self._upload(case, name, content)
            if not self._said(case, tag):
                text = f"{news.update.sentence}\n\n{news.update.reference} [{tag}]"
                body = {"message": text[:10_000], "userEmail": self._user}
                reply = self._call("POST", f"{case}/chats", json=body)
                if reply.status not in (200, 201):
                    return refusal(self.name, reply, outcome(CREATE, reply.status, Answer.UNKNOWN), secret=self._key)
        except _Refused as refused:
            return refused.submission
        except NotSent as error:
            return Submission(answer=Answer.TRANSIENT, reason=str(error))
        except NoAnswer as error:
            return Submission(answer=Answer.UNKNOWN, reason=str(error))
        level = "message and files kept by Debitura"
        proof = Proof(kind="message", level=level, content=tag.encode(), mime="text/plain")
        return Submission(answer=Answer.DELIVERED, partner_id=tag, proofs=(proof,))

    def withdraw(self, partner_id: str, news: News, key: str) -> Submission:
        """A message that asks to close the case: whether it was given back shows in its status, or is said to us."""
        said = self.update(partner_id, news, key)
        if said.answer is not Answer.DELIVERED:
            return said
        return Submission(answer=Answer.SUBMITTED, partner_id=said.partner_id, proofs=said.proofs)

    def find_update(self, partner_id: str, news: News, key: str) -> Finding:
        """All files and the message are there, or what is missing can be sent: sending looks before it adds."""
        case, tag = f"/cases/{quote(partner_id, safe='')}", tag_of(key)
        try:
            there = self._files(case)
            whole = self._said(case, tag) and all(name in there for name, _ in carried(news.files, tag))
        except NoAnswer as error:
            return not_asked(error)
        answer = Answer.SUBMITTED if news.update.kind == "recall" else Answer.DELIVERED
        proof = Proof(kind="listed", level="said by debitura", content=json.dumps(sorted(there)).encode())
        if not whole:
            return Finding(found=Found.NOT_TAKEN, submission=Submission(answer=Answer.UNKNOWN, proofs=(proof,)))
        found = Submission(answer=answer, partner_id=tag, proofs=(proof,))
        return Finding(found=Found.TAKEN, submission=found)

    def status(self, partner_id: str) -> AgencyStatus:
        """Its lifecycle by our table, and the payments that did not come to us directly. Raises NoAnswer."""
        path = f"/cases/{quote(partner_id, safe='')}"
        reply = answered(self.name, self._call("GET", path), self._key)
        case = reply.read(_Case) if reply.status == 200 else None
        if case is None or case.id != partner_id:
            raise NoAnswer(sentence(self.name, reply, self._key))
        paid = self._collected(path)
        state = of_debitura(case.lifecycle, case.closeCode, case.disputeStatus, paid > 0)
        return AgencyStatus(
            partner_id=case.id,
            state=state.value if state else "",
            word=" ".join(filter(None, (case.lifecycle, case.closeCode))),
            collected=paid,
            message=f"see {case.solutionUrl}" if case.solutionUrl else None,
            proof=Proof(kind="claim_status", level="said by the collection agency", content=reply.content),
        )

    def verify_webhook(self, headers: Mapping[str, str], body: bytes, at: datetime) -> Event:
        """Nothing is said of a signature in its documentation, so the address itself must hold our secret."""
        if not self._token or not hmac.compare_digest(headers.get(PATH_TOKEN, "").encode(), self._token.encode()):
            raise BadWebhook("the address that it called does not end in our secret")
        try:
            said = json.loads(body)
            data = said.get("data") or {}
            case = said.get("caseId") or data.get("caseId") or data.get("id")
            kind = str(said.get("eventType") or said.get("event") or said.get("type") or "case")
            identity = str(said.get("id") or hashlib.sha256(body).hexdigest())
        except (ValueError, AttributeError, RecursionError) as problem:
            raise BadWebhook("its body is no JSON object") from problem
        return Event(id=identity, kind=kind[:80], partner_id=str(case) if case else None)

    def check(self) -> str | None:
        try:
            reply = self._call("GET", "/me")
        except NoAnswer as error:
            return str(error)
        return None if reply.status == 200 else sentence(self.name, reply, self._key)

    def _files(self, case: str) -> set[str]:
        return {one.fileName for one in self._list(f"{case}/files", _Named, "files")}

    def _said(self, case: str, tag: str) -> bool:
        return any(f"[{tag}]" in (one.message or "") for one in self._list(f"{case}/chats", _Message, "chats"))

    def _collected(self, case: str) -> Decimal:
        """What was paid to the partner; what the debtor paid to the creditor we have booked ourselves."""
        found = self._list(f"{case}/payments", _Payment, "payments")
        return sum((p.grossAmount for p in found if "creditor" not in (p.recipient or "").lower()), Decimal(0))

    def _list(self, path: str, model: type[Any], name: str) -> list[Any]:
        """A list, bare or under its name. Raises Lost for anything else."""
        reply = answered(self.name, self._call("GET", path), self._key)
        try:
            said: Any = json.loads(reply.content if reply.status == 200 else b"")
            rows = said.get(name, []) if isinstance(said, dict) else said
            return [model.model_validate(row) for row in list(rows or ())]
        except (ValueError, TypeError, ValidationError, RecursionError) as problem:
            raise Lost(sentence(self.name, reply, self._key)) from problem

    def _upload(self, case: str, name: str, content: bytes) -> None:
        kind = "OriginalInvoice" if "-invoices-" in name else "CreditorDocuments"
        reply = self._call("POST", f"{case}/files", files={"file": (name, content)}, data={"documentType": kind})
        if reply.status not in (200, 201):
            meaning = outcome(CREATE, reply.status, Answer.UNKNOWN)
            raise _Refused(refusal(self.name, reply, meaning, secret=self._key))

    def _call(self, method: str, path: str, *, key: str | None = None, **content: Any) -> Reply:
        headers = {"XApiKey": self._key, **({"Idempotency-Key": key} if key else {})}
        return call(self._http, method, self._base + path, headers, **content)


class _Refused(Exception):
    def __init__(self, submission: Submission) -> None:
        super().__init__(submission.reason)
        self.submission = submission


def case_of(claim: ClaimFile, reference: str, division: str | None) -> dict[str, Any]:
    """The body of POST /cases. The sum is the open principal; interest and costs stand in the description."""
    debtor, first = claim.debtor, min(claim.invoices, key=lambda invoice: invoice.printed_due)
    numbers = ", ".join(f"{i.number} ({i.open} {claim.currency}, due {i.printed_due})" for i in claim.invoices)
    costs = claim.costs.amount + claim.costs.vat
    description = (
        f"{claim.reference}: invoices {numbers}. Interest to {claim.on}: {claim.interest}; costs: {costs}; "
        f"total: {claim.total} {claim.currency}. Law: {claim.law}. The documents follow as files."
    )
    return {
        "currencyCode": claim.currency,
        "date": f"{first.issued}T00:00:00Z",
        "dueDate": f"{first.printed_due}T00:00:00Z",
        "claimDescription": description[:4000],
        "comments": "; ".join(f"{step.on} {step.step} by {step.channel}" for step in claim.steps)[:4000],
        "creditorReference": reference,
        "creditorDivisionId": division,
        "amountToRecover": float(claim.principal),
        "isTest": False,
        "debtor": {
            "type": "Person" if debtor.kind == "consumer" else "Company",
            "name": debtor.name,
            "contactPerson": debtor.name,
            "companyRegistrationNumber": (debtor.registration or "").rpartition(":")[2] or None,
            "address": debtor.street or debtor.address,
            "zipCode": debtor.postal_code,
            "city": debtor.city,
            "countryAlpha2": debtor.country,
            "email": debtor.email,
            "phone": debtor.phone,
        },
    }


def carried(files: tuple[Attachment, ...], tag: str) -> list[tuple[str, bytes]]:
    """The files under names and in forms that Debitura takes: what is text as .txt, what is neither in base64."""
    found = []
    for one in files:
        name = f"{tag}-{one.filename.replace('/', '-')}"
        if name.lower().endswith(ALLOWED):
            found.append((name, one.content))
            continue
        try:
            one.content.decode()
            found.append((f"{name}.txt", one.content))
        except UnicodeDecodeError:
            found.append((f"{name}.base64.txt", base64.encodebytes(one.content)))
    return found


def _opened(case: _Case, reply: Reply) -> Submission:
    proof = Proof(kind="claim_receipt", level=RECEIVED, content=reply.content)
    return Submission(answer=Answer.DELIVERED, partner_id=case.id, ids={"case": case.id}, proofs=(proof,))
