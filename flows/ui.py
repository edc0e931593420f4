"""`voldaan ui`: Prefect's server with the deployments served, the sandbox partners, and a demo's data to look at."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

from rich.console import Console

from flows import demo, server
from flows.demo_settings import rehearsal_secrets
from flows.prefect_flows import start_hand_over
from flows.workspace import Workspace
from receivables.approval import one_time_code
from receivables.ledger import approvals
from receivables.ledger.database import reading


def serve(out: Path, port: int | None = None, *, console: Console | None = None) -> None:
    """Shows the demo in `out` (played first where there is none) until the process is told to stop."""
    screen = console or Console()
    if not (out / "summary.json").exists():
        demo.play(out, resume=(out / demo.MARKER).exists())
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with demo.stage(out) as stage, server.start(out / ".prefect", port) as running:
        os.environ.update(rehearsal_secrets())
        server.register(running, out, schedules=False)
        with server.start_worker(running):
            waiting = ask_again(stage.workspace, running, out)
            tell(screen, running.ui_url, stage.workspace, waiting)
            stop.wait()
    screen.print("Stopped.")


def ask_again(workspace: Workspace, running: server.RunningServer, out: Path) -> list[approvals.Approval]:
    """Every request that the ledger has open gets its flow run, once: the ledger knows, Prefect only asks."""
    with reading(workspace.engine) as connection:
        waiting = approvals.pending(connection)
    with server.settings_of(running):
        for asked in waiting:
            start_hand_over(str(out.resolve()), asked.id)
    return waiting


def tell(screen: Console, url: str, workspace: Workspace, waiting: list[approvals.Approval]) -> None:
    """The address, and for a rehearsal the codes that the approvers got by mail."""
    screen.print(f"Prefect's UI: [bold]{url}[/bold]   (stop with Ctrl-C)", highlight=False)
    for asked in waiting:
        numbers = ", ".join(asked.details["numbers"])
        screen.print(f"Waiting for a person: hand-over {asked.id} of {asked.debtor_ref} ({numbers}).", highlight=False)
        for approver in workspace.settings.approvers:
            code = one_time_code(approver.secret.value(), approver.name, asked.key, asked.shown)
            screen.print(f"  {approver.name}'s one-time code, as in the mail: [bold]{code}[/bold]", highlight=False)
