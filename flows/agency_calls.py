"""The calls of collection partners: checked, kept as a row, answered; then the claim is read again at the partner."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.ports import BadWebhook
from flows import hints
from flows.handover_following import follow_one
from flows.settings import BadSettings
from flows.workspace import Workspace
from receivables.ledger import handovers
from receivables.ledger.database import reading, writing
from receivables.ledger.hints import Hint
from receivables.ledger.tasks import open_task

PREFIX = "agency/"  # before the partner's name, where other hints have the name of an access point
PATH_TOKEN = "x-path-token"  # noqa: S105 - a partner that signs nothing proves itself by the path's last part
log = logging.getLogger("voldaan.webhooks")


async def agency(request: Request) -> Response:
    """POST /agencies/{name}[/{token}]: 204 kept, 401 not proven to be the partner's."""
    body = await request.body()
    headers = {name.lower(): value for name, value in request.headers.items() if name.lower() != PATH_TOKEN}
    if "token" in request.path_params:
        headers[PATH_TOKEN] = request.path_params["token"]
    workspace: Workspace = request.app.state.workspace
    try:
        new = await run_in_threadpool(take, workspace, request.path_params["name"], headers, body)
    except BadWebhook as problem:
        name, told = request.path_params["name"], request.app.state.told
        await run_in_threadpool(tell, workspace, name, str(problem), told)
        return JSONResponse({"detail": "Unauthorized"}, 401)
    if new:
        request.app.state.wake.set()
    return Response(status_code=204)


ROUTES = (
    Route("/agencies/{name}", agency, methods=["POST"]),
    Route("/agencies/{name}/{token}", agency, methods=["POST"]),
)


def take(workspace: Workspace, name: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Keeps a call that proves to be the partner's; False for a replay. Raises BadWebhook."""
    try:
        event = workspace.agency(name).verify_webhook(headers, body, workspace.now())
    except BadSettings as problem:
        raise BadWebhook(str(problem)) from problem
    return hints.call(workspace, "", f"{PREFIX}{name}"[:40], event, body, headers)


def tell(workspace: Workspace, name: str, problem: str, told: set[str]) -> None:
    """One task per partner and day, however many calls are refused: either the secret is wrong, or somebody tries.

    `told` are the keys that this process knows already; nothing is told of partners that do not exist.
    """
    log.warning("refused a call for an agency: %s", problem)
    on = workspace.today
    key = f"webhook_refused:{PREFIX}{name}:{on}"
    if key in told or not any(one.name == name for one in workspace.settings.agencies):
        return
    text = (
        f"A call to the webhook of {name} was refused: {problem}. If it was {name}, mend its webhook_secret in "
        f"voldaan.toml; if not, nothing was done. Further ones of {on} are not told."
    )
    with writing(workspace.engine) as connection:
        open_task(connection, key=key[:120], kind="webhook_refused", text=text, on=on)
    told.add(key)


def is_of_agency(hint: Hint) -> bool:
    return hint.provider.startswith(PREFIX)


def look_into(workspace: Workspace, hint: Hint, on: date) -> list[str]:
    """Reads at the partner how the claim stands that the call was about, or all its claims where it named none."""
    with reading(workspace.engine) as connection:
        found = [one for one in handovers.under_way(connection) if f"{PREFIX}{one.partner}"[:40] == hint.provider]
        ids = handovers.partner_ids(connection, [one.id for one in found])
    moved = [
        one for one in found if hint.partner_id in (None, ids[one.id]) and follow_one(workspace, one, ids[one.id], on)
    ]
    return ["handover"] * len(moved)
