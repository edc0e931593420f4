"""`voldaan webhooks`: takes the calls of partners. Each is checked, kept as a row, answered, and then looked into.

A call is a hint and never the truth: what it is about is read again at the partner. Whoever cannot prove to be the
partner learns nothing, not even whether the address exists. Further routes join `ROUTES`.
"""

from __future__ import annotations

import hmac
import logging
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from sqlalchemy import text
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.peppol.providers import PROVIDERS
from connectors.ports import BadWebhook
from flows import agency_calls, approvals_app, hints
from flows.credit_app import ROUTE as CREDIT_CHECK
from flows.following import follow_hints
from flows.mail_reports import settle_reports
from flows.mail_webhook import MAIL
from flows.receipts import catch_up
from flows.settings import BadSettings
from flows.webhook_guard import LARGEST, Guard
from flows.workspace import Workspace, open_workspace
from receivables.ledger import journal
from receivables.ledger.database import reading, writing
from receivables.ledger.tasks import open_task

PATH_TOKEN = "x-path-token"  # noqa: S105 - a partner that signs nothing proves itself by the path's last part
LOOK_EVERY = 60.0  # seconds: what another worker left behind when it died is taken up
log = logging.getLogger("voldaan.webhooks")


class Refused(Exception):
    """The caller did not prove to be a partner; the reason is for us, never for the caller."""


async def access_point(request: Request) -> Response:
    """POST /webhooks/{seller}/{provider}[/{token}]"""
    body = await request.body()
    headers = {name.lower(): value for name, value in request.headers.items() if name.lower() != PATH_TOKEN}
    if "token" in request.path_params:
        headers[PATH_TOKEN] = request.path_params["token"]
    seller, provider = request.path_params["seller"], request.path_params["provider"]
    workspace: Workspace = request.app.state.workspace
    try:
        new = await run_in_threadpool(take, workspace, seller, provider, headers, body)
    except Refused as refused:
        await run_in_threadpool(tell, workspace, seller, provider, str(refused), request.app.state.told)
        return JSONResponse({"detail": "Unauthorized"}, 401)
    except BadSettings as problem:
        log.error("a call of %s for %s cannot be checked: %s", provider, seller, problem)
        return JSONResponse({"detail": "Service Unavailable"}, 503)
    if new:
        request.app.state.wake.set()
    return Response(status_code=204)


async def health(request: Request) -> Response:
    """GET /health: 200 while the ledger answers."""
    try:
        await run_in_threadpool(ask_ledger, request.app.state.workspace)
    except Exception:
        log.exception("the ledger does not answer")
        return JSONResponse({"ok": False}, 503)
    return JSONResponse({"ok": True})


def ask_ledger(workspace: Workspace) -> None:
    with reading(workspace.engine) as connection:
        connection.execute(text("SELECT 1"))


ROUTES = (
    Route("/webhooks/{seller}/{provider}", access_point, methods=["POST"]),
    Route("/webhooks/{seller}/{provider}/{token}", access_point, methods=["POST"]),
    Route("/health", health, methods=["GET"]),
    MAIL,
    *agency_calls.ROUTES,
    *approvals_app.ROUTES,
    CREDIT_CHECK,
)


def take(workspace: Workspace, seller: str, provider: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Keeps a call that proves to be the partner's; False for a replay. Raises Refused or BadSettings."""
    if not any(one.ref == seller and one.peppol for one in workspace.settings.sellers):
        raise Refused
    if workspace.provider(seller)[0] != provider:
        raise Refused
    partner = workspace.peppol(seller)
    try:
        event = partner.verify_webhook(headers, body, workspace.now())
    except BadWebhook as problem:
        raise Refused(str(problem)) from problem
    return hints.call(workspace, seller, provider, event, body, headers)


async def most_of(workspace: Workspace, path: str) -> int:
    """How many bytes a call to `path` may have: more than a hint only where the path itself proves the partner."""
    parts = path.strip("/").split("/")
    known = PROVIDERS.get(parts[2]) if len(parts) == 4 and parts[0] == "webhooks" else None
    if known is None or known.largest_call <= LARGEST:
        return LARGEST
    proven = await run_in_threadpool(is_secret_of, workspace, parts[1], parts[2], parts[3])
    return known.largest_call if proven else LARGEST


def is_secret_of(workspace: Workspace, seller: str, provider: str, token: str) -> bool:
    """Whether `token` is the webhook_secret that this seller has at this provider."""
    try:
        name, chosen = workspace.provider(seller)
        secret = chosen.webhook_secret.value() if chosen.webhook_secret and name == provider else ""
    except BadSettings:
        return False
    return bool(secret) and hmac.compare_digest(secret.encode(), token.encode())


def tell(workspace: Workspace, seller: str, provider: str, problem: str, told: set[str]) -> None:
    """One task per day, however many calls are refused: either the secret is wrong, or somebody tries.

    `told` are the keys that this process knows already; nothing is told of addresses that do not exist.
    """
    on = workspace.today
    key = f"webhook_refused:{seller}/{provider}:{on}"[:120]
    if not problem or key in told:
        return
    text = (
        f"A call to the webhook of {provider} for seller '{seller}' was refused: {problem}. If it was {provider}, mend "
        f"webhook_secret in voldaan.toml; if not, nothing was done. Further ones of {on} are not told."
    )
    with writing(workspace.engine) as connection:
        open_task(connection, key=key, kind="webhook_refused", text=text, on=on)
    told.add(key)
    log.warning("refused a call to the webhook of %s for %s: %s", provider, seller, problem)


def look_into(workspace: Workspace, wake: threading.Event, stopped: Callable[[], bool]) -> None:
    """Reads the truth behind every hint that waits: at the start, at every call, and from time to time."""
    while not stopped():
        wake.clear()
        try:
            on = workspace.today
            settled = settle_reports(workspace, on)
            if follow_hints(workspace, on) or settled:
                catch_up(workspace, on)
            journal.seal(workspace.engine)
        except Exception:  # the row stays, and is looked into again
            log.exception("what a call hinted at could not be looked into")
        if not stopped():
            wake.wait(LOOK_EVERY)


def application(workspace: Workspace) -> Starlette:
    """The app of one process. Several may share a ledger: a hint is a row, and looked into twice it does no harm."""
    wake, stop = threading.Event(), threading.Event()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        reader = threading.Thread(target=look_into, args=(workspace, wake, stop.is_set), daemon=True)
        reader.start()
        yield
        stop.set()
        wake.set()
        with suppress(RuntimeError):
            await run_in_threadpool(reader.join, 30.0)

    app = Starlette(
        routes=list(ROUTES), middleware=[Middleware(Guard, most=partial(most_of, workspace))], lifespan=lifespan
    )
    app.state.workspace, app.state.wake, app.state.told = workspace, wake, set()
    return app


def from_environment() -> Starlette:
    """For a server's worker process: the installation in VOLDAAN_ROOT."""
    return application(open_workspace())


def serve(root: Path, host: str, port: int, workers: int) -> None:
    """Answers until it is stopped. Paths can hold secrets, so no call is logged."""
    import os

    import uvicorn

    from flows.workspace import ROOT

    os.environ[ROOT] = str(root)
    uvicorn.run(
        "flows.webhooks:from_environment",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,
        server_header=False,
        limit_concurrency=200,
        timeout_keep_alive=5,
        log_level="warning",
    )
