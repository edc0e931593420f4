"""Payt's Customer API v1, as its published OpenAPI and documentation of July 2026 have it; not tried with an account.

The debtor, its contact and each invoice with what is open are upserts by our own numbers: the same again changes
nothing. Payt follows invoices up by the flow of the administration and makes a credit case of them itself; the moments
of that case say how it stands. Its messages go to the debtor, so nothing of ours is ever sent as one: of updates it
takes new open amounts only, and a recall blocks the follow-up. Access is a static API token or an OAuth2 access token.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import BaseModel

from connectors.collection.access import AgencyAccess
from connectors.collection.statuses import of_payt
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
from receivables.claim_file import ClaimFile
from receivables.claims import ZERO, HandoverState
from receivables.dossier import claim_in

WRITE: dict[int, Answer] = {
    400: Answer.REJECTED,
    401: Answer.PRECONDITION,
    403: Answer.PRECONDITION,
    404: Answer.PRECONDITION,
    422: Answer.REJECTED,
    429: Answer.TRANSIENT,
}
NOT_BY_API = "Payt takes no documents and no answers by its API: put them into Payt yourself"
PER_PAGE = 100


class _Written(BaseModel):
    success: bool
    errors: dict[str, list[str]] = {}


class _Invoice(BaseModel):
    invoice_number: str
    open_amount: Decimal = ZERO
    total_amount: Decimal = ZERO
    credit_case_id: str | None = None
    debt_collection_at: str | None = None


class _Invoices(BaseModel):
    data: list[_Invoice]


class _Case(BaseModel, extra="allow"):
    id: str
    open_amount: Decimal = ZERO
    total_amount: Decimal = ZERO


class _Transaction(BaseModel):
    status: str | None = None


class _Payment(BaseModel):
    total_amount: Decimal = ZERO
    psp_transaction: _Transaction | None = None


class _Payments(BaseModel):
    data: list[_Payment]


class Payt:
    """A CollectionAgency. `access.account`: the id of the administration. Its id of a claim: the invoices' numbers."""

    name = "payt"

    def __init__(self, access: AgencyAccess, http: httpx.Client | None = None) -> None:
        self._base = base(access.url)
        self._token, self._administration = access.key, access.account or ""
        self._webhook_secret = access.webhook_secret
        self._http = http or client(access.url)

    def submit(self, claim: bytes, filename: str, key: str) -> Submission:
        """Contact, debtor, invoices, in that order; DELIVERED when each was written without an error."""
        told = claim_in(claim)
        if odd := [invoice.number for invoice in told.invoices if "," in invoice.number]:
            return Submission(
                answer=Answer.REJECTED, reason=f"Payt cannot be asked for {odd[0]}: its number has a comma"
            )
        reply: Reply | None = None
        for path, name, rows in (
            ("/contacts", "contacts", [contact_of(told)]),
            ("/debtors", "debtors", [debtor_of(told)]),
            ("/invoices", "invoices", invoices_of(told)),
        ):
            written = self._write("POST", path, {name: rows})
            if isinstance(written, Submission):
                return written
            reply = written
        assert reply is not None
        return _taken([invoice.number for invoice in told.invoices], reply, "invoices and debtor written at Payt")

    def find(self, key: str, claim: bytes = b"") -> Finding:
        """All its invoices are there by their numbers. Where one is not, writing again writes what is missing."""
        numbers = [invoice.number for invoice in claim_in(claim).invoices]
        try:
            reply, there = self._invoices(numbers)
        except NoAnswer as error:
            return not_asked(error)
        if {one.invoice_number for one in there} >= set(numbers):
            return Finding(found=Found.TAKEN, submission=_taken(numbers, reply, "invoices listed by Payt"))
        return Finding(found=Found.NOT_TAKEN)

    def update(self, partner_id: str, news: News, key: str) -> Submission:
        """What is open now on each invoice. Anything else is refused here: a message would go to the debtor."""
        if news.update.kind not in ("payment", "balance"):
            return Submission(answer=Answer.REJECTED, reason=NOT_BY_API)
        try:
            known = {one.invoice_number: one for one in self._invoices(partner_id.split(","))[1]}
        except NoAnswer as error:
            return Submission(answer=Answer.TRANSIENT, reason=str(error))
        rows = [
            {"invoice_number": number, "amount_open": str(left), "book_amount_open": str(left)}
            for number, _, left in news.update.invoices
            if number in known
        ]
        written = self._write("PATCH", "/invoices", {"invoices": rows})
        if isinstance(written, Submission):
            return written
        return _taken([hashlib.sha256(key.encode()).hexdigest()[:16]], written, "open amounts written at Payt")

    def withdraw(self, partner_id: str, news: News, key: str) -> Submission:
        """Blocks the follow-up of its invoices."""
        written = self._write("PATCH", "/invoices/block", {"invoice_numbers": partner_id.split(",")})
        if isinstance(written, Submission):
            return written
        return _taken([hashlib.sha256(key.encode()).hexdigest()[:16]], written, "follow-up blocked at Payt")

    def find_update(self, partner_id: str, news: News, key: str) -> Finding:
        """It keeps no update of ours, and needs none: writing the same amounts, or blocking, again changes nothing."""
        problem = self.check()
        if problem is not None:
            return not_asked(Lost(problem))
        return Finding(found=Found.NOT_TAKEN)

    def status(self, partner_id: str) -> AgencyStatus:
        """The moments of the credit case; what came in through Payt's own payment provider is collected."""
        reply, invoices = self._invoices(partner_id.split(","))
        if not invoices:
            raise NoAnswer(f"payt knows none of the invoices {partner_id}")
        case_id = next((one.credit_case_id for one in invoices if one.credit_case_id), None)
        if case_id is None:
            begun = any(one.debt_collection_at for one in invoices)
            first = HandoverState.ACCEPTED if begun else HandoverState.HANDED_OVER
            return AgencyStatus(partner_id=partner_id, state=first.value, word="no case yet", proof=_proof(reply))
        query = f"administration_id={quote(self._administration)}"
        reply = answered(self.name, self._call("GET", f"/credit_cases/{quote(case_id, safe='')}?{query}"), self._token)
        case = reply.read(_Case) if reply.status == 200 else None
        if case is None:
            raise NoAnswer(sentence(self.name, reply, self._token))
        moments = case.model_extra or {}
        state = of_payt(moments, case.open_amount, case.total_amount)
        return AgencyStatus(
            partner_id=partner_id,
            state=state.value if state else "",
            word=", ".join(sorted(name for name, value in moments.items() if name.endswith("_at") and value)),
            collected=self._collected(case_id),
            proof=_proof(reply),
        )

    def verify_webhook(self, headers: Mapping[str, str], body: bytes, at: datetime) -> Event:
        """HMAC-SHA256 in hex over the raw body, in X-PAYT-SIGNATURE. It signs no time: its ids are kept instead."""
        right = hmac.new((self._webhook_secret or "").encode(), body, hashlib.sha256).hexdigest()
        given = headers.get("x-payt-signature", "")
        if not self._webhook_secret or not hmac.compare_digest(right.encode(), given.encode()):
            raise BadWebhook("its signature is not made with our secret")
        try:
            said = json.loads(body)
            return Event(id=str(said["id"])[:100], kind=str(said.get("event") or said.get("type") or "event")[:80])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
            raise BadWebhook("its body is not Payt's") from problem

    def check(self) -> str | None:
        try:
            reply = self._call("GET", f"/administrations?per_page={PER_PAGE}")
        except NoAnswer as error:
            return str(error)
        return None if reply.status == 200 else sentence(self.name, reply, self._token)

    def _collected(self, case: str) -> Decimal:
        query = f"administration_id={quote(self._administration)}&credit_case_ids={quote(case)}&per_page={PER_PAGE}"
        reply = answered(self.name, self._call("GET", f"/payments?{query}"), self._token)
        found = reply.read(_Payments) if reply.status == 200 else None
        if found is None:
            raise Lost(sentence(self.name, reply, self._token))
        own = (one for one in found.data if one.psp_transaction and one.psp_transaction.status == "successful")
        return sum((one.total_amount for one in own), ZERO)

    def _invoices(self, numbers: Sequence[str]) -> tuple[Reply, list[_Invoice]]:
        listed = quote(",".join(numbers), safe="")
        query = f"administration_id={quote(self._administration)}&invoice_numbers={listed}&per_page={PER_PAGE}"
        reply = answered(self.name, self._call("GET", f"/invoices?{query}"), self._token)
        found = reply.read(_Invoices) if reply.status == 200 else None
        if found is None:
            raise Lost(sentence(self.name, reply, self._token))
        return reply, [one for one in found.data if one.invoice_number in numbers]

    def _write(self, method: str, path: str, rows: Mapping[str, Any]) -> Reply | Submission:
        """The reply of what was written whole. A 200 may hold errors of single records: those are refusals too."""
        try:
            reply = self._call(method, path, json={"administration_id": self._administration, **rows})
        except NotSent as error:
            return Submission(answer=Answer.TRANSIENT, reason=str(error))
        except Lost as error:
            return Submission(answer=Answer.UNKNOWN, reason=str(error))
        if reply.status not in (200, 201):
            return refusal(self.name, reply, outcome(WRITE, reply.status, Answer.UNKNOWN), secret=self._token)
        written = reply.read(_Written)
        if written is None:
            return Submission(answer=Answer.UNKNOWN, reason="payt's answer is unreadable")
        if not written.success or written.errors:
            return refusal(self.name, reply, Answer.REJECTED, secret=self._token)
        return reply

    def _call(self, method: str, path: str, **content: Any) -> Reply:
        headers = {"Authorization": f"Bearer {self._token}"}
        return call(self._http, method, f"{self._base}/v1{path}", headers, **content)


