"""Payt on loopback: the Customer API under /v1, upserts by natural key, in the shapes of its published OpenAPI.

An invoice is a case of its own the day after it came, and gets its first summons the day after that; what is paid
through Payt's payment provider the script says by the debtor's name.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.sandbox.case_desk import CaseDesk

TOKEN, ADMINISTRATION = "sandbox-payt-token", "adm-1"
NEEDED = {
    "contacts": ("contact_identifier", "lastname"),
    "debtors": ("debtor_number", "name"),
    "invoices": ("invoice_number",),
}


@dataclass(frozen=True, slots=True)
class PaytTwin:
    desk: CaseDesk

    def app(self) -> Starlette:
        routes = [
            Route("/v1/administrations", self.administrations, methods=["GET"]),
            Route("/v1/invoices", self.invoices, methods=["GET"]),
            Route("/v1/invoices/block", self.block, methods=["PATCH"]),
            Route("/v1/{kind:str}", self.write, methods=["POST", "PATCH"]),
            Route("/v1/credit_cases/{id}", self.case, methods=["GET"]),
            Route("/v1/payments", self.payments, methods=["GET"]),
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: _error})

    def complaint(self, words: str) -> object:
        return {"code": "error", "message": words}

    async def administrations(self, request: Request) -> Response:
        self._enter(request)
        return JSONResponse({"data": [{"id": ADMINISTRATION}], "pagination": {"cursor": None}})

    async def write(self, request: Request) -> Response:
        """Records by their natural key: written now, or over what was there. Only what is new is counted."""
        self._enter(request)
        kind = request.path_params["kind"]
        body = await self._body(request)
        if kind not in NEEDED or body.get("administration_id") != ADMINISTRATION:
            raise HTTPException(422, "Unprocessable")
        errors: dict[str, list[str]] = {}
        for record in body[kind]:
            lacking = [name for name in NEEDED[kind] if not record.get(name)]
            key = f"{kind}/{record.get(NEEDED[kind][0])}"
            known = self.desk.find(key)
            if lacking or (known is None and request.method == "PATCH"):
                errors[key] = [f"{name} is missing" for name in lacking] or ["not found"]
            elif known is None:
                self.desk.keep(key, "p", record)
            else:
                self.desk.replace(key, {**json.loads(known["body"]), **record})
        count = len(body[kind]) - len(errors)
        return JSONResponse({"success": not errors, "count": count, "errors": errors, "warnings": {}})

    async def block(self, request: Request) -> Response:
        self._enter(request)
        body = await self._body(request)
        for number in body["invoice_numbers"]:
            known = self.desk.find(f"invoices/{number}")
            if known is not None:
                self.desk.replace(f"invoices/{number}", {**json.loads(known["body"]), "blocked": True})
        return JSONResponse({"success": True, "count": len(body["invoice_numbers"]), "errors": {}, "warnings": {}})

    async def invoices(self, request: Request) -> Response:
        self._enter(request)
        wanted = request.query_params.get("invoice_numbers", "").split(",")
        found = [row for number in wanted if (row := self.desk.find(f"invoices/{number}")) is not None]
        return JSONResponse({"data": [self._invoice(row) for row in found], "pagination": {"cursor": None}})

    async def case(self, request: Request) -> Response:
        self._enter(request)
        row = self.desk.by_id(request.path_params["id"].removeprefix("case-"))
        if row is None:
            raise HTTPException(404, "Not Found")
        return JSONResponse(self._case(row))

    async def payments(self, request: Request) -> Response:
        self._enter(request)
        row = self.desk.by_id(request.query_params.get("credit_case_ids", "").removeprefix("case-"))
        paid = self._paid(row) if row is not None else []
        done = {"status": "successful"}
        return JSONResponse({"data": [{"total_amount": str(one), "psp_transaction": done} for one in paid]})

    def _invoice(self, row: sqlite3.Row) -> dict[str, Any]:
        body = json.loads(row["body"])
        return {
            "id": row["id"],
            "invoice_number": body["invoice_number"],
            "open_amount": body["amount_open"],
            "total_amount": body["amount_total"],
            "credit_case_id": f"case-{row['id']}" if self.desk.days(row) >= 1 else None,
        }

    def _case(self, row: sqlite3.Row) -> dict[str, Any]:
        body, paid = json.loads(row["body"]), sum(self._paid(row), Decimal(0))
        left = max(Decimal(body["amount_open"]) - paid, Decimal(0))
        day = self.desk.state.today()
        return {
            "id": f"case-{row['id']}",
            "total_amount": body["amount_total"],
            "open_amount": str(left),
            "started_at": f"{day - timedelta(days=self.desk.days(row) - 1)}T08:00:00Z",
            "summons_1_at": f"{day}T08:00:00Z" if self.desk.days(row) >= 2 else None,
            "paused_at": f"{day}T08:00:00Z" if body.get("blocked") else None,
            "deactivated_at": f"{day}T08:00:00Z" if left == 0 else None,
        }

    def _paid(self, row: sqlite3.Row) -> list[Decimal]:
        body = json.loads(row["body"])
        debtor = self.desk.find(f"debtors/{body['debtor_number']}")
        name = json.loads(debtor["body"])["name"] if debtor is not None else ""
        return self.desk.paid(row, name, Decimal(body["amount_total"]))

    async def _body(self, request: Request) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(await request.body())
        except ValueError as problem:
            raise HTTPException(422, "Unprocessable") from problem
        return found

    def _enter(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            raise HTTPException(401, "Unauthorized")


async def _error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"code": "error", "message": error.detail}, error.status_code)
