"""A credit insurer is told of overdue accounts, over HTTP.

Documented (Allianz Trade, Payment Overdues API): the three category codes OVD (report), EXP (extension) and
RES (rescheduling), and that a policy and a company id name what is insured. Not verified, since no insurer's sandbox
can be used without a contract: paths, the other field names and the answers. They are a contract of the house's own
until an insurer's documents say otherwise; then this file is the only one that changes.

    POST /overdues            the report as JSON, Idempotency-Key, Bearer token  -> 201 with a reference
    GET  /overdues/{ref}      {"reference", "key", "status": RECEIVED | ACKNOWLEDGED | REJECTED, "message"}
    GET  /overdues?key=KEY    {"items": [...]}
"""

from __future__ import annotations

import json
from typing import Any, Literal
from urllib.parse import quote

import httpx
from pydantic import BaseModel, Field

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
from connectors.ports import Answer, Finding, Found, OverdueReport, Proof, Submission

CATEGORIES = {"OVD", "EXP", "RES"}
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
STATES = {
    "RECEIVED": Answer.SUBMITTED,
    "ACKNOWLEDGED": Answer.DELIVERED,
    "REJECTED": Answer.REJECTED,
}


class _Overdue(BaseModel):
    reference: str = Field(min_length=1, max_length=100)
    key: str
    status: Literal["RECEIVED", "ACKNOWLEDGED", "REJECTED"]
    message: str | None = Field(None, max_length=2000)


class _Overdues(BaseModel):
    items: list[_Overdue]


def body_of(report: OverdueReport) -> bytes:
    """The report as it is sent: the same report, the same bytes. Amounts are decimal strings."""
    fields: dict[str, Any] = {
        "policyId": report.policy,
        "overdueCategoryTypeCode": report.category,
        "buyer": {"companyId": report.buyer_id, "name": report.buyer_name, "countryCode": report.buyer_country},
        "currencyCode": report.currency,
        "overdues": [
            {"invoiceNumber": number, "originalDueDate": due.isoformat(), "openAmount": str(amount)}
            for number, due, amount in report.invoices
        ],
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


class HttpInsurer:
    """A CreditInsurer. `token` is the bearer token of the policy holder."""

    name = "insurer"

    def __init__(self, base_url: str, token: str, http: httpx.Client | None = None) -> None:
        self._base = base(base_url)
        self._token = token
        self._http = http or client(base_url)

    def submit(self, report: OverdueReport, key: str) -> Submission:
        """Notify. DELIVERED when the insurer acknowledges with a reference, SUBMITTED when it only received."""
        if report.category not in CATEGORIES:
            return Submission(answer=Answer.REJECTED, reason=f"category {report.category!r}: write OVD, EXP or RES")
        try:
            reply = self._call("POST", "/overdues", key, content=body_of(report))
        except NotSent as error:
            return Submission(answer=Answer.TRANSIENT, reason=str(error))
        except Lost as error:
            return Submission(answer=Answer.UNKNOWN, reason=str(error))
        if reply.status not in (200, 201):
            return refusal(self.name, reply, outcome(SUBMIT, reply.status, Answer.UNKNOWN), secret=self._token)
        overdue = reply.read(_Overdue)
        if overdue is None or overdue.key != key:
            return Submission(answer=Answer.UNKNOWN, reason="the insurer's answer is unreadable or of another report")
        return _submission(overdue, reply)

    def status(self, partner_id: str) -> Submission:
        """Where the report stands. UNKNOWN, with the reason, where the insurer could not be asked."""
        try:
            reply = self._call("GET", f"/overdues/{quote(partner_id, safe='')}")
        except NoAnswer as error:
            return Submission(answer=Answer.UNKNOWN, partner_id=partner_id, reason=str(error))
        overdue = reply.read(_Overdue) if reply.status == 200 else None
        if overdue is None or overdue.reference != partner_id:
            reason = sentence(self.name, reply, self._token)
            return Submission(
                answer=Answer.UNKNOWN, partner_id=partner_id, reason=reason, retry_after=reply.retry_after
            )
        return _submission(overdue, reply)

    def find(self, key: str) -> Finding:
        """Does the insurer hold a report under `key`?"""
        try:
            reply = self._call("GET", f"/overdues?key={quote(key, safe='')}")
            listed = answered(self.name, reply, self._token).read(_Overdues)
        except NoAnswer as error:
            return not_asked(error)
        if listed is None:
            return Finding(found=Found.CANNOT_TELL)
        mine = [overdue for overdue in listed.items if overdue.key == key]
        if not mine:
            return Finding(found=Found.NOT_TAKEN)
        return Finding(found=Found.TAKEN, submission=_submission(mine[0], reply))

    def _call(self, method: str, target: str, key: str = "", content: bytes = b"") -> Reply:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        return call(self._http, method, self._base + target, headers, content=content)


def _submission(overdue: _Overdue, reply: Reply) -> Submission:
    answer = STATES[overdue.status]
    level = "acknowledged by the credit insurer" if answer is Answer.DELIVERED else "said by the credit insurer"
    return Submission(
        answer=answer,
        partner_id=overdue.reference,
        ids={"overdue": overdue.reference},
        reason=overdue.message if answer is Answer.REJECTED else None,
        proofs=(Proof(kind="overdue_receipt", level=level, content=reply.content),),
    )
