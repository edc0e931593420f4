"""Debitura on loopback: the Customer API under /v1, in the shapes of its published client 1.0.0.

A case is verified the day after it was opened and active then; what it asks, and what is paid to it, the script says by
the debtor's name. It closes as Paid, or, when a message takes the claim back, with a close code of its own.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.sandbox.case_desk import CaseDesk

PARTNER = "debitura"
KEY, USER = "sandbox-debitura-key", "nadia@seller.example"
ALLOWED = (".pdf", ".xls", ".xlsx", ".csv", ".txt", ".jpg", ".jpeg", ".png", ".gif")
RECALLED = "We take this claim back"


@dataclass(frozen=True, slots=True)
class DebituraTwin:
    desk: CaseDesk

    def app(self) -> Starlette:
        routes = [
            Route("/v1/me", self.me, methods=["GET"]),
            Route("/v1/cases", self.open, methods=["POST"]),
            Route("/v1/cases/by-creditor-reference/{reference}", self.by_reference, methods=["GET"]),
            Route("/v1/cases/{id}", self.case, methods=["GET"]),
            Route("/v1/cases/{id}/files", self.files, methods=["GET", "POST"]),
            Route("/v1/cases/{id}/chats", self.chats, methods=["GET", "POST"]),
            Route("/v1/cases/{id}/payments", self.payments, methods=["GET"]),
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: _error})

    def complaint(self, words: str) -> object:
        return {"error": words, "message": words}

    async def me(self, request: Request) -> Response:
        self._enter(request)
        return JSONResponse({"name": "Sandbox"})

    async def open(self, request: Request) -> Response:
        self._enter(request)
        try:
            body: dict[str, Any] = json.loads(await request.body())
            lacking = [name for name in ("currencyCode", "amountToRecover", "debtor") if not body.get(name)]
            lacking += [name for name in ("type", "name") if not (body.get("debtor") or {}).get(name)]
        except (ValueError, AttributeError) as problem:
            raise HTTPException(400, "The body is no JSON object") from problem
        reference = body.get("creditorReference") or ""
        if lacking or len(reference) > 50:
            raise HTTPException(400, f"Validation failed: {', '.join(lacking) or 'creditorReference'}")
        known = self.desk.find(reference)
        if known is not None and json.loads(known["body"]) != body:
            raise HTTPException(422, "IdempotencyConflict: the key was used with another body")
        row, _ = self.desk.keep(reference, "0b7f3c1e-0000-4000-8000-0000000", body)
        return JSONResponse(self._shown(row))

    async def by_reference(self, request: Request) -> Response:
        self._enter(request)
        row = self.desk.find(request.path_params["reference"])
        if row is None:
            raise HTTPException(404, "Case not found")
        return JSONResponse(self._shown(row))

    async def case(self, request: Request) -> Response:
        return JSONResponse(self._shown(self._row(request)))

    async def files(self, request: Request) -> Response:
        row = self._row(request)
        if request.method == "GET":
            found = self.desk.items(row["id"], "file")
            return JSONResponse([{"id": str(n), "fileName": one["name"]} for n, one in enumerate(found, 1)])
        async with request.form() as form:
            file = form["file"]
            if isinstance(file, str) or not (file.filename or "").lower().endswith(ALLOWED):
                raise HTTPException(415, "This type of file is not allowed")
            self.desk.add(row["id"], "file", file.filename or "", await file.read())
            return JSONResponse({"fileName": file.filename, "documentType": form.get("documentType")})

    async def chats(self, request: Request) -> Response:
        row = self._row(request)
        if request.method == "GET":
            found = self.desk.items(row["id"], "chat")
            return JSONResponse([{"id": str(n), "message": one["content"].decode()} for n, one in enumerate(found, 1)])
        body = json.loads(await request.body())
        if body.get("userEmail") != USER or not body.get("message"):
            raise HTTPException(400, "userEmail must be an active member of your team")
        self.desk.add(row["id"], "chat", body["message"][-20:], body["message"].encode())
        return JSONResponse({"message": body["message"]})

    async def payments(self, request: Request) -> Response:
        row = self._row(request)
        paid = self._paid(row)
        found = [{"id": str(n), "grossAmount": float(one), "recipient": "Partner"} for n, one in enumerate(paid, 1)]
        return JSONResponse({"payments": found})

    def _paid(self, row: sqlite3.Row) -> list[Decimal]:
        body = json.loads(row["body"])
        return self.desk.paid(row, body["debtor"]["name"], Decimal(str(body["amountToRecover"])))

    def _shown(self, row: sqlite3.Row) -> dict[str, Any]:
        body = json.loads(row["body"])
        total, paid = Decimal(str(body["amountToRecover"])), sum(self._paid(row), Decimal(0))
        said = [one["content"].decode() for one in self.desk.items(row["id"], "chat")]
        lifecycle, close_code = ("PendingVerification" if self.desk.days(row) < 1 else "Active"), None
        answered = len([one for one in said if RECALLED not in one]) > 1  # the first one brings the documents
        if lifecycle == "Active" and body["debtor"]["name"] in self.desk.asking and not answered:
            lifecycle = "NeedsAdditionalDetails"
        if any(RECALLED in one for one in said):
            lifecycle, close_code = "Closed", "ClosedByCreditor"
        if paid >= total:
            lifecycle, close_code = "Closed", "Paid"
        return {
            "id": row["id"],
            "creditorReference": row["key"],
            "lifecycle": lifecycle,
            "closeCode": close_code,
            "currency": body["currencyCode"],
            "grossAmount": float(total),
            "remainder": float(total - paid),
            "disputeStatus": None,
        }

    def _row(self, request: Request) -> sqlite3.Row:
        self._enter(request)
        row = self.desk.by_id(request.path_params["id"])
        if row is None:
            raise HTTPException(404, "Case not found")
        return row

    def _enter(self, request: Request) -> None:
        if request.headers.get("xapikey") != KEY:
            raise HTTPException(401, "Unauthorized")


async def _error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail, "message": error.detail}, error.status_code)
