"""A collection agency over a small signed REST contract of the house's own; there is no shared standard in BE or NL.

    POST /claims          the dossier (application/zip), Idempotency-Key, X-Filename -> 201, or 200 for the same again
    GET  /claims/{id}     how the claim stands
    GET  /claims?key=KEY  {"items": [...]}: complete, a claim is listed from the moment its POST was kept

Every request carries X-Client, and X-Signature: t=<unix seconds>,v1=<hex>, an HMAC-SHA256 over
`<t>.<METHOD>.<path with query>.<key>.` and the body. An agency keeps one claim per key, whatever is repeated.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated
from urllib.parse import quote, urlsplit

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
from connectors.ports import AgencyStatus, Answer, Finding, Found, Proof, Submission
from receivables.claims import HandoverState

SUBMIT: dict[int, Answer] = {
    400: Answer.REJECTED,
    401: Answer.PRECONDITION,
    403: Answer.PRECONDITION,
    404: Answer.PRECONDITION,
    409: Answer.REJECTED,  # the agency holds another dossier under this key
    413: Answer.REJECTED,
    415: Answer.REJECTED,
    422: Answer.REJECTED,
    429: Answer.TRANSIENT,
}
RECEIVED = "received by the collection agency"

Money = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=2)]


class _Claim(BaseModel):
    id: str = Field(min_length=1, max_length=100)
    key: str
    sha256: str
    state: HandoverState
    collected: Money = Decimal(0)
    fees: Money = Decimal(0)
    message: str | None = Field(None, max_length=2000)


class _Claims(BaseModel):
    items: list[_Claim]


def signature(secret: str, moment: int, method: str, target: str, key: str, body: bytes) -> str:
    """The X-Signature of a request at `moment` (unix seconds) for `target`, the path with its query."""
    signed = f"{moment}.{method}.{target}.{key}.".encode() + body
    return f"t={moment},v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


class SignedAgency:
    """A CollectionAgency. `clock` stamps signatures only; it decides nothing."""

    name = "agency"

    def __init__(
        self,
        base_url: str,
        client_id: str,
        secret: str,
        http: httpx.Client | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._base = base(base_url)
        self._client_id, self._secret, self._clock = client_id, secret, clock
        self._http = http or client(base_url)

    def submit(self, claim: bytes, filename: str, key: str) -> Submission:
        """Hand over a dossier. DELIVERED when the agency's receipt names the hash of exactly these bytes."""
        headers = {"Content-Type": "application/zip", "X-Filename": quote(filename)}
        try:
            reply = self._call("POST", "/claims", key, claim, headers)
        except NotSent as error:
            return Submission(answer=Answer.TRANSIENT, reason=str(error))
        except Lost as error:
            return Submission(answer=Answer.UNKNOWN, reason=str(error))
        if reply.status not in (200, 201):
            meaning = outcome(SUBMIT, reply.status, Answer.UNKNOWN)
            return refusal(self.name, reply, meaning, secret=self._secret)
        receipt = reply.read(_Claim)
        if receipt is None or receipt.key != key:
            return Submission(answer=Answer.UNKNOWN, reason="the agency's receipt is unreadable or of another claim")
        if receipt.sha256 != hashlib.sha256(claim).hexdigest():
            return Submission(
                answer=Answer.UNKNOWN, partner_id=receipt.id, reason="the agency's receipt is of another dossier"
            )
        return _received(receipt, reply)

    def status(self, partner_id: str) -> AgencyStatus:
        """How the claim stands, sums in the claim's currency. Raises NoAnswer where the agency could not be asked."""
        reply = self._call("GET", f"/claims/{quote(partner_id, safe='')}", "")
        claim = reply.read(_Claim) if reply.status == 200 else None
        if claim is None or claim.id != partner_id:
            raise NoAnswer(sentence(self.name, reply, self._secret))
        return AgencyStatus(
            partner_id=claim.id,
            state=claim.state.value,
            collected=claim.collected,
            fees=claim.fees,
            message=claim.message,
            proof=Proof(kind="claim_status", level="said by the collection agency", content=reply.content),
        )

    def find(self, key: str) -> Finding:
        """Does the agency hold a claim under `key`? Its list is complete, and it keeps one claim per key."""
        try:
            reply = self._call("GET", f"/claims?key={quote(key, safe='')}", key)
            listed = answered(self.name, reply, self._secret).read(_Claims)
        except NoAnswer as error:
            return not_asked(error)
        if listed is None:
            return Finding(found=Found.CANNOT_TELL)
        mine = [claim for claim in listed.items if claim.key == key]
        if not mine:
            return Finding(found=Found.NOT_TAKEN)
        return Finding(found=Found.TAKEN, submission=_received(mine[0], reply))

    def _call(
        self, method: str, target: str, key: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Reply:
        url = self._base + target
        path = url[len(f"{urlsplit(url).scheme}://{urlsplit(url).netloc}") :]
        signed = {
            "X-Client": self._client_id,
            "Idempotency-Key": key,
            "X-Signature": signature(self._secret, int(self._clock().timestamp()), method, path, key, body),
        }
        return call(self._http, method, url, {**(headers or {}), **signed}, content=body)


def _received(claim: _Claim, reply: Reply) -> Submission:
    proof = Proof(kind="claim_receipt", level=RECEIVED, content=reply.content)
    return Submission(answer=Answer.DELIVERED, partner_id=claim.id, ids={"claim": claim.id}, proofs=(proof,))
