"""Allianz Trade on loopback, by the shapes of `connectors.insurance.allianz_trade`: tokens, jobs, overdues, covers.

A job is pending on the day on which it was posted (and `referred` days), then processed; for a refused buyer it fails.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.sandbox.insurers import REFUSAL, InsurerScript, error, take
from connectors.sandbox.state import State

TOKEN = "allianz-sandbox-access"  # noqa: S105 - opens nothing but the twin
NEEDED = ("policyId", "overdueCategoryTypeCode", "debtorName", "overdueAmount", "currency", "dueDate")


@dataclass(frozen=True, slots=True)
class AllianzTrade:
    state: State
    key: str
    script: InsurerScript

    def app(self) -> Starlette:
        routes = [
            Route("/v1/idp/oauth2/authorize", self.authorize, methods=["POST"]),
            Route("/v1/overdues", self.overdues, methods=["GET", "POST"]),
            Route("/riskinfo/v3/covers", self.cover, methods=["POST"]),
            Route("/riskinfo/v3/covers/search", self.covers, methods=["POST"]),
            Route("/v1/jobs/{job}", self.job, methods=["GET"]),
            Route("/riskinfo/v3/jobs/{job}", self.job, methods=["GET"]),
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: error})

    async def authorize(self, request: Request) -> Response:
        if (await request.json()).get("apiKey") != self.key:
            raise HTTPException(401, "unknown apiKey")
        return JSONResponse({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600})

    async def overdues(self, request: Request) -> Response:
        allowed(request)
        if request.method == "GET":
            return JSONResponse({"data": self._listed(dict(request.query_params))})
        body = await request.body()
        report = json.loads(body)
        if missing := [name for name in NEEDED if not report.get(name)]:
            raise HTTPException(422, f"{missing[0]} is missing")
        word = report["overdueCategoryTypeCode"]
        if word not in ("OVD", "EXP", "RES"):
            raise HTTPException(422, "overdueCategoryTypeCode must be OVD, EXP or RES")
        key = f"{report['policyId']}/{word}/{report['debtorId']}/{report['invoiceReference']}"
        row, _ = take(self.state, "allianz", "overdues", key, body, "AT", f"{word}:jobs/")
        return JSONResponse({"jobId": row["id"]}, 202)

    async def cover(self, request: Request) -> Response:
        allowed(request)
        body = await request.body()
        asked = json.loads(body)
        if not asked["policy"]["businessUnitCode"] or not asked["companyId"]:
            raise HTTPException(422, "policy.businessUnitCode and companyId must not be empty")
        key = f"{asked['policy']['policyId']}/cover/{asked['companyId']}"
        row, _ = take(self.state, "allianz", "covers", key, body, "AC", "CVR:jobs/")
        return JSONResponse(row["id"], 202)

    async def covers(self, request: Request) -> Response:
        allowed(request)
        pages = (await request.json())["pagination"]
        first = (pages["page"] - 1) * pages["pageSize"]
        return JSONResponse({"results": self._decided()[first : first + pages["pageSize"]]})

    async def job(self, request: Request) -> Response:
        allowed(request)
        row = self.state.row("select * from filing where id = ?", request.path_params["job"])
        if row is None:
            raise HTTPException(404, "no such job")
        return JSONResponse({"jobId": row["id"], **self._state(row)})

    def _state(self, row: sqlite3.Row) -> dict[str, Any]:
        body, days = json.loads(row["body"]), (self.state.today() - date.fromisoformat(row["taken_on"])).days
        if days <= self.script.referred:
            return {"status": "pending"}
        if body.get("debtorId", body.get("companyId")) in self.script.refused:
            return {"status": "failed", "message": REFUSAL}
        return {"status": "processed"}

    def _listed(self, asked: dict[str, str]) -> list[dict[str, Any]]:
        rows = self.state.rows("select * from filing where partner = 'allianz' and kind = 'overdues' order by seq")
        found = [(row, json.loads(row["body"])) for row in rows]
        same = ("policyId", "overdueCategoryTypeCode")
        mine = [
            {**body, "overdueId": f"OVD-{row['seq']}", "status": "reported"}
            for row, body in found
            if all(body[name] == asked.get(name) for name in same)
        ]
        size, page = int(asked.get("pageSize", 20)), int(asked.get("page", 1))
        return mine[(page - 1) * size : page * size]

    def _decided(self) -> list[dict[str, Any]]:
        found = []
        for number, (buyer, limit) in enumerate(self.script.limits.items(), start=1):
            gone = self.script.withdrawn.get(buyer)
            word = "Cancelled" if gone is not None and gone <= self.state.today() else "Granted"
            found.append(
                {
                    "coverId": f"C-{number}",
                    "companyId": buyer,
                    "coverStatusCode": word,
                    "agreedAmount": str(limit),
                    "currencyCode": "EUR",
                    "effectiveDate": gone.isoformat() if gone and word == "Cancelled" else "2026-01-01",
                }
            )
        return found


def allowed(request: Request) -> None:
    if request.headers.get("authorization") != f"Bearer {TOKEN}":
        raise HTTPException(401, "the token is missing or has expired")
