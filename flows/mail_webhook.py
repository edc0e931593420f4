"""POST /webhooks/mail: what the mail service reports by a call, kept once and settled as a report by mail is."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.mail.events import read_event
from connectors.ports import BadWebhook
from flows.mail_reports import keep
from flows.settings import BadSettings
from flows.workspace import Workspace
from receivables.ledger.database import writing
from receivables.ledger.tasks import open_task

log = logging.getLogger("voldaan.webhooks")


async def mail_event(request: Request) -> Response:
    body = await request.body()
    headers = {name.lower(): value for name, value in request.headers.items()}
    workspace: Workspace = request.app.state.workspace
    try:
        new = await run_in_threadpool(take, workspace, headers, body)
    except BadWebhook as refused:
        await run_in_threadpool(tell, workspace, str(refused))
        return JSONResponse({"detail": "Unauthorized"}, 401)
    except BadSettings as problem:
        log.error("a call of the mail service cannot be checked: %s", problem)
        return JSONResponse({"detail": "Service Unavailable"}, 503)
    if new:
        request.app.state.wake.set()
    return Response(status_code=204)


def take(workspace: Workspace, headers: Mapping[str, str], body: bytes) -> bool:
    """Keeps what a signed call reports of our mail; False for a replay or for mail of others. Raises BadWebhook."""
    secret = workspace.settings.mail.webhook_secret
    if secret is None:
        raise BadWebhook("")
    report = read_event(headers, body, secret.value(), workspace.now())
    return report is not None and keep(workspace, (report,), workspace.today) > 0


def tell(workspace: Workspace, problem: str) -> None:
    """One task a day, however many calls are refused; none where no calls are expected."""
    if not problem:
        return
    on = workspace.today
    text = (
        f"A call to /webhooks/mail was refused: {problem}. If it was your mail service, mend webhook_secret of [mail]."
    )
    with writing(workspace.engine) as connection:
        open_task(connection, key=f"webhook_refused:mail:{on}", kind="webhook_refused", text=text, on=on)


MAIL = Route("/webhooks/mail", mail_event, methods=["POST"])
