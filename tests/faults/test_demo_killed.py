"""The demo dies by SIGKILL at ten random moments and is started again: the story ends as if nothing had happened."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from connectors.sandbox.sandbox import Sandbox
from flows.demo import MARKER, days, done_until
from flows.script import load_script
from receivables.dossier import verify as verify_dossier
from receivables.ledger import tables
from receivables.ledger.database import open_ledger, reading
from receivables.ledger.journal import verify

TOP = Path(__file__).parents[2]
PLAYED = list(days(load_script(TOP / "examples" / "demo" / "script.toml"), None))
PATIENCE = 300  # seconds without a day played


def demo(out: Path, *options: str) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-c",
        "from flows.cli import main; main()",
        "demo",
        "--out",
        str(out),
        "--quiet",
        *options,
    ]
    return subprocess.Popen(command, cwd=TOP)


def story(out: Path) -> dict[str, Any]:
    """`summary.json` without how long it took."""
    summary: dict[str, Any] = json.loads((out / "summary.json").read_text())
    del summary["seconds"]
    return summary


def kill_after(process: subprocess.Popen[bytes], out: Path, day: date | None, seconds: float) -> None:
    """SIGKILL `seconds` after `day` was played, without a day after the start; what it had started ends with it."""
    until = time.monotonic() + PATIENCE
    while day is not None and (done_until(out) or date.min) < day and process.poll() is None:
        assert time.monotonic() < until, f"{day} was not reached"
        time.sleep(0.01)
    time.sleep(seconds)
    started = children(process.pid)
    process.kill()
    process.wait(timeout=60)
    until = time.monotonic() + 30
    while any(Path(f"/proc/{pid}").exists() for pid in started):
        assert time.monotonic() < until, f"{started} still run"
        time.sleep(0.1)


def moments(seed: int) -> list[tuple[date | None, float]]:
    """Ten of them: one while it starts, one about the last day, eight anywhere between."""
    chance = random.Random(seed)
    between = sorted(chance.sample(PLAYED[:-1], 8))
    return [
        (None, chance.uniform(0.1, 8)),
        *((day, chance.uniform(0, 1)) for day in between),
        (PLAYED[-1], chance.uniform(0, 2)),
    ]


def children(pid: int) -> list[int]:
    """The processes that `pid` started and that run still, as Linux tells them."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [20260105])
def test_killed_at_ten_random_moments_the_demo_ends_as_if_nothing_had_happened(tmp_path: Path, seed: int) -> None:
    killed, quiet = tmp_path / "killed", tmp_path / "quiet"
    for number, (day, seconds) in enumerate(moments(seed)):
        print(f"kill {number + 1}: {seconds:.2f} s after {day or 'the start'}")
        process = demo(killed, *(["--resume"] if (killed / MARKER).exists() else []))
        kill_after(process, killed, day, seconds)
        assert process.returncode in (-signal.SIGKILL, 0), "0 where the end came first"
    assert demo(killed, "--resume").wait(timeout=600) == 0
    assert demo(quiet).wait(timeout=600) == 0

    assert story(killed) == story(quiet)
    assert (story(killed)["dispatches"]["twice"], story(killed)["dispatches"]["lost"]) == (0, 0)
    assert_left_nothing_half_done(killed)
    assert_no_run_goes_on(killed)
    for folder in ("ubl", "paper", "peppol"):
        assert shown(killed / folder) == shown(quiet / folder), folder
    assert all(verify_dossier(claim).ok for claim in shown(killed / "claims").values())


def shown(folder: Path) -> dict[str, bytes]:
    """What anybody who looks finds there; a hidden file is one that was being written."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


def assert_left_nothing_half_done(out: Path) -> None:
    assert Sandbox(out / ".state", out=out).duplicates() == 0
    engine = open_ledger(f"sqlite:///{out}/ledger.db")
    with reading(engine) as connection:
        assert verify(connection).ok
        open_states = set(connection.scalars(select(tables.dispatches.c.state)))
    assert open_states <= {"delivered", "submitted", "not_delivered", "withdrawn"}
    assert shown(out / "inbox") == shown(out / "bank" / "inbox") == {}


def assert_no_run_goes_on(out: Path) -> None:
    """In Prefect every run has an end: the days that were killed crashed, and were played again."""
    with closing(sqlite3.connect(out / ".prefect" / "prefect.db")) as prefect:
        flows = prefect.execute("select name, state_type from flow_run").fetchall()
        tasks = {state for (state,) in prefect.execute("select state_type from task_run")}
    assert {state for _, state in flows} | tasks <= {"COMPLETED", "CRASHED"}
    completed = {name for name, state in flows if state == "COMPLETED"}
    assert completed >= {f"follow-up {day}" for day in PLAYED}
