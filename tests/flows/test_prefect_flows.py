"""What an operator sees in Prefect: flow runs with readable names, and artifacts that say what was done and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest

from flows.server import quiet_settings
from receivables.ledger.database import writing
from receivables.ledger.tasks import open_task
from tests.connectors.exports import document, file, line
from tests.flows.house import CUSTOMERS, SELLERS, House, opened


@dataclass(frozen=True)
class Shown:
    """What stands in Prefect's database: (name, state) of each flow run, artifacts by key."""

    house: House
    runs: list[tuple[str, str]]
    artifacts: dict[str, str]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, blank_ledger: bytes, secrets: None) -> Iterator[Shown]:
    """A file taken in, a day on which nothing was due, and a day with a reminder."""
    from prefect.client.orchestration import get_client

    from flows import prefect_flows

    root = tmp_path_factory.mktemp("prefect") / "house"
    root.mkdir()
    (root / "ledger.db").write_bytes(blank_ledger)
    with opened(root) as house, quiet_settings(root / ".prefect"):
        prefect_flows.use(house.workspace)
        path = root / "erp-export.json"
        bad = document(number="2026-8", lines=[line(quantity="two")])
        path.write_bytes(file(document(due="2026-02-02"), bad, sellers=list(SELLERS), customers=list(CUSTOMERS)))
        counted = prefect_flows.take_in(root=str(root), file=str(path), on=house.today)
        assert counted == {"erp-export.json": {"taken_in": 1, "already_taken_in": 0, "refused": 1}}
        with writing(house.workspace.engine) as connection:
            open_task(connection, key="call:1:1", kind="call", text="Call <b>Zuid BV</b>", on=house.today)
        for day in (house.today, date(2026, 2, 9)):
            house.go_to(day)
            house.bank.write_statements(day)
            prefect_flows.follow_up(root=str(root), on=day)
        with get_client(sync_client=True) as client:
            runs = sorted(client.read_flow_runs(), key=lambda run: run.created or run.id)
            artifacts = {one.key or "": str(one.data) for one in client.read_artifacts()}
        yield Shown(house, [(run.name, run.state_name or "") for run in runs], artifacts)


def test_flow_runs_are_named_for_what_they_did(played: Shown) -> None:
    assert played.runs == [
        ("take-in erp-export.json", "Completed"),
        ("follow-up 2026-01-05", "Completed"),
        ("follow-up 2026-02-09", "Completed"),
    ]


def test_refused_rows_are_an_artifact_with_the_sentence(played: Shown) -> None:
    shown = played.artifacts["refused-rows"]
    assert "2026-8" in shown and "quantity is 'two'" in shown


def test_what_the_erp_sent_is_an_artifact(played: Shown) -> None:
    assert "| erp-export.json | 1 | 0 | 1 |" in played.artifacts["taken-in"]


def test_what_was_done_is_an_artifact_and_so_is_what_is_open(played: Shown) -> None:
    assert "| C-1 | Zuid BV | reminder | 2026-7 |" in played.artifacts["follow-up"]
    assert "2026-7" in played.artifacts["open-items"] and "242.00" in played.artifacts["open-items"]


def test_what_waits_for_a_person_is_an_artifact(played: Shown) -> None:
    assert "call" in played.artifacts["tasks"] and "Zuid BV" in played.artifacts["tasks"]


def test_the_runs_sent_what_they_say(played: Shown) -> None:
    house = played.house
    assert [(step, state) for step, _, state in house.notices()] == [("reminder", "delivered")]
    house.assert_each_once()


def test_the_database_lies_in_the_folder_of_the_run(played: Shown) -> None:
    assert (played.house.root / ".prefect" / "prefect.db").is_file()
