"""The flows that an operator sees in Prefect. Each is a thin shell: when, under which name, with which artifacts.

Few flow runs, none per invoice; business data stays in the ledger. `root` is the installation's folder, by default the
one that VOLDAAN_ROOT names. A run that is started again continues where the ledger stands.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, tags, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.runtime import flow_run

from flows import artifacts, daily
from flows.approval_form import ask_person
from flows.files import waiting
from flows.monthly import month_in, write_report
from flows.reconcile import Reconciled, reconcile_file
from flows.take_in import TakenIn, take_in_file
from flows.workspace import Workspace, open_workspace
from receivables.ledger import approvals
from receivables.ledger.database import reading

Opener = Callable[[str | None], Workspace]
INBOX = "inbox"
BANK_INBOX = "bank/inbox"
_opened: dict[str | None, Workspace] = {}


def workspace_at(root: str | None) -> Workspace:
    """The installation in `root`, opened once per process."""
    if root not in _opened:
        _opened[root] = open_workspace(root)
    return _opened[root]


def use(workspace: Workspace) -> None:
    """Lets flow runs of this process work on `workspace`, with its clock: for a rehearsal."""
    _opened[str(workspace.root)] = workspace


def _file_name() -> str:
    file = flow_run.parameters.get("file")
    return f"{flow_run.flow_name} {Path(file).name if file else 'inbox'}"


def _day_name() -> str:
    return f"{flow_run.flow_name} {flow_run.parameters.get('on') or date.today()}"  # noqa: DTZ011 - a label only


@flow(name="take-in", flow_run_name=_file_name)
def take_in(root: str | None = None, file: str | None = None, on: date | None = None) -> dict[str, Any]:
    """Takes in `file`, or everything that lies in the installation's inbox."""
    workspace = workspace_at(root)
    files = [Path(file)] if file else waiting(workspace.folder(INBOX), ".json")
    taken: list[TakenIn] = [take_in_task(workspace, path, on or workspace.today) for path in files]
    rows = artifacts.refused_rows(taken)
    if rows:
        create_table_artifact(key="refused-rows", table=rows, description="Rows that were not taken in, and why")
    create_markdown_artifact(key="taken-in", markdown=artifacts.taken_in(taken), description="What the ERP sent")
    return {one.file: {a: one.count(a) for a in ("taken_in", "already_taken_in", "refused")} for one in taken}


@task(name="take in a file", task_run_name="take in {path.name}", persist_result=False)
def take_in_task(workspace: Workspace, path: Path, on: date) -> TakenIn:
    return take_in_file(workspace, path, on)


@flow(name="reconcile", flow_run_name=_file_name)
def reconcile(root: str | None = None, file: str | None = None, on: date | None = None) -> dict[str, Any]:
    """Reads a bank statement, or all that lie in `bank/inbox`, and books what they certainly pay."""
    workspace = workspace_at(root)
    files = [Path(file)] if file else waiting(workspace.folder(BANK_INBOX), "")
    read: list[Reconciled] = [reconcile_file(workspace, path, on or workspace.today) for path in files]
    create_markdown_artifact(key="reconciled", markdown=artifacts.reconciled(workspace, read))
    return {one.file: one.problem or dict(one.entries) for one in read}


@flow(name="deliver", flow_run_name=_day_name)
def deliver(root: str | None = None, on: date | None = None) -> dict[str, int]:
    """Sends what is planned and asks how everything stands that is on its way."""
    workspace = workspace_at(root)
    return dict(daily.send(workspace, on or workspace.today))


@flow(name="follow-up", flow_run_name=_day_name)
def follow_up(root: str | None = None, on: date | None = None) -> dict[str, int]:
    """The day's work: statements, deliveries, decisions, messages, hand-overs, the insurer's clock, the seal."""
    workspace = workspace_at(root)
    day = daily.play(workspace, on or workspace.today, step=_as_task)
    if day.worth_telling:
        create_markdown_artifact(
            key="follow-up", markdown=artifacts.followed_up(day), description="What was done, and why nothing was"
        )
        rows = artifacts.open_items(workspace, day.on)
        create_table_artifact(key="open-items", table=rows, description=f"Open items on {day.on}")
        page = artifacts.open_items_page(workspace, day.on)
        create_markdown_artifact(key="overview", markdown=page, description="Who owes what, how old, expected when")
        waiting_for = artifacts.tasks_table(workspace)
        create_table_artifact(key="tasks", table=waiting_for, description=f"What waits for a person on {day.on}")
    for approval in day.asked:
        start_hand_over(root, approval)
    return day.counts


def _as_task(name: str, work: Callable[[], Any]) -> Any:
    return task(name=name, task_run_name=name, persist_result=False)(work)()


def _debtor_name() -> str:
    """Which debtor of which seller, by their numbers: a run's name holds no personal data."""
    given = flow_run.parameters
    with reading(workspace_at(given.get("root")).engine) as connection:
        asked = approvals.approval(connection, int(given["approval_id"]))
    return f"{flow_run.flow_name} {asked.seller}/{asked.debtor_ref}"


def _month_name() -> str:
    return f"{flow_run.flow_name} {flow_run.parameters.get('month') or 'of the last month'}"


@flow(name="report", flow_run_name=_month_name)
def report(root: str | None = None, month: str | None = None, language: str | None = None) -> str:
    """The figures of a month (YYYY-MM, by default the last whole one) on two pages, in `reports/`; in the seller's
    language, or in nl, fr, de or en.
    """
    workspace = workspace_at(root)
    first = workspace.today.replace(day=1)
    asked = month_in(month or f"{first - timedelta(days=1):%Y-%m}")
    written = write_report(workspace, asked, workspace.folder("reports"), language=language)
    create_markdown_artifact(key="report", markdown=f"The report stands in `{written.pdf}` and `{written.html}`.")
    return str(written.pdf)


@flow(name="hand-over", flow_run_name=_debtor_name)
def hand_over(approval_id: int, root: str | None = None) -> str:
    """Waits for a person to approve or refuse a hand-over; approved, it is sent at once. Nothing happens by itself."""
    workspace = workspace_at(root)
    state = ask_person(workspace, approval_id)
    if state == "approved":
        sent = daily.send(workspace, workspace.today)
        get_run_logger().info("sent: %s", dict(sent))
    return state


def start_hand_over(root: str | None, approval_id: int) -> None:
    """A flow run of its own for the request, where deployments are served; else it waits in the ledger."""
    from prefect.deployments import run_deployment
    from prefect.exceptions import ObjectNotFound

    try:
        run_deployment(
            "hand-over/hand-over",
            parameters={"approval_id": approval_id, "root": root},
            timeout=0,
            as_subflow=False,
            idempotency_key=f"approval-{approval_id}",
        )
    except (ObjectNotFound, ValueError):
        get_run_logger().info("hand-over %s waits in the ledger: no deployment serves it", approval_id)


def mark_crashed() -> int:
    """Flow runs that a killed process left unfinished are marked as crashed; how many there were.

    Only for a Prefect home that one process has to itself: whatever is unfinished there, nobody works on.
    """
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
    from prefect.client.schemas.objects import State, StateType
    from prefect.states import Crashed

    begun = FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.PENDING])
    killed: State[None] = Crashed(message="The process was killed.")
    with get_client(sync_client=True) as client:
        left = client.read_flow_runs(flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=begun)))
        for run in left:
            client.set_flow_run_state(run.id, killed, force=True)
    return len(left)


__all__ = [
    "deliver",
    "follow_up",
    "hand_over",
    "mark_crashed",
    "reconcile",
    "start_hand_over",
    "tags",
    "take_in",
    "use",
]
