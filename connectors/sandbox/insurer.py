"""A credit insurer on loopback that acknowledges a report of overdue accounts at once, with a reference."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.sandbox.state import State, next_number, receive

CATEGORIES = {"OVD", "EXP", "RES"}


@dataclass(frozen=True, slots=True)
class Insurer:
    state: State
    token: str

    def app(self) -> Starlette:
        routes = [
            Route("/overdues", self.overdues, methods=["GET", "POST"]),
            Route("/overdues/{reference}", self.overdue, methods=["GET"]),
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: _error})

    async def overdues(self, request: Request) -> Response:
        self._allowed(request)
        if request.method == "GET":
            rows = self.state.rows("select * from overdue where key = ?", request.query_params.get("key", ""))
            return JSONResponse({"items": [_shown(row) for row in rows]})
        key, body = request.headers.get("idempotency-key", ""), await request.body()
        if not key:
            raise HTTPException(400, "Idempotency-Key is missing")
        _check(body)
        digest = hashlib.sha256(body).hexdigest()
        known = self.state.row("select * from overdue where key = ?", key)
        if known is not None and known["sha256"] != digest:
            raise HTTPException(409, "another report is held under this key")
        today = self.state.today()
        with self.state.write() as db:
            reference = known["id"] if known else f"OD-{next_number(db, 'overdue'):05d}"
            receive(db, "insurer", key, reference, today)
            if known is None:
                db.execute(
                    "insert into overdue values (?, ?, ?, ?, ?)", (reference, key, digest, body, today.isoformat())
                )
        return JSONResponse(_shown(self._find(reference)), 200 if known else 201)

    async def overdue(self, request: Request) -> Response:
        self._allowed(request)
        return JSONResponse(_shown(self._find(request.path_params["reference"])))

    def _find(self, reference: str) -> sqlite3.Row:
        row = self.state.row("select * from overdue where id = ?", reference)
        if row is None:
            raise HTTPException(404, "Overdue not found")
        return row

    def _allowed(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            raise HTTPException(401, "Unauthorized")


def _check(body: bytes) -> None:
    """422 with a sentence unless this is a report with a known category and at least one dated, positive amount."""
    try:
        report = json.loads(body)
        if report["overdueCategoryTypeCode"] not in CATEGORIES:
            raise HTTPException(422, f"overdueCategoryTypeCode must be one of {', '.join(sorted(CATEGORIES))}")
        if not report["policyId"] or not report["buyer"]["companyId"] or not report["overdues"]:
            raise HTTPException(422, "policyId, buyer.companyId and overdues must not be empty")
        for overdue in report["overdues"]:
            date.fromisoformat(overdue["originalDueDate"])
            if Decimal(overdue["openAmount"]) <= 0:
                raise HTTPException(422, f"openAmount of {overdue['invoiceNumber']} must be positive")
    except (ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise HTTPException(422, f"not a report: {type(error).__name__} {error}"[:200]) from error


def _shown(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "reference": row["id"],
        "key": row["key"],
        "status": "ACKNOWLEDGED",
        "acknowledgedOn": row["taken_on"],
        "message": None,
    }


async def _error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"detail": error.detail}, error.status_code)
