"""A worker dies by SIGKILL at every boundary, and workers share one queue: nothing is lost, nothing goes out twice."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from receivables.ledger.database import reading
from receivables.ledger.dispatch import counts
from receivables.ledger.journal import seal, verify
from tests.faults.worker import BOUNDARIES
from tests.receivables.ledgers import NOW, fresh_ledger, planned

TOP = Path(__file__).parents[2]


def start(folder: Path, now: datetime, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.faults.worker", str(folder), now.isoformat(), *options]
    return subprocess.Popen(command, cwd=TOP)


def run(folder: Path, now: datetime, *options: str) -> int:
    return start(folder, now, *options).wait(timeout=60)


def with_dispatches(folder: Path, number: int) -> Engine:
    engine = fresh_ledger(folder)
    for n in range(number):
        planned(engine, subject=str(n))
    return engine


def taken(folder: Path) -> Counter[str]:
    """How often the partner has each dispatch."""
    return Counter(path.name.split(".")[0] for path in (folder / "partner").glob("*"))


def report(engine: Engine) -> dict[str, Any]:
    seal(engine)
    with reading(engine) as connection:
        assert verify(connection).ok
        return counts(connection)


def assert_each_exactly_once(engine: Engine, folder: Path, number: int) -> None:
    at_partner = taken(folder)
    assert (len(at_partner), max(at_partner.values())) == (number, 1)  # nothing lost, nothing twice
    found = report(engine)
    assert found["states"]["delivered"] + found["states"]["submitted"] == number
    assert (found["twice"], found["awaiting_person"]) == (0, [])


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_after_a_kill_the_next_worker_finishes_the_work(tmp_path: Path, boundary: str) -> None:
    engine = with_dispatches(tmp_path, 3)
    number = 1 if boundary == "before_seal" else 2
    assert run(tmp_path, NOW, "--die", f"{boundary}:{number}") == -signal.SIGKILL
    assert run(tmp_path, NOW + timedelta(minutes=6)) == 0
    assert_each_exactly_once(engine, tmp_path, 3)


@pytest.mark.parametrize(("boundary", "at_partner"), [("after_claim", 2), ("inside_call", 3), ("before_settle", 3)])
def test_where_the_partner_cannot_tell_the_one_in_doubt_is_named(
    tmp_path: Path, boundary: str, at_partner: int
) -> None:
    engine = with_dispatches(tmp_path, 3)
    assert run(tmp_path, NOW, "--mute", "--die", f"{boundary}:2") == -signal.SIGKILL
    assert run(tmp_path, NOW + timedelta(minutes=6), "--mute") == 0
    found = report(engine)
    assert (found["delivered"], found["awaiting_person"]) == (2, ["BE-A/notice/1/reminder/1"])
    assert (len(taken(tmp_path)), max(taken(tmp_path).values())) == (at_partner, 1)


def test_a_restart_before_the_lease_ran_out_leaves_the_claim_alone(tmp_path: Path) -> None:
    engine = with_dispatches(tmp_path, 2)
    run(tmp_path, NOW, "--die", "inside_call:1")
    assert run(tmp_path, NOW + timedelta(minutes=4)) == 0
    assert report(engine)["states"]["submitting"] == 1
    assert run(tmp_path, NOW + timedelta(minutes=6)) == 0
    assert_each_exactly_once(engine, tmp_path, 2)


def test_several_workers_share_the_queue(tmp_path: Path) -> None:
    engine = with_dispatches(tmp_path, 60)
    workers = [start(tmp_path, NOW, "--slow", "0.005") for _ in range(3)]
    assert [worker.wait(timeout=60) for worker in workers] == [0, 0, 0]
    assert_each_exactly_once(engine, tmp_path, 60)


def killed_at_random(folder: Path, number: int, workers: int, kills: int, seed: int) -> None:
    """Workers are killed at random moments and started again, ever six minutes later by the clock they are given."""
    engine = with_dispatches(folder, number)
    chance, now = random.Random(seed), NOW
    for _ in range(kills):
        crowd = [start(folder, now, "--slow", "0.02") for _ in range(workers)]
        time.sleep(0.6 + chance.random())
        for worker in crowd:
            worker.kill()
            worker.wait(timeout=60)
        now += timedelta(minutes=6)
    assert run(folder, now) == 0
    assert_each_exactly_once(engine, folder, number)


def test_workers_killed_at_random_moments(tmp_path: Path) -> None:
    killed_at_random(tmp_path, number=150, workers=2, kills=3, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_a_thousand_documents_through_many_kills(tmp_path: Path, seed: int) -> None:
    killed_at_random(tmp_path, number=1_000, workers=4, kills=12, seed=seed)
