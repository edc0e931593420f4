"""A collection agency over a small signed REST contract of the house's own; there is no shared standard in BE or NL.

    POST /claims                       the dossier (application/zip), Idempotency-Key, X-Filename -> 201, or 200 again
    GET  /claims/{id}                  how the claim stands
    GET  /claims?key=KEY               {"items": [...]}: complete, a claim is listed from the moment its POST was kept
    POST /claims/{id}/updates          what happened since (a ZIP with update.json) -> 201, or 200 for the same again
    POST /claims/{id}/recall           the creditor takes the claim back -> 200 with the claim, state withdrawn
    GET  /claims/{id}/updates?key=KEY  {"items": [...]}: updates and recalls, complete

Every request carries X-Client, and X-Signature: t=<unix seconds>,v1=<hex>, an HMAC-SHA256 over
`<t>.<METHOD>.<path with query>.<key>.` and the body. An agency keeps one claim, and one update, per key, whatever is
repeated. It may call our webhook when a claim changed. `schemas/agency.openapi.json` is the contract for a machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import quote, urlsplit

import httpx
from pydantic import BaseModel, ValidationError

from connectors.collection.agency_wire import (
    Call,
    Claim,
    Claims,
    UpdateReceipt,
    UpdateReceipts,
    check_call,
    packed_news,
    signature,
)
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
from connectors.ports import AgencyStatus, Answer, BadWebhook, Event, Finding, Found, News, Proof, Submission
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
GIVEN_BACK = "given back by the collection agency"
ZIP = {"Content-Type": "application/zip"}
Model = TypeVar("Model", bound=BaseModel)

__all__ = ["SignedAgency", "signature"]


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
        webhook_secret: str | None = None,
    ) -> None:
        self._base = base(base_url)
        self._client_id, self._secret, self._clock = client_id, secret, clock
        self._webhook_secret = webhook_secret
        self._http = http or client(base_url)

    def submit(self, claim: bytes, filename: str, key: str) -> Submission:
        """Hand over a dossier. DELIVERED when the agency's receipt names the hash of exactly these bytes."""
        reply = self._post("/claims", key, claim, {"X-Filename": quote(filename)})
        if isinstance(reply, Submission):
            return reply
        receipt = reply.read(Claim)
        if receipt is None or receipt.key != key:
            return Submission(answer=Answer.UNKNOWN, reason="the agency's receipt is unreadable or of another claim")
        if receipt.sha256 != hashlib.sha256(claim).hexdigest():
            return Submission(
                answer=Answer.UNKNOWN, partner_id=receipt.id, reason="the agency's receipt is of another dossier"
            )
        return _received(receipt, reply)

    def find(self, key: str, claim: bytes = b"") -> Finding:
        """Does the agency hold a claim under `key`? Its list is complete, and it keeps one claim per key."""
        listed = self._listed(f"/claims?key={quote(key, safe='')}", key, Claims)
        if isinstance(listed, Finding):
            return listed
        reply, found = listed
        mine = [item for item in found.items if item.key == key]
        if not mine:
            return Finding(found=Found.NOT_TAKEN)
        return Finding(found=Found.TAKEN, submission=_received(mine[0], reply))

    def update(self, partner_id: str, news: News, key: str) -> Submission:
        """Tell what happened. DELIVERED when the receipt names the hash of exactly these bytes."""
        body = packed_news(news)
        reply = self._post(f"/claims/{quote(partner_id, safe='')}/updates", key, body)
        if isinstance(reply, Submission):
            return reply
        receipt = reply.read(UpdateReceipt)
        whole = receipt is not None and (receipt.key, receipt.sha256) == (key, hashlib.sha256(body).hexdigest())
        if receipt is None or not whole:
            return Submission(answer=Answer.UNKNOWN, reason="the agency's receipt is unreadable or of something else")
        return _noted(receipt, reply)

    def withdraw(self, partner_id: str, news: News, key: str) -> Submission:
        """Take the claim back. Only the state `withdrawn` in the answer means that it was given back."""
        reply = self._post(f"/claims/{quote(partner_id, safe='')}/recall", key, packed_news(news))
        if isinstance(reply, Submission):
            return reply
        claim = reply.read(Claim)
        if claim is None or claim.id != partner_id:
            return Submission(answer=Answer.UNKNOWN, reason="the agency's answer to the recall is unreadable")
        if claim.state is not HandoverState.WITHDRAWN:
            proof = Proof(kind="recall", level=RECEIVED, content=reply.content)
            return Submission(answer=Answer.SUBMITTED, partner_id=key, reason=claim.message, proofs=(proof,))
        proof = Proof(kind="recall", level=GIVEN_BACK, content=reply.content)
        return Submission(answer=Answer.DELIVERED, partner_id=key, proofs=(proof,))

    def find_update(self, partner_id: str, news: News, key: str) -> Finding:
        """Its list of updates and recalls is complete, and it keeps one per key. A recall is then asked about again."""
        target = f"/claims/{quote(partner_id, safe='')}/updates?key={quote(key, safe='')}"
        listed = self._listed(target, key, UpdateReceipts)
        if isinstance(listed, Finding):
            return listed
        reply, found = listed
        mine = [item for item in found.items if item.key == key]
        if not mine:
            return Finding(found=Found.NOT_TAKEN)
        return Finding(found=Found.TAKEN, submission=_noted(mine[0], reply))

    def status(self, partner_id: str) -> AgencyStatus:
        """How the claim stands, sums in the claim's currency. Raises NoAnswer where the agency could not be asked."""
        reply = self._call("GET", f"/claims/{quote(partner_id, safe='')}", "")
        claim = reply.read(Claim) if reply.status == 200 else None
        if claim is None or claim.id != partner_id:
            raise NoAnswer(sentence(self.name, reply, self._secret))
        return AgencyStatus(
            partner_id=claim.id,
            state=claim.state.value,
            word=claim.state.value,
            collected=claim.collected,
            fees=claim.fees,
            message=claim.message,
            proof=Proof(kind="claim_status", level="said by the collection agency", content=reply.content),
        )

    def verify_webhook(self, headers: Mapping[str, str], body: bytes, at: datetime) -> Event:
        """A call that the agency signed with the webhook's secret, not the one that we sign with."""
        if self._webhook_secret is None:
            raise BadWebhook("no webhook_secret is set up for this agency")
        check_call(self._webhook_secret, headers.get("x-signature", ""), body, at)
        try:
            said = Call.model_validate_json(body)
        except ValidationError as problem:
            raise BadWebhook("its body is not the contract's") from problem
        return Event(id=said.id, kind=said.type, partner_id=said.claim, at=at)

    def check(self) -> str | None:
        """Asks about a claim that does not exist."""
        found = self.find("voldaan-check")
        if found.found in (Found.TAKEN, Found.NOT_TAKEN):
            return None
        return (found.submission.reason if found.submission else None) or "its answer cannot be understood"

    def _post(self, target: str, key: str, body: bytes, headers: Mapping[str, str] | None = None) -> Reply | Submission:
        """The reply of something that was taken; a Submission says what else it came to."""
        try:
            reply = self._call("POST", target, key, body, {**ZIP, **(headers or {})})
        except NotSent as error:
            return Submission(answer=Answer.TRANSIENT, reason=str(error))
        except Lost as error:
            return Submission(answer=Answer.UNKNOWN, reason=str(error))
        if reply.status not in (200, 201):
            return refusal(self.name, reply, outcome(SUBMIT, reply.status, Answer.UNKNOWN), secret=self._secret)
        return reply

    def _listed(self, target: str, key: str, model: type[Model]) -> tuple[Reply, Model] | Finding:
        try:
            reply = self._call("GET", target, key)
            listed = answered(self.name, reply, self._secret).read(model)
        except NoAnswer as error:
            return not_asked(error)
        return (reply, listed) if listed is not None else Finding(found=Found.CANNOT_TELL)

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


def _received(claim: Claim, reply: Reply) -> Submission:
    proof = Proof(kind="claim_receipt", level=RECEIVED, content=reply.content)
    return Submission(answer=Answer.DELIVERED, partner_id=claim.id, ids={"claim": claim.id}, proofs=(proof,))


def _noted(receipt: UpdateReceipt, reply: Reply) -> Submission:
    proof = Proof(kind="update_receipt", level=RECEIVED, content=reply.content)
    return Submission(answer=Answer.DELIVERED, partner_id=receipt.id, proofs=(proof,))
