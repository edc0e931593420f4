"""Allianz Trade: arrears, extensions, rescheduling and limits by its API; claims by file.

Documented by Allianz Trade (developers.allianz-trade.com, read November 2026): the token (POST
/v1/idp/oauth2/authorize with the API key, valid for an hour), the CompanyId, the three categories OVD, EXP and RES,
and that a POST answers with a job which is asked until it is no longer pending. Provisional, from clients and
descriptions of others: the paths and field names of overdues (/v1/overdues), covers (/riskinfo/v3/covers, …/search)
and jobs, the words of their states, and that a policy is named with a business unit.

One report is one POST: the sum that is overdue, the original due date and the number of the oldest invoice. Whether an
extension or rescheduling is agreed is not said by a job that was processed: a person brings that answer. A claim goes
by file with its dossier, since no upload of documents is described; so does word of goods that were taken back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import quote, urlencode

import httpx
from pydantic import BaseModel, Field, ValidationError

from connectors.filing import ClaimFiling, CoverRequest, Filing, FilingKind, GoodsReclaimed, OverdueReport
from connectors.http import Lost, NoAnswer, NotSent, Reply, answered, base, call, client, not_asked, outcome, refusal
from connectors.insurance.file_export import PREFIX, FileInsurer
from connectors.insurance.insurer import SUBMIT
from connectors.insurance.tokens import Refused, Token, Tokens
from connectors.ports import Access, Answer, ClaimStatus, Cover, CoverState, Finding, Found, Proof, Submission

JSON = {"Content-Type": "application/json"}
PAGE, MOST_PAGES = 100, 50
CODES = {"OVD": "OVD", "EXP": "EXP", "RES": "RES", "INS": "OVD"}  # an insolvency has no category of its own
DECIDED_BY_PERSON = ("EXP", "RES")
COVERS: dict[str, CoverState] = {"Granted": "granted", "Refused": "refused", "Cancelled": "withdrawn"}


class _Job(BaseModel):
    jobId: str = Field(min_length=1, max_length=100)


class _JobState(BaseModel):
    status: Literal["pending", "processed", "failed"]
    message: str | None = None


class _Overdue(BaseModel):
    overdueId: str
    debtorId: str | None = None
    invoiceReference: str | None = None


class _Overdues(BaseModel):
    data: list[_Overdue]


class _Cover(BaseModel):
    coverId: str
    companyId: str
    coverStatusCode: str
    agreedAmount: Decimal | None = None
    requestedAmount: Decimal | None = None
    currencyCode: str = "EUR"
    effectiveDate: date
    endDate: date | None = None


class _Covers(BaseModel):
    results: list[_Cover]


class AllianzTrade:
    """A CreditInsurer. Of `access`: `key` is the API key, `account` the business unit that the policy names."""

    name = "Allianz Trade"

    def __init__(self, access: Access, files: FileInsurer, http: httpx.Client | None = None) -> None:
        self._base, self._access, self._files = base(access.url), access, files
        self._http = http or client(access.url)
        self._tokens = Tokens(self.name, self._authorize, lambda reply: reply.read(Token))

    def submit(self, filing: Filing, key: str) -> Submission:
        """SUBMITTED with the job, whose end `status` asks for."""
        if isinstance(filing, ClaimFiling | GoodsReclaimed):
            return self._files.submit(filing, key)
        path = "/v1/overdues" if isinstance(filing, OverdueReport) else "/riskinfo/v3/covers"
        try:
            reply = self._call("POST", path, self._body(filing))
        except Refused as error:
            return Submission(answer=Answer.PRECONDITION, reason=str(error))
        except NotSent as error:
            return Submission(answer=Answer.TRANSIENT, reason=str(error))
        except Lost as error:
            return Submission(answer=Answer.UNKNOWN, reason=str(error))
        if reply.status not in (200, 201, 202):
            return refusal(self.name, reply, outcome(SUBMIT, reply.status, Answer.UNKNOWN), secret=self._access.key)
        job = job_in(reply)
        if job is None:
            return Submission(answer=Answer.UNKNOWN, reason="Allianz Trade's answer names no job")
        word = filing.category if isinstance(filing, OverdueReport) else "CVR"
        return self._known(Answer.SUBMITTED, f"{word}:jobs/{job}", reply)

    def status(self, partner_id: str, kind: FilingKind = "overdue") -> Submission:
        """A processed job was taken; a failed one was refused, however late."""
        if partner_id.startswith(PREFIX):
            return self._files.status(partner_id, kind)
        word, _, resource = partner_id.partition(":")
        if resource.startswith("overdues/"):
            return self._known(Answer.SUBMITTED if word in DECIDED_BY_PERSON else Answer.DELIVERED, partner_id, None)
        room = "/riskinfo/v3" if kind == "cover" else "/v1"
        try:
            reply = answered(self.name, self._call("GET", f"{room}/{quote(resource)}"), self._access.key)
        except NoAnswer as error:
            return Submission(answer=Answer.UNKNOWN, partner_id=partner_id, reason=str(error))
        job = reply.read(_JobState)
        if job is None:
            return Submission(answer=Answer.UNKNOWN, partner_id=partner_id, reason="the job's state is unreadable")
        if job.status == "failed":
            reason = job.message or "Allianz Trade did not take it"
            proof = Proof(kind="insurer_job", level="said by Allianz Trade", content=reply.content)
            return Submission(answer=Answer.REJECTED, partner_id=partner_id, reason=reason, proofs=(proof,))
        done = job.status == "processed" and word not in DECIDED_BY_PERSON
        return self._known(Answer.DELIVERED if done else Answer.SUBMITTED, partner_id, reply)

    def find(self, key: str, filing: Filing) -> Finding:
        """TAKEN where its list has arrears of that buyer and invoice; what is not listed may still be a job."""
        if isinstance(filing, ClaimFiling | GoodsReclaimed):
            return self._files.find(key)
        if isinstance(filing, CoverRequest):
            return Finding(found=Found.CANNOT_TELL)
        oldest = filing.invoices[0][0] if filing.invoices else ""
        asked = {"policyId": filing.policy, "overdueCategoryTypeCode": CODES[filing.category], "pageSize": PAGE}
        try:
            for page in range(1, MOST_PAGES + 1):
                reply = self._call("GET", f"/v1/overdues?{urlencode({**asked, 'page': page})}")
                listed = answered(self.name, reply, self._access.key).read(_Overdues)
                if listed is None:
                    break
                for one in listed.data:
                    if one.debtorId == filing.buyer_id and one.invoiceReference == oldest:
                        partner_id = f"{filing.category}:overdues/{one.overdueId}"
                        known = self._known(Answer.SUBMITTED, partner_id, reply)
                        return Finding(found=Found.TAKEN, submission=known)
                if len(listed.data) < PAGE:
                    break
        except NoAnswer as error:
            return not_asked(error)
        return Finding(found=Found.CANNOT_TELL)

    def covers(self, policy: str) -> tuple[Cover, ...]:
        """Every decision under the policy. Raises NoAnswer."""
        found: list[Cover] = []
        for page in range(1, MOST_PAGES + 1):
            asked = {"policies": [self._policy(policy)], "pagination": {"page": page, "pageSize": PAGE}}
            reply = answered(self.name, self._call("POST", "/riskinfo/v3/covers/search", asked), self._access.key)
            listed = reply.read(_Covers) if reply.status == 200 else None
            if listed is None:
                raise Lost("Allianz Trade gave no readable list of covers")
            found += [cover_of(item) for item in listed.results]
            if len(listed.results) < PAGE:
                break
        return tuple(found)

    def claim(self, partner_id: str) -> ClaimStatus | None:
        return None

    def identify(self, country: str, registration: str) -> str | None:
        return None

    def check(self) -> str | None:
        try:
            self._tokens.get(self._access.key)
        except NoAnswer as error:
            return str(error)
        return None

    def _body(self, filing: OverdueReport | CoverRequest) -> Mapping[str, Any]:
        if isinstance(filing, CoverRequest):
            return {
                "requestTypeCode": "Primary",
                "policy": self._policy(filing.policy),
                "companyId": filing.buyer_id,
                "creditLimitDetails": {"requestedAmount": str(filing.amount), "currencyCode": filing.currency},
                "isRequestUrgent": False,
            }
        number, due, _ = filing.invoices[0]
        fields: dict[str, Any] = {
            "policyId": filing.policy,
            "overdueCategoryTypeCode": CODES[filing.category],
            "debtorName": filing.buyer_name,
            "debtorId": filing.buyer_id,
            "overdueAmount": str(sum((amount for _, _, amount in filing.invoices), Decimal(0))),
            "currency": filing.currency,
            "dueDate": due.isoformat(),
            "invoiceReference": number,
        }
        return fields | ({"requestedDueDate": filing.until.isoformat()} if filing.until else {})

    def _policy(self, number: str) -> dict[str, str]:
        return {"businessUnitCode": self._access.account or "", "policyId": number}

    def _known(self, answer: Answer, partner_id: str, reply: Reply | None) -> Submission:
        ask = {"ask": "decision"} if partner_id.startswith(DECIDED_BY_PERSON) else {}
        proofs = (Proof(kind="insurer_job", level="said by Allianz Trade", content=reply.content),) if reply else ()
        return Submission(answer=answer, partner_id=partner_id, ids=ask, proofs=proofs)

    def _authorize(self) -> Reply:
        body = json.dumps({"apiKey": self._access.key}).encode()
        return call(self._http, "POST", f"{self._base}/v1/idp/oauth2/authorize", JSON, content=body)

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Reply:
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()

        def send(token: str) -> Reply:
            headers = {**JSON, "Authorization": f"Bearer {token}"}
            return call(self._http, method, self._base + path, headers, content=content)

        return self._tokens.using(send, self._access.key)


def job_in(reply: Reply) -> str | None:
    """The job's id: in an object, or as bare text, as clients have seen both."""
    if (job := reply.read(_Job)) is not None:
        return job.jobId
    try:
        return _Job(jobId=json.loads(reply.content)).jobId
    except (ValueError, ValidationError):
        return None


def cover_of(item: _Cover) -> Cover:
    """A state that is not known here counts as pending: nothing is taken for granted."""
    state = COVERS.get(item.coverStatusCode, "pending")
    return Cover(
        buyer_id=item.companyId,
        state=state,
        amount=(item.agreedAmount or Decimal(0)) if state == "granted" else Decimal(0),
        currency=item.currencyCode,
        since=item.effectiveDate,
        until=item.endDate,
        requested=item.requestedAmount,
        reference=item.coverId,
    )
