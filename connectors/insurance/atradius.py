"""Atradius: limits and company numbers by its API; arrears and claims by file, for its portal Atrium.

Read in the clients of others (Atradius' own handbooks need an account): OAuth2 at /authenticate/v2/tokens with Basic
credentials and the application's key, the companies (…/organisation-management/v1/buyers), the covers
(…/cover-management/v1/covers: 201 decided, 202 referred) and the names of their fields. Provisional: all of it, and
the words of `coverStatus`, which is why an amount and dates decide and not a word. A Non-Payments API exists; no
description of it is public, so arrears and claims are laid ready as files. A look-up of a company may be charged.
"""

from __future__ import annotations

import base64
import json
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

import httpx
from pydantic import BaseModel, Field

from connectors.filing import CoverRequest, Filing, FilingKind
from connectors.http import Lost, NoAnswer, NotSent, Reply, answered, base, call, client, not_asked, outcome, refusal
from connectors.insurance.file_export import PREFIX, FileInsurer
from connectors.insurance.insurer import SUBMIT
from connectors.insurance.tokens import Refused, Token, Tokens
from connectors.laid_folder import mark_of
from connectors.ports import Access, Answer, ClaimStatus, Cover, CoverState, Finding, Found, Proof, Submission

JSON = {"Content-Type": "application/json"}
COVERS = "/credit-insurance/cover-management/v1/covers"
BUYERS = "/credit-insurance/organisation-management/v1/buyers"
UID_TYPES = {"BE": "CBE", "NL": "KVK"}


class _Tokened(BaseModel):
    data: Token


class _Decision(BaseModel):
    decisionAmtInPolicyCurrency: Decimal | None = None


class _Cover(BaseModel):
    coverId: str | int
    buyerId: str | int
    coverStatus: str = ""
    policyCurrencyCode: str = "EUR"
    customerRefNumber: str | None = None
    totalDecision: _Decision | None = None
    creditLimitApplicationAmountInPolicyCurrency: Decimal | None = None
    applicationDate: date | None = None
    decisionDate: date | None = None
    effectFromDate: date | None = None
    withdrawalDate: date | None = None
    effectiveToDate: date | None = None


class _Covers(BaseModel):
    data: list[_Cover] = Field(max_length=100_000)


class _Made(BaseModel):
    data: _Cover


class _Buyer(BaseModel):
    buyerId: str | int


class _Buyers(BaseModel):
    data: list[_Buyer]


