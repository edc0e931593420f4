"""Deciding over HTTP, as the form and the terminal do: for an ERP's own screen.

GET /approvals              what waits, as a list
GET /approvals/{id}         one request
POST /approvals/{id}        {"decision", "approver", "code", "reason", "until"}: 200 where the vote was taken, 409 with
                            the sentence where nothing was decided, 422 for a body that is none
Each with the bearer token that `[approval] token` names. Without one there is no such address: 404.
"""

from __future__ import annotations

import hmac
import json
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from flows.console import plain
from flows.deciding import one_request, waiting
from flows.hand_over import decide
from flows.workspace import Workspace
from receivables.approval import Decision, Signature
from receivables.ledger.lookup import NotFound

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]


class Vote(BaseModel):
    """The body of a decision."""

    model_config = ConfigDict(extra="forbid")

    decision: Decision
    approver: Words
    code: Words
    reason: Words = ""
    until: date | None = None


async def requests(request: Request) -> Response:
    return await run_in_threadpool(listed, request)


async def one(request: Request) -> Response:
    body = await request.body()
    return await run_in_threadpool(answered, request, body)


ROUTES = (
    Route("/approvals", requests, methods=["GET"]),
    Route("/approvals/{id:int}", one, methods=["GET", "POST"]),
)


def listed(request: Request) -> Response:
    workspace: Workspace = request.app.state.workspace
    if (no := refused(workspace, request)) is not None:
        return no
    return as_json([found.as_dict() for found in waiting(workspace)])


def answered(request: Request, body: bytes) -> Response:
    workspace: Workspace = request.app.state.workspace
    if (no := refused(workspace, request)) is not None:
        return no
    number = request.path_params["id"]
    try:
        found = one_request(workspace, number)
        if request.method == "GET":
            return as_json(found.as_dict())
        vote = Vote.model_validate_json(body)
    except NotFound as problem:
        return JSONResponse({"detail": str(problem)}, 404)
    except ValidationError as problem:
        first = problem.errors()[0]
        return JSONResponse({"detail": f"{'.'.join(map(str, first['loc'])) or 'the body'}: {first['msg']}"}, 422)
    decided = decide(workspace, number, Signature(**vote.model_dump()), workspace.today)
    said = {"id": number, "state": decided.state, "taken": decided.taken, "sentence": decided.sentence}
    return JSONResponse(said, 200 if decided.taken else 409)


def as_json(answer: object) -> Response:
    return Response(json.dumps(answer, default=plain), media_type="application/json")


def refused(workspace: Workspace, request: Request) -> Response | None:
    """The answer to a caller without the token; None for one that has it."""
    token = workspace.settings.approval.token
    if token is None:
        return JSONResponse({"detail": "Not Found"}, 404)
    given = request.headers.get("authorization", "")
    if hmac.compare_digest(given.encode(), f"Bearer {token.value()}".encode()):
        return None
    return JSONResponse({"detail": "a bearer token is needed"}, 401, headers={"WWW-Authenticate": "Bearer"})
