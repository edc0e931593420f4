"""Atradius on loopback, by the shapes of `connectors.insurance.atradius`: tokens, buyers, covers.

A limit is decided at once (201), or referred (202) for as many days as the script says.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.sandbox.insurers import InsurerScript, error, take
from connectors.sandbox.state import State

CLIENT, APP_KEY = "voldaan", "atradius-app"
TOKEN = "atradius-sandbox-access"  # noqa: S105 - opens nothing but the twin


@dataclass(frozen=True, slots=True)
class Atradius:
    state: State
    secret: str
    script: InsurerScript

    def app(self) -> Starlette:
        room = "/credit-insurance"
        routes = [
            Route("/authenticate/v2/tokens", self.tokens, methods=["POST"]),
            Route(f"{room}/cover-management/v1/covers", self.covers, methods=["GET", "POST"]),
            Route(f"{room}/organisation-management/v1/buyers", self.buyers, methods=["GET"]),
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: error})

    async def tokens(self, request: Request) -> Response:
        right = "Basic " + base64.b64encode(f"{CLIENT}:{self.secret}".encode()).decode()
        if request.headers.get("authorization") != right or request.headers.get("atradius-app-key") != APP_KEY:
            raise HTTPException(401, "unknown client")
        return JSONResponse({"data": {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 1800}})

    async def covers(self, request: Request) -> Response:
        allowed(request)
        if request.method == "GET":
            return JSONResponse({"data": self._listed(request.query_params.get("policyId", ""))})
        body = await request.body()
        asked = json.loads(body)
        if asked["coverType"] not in ("credit-limit", "credit-check") or not asked["buyerId"]:
            raise HTTPException(422, "coverType must be credit-limit or credit-check, and buyerId not empty")
        row, _ = take(self.state, "atradius", "covers", asked["customerRefNumber"], body, "AV", f"{asked['policyId']}/")
        shown = self._shown(row)
        return JSONResponse({"data": shown}, 202 if shown["totalDecision"] is None else 201)

    async def buyers(self, request: Request) -> Response:
        allowed(request)
        known = {"0471938850": 4711, "12345678": 4712}.get(request.query_params.get("uid", ""))
        return JSONResponse({"data": [] if known is None else [{"buyerId": known}]})

    def _listed(self, policy: str) -> list[dict[str, Any]]:
        rows = self.state.rows("select * from filing where partner = 'atradius' order by seq")
        applied = [self._shown(row) for row in rows if json.loads(row["body"])["policyId"] == policy]
        return [self._standing(buyer) for buyer in self.script.limits] + applied

    def _standing(self, buyer: str) -> dict[str, Any]:
        gone = self.script.withdrawn.get(buyer)
        return {
            "coverId": f"ST-{buyer}",
            "buyerId": buyer,
            "coverStatus": "valid",
            "policyCurrencyCode": "EUR",
            "effectFromDate": "2026-01-01",
            "withdrawalDate": gone.isoformat() if gone else None,
            "totalDecision": {"decisionAmtInPolicyCurrency": str(self.script.limits[buyer])},
        }

    def _shown(self, row: Any) -> dict[str, Any]:
        body, days = json.loads(row["body"]), (self.state.today() - date.fromisoformat(row["taken_on"])).days
        decided = days >= self.script.referred
        buyer = str(body["buyerId"])
        limit = Decimal(0) if buyer in self.script.refused else self.script.limits.get(buyer, Decimal(0))
        amount = min(Decimal(body["creditLimitAmount"]), limit)
        return {
            "coverId": row["id"],
            "buyerId": body["buyerId"],
            "coverStatus": "valid" if decided else "pending",
            "policyCurrencyCode": body["currencyCode"],
            "customerRefNumber": body["customerRefNumber"],
            "creditLimitApplicationAmountInPolicyCurrency": body["creditLimitAmount"],
            "applicationDate": row["taken_on"],
            "totalDecision": {"decisionAmtInPolicyCurrency": str(amount)} if decided else None,
        }


def allowed(request: Request) -> None:
    right = request.headers.get("authorization") == f"Bearer {TOKEN}"
    if not right or request.headers.get("atradius-app-key") != APP_KEY:
        raise HTTPException(401, "the token is missing or has expired")
