"""The ERP asks before it sells: GET /credit-check/{seller}/{customer}, with a bearer token.

Query: `amount` (what is to be sold now), `ordered` (ordered and not yet invoiced), both as 1000.00. Answers 200 with
the verdict as JSON (`ok`, `beyond_cover`, `prepayment`, `hold`), 401, 404 for a customer who is not known, 422 for an
amount that is none. Reads the ledger only.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from flows.credit_check import as_dict, credit_check
from flows.workspace import Workspace
from receivables.ledger.lookup import NotFound

MOST = Decimal("1e12")


class NoAmount(ValueError):
    """One sentence."""


def credit_routes(opened: Callable[[], Workspace]) -> list[Route]:
    """The route, to be mounted beside others; `opened` gives the installation for each question."""

    async def ask(request: Request) -> Response:
        return await run_in_threadpool(answer, opened(), request)

    return [Route("/credit-check/{seller}/{customer}", ask, methods=["GET"])]


def credit_app(workspace: Workspace) -> Starlette:
    """An application of this one route."""
    return Starlette(routes=credit_routes(lambda: workspace))


def answer(workspace: Workspace, request: Request) -> Response:
    token = workspace.settings.erp.token
    if token is None or not allowed(request.headers.get("authorization", ""), token.value()):
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