def contact_of(claim: ClaimFile) -> dict[str, Any]:
    debtor = claim.debtor
    return {
        "contact_identifier": debtor.reference,
        "lastname": debtor.name,
        "postal_address_street_1": debtor.street or debtor.address,
        "postal_address_postal_code": debtor.postal_code,
        "postal_address_city": debtor.city,
        "postal_address_country_code": debtor.country,
        "default_email_address": debtor.email,
    }


def debtor_of(claim: ClaimFile) -> dict[str, Any]:
    debtor = claim.debtor
    return {
        "debtor_number": debtor.reference,
        "debtor_identifier": debtor.reference,
        "contact_identifier": debtor.reference,
        "name": debtor.name,
        "is_company": debtor.kind != "consumer",
        "country_code": debtor.country,
        "vat_number": debtor.vat,
    }


def invoices_of(claim: ClaimFile) -> list[dict[str, Any]]:
    return [
        {
            "debtor_number": claim.debtor.reference,
            "invoice_number": one.number,
            "invoice_date": one.issued.isoformat(),
            "due_date": one.printed_due.isoformat(),
            "amount_total": str(one.gross),
            "book_amount_total": str(one.gross),
            "amount_open": str(one.open),
            "book_amount_open": str(one.open),
            "currency_code": claim.currency,
        }
        for one in claim.invoices
    ]


def _taken(ids: Sequence[str], reply: Reply, level: str) -> Submission:
    proof = Proof(kind="claim_receipt", level=level, content=reply.content)
    return Submission(answer=Answer.DELIVERED, partner_id=",".join(ids), proofs=(proof,))


def _proof(reply: Reply) -> Proof:
    return Proof(kind="claim_status", level="said by the collection agency", content=reply.content)
