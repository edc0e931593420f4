"""A credit insurer over HTTP, by a contract of the house's own: for an insurer or broker who implements it.

The category codes OVD (report), EXP (extension) and RES (rescheduling) are those of Allianz Trade's Payment Overdues;
INS (the buyer is insolvent) is ours. Every request bears the policy holder's Bearer token, every POST an
Idempotency-Key; under a key the insurer holds one thing, and the same again changes nothing.

    POST /overdues            the report as JSON                     -> 201 with a reference
    GET  /overdues/{ref}      {"reference", "key", "status": RECEIVED | ACKNOWLEDGED | REJECTED, "message"}
    POST /claims              the claim as JSON, its dossier in base64
    GET  /claims/{ref}        … "status": RECEIVED | ACCEPTED | NEEDS_INFO | APPROVED | PAID | REJECTED,
                              "approvedAmount", "paidAmount" (in all, so far)
    POST /goods               unpaid goods that the policy holder takes back   -> 201, as an overdue
    GET  /goods/{ref}
    POST /covers              an application for a limit
    GET  /covers/{ref}        … "status": PENDING | GRANTED | REFUSED | WITHDRAWN, "buyerId", "amount", "currency",
                              "requestedAmount", "validFrom", "validUntil"
    GET  /covers?policyId=P   {"items": [...]}, every decision under the policy
    GET  /{overdues|claims|covers|goods}?key=KEY    {"items": [...]}

RECEIVED is not yet ACKNOWLEDGED; for EXP and RES, ACKNOWLEDGED means that the insurer agrees.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import quote

import httpx
from pydantic import BaseModel, Field

from connectors.filing import ClaimFiling, CoverRequest, Filing, FilingKind, GoodsReclaimed, OverdueReport
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
from connectors.ports import Answer, ClaimStatus, Cover, CoverState, Finding, Found, Proof, Submission

CATEGORIES = {"OVD", "EXP", "RES", "INS"}
PATHS: dict[FilingKind, str] = {"overdue": "/overdues", "claim": "/claims", "cover": "/covers", "goods": "/goods"}
SUBMIT: dict[int, Answer] = {
    400: Answer.REJECTED,
    401: Answer.PRECONDITION,
    403: Answer.PRECONDITION,  # the policy does not allow it
    404: Answer.PRECONDITION,
    409: Answer.REJECTED,
    413: Answer.REJECTED,
    422: Answer.REJECTED,
    429: Answer.TRANSIENT,
}
Status = Literal[
    "RECEIVED",
    "ACKNOWLEDGED",
    "REJECTED",
    "ACCEPTED",
    "NEEDS_INFO",
    "APPROVED",
    "PAID",
    "PENDING",
    "GRANTED",
    "REFUSED",
    "WITHDRAWN",
]
STATES: dict[Status, Answer] = {
    "RECEIVED": Answer.SUBMITTED,
    "ACKNOWLEDGED": Answer.DELIVERED,
    "REJECTED": Answer.REJECTED,
    "ACCEPTED": Answer.DELIVERED,
    "NEEDS_INFO": Answer.DELIVERED,
    "APPROVED": Answer.DELIVERED,
    "PAID": Answer.DELIVERED,
    "PENDING": Answer.SUBMITTED,
    "GRANTED": Answer.DELIVERED,
    "REFUSED": Answer.DELIVERED,  # an answer to the application, and no fault of ours
    "WITHDRAWN": Answer.DELIVERED,
}
COVER_STATES: dict[str, CoverState] = {
    "PENDING": "pending",
    "GRANTED": "granted",
    "REFUSED": "refused",
    "WITHDRAWN": "withdrawn",
}
CLAIM_STATES = {
    "RECEIVED": "filed",
    "ACCEPTED": "accepted",
    "NEEDS_INFO": "needs_info",
    "APPROVED": "approved",
    "PAID": "paid",
    "REJECTED": "rejected",
}


class _Held(BaseModel):
    """Whatever the insurer holds under a key."""

    reference: str = Field(min_length=1, max_length=100)
    key: str
    status: Status
    message: str | None = Field(None, max_length=2000)


class _Listed(BaseModel):
    items: list[_Held]


class _Claim(_Held):
    approvedAmount: Decimal | None = Field(None, ge=0)
    paidAmount: Decimal = Field(Decimal(0), ge=0)


class _Cover(BaseModel):
    reference: str = Field(min_length=1, max_length=80)
    buyerId: str
    status: Literal["PENDING", "GRANTED", "REFUSED", "WITHDRAWN"]
    amount: Decimal = Field(ge=0)
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    requestedAmount: Decimal | None = Field(None, ge=0)
    validFrom: date
    validUntil: date | None = None


class _Covers(BaseModel):
    items: list[_Cover] = Field(max_length=100_000)


def body_of(filing: Filing) -> bytes:
    """What is sent: the same filing, the same bytes. Amounts are decimal strings."""
    fields: dict[str, Any] = {"policyId": filing.policy}
    buyer = {"companyId": filing.buyer_id, "name": filing.buyer_name, "countryCode": filing.buyer_country}
    if isinstance(filing, CoverRequest):
        fields |= {"buyer": buyer, "requestedAmount": str(filing.amount), "currencyCode": filing.currency}
        fields["customerReference"] = filing.reference
    elif isinstance(filing, ClaimFiling):
        fields |= {"cause": filing.cause, "lossDate": filing.loss_on.isoformat(), "overdueReference": filing.overdue}
        fields |= {"buyer": buyer, "currencyCode": filing.currency, "claimedAmount": str(filing.claimed)}
        fields |= {"invoices": _invoices(filing), "dossier": _enclosed(filing)}
    elif isinstance(filing, GoodsReclaimed):
        fields |= {"buyer": buyer, "currencyCode": filing.currency, "basis": filing.basis, "goods": list(filing.goods)}
        fields |= {"reclaimedOn": filing.since.isoformat(), "giveBackBy": filing.until.isoformat()}
        fields["invoices"] = _invoices(filing)
    else:
        fields |= {"overdueCategoryTypeCode": filing.category, "buyer": buyer, "currencyCode": filing.currency}
        fields["overdues"] = _invoices(filing)
        more: dict[str, Any] = {"reason": filing.reason}
        more["requestedUntil"] = filing.until.isoformat() if filing.until else None
        more["instalments"] = [{"due": day.isoformat(), "amount": str(amount)} for day, amount in filing.instalments]
        fields |= {name: value for name, value in more.items() if value}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def _invoices(filing: OverdueReport | ClaimFiling | GoodsReclaimed) -> list[dict[str, str]]:
    return [
        {"invoiceNumber": number, "originalDueDate": due.isoformat(), "openAmount": str(amount)}
        for number, due, amount in filing.invoices
    ]


def _enclosed(filing: ClaimFiling) -> dict[str, str]:
    digest = hashlib.sha256(filing.dossier).hexdigest()
    return {
        "filename": filing.filename,
        "sha256": digest,
        "content": base64.b64encode(filing.dossier).decode("ascii"),
    }


class HttpInsurer:
    """A CreditInsurer. `token` is the bearer token of the policy holder."""

    name = "insurer"

    def __init__(self, base_url: str, token: str, http: httpx.Client | None = None) -> None:
        self._base = base(base_url)
        self._token = token
        self._http = http or client(base_url)

    def submit(self, filing: Filing, key: str) -> Submission:
        """File it. DELIVERED when the insurer acknowledges with a reference, SUBMITTED when it only received."""
        if isinstance(filing, OverdueReport) and filing.category not in CATEGORIES:
            reason = f"category {filing.category!r}: write OVD, EXP, RES or INS"
            return Submission(answer=Answer.REJECTED, reason=reason)
        try:
            reply = self._call("POST", PATHS[filing.kind], key, content=body_of(filing))
        except NotSent as error:
            return Submission(answer=Answer.TRANSIENT, reason=str(error))
        except Lost as error:
            return Submission(answer=Answer.UNKNOWN, reason=str(error))
        if reply.status not in (200, 201):
            return refusal(self.name, reply, outcome(SUBMIT, reply.status, Answer.UNKNOWN), secret=self._token)
        held = reply.read(_Held)
        if held is None or held.key != key:
            return Submission(answer=Answer.UNKNOWN, reason="the insurer's answer is unreadable or of another report")
        return _submission(held, reply)

    def status(self, partner_id: str, kind: FilingKind = "overdue") -> Submission:
        """Where it stands. UNKNOWN, with the reason, where the insurer could not be asked."""
        try:
            reply = self._call("GET", f"{PATHS[kind]}/{quote(partner_id, safe='')}")
        except NoAnswer as error:
            return Submission(answer=Answer.UNKNOWN, partner_id=partner_id, reason=str(error))
        held = reply.read(_Held) if reply.status == 200 else None
        if held is None or held.reference != partner_id:
            reason = sentence(self.name, reply, self._token)
            return Submission(
                answer=Answer.UNKNOWN, partner_id=partner_id, reason=reason, retry_after=reply.retry_after
            )
        return _submission(held, reply)

    def find(self, key: str, filing: Filing | None = None) -> Finding:
        """Does the insurer hold something under `key`? A report of arrears, where no `filing` says otherwise."""
        path = PATHS[filing.kind if filing else "overdue"]
        try:
            reply = self._call("GET", f"{path}?key={quote(key, safe='')}")
            listed = answered(self.name, reply, self._token).read(_Listed)
        except NoAnswer as error:
            return not_asked(error)
        if listed is None:
            return Finding(found=Found.CANNOT_TELL)
        mine = [held for held in listed.items if held.key == key]
        if not mine:
            return Finding(found=Found.NOT_TAKEN)
        return Finding(found=Found.TAKEN, submission=_submission(mine[0], reply))

    def covers(self, policy: str) -> tuple[Cover, ...]:
        """Every decision on a limit under the policy. Raises NoAnswer."""
        reply = answered(self.name, self._call("GET", f"/covers?policyId={quote(policy, safe='')}"), self._token)
        listed = reply.read(_Covers) if reply.status == 200 else None
        if listed is None:
            raise Lost(f"{self.name} gave no readable list of limits")
        return tuple(_cover(item) for item in listed.items)

    def claim(self, partner_id: str) -> ClaimStatus:
        """How a claim stands. Raises NoAnswer."""
        reply = answered(self.name, self._call("GET", f"/claims/{quote(partner_id, safe='')}"), self._token)
        found = reply.read(_Claim) if reply.status == 200 else None
        if found is None or found.reference != partner_id or found.status not in CLAIM_STATES:
            raise Lost(f"{self.name} gave no readable answer about claim {partner_id}")
        return ClaimStatus(
            state=CLAIM_STATES[found.status],
            approved=found.approvedAmount,
            paid=found.paidAmount,
            message=found.message,
            proof=Proof(kind="insurer_claim", level="said by the credit insurer", content=reply.content),
        )

    def identify(self, country: str, registration: str) -> str | None:
        """Not part of the contract: the insurer's numbers stand in the settings."""
        return None

    def check(self) -> str | None:
        """Asks for nothing but an answer: the sentence that says what is wrong, or None."""
        try:
            reply = self._call("GET", "/overdues?key=")
        except NoAnswer as error:
            return str(error)
        return None if reply.status == 200 else sentence(self.name, reply, self._token)

    def _call(self, method: str, target: str, key: str = "", content: bytes = b"") -> Reply:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        return call(self._http, method, self._base + target, headers, content=content)


def _submission(held: _Held, reply: Reply) -> Submission:
    answer = STATES[held.status]
    level = "acknowledged by the credit insurer" if answer is Answer.DELIVERED else "said by the credit insurer"
    return Submission(
        answer=answer,
        partner_id=held.reference,
        ids={"overdue": held.reference},
        reason=held.message if answer is Answer.REJECTED else None,
        proofs=(Proof(kind="overdue_receipt", level=level, content=reply.content),),
    )


def _cover(item: _Cover) -> Cover:
    state = COVER_STATES[item.status]
    granted = state == "granted"
    return Cover(
        buyer_id=item.buyerId,
        state=state,
        amount=item.amount if granted else Decimal(0),
        currency=item.currency,
        since=item.validFrom,
        until=item.validUntil,
        requested=item.requestedAmount,
        reference=item.reference,
    )
