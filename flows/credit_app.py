"""The ERP asks before it sells: GET /credit-check/{seller}/{customer}, with a bearer token.

Query: `amount` (what is to be sold now), `ordered` (ordered and not yet invoiced), both as 1000.00. Answers 200 with
the verdict as JSON (`ok`, `beyond_cover`, `prepayment`, `hold`), 401, 404 for a customer who is not known, 422 for an
amount that is none. Reads the ledger only.
"""

from __future__ import annotations

import hmac
import logging
from decimal import Decimal, InvalidOperation

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from flows.credit_check import as_dict, credit_check
from flows.settings import BadSettings
from flows.workspace import Workspace
from receivables.ledger.lookup import NotFound

MOST = Decimal("1e12")
log = logging.getLogger("voldaan.credit_check")


class NoAmount(ValueError):
    """One sentence."""


async def credit_route(request: Request) -> Response:
    """GET /credit-check/{seller}/{customer}, in an application whose state has the `workspace`."""
    return await run_in_threadpool(answer, request.app.state.workspace, request)


ROUTE = Route("/credit-check/{seller}/{customer}", credit_route, methods=["GET"])


def answer(workspace: Workspace, request: Request) -> Response:
    named = workspace.settings.erp.token
    try:
        token = named.value() if named is not None else ""
    except BadSettings as problem:
        log.error("nobody can be asked for a credit check: %s", problem)
        return JSONResponse({"detail": "Service Unavailable"}, 503)
    if not token or not allowed(request.headers.get("authorization", ""), token):
        return JSONResponse({"detail": "a bearer token is needed"}, 401, headers={"WWW-Authenticate": "Bearer"})
    try:
        ordered = request.query_params.get("ordered")
        found = credit_check(
            workspace,
            request.path_params["customer"],
            amount=amount_in(request.query_params.get("amount", "0"), "amount"),
            ordered=None if ordered is None else amount_in(ordered, "ordered"),
            seller=request.path_params["seller"],
            on=workspace.today,
        )
    except NotFound as problem:
        return JSONResponse({"detail": str(problem)}, 404)
    except NoAmount as problem:
        return JSONResponse({"detail": str(problem)}, 422)
    return JSONResponse(dict(as_dict(found)))


def allowed(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())


def amount_in(text: str, name: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount < MOST:
        raise NoAmount(f"{name} is '{text[:40]}'; write an amount as 1000.00")
    return amount
