"""What the credit insurers' twins share: the script they play, and holding what they get, once per key."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.sandbox.state import State, next_number, receive

REFUSAL = "the policy does not cover this buyer"


@dataclass(frozen=True, slots=True, kw_only=True)
class InsurerScript:
    """What the insurer does with what it gets; days count from the day on which it got it."""

    limits: Mapping[str, Decimal] = field(default_factory=dict)  # by its own number of the buyer
    withdrawn: Mapping[str, date] = field(default_factory=dict)
    refused: Collection[str] = ()  # buyers on whom it refuses what it can refuse, late
    referred: int = 0  # days that it thinks about a limit, an extension or a rescheduling
    decides: int = 7  # days until a claim is approved
    pays: int = 10  # days until it is paid
    percentage: Decimal = Decimal(90)


def take(
    state: State, partner: str, kind: str, key: str, body: bytes, prefix: str, receipt: str = ""
) -> tuple[sqlite3.Row, bool]:
    """Holds `body` under `key`; its row, and whether it was held before. 409 for another body under the key."""
    digest = hashlib.sha256(body).hexdigest()
    known = state.row("select * from filing where partner = ? and key = ?", partner, key)
    if known is not None and known["sha256"] != digest:
        raise HTTPException(409, "another report is held under this key")
    today = state.today().isoformat()
    with state.write() as db:
        number = next_number(db, "filing")
        reference = known["id"] if known else f"{prefix}-{number:05d}"
        receive(db, "insurer", key, receipt + reference, state.today())
        if known is None:
            row = (reference, number, partner, kind, key, digest, body, today)
            db.execute("insert into filing values (?, ?, ?, ?, ?, ?, ?, ?)", row)
    found = state.row("select * from filing where id = ?", reference)
    assert found is not None
    return found, known is not None


async def error(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    return JSONResponse({"detail": problem.detail}, problem.status_code)
