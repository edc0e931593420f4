"""What failed too often is held: still planned and named, not tried again before a person has closed the task."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from receivables.ledger.database import reading, writing
from receivables.ledger.dispatch import claim_next, counts, release_transient
from receivables.ledger.evidence import Kept
from receivables.ledger.held import ATTEMPTS
from receivables.ledger.tables import dispatches, journal, tasks
from receivables.ledger.tasks import Task, close_task, open_tasks
from tests.receivables.ledgers import LEASE, MONDAY, NOW, claimed, fresh_ledger, planned

WHEN: Any = {"on": MONDAY, "at": NOW}
PROOF = (Kept("refusal", "said by the partner", "b" * 64, "application/json"),)


@pytest.fixture
def ledger(tmp_path: Path) -> Engine:
    return fresh_ledger(tmp_path)


def fail(ledger: Engine, times: int, reason: str = "429 Too Many Requests") -> None:
    for _ in range(times):
        release_transient(ledger, claimed(ledger), not_before=NOW, reason=reason, proofs=PROOF, **WHEN)


def held_tasks(ledger: Engine) -> list[Task]:
    with reading(ledger) as connection:
        return open_tasks(connection, "held")


def figures(ledger: Engine) -> dict[str, Any]:
    with reading(ledger) as connection:
        return counts(connection)


def test_it_is_tried_so_often_and_then_held(ledger: Engine) -> None:
    mine = planned(ledger)
    fail(ledger, ATTEMPTS - 1)
    assert (held_tasks(ledger), figures(ledger)["held"]) == ([], [])
    fail(ledger, 1)
    assert claim_next(ledger, now=NOW + timedelta(days=400), lease=LEASE) is None
    assert figures(ledger)["held"] == ["BE-A/notice/7/reminder/1"]
    assert figures(ledger)["states"]["planned"] == 1, "held is still planned"
    (task,) = held_tasks(ledger)
    assert f"{ATTEMPTS} attempts by email for seller BE-A failed" in task.text
    assert "notice 7" in task.text and "429 Too Many Requests" in task.text
    with reading(ledger) as connection:
        entry = connection.execute(select(journal).where(journal.c.kind == "dispatch.held")).one()
    assert entry.facts == {"dispatch": mine, "attempts": ATTEMPTS}


def test_the_task_closed_it_is_tried_as_often_again(ledger: Engine) -> None:
    planned(ledger)
    for series in (1, 2):
        fail(ledger, ATTEMPTS, reason=f"series {series}")
        (task,) = held_tasks(ledger)
        assert f"series {series}" in task.text
        with writing(ledger) as connection:
            close_task(connection, task.key, outcome="done", on=MONDAY)
    assert claimed(ledger).attempts == 1
    assert figures(ledger)["held"] == []


def test_one_task_holds_all_that_a_seller_sends_by_a_channel(ledger: Engine) -> None:
    for number in range(25):
        planned(ledger, subject=str(number))
    planned(ledger, subject="other", channel="peppol")
    fail(ledger, 26 * ATTEMPTS)
    mail, network = held_tasks(ledger)
    assert "notice 0, notice 1" in mail.text and "and 5 more" in mail.text
    assert "notice other" in network.text
    assert len(figures(ledger)["held"]) == 26
    with writing(ledger) as connection:
        close_task(connection, mail.key, outcome="done", on=MONDAY)
    assert figures(ledger)["held"] == ["BE-A/notice/other/reminder/1"]
    assert claimed(ledger).subject == "0"


def test_a_claim_may_pass_over_a_partner(ledger: Engine) -> None:
    planned(ledger, subject="1")
    planned(ledger, subject="2", channel="peppol")
    planned(ledger, subject="3", seller="BE-B")
    found = [
        claim_next(ledger, now=NOW, lease=LEASE, passing_over=[("BE-A", "email"), ("BE-B", "peppol")]) for _ in range(3)
    ]
    assert [one and one.subject for one in found] == ["2", "3", None]


def test_the_columns_of_a_held_one(ledger: Engine) -> None:
    planned(ledger)
    fail(ledger, ATTEMPTS)
    with reading(ledger) as connection:
        row = connection.execute(select(dispatches)).one()
        key = connection.scalar(select(tasks.c.key))
    assert (row.held, row.not_before, row.state) == (key, None, "planned")
