"""A credit insurer on loopback, by the house's own contract; the named insurers' twins answer beside it.

Arrears are acknowledged at once with a reference. What a script says of limits, extensions and claims comes about as
the days pass. `/allianz`, `/atradius` and `/coface` answer by the shapes of those insurers.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from connectors.sandbox.allianz_trade import AllianzTrade
from connectors.sandbox.atradius import Atradius
from connectors.sandbox.coface import Coface
from connectors.sandbox.insurers import REFUSAL, InsurerScript, error, take
from connectors.sandbox.state import State

CATEGORIES = {"OVD", "EXP", "RES", "INS"}
KINDS = {"overdues": "OD", "claims": "CL", "covers": "CV", "goods": "GR"}
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Insurer:
    state: State
    token: str
    script: InsurerScript

    def app(self) -> Starlette:
        routes = [
            Mount("/allianz", app=AllianzTrade(self.state, self.token, self.script).app()),
            Mount("/atradius", app=Atradius(self.state, self.token, self.script).app()),
            Mount("/coface", app=Coface(self.state, self.token).app()),
            *(Route(f"/{kind}", self.filings, methods=["GET", "POST"]) for kind in KINDS),
            *(Route(f"/{kind}/{{reference}}", self.filing, methods=["GET"]) for kind in KINDS),
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: error})

    async def filings(self, request: Request) -> Response:
        kind = self._allowed(request)
        if request.method == "GET":
            if kind == "covers" and "policyId" in request.query_params:
                return JSONResponse({"items": self._decided()})
            rows = filed(self.state, "voldaan", request.query_params.get("key", ""))
            return JSONResponse({"items": [self._shown(row) for row in rows if row["kind"] == kind]})
        key, body = request.headers.get("idempotency-key", ""), await request.body()
        if not key:
            raise HTTPException(400, "Idempotency-Key is missing")
        CHECKS[kind](body)
        known = take(self.state, "voldaan", kind, key, body, KINDS[kind])
        return JSONResponse(self._shown(known[0]), 200 if known[1] else 201)

    async def filing(self, request: Request) -> Response:
        kind = self._allowed(request)
        reference = request.path_params["reference"]
        row = self.state.row("select * from filing where id = ? and kind = ?", reference, kind)
        if row is None:
            raise HTTPException(404, "not found")
        return JSONResponse(self._shown(row))

    def _allowed(self, request: Request) -> str:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            raise HTTPException(401, "Unauthorized")
        return request.url.path.split("/")[1]

    def _shown(self, row: sqlite3.Row) -> dict[str, Any]:
        body, days = json.loads(row["body"]), (self.state.today() - date.fromisoformat(row["taken_on"])).days
        told = {"reference": row["id"], "key": row["key"], "message": None, "acknowledgedOn": row["taken_on"]}
        refused = body["buyer"]["companyId"] in self.script.refused
        if row["kind"] == "claims":
            return told | self._claim(Decimal(body["claimedAmount"]), days, refused)
        if row["kind"] == "covers":
            return told | self._cover(row, body)
        if row["kind"] == "goods":
            return told | {"status": "ACKNOWLEDGED"}
        waits = body["overdueCategoryTypeCode"] in ("EXP", "RES") or refused
        if waits and days < max(self.script.referred, 1 if refused else 0):
            return told | {"status": "RECEIVED"}
        return told | ({"status": "REJECTED", "message": REFUSAL} if refused else {"status": "ACKNOWLEDGED"})

    def _claim(self, claimed: Decimal, days: int, refused: bool) -> dict[str, Any]:
        if days < self.script.decides:
            return {"status": "ACCEPTED" if days else "RECEIVED", "approvedAmount": None, "paidAmount": "0.00"}
        if refused:
            return {"status": "REJECTED", "message": REFUSAL}
        approved = str((claimed * self.script.percentage / 100).quantize(CENT, ROUND_HALF_UP))
        paid = days >= self.script.pays
        status = "PAID" if paid else "APPROVED"
        return {"status": status, "approvedAmount": approved, "paidAmount": approved if paid else "0.00"}

    def _cover(self, row: sqlite3.Row, body: Mapping[str, Any]) -> dict[str, Any]:
        since = date.fromisoformat(row["taken_on"]) + timedelta(days=self.script.referred)
        buyer = body["buyer"]["companyId"]
        decided = since <= self.state.today()
        amount = min(Decimal(body["requestedAmount"]), self.script.limits.get(buyer, Decimal(0)))
        status = "PENDING" if not decided else "GRANTED" if amount and buyer not in self.script.refused else "REFUSED"
        return {
            "status": status,
            "buyerId": buyer,
            "amount": str(amount) if status == "GRANTED" else "0",
            "currency": body["currencyCode"],
            "requestedAmount": body["requestedAmount"],
            "validFrom": since.isoformat(),
        }

    def _decided(self) -> list[dict[str, Any]]:
        """The limits of the script, then what was applied for."""
        found = [cover for buyer in self.script.limits for cover in self._standing(buyer)]
        rows = self.state.rows("select * from filing where partner = 'voldaan' and kind = 'covers' order by seq")
        return found + [self._shown(row) for row in rows]

    def _standing(self, buyer: str) -> list[dict[str, Any]]:
        start = {"buyerId": buyer, "currency": "EUR", "validFrom": "2026-01-01", "reference": f"LM-{buyer}"[:80]}
        known = [start | {"status": "GRANTED", "amount": str(self.script.limits[buyer])}]
        gone = self.script.withdrawn.get(buyer)
        if gone is not None and gone <= self.state.today():
            known.append(start | {"status": "WITHDRAWN", "amount": "0", "validFrom": gone.isoformat()})
        return known


def filed(state: State, partner: str, key: str) -> list[sqlite3.Row]:
    return state.rows("select * from filing where partner = ? and key = ?", partner, key)


def _check_overdue(body: bytes) -> None:
    report = _read(body)
    if report["overdueCategoryTypeCode"] not in CATEGORIES:
        raise HTTPException(422, f"overdueCategoryTypeCode must be one of {', '.join(sorted(CATEGORIES))}")
    _check_invoices(report, "overdues")


def _check_claim(body: bytes) -> None:
    claim = _read(body)
    _check_invoices(claim, "invoices")
    dossier = base64.b64decode(claim["dossier"]["content"], validate=True)
    if hashlib.sha256(dossier).hexdigest() != claim["dossier"]["sha256"]:
        raise HTTPException(422, "the dossier does not match its sha256")
    if sum(Decimal(one["openAmount"]) for one in claim["invoices"]) != Decimal(claim["claimedAmount"]):
        raise HTTPException(422, "claimedAmount is not the sum of the invoices")


def _check_goods(body: bytes) -> None:
    told = _read(body)
    _check_invoices(told, "invoices")
    date.fromisoformat(told["reclaimedOn"]), date.fromisoformat(told["giveBackBy"])
    if not told["goods"]:
        raise HTTPException(422, "goods must not be empty")


def _check_cover(body: bytes) -> None:
    asked = _read(body)
    if Decimal(asked["requestedAmount"]) <= 0 or not asked["buyer"]["companyId"]:
        raise HTTPException(422, "requestedAmount must be positive and buyer.companyId not empty")


def _check_invoices(report: Mapping[str, Any], name: str) -> None:
    if not report["policyId"] or not report["buyer"]["companyId"] or not report[name]:
        raise HTTPException(422, f"policyId, buyer.companyId and {name} must not be empty")
    for overdue in report[name]:
        date.fromisoformat(overdue["originalDueDate"])
        if Decimal(overdue["openAmount"]) <= 0:
            raise HTTPException(422, f"openAmount of {overdue['invoiceNumber']} must be positive")


def _read(body: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(body)
    return found


def _checked(check: Any) -> Any:
    """422 with a sentence unless the body is what it should be."""

    def checking(body: bytes) -> None:
        try:
            check(body)
        except (ValueError, KeyError, TypeError, ArithmeticError) as problem:
            raise HTTPException(422, f"not a report: {type(problem).__name__} {problem}"[:200]) from problem

    return checking


CHECKS = {
    "overdues": _checked(_check_overdue),
    "claims": _checked(_check_claim),
    "covers": _checked(_check_cover),
    "goods": _checked(_check_goods),
}
