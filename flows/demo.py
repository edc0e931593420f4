"""`voldaan demo`: half a year of invoices from export to end, against the partners' twins on loopback."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path

from connectors.sandbox.bank import Account
from flows.demo_settings import demo_settings, iban_of, rehearsal_secrets
from flows.files import write_answer
from flows.issue import file_name
from flows.monthly import month_in, write_report
from flows.rehearsal import EXPORT, Outside, outside
from flows.script import Script, load_script
from flows.settings import FILE, BadSettings
from flows.summary import Summary, summarise
from flows.workspace import Workspace, open_workspace
from receivables.dossier import archive_name
from receivables.ledger import claim_data, handovers
from receivables.ledger.database import reading

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
MARKER = ".voldaan-demo"
OFFICE_OPENS = clock_time(9, tzinfo=UTC)


@dataclass
class RehearsalClock:
    """The injected clock: nine o'clock UTC on the rehearsal's day."""

    day: date

    def __call__(self) -> datetime:
        return datetime.combine(self.day, OFFICE_OPENS)


@dataclass(frozen=True)
class Stage:
    """A rehearsal set up in a folder: the outside world answering, the house opened."""

    out: Path
    script: Script
    outside: Outside
    workspace: Workspace
    clock: RehearsalClock


def play(out: Path, *, resume: bool = False, quiet: bool = False) -> Summary:
    """Plays the whole script into `out` and writes `summary.json` there. `resume` goes on where a killed run stopped.

    Raises BadSettings where `out` holds something that is no demo: nothing that is not ours is ever removed.
    """
    started = time.monotonic()
    prepare(out, resume)
    from flows.demo_screen import Screen
    from flows.server import quiet_settings

    with stage(out) as set_up, quiet_settings(out / ".prefect"), Screen(set_up.script, quiet) as screen:
        if resume:
            recover(set_up)
        for day in days(set_up.script, done_until(out)):
            play_day(set_up, day)
            write_answer(out / ".state" / "day", day.isoformat().encode())
            screen.played(day)
        show_documents(set_up)
        summary = summarise(set_up.workspace, set_up.outside.sandbox, set_up.script.last_day, started)
        write_answer(out / "summary.json", (json.dumps(summary.as_dict(), indent=2) + "\n").encode())
        screen.end(summary)
    return summary


def prepare(out: Path, resume: bool) -> None:
    """An empty folder that is marked as a demo's, or the one that a resumed demo left."""
    if out.exists() and any(out.iterdir()):
        if not (out / MARKER).exists():
            raise BadSettings(f"{out} holds files that no demo made; choose another folder with --out")
        if resume:
            return
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    (out / MARKER).touch()


@contextmanager
def stage(out: Path) -> Iterator[Stage]:
    """The twins started and the house opened in `out`; everything goes on from what is there."""
    script = load_script(EXAMPLES / "demo" / "script.toml")
    export = json.loads((EXAMPLES / EXPORT).read_text(encoding="utf-8"))
    accounts = [
        Account(iban=iban_of(s), owner=s["name"], formats=script.sandbox.formats_of(s["ref"]))
        for s in export["sellers"]
    ]
    world = outside(script, export, out / ".state", out, accounts)
    clock = RehearsalClock(done_until(out) or script.first_day)
    os.environ.update(rehearsal_secrets())
    with world.sandbox as addresses:
        (out / "policy.toml").write_bytes((EXAMPLES / "policy.toml").read_bytes())
        write_answer(out / FILE, demo_settings(addresses, export["sellers"], script).encode())
        yield Stage(out, script, world, open_workspace(out, now=clock), clock)


def done_until(out: Path) -> date | None:
    path = out / ".state" / "day"
    return date.fromisoformat(path.read_text()) if path.exists() else None


def days(script: Script, done: date | None) -> Iterator[date]:
    """The weekdays that are still to be played."""
    day = done + timedelta(days=1) if done else script.first_day
    while day <= script.last_day:
        if day.weekday() < 5:
            yield day
        day += timedelta(days=1)


def recover(stage: Stage) -> None:
    """What a killed run left half done: its leases have run out, its flow runs have crashed."""
    from flows.prefect_flows import mark_crashed
    from receivables.ledger.dispatch import expire_leases

    expire_leases(stage.workspace.engine, stage.clock() + timedelta(hours=1), on=stage.clock.day)
    mark_crashed()


def play_day(stage: Stage, day: date) -> None:
    """One day: what the outside does, then the day's work, as an operator sees it in Prefect."""
    from flows import prefect_flows

    stage.clock.day = day
    prefect_flows.use(stage.workspace)
    root = str(stage.out.resolve())
    export = stage.outside.begin(stage.workspace, day)
    if export is not None:
        with prefect_flows.tags("erp"):
            prefect_flows.take_in(root=root, file=str(export), on=day)
    stage.outside.decide(stage.workspace, day)
    with prefect_flows.tags("follow-up", *(seller.ref for seller in stage.workspace.settings.sellers)):
        prefect_flows.follow_up(root=root, on=day)


def show_documents(stage: Stage) -> None:
    """Lays out what there is to look at: `ubl/`, `paper/`, `claims/`, and the report of the last whole month."""
    workspace = stage.workspace
    with reading(workspace.engine) as connection:
        documents = claim_data.all_documents(connection)
        claims = handovers.dossiers(connection)
    for _, number, ubl, paper in documents:
        name = file_name(number)
        write_answer(stage.out / "ubl" / f"{name}.xml", workspace.store.get(ubl))
        write_answer(stage.out / "paper" / f"{name}.pdf", workspace.store.get(paper))
    for key, content in claims:
        write_answer(stage.out / "claims" / archive_name(key, ".zip"), workspace.store.get(content))
    last = stage.script.last_day
    write_report(workspace, month_in(f"{last - timedelta(days=last.day):%Y-%m}"), stage.out)