class Atradius:
    """A CreditInsurer. Of `access`: `account` and `key` are client id and secret, `secret` the application's key."""

    name = "Atradius"

    def __init__(self, access: Access, files: FileInsurer, http: httpx.Client | None = None) -> None:
        self._base, self._access, self._files = base(access.url), access, files
        self._http = http or client(access.url)
        self._tokens = Tokens(self.name, self._authorize, token_in)

    def submit(self, filing: Filing, key: str) -> Submission:
        """A limit is applied for: DELIVERED when decided at once, SUBMITTED when referred. All else goes by file."""
        if not isinstance(filing, CoverRequest):
            return self._files.submit(filing, key)
        asked = {
            "policyId": filing.policy,
            "buyerId": filing.buyer_id,
            "coverType": "credit-limit",
            "creditLimitAmount": str(filing.amount),
            "currencyCode": filing.currency,
            "customerRefNumber": mark_of(key),
        }
        try:
            reply = self._call("POST", COVERS, json.dumps(asked).encode())
        except Refused as error:
            return Submission(answer=Answer.PRECONDITION, reason=str(error))
        except NotSent as error:
            return Submission(answer=Answer.TRANSIENT, reason=str(error))
        except Lost as error:
            return Submission(answer=Answer.UNKNOWN, reason=str(error))
        if reply.status not in (201, 202):
            return refusal(self.name, reply, outcome(SUBMIT, reply.status, Answer.UNKNOWN), secret=self._access.key)
        made = reply.read(_Made)
        if made is None:
            return Submission(answer=Answer.UNKNOWN, reason="Atradius' answer names no cover")
        return known(made.data, filing.policy, reply)

    def status(self, partner_id: str, kind: FilingKind = "overdue") -> Submission:
        """An application that was referred is decided once its cover is no longer pending."""
        if partner_id.startswith(PREFIX):
            return self._files.status(partner_id, kind)
        policy, _, cover = partner_id.rpartition("/")
        try:
            listed, reply = self._listed(policy)
        except NoAnswer as error:
            return Submission(answer=Answer.UNKNOWN, partner_id=partner_id, reason=str(error))
        mine = next((one for one in listed if str(one.coverId) == cover), None)
        if mine is None:
            return Submission(answer=Answer.UNKNOWN, partner_id=partner_id, reason=f"Atradius lists no cover {cover}")
        return known(mine, policy, reply)

    def find(self, key: str, filing: Filing) -> Finding:
        """TAKEN where a cover bears our reference; that none does proves nothing."""
        if not isinstance(filing, CoverRequest):
            return self._files.find(key)
        try:
            listed, reply = self._listed(filing.policy)
        except NoAnswer as error:
            return not_asked(error)
        mine = next((one for one in listed if one.customerRefNumber == mark_of(key)), None)
        if mine is None:
            return Finding(found=Found.CANNOT_TELL)
        return Finding(found=Found.TAKEN, submission=known(mine, filing.policy, reply))

    def covers(self, policy: str) -> tuple[Cover, ...]:
        """Every cover under the policy, in the policy's currency. Raises NoAnswer."""
        listed, _ = self._listed(policy)
        return tuple(cover_of(one) for one in listed if day_of(one) is not None)

    def claim(self, partner_id: str) -> ClaimStatus | None:
        return None

    def identify(self, country: str, registration: str) -> str | None:
        """The number of a Belgian or Dutch company by its KBO or KvK number. Raises NoAnswer."""
        if country not in UID_TYPES:
            return None
        query = urlencode({"country": country, "uid": registration, "uidType": UID_TYPES[country]})
        reply = answered(self.name, self._call("GET", f"{BUYERS}?{query}"), self._access.key)
        found = reply.read(_Buyers) if reply.status == 200 else None
        return str(found.data[0].buyerId) if found is not None and len(found.data) == 1 else None

    def check(self) -> str | None:
        try:
            self._tokens.get(self._access.key)
        except NoAnswer as error:
            return str(error)
        return None

    def _listed(self, policy: str) -> tuple[list[_Cover], Reply]:
        reply = answered(self.name, self._call("GET", f"{COVERS}?{urlencode({'policyId': policy})}"), self._access.key)
        listed = reply.read(_Covers) if reply.status == 200 else None
        if listed is None:
            raise Lost("Atradius gave no readable list of covers")
        return listed.data, reply

    def _authorize(self) -> Reply:
        pair = base64.b64encode(f"{self._access.account}:{self._access.key}".encode()).decode()
        headers = {**JSON, "Authorization": f"Basic {pair}", "Atradius-App-Key": self._access.secret or ""}
        return call(self._http, "POST", f"{self._base}/authenticate/v2/tokens", headers)

    def _call(self, method: str, path: str, content: bytes = b"") -> Reply:
        def send(token: str) -> Reply:
            headers = {**JSON, "Authorization": f"Bearer {token}", "Atradius-App-Key": self._access.secret or ""}
            return call(self._http, method, self._base + path, headers, content=content)

        return self._tokens.using(send, self._access.key)


def token_in(reply: Reply) -> Token | None:
    wrapped = reply.read(_Tokened)
    return wrapped.data if wrapped is not None else reply.read(Token)


def known(one: _Cover, policy: str, reply: Reply) -> Submission:
    answer = Answer.SUBMITTED if pending(one) else Answer.DELIVERED
    proof = Proof(kind="insurer_cover", level="said by Atradius", content=reply.content)
    return Submission(answer=answer, partner_id=f"{policy}/{one.coverId}", proofs=(proof,))


def pending(one: _Cover) -> bool:
    """Applied for and not decided: the sum that was applied for is no limit."""
    return one.totalDecision is None or one.totalDecision.decisionAmtInPolicyCurrency is None


def day_of(one: _Cover) -> date | None:
    return one.effectFromDate or one.decisionDate or one.applicationDate


def cover_of(one: _Cover) -> Cover:
    decided = one.totalDecision.decisionAmtInPolicyCurrency if one.totalDecision else None
    state: CoverState = "pending" if decided is None else "granted" if decided > 0 else "refused"
    since = day_of(one)
    assert since is not None
    return Cover(
        buyer_id=str(one.buyerId),
        state=state,
        amount=decided or Decimal(0),
        currency=one.policyCurrencyCode,
        since=since,
        until=one.withdrawalDate or one.effectiveToDate,
        requested=one.creditLimitApplicationAmountInPolicyCurrency,
        reference=str(one.coverId),
    )
