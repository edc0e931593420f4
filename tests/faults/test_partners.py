"""Everything that can go wrong between us and each partner, played with the real delivery against its twin.

Nothing is lost, nothing is there twice, and a person is asked only where the partner could not have told.
"""

from __future__ import annotations

import json
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.collection.partners import PARTNERS
from connectors.insurance.partners import INSURERS
from connectors.peppol.providers import PROVIDERS
from connectors.ports import Answer, Found
from connectors.sandbox.sandbox import Sandbox
from flows.channels import partner_for
from flows.cli import run
from flows.deliver import LEASE, deliver
from flows.faults.partners import TRIED, plan_pieces, secrets, settings
from flows.faults.pieces import DAY
from flows.faults.play import FAULTS, dropping, play_one, refusing
from flows.faults.processes import BOUNDARIES, Clock, sandbox_for, tell_addresses
from flows.faults.table import cell, markdown, named
from flows.faults.world import TAKEN, Outcome, World, wait
from flows.settings import FILE
from flows.workspace import Workspace, open_workspace
from receivables.ledger.database import reading, writing
from receivables.ledger.dispatch import claim_next
from receivables.ledger.life import CAN_PROVE
from receivables.ledger.outbox import Dispatch, in_state

DOCS = Path(__file__).parents[2] / "docs" / "delivery.md"
DOCUMENTS = 20  # in the documentation's table
SLOW = pytest.mark.slow
USUAL = ("e-invoice.be",)  # played at every test; the others where slow ones are


def assert_kept(outcome: Outcome) -> None:
    print(f"{outcome.provider}, {outcome.fault}, {outcome.documents}: {cell(outcome)} in {outcome.seconds} s")
    print("\n".join(named([outcome])))
    if outcome.skipped:
        pytest.skip(outcome.skipped)
    assert (outcome.lost, outcome.twice, outcome.needless) == (0, 0, ())
    assert outcome.delivered + len(outcome.awaiting) == outcome.documents
    if may_always_be_told(outcome.provider):
        assert outcome.awaiting == ()


def may_always_be_told(name: str) -> bool:
    proves = CAN_PROVE[TRIED[name].proves]
    return proves.taken and proves.not_taken


@pytest.mark.parametrize("name", [name if name in USUAL else pytest.param(name, marks=SLOW) for name in TRIED])
def test_a_few_documents_through_everything(name: str) -> None:
    assert_kept(play_one(name, "everything", 20))


@SLOW
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", TRIED)
def test_each_fault(name: str, fault: str) -> None:
    assert_kept(play_one(name, fault, DOCUMENTS))


@SLOW
@pytest.mark.parametrize("name", TRIED)
def test_a_thousand_documents_through_everything(name: str) -> None:
    assert_kept(play_one(name, "everything", 1_000, workers=4))


class Here(World):
    """The twins answer in this process."""

    _sandbox: Sandbox | None = None

    def start_twins(self) -> None:
        self._sandbox = sandbox_for(self.row, self.partners, self.faults)
        self._sandbox.set_date(DAY)
        tell_addresses(self.partners, asdict(self._sandbox.start()))

    def kill_twins(self) -> None:
        if self._sandbox is not None:
            self._sandbox.stop()


@pytest.mark.parametrize("name", [row.name for row in TRIED.values() if row.channel in ("agency", "insurer")])
def test_a_few_claims_through_lost_answers_and_refusals(name: str, tmp_path: Path) -> None:
    """Without processes, so that every test run plays what each partner that takes claims makes of failing calls."""
    world = Here(TRIED[name], tmp_path, 6)
    world.faults = [dropping(world, every=5), *refusing(world)]
    try:
        world.set_up()
        workspace = open_workspace(world.house, now=Clock(world.clock))
        for turn in range(8):
            if turn == 5:  # from now on everything works
                world.faults = ()
                world.restart_twins()
            deliver(workspace, DAY)
            world.later(timedelta(hours=17))
        assert not world.moving()
        assert_kept(world.counted("drop", 0))
        assert world.row.laid or any(one.attempts > 1 for one in sent(workspace)), "nothing failed"
        workspace.engine.dispose()
    finally:
        world.kill_twins()


def sent(workspace: Workspace) -> list[Dispatch]:
    with reading(workspace.engine) as connection:
        return [one for state in TAKEN for one in in_state(connection, state, None)]


class TestTheRows:
    def test_every_partner_has_one(self) -> None:
        rows = TRIED.values()
        assert set(PROVIDERS) == {row.name for row in rows if row.channel == "peppol"}
        assert set(PARTNERS) == {row.connector for row in rows if row.channel == "agency"}
        assert set(INSURERS) == {row.connector for row in rows if row.channel == "insurer"}

    def test_what_each_can_prove_is_in_the_table(self) -> None:
        """The ERP's stop signals have tests of their own: they are laid in a folder as those for an insurer are."""
        assert {row.proves for row in TRIED.values()} == set(CAN_PROVE) - {"erp"}


@contextmanager
def standing(name: str, root: Path) -> Iterator[tuple[Workspace, Sandbox, list[Dispatch]]]:
    """A house that sends to this partner, the partner's twin beside it, and two documents claimed."""
    row = TRIED[name]
    sandbox = sandbox_for(row, root / "partners")
    with sandbox as addresses, pytest.MonkeyPatch.context() as patch:
        for secret, value in secrets(row).items():
            patch.setenv(secret, value)
        sandbox.set_date(DAY)
        (root / "house").mkdir()
        (root / "house" / FILE).write_text(settings(row, addresses, None))
        workspace = open_workspace(root / "house")
        with writing(workspace.engine) as connection:
            plan_pieces(workspace, connection, row, ("F-00001", "F-00002"))
        claimed = [claim_next(workspace.engine, now=workspace.now(), lease=LEASE, on=DAY) for _ in range(2)]
        yield workspace, sandbox, [one for one in claimed if one is not None]


@pytest.mark.parametrize("name", TRIED)
def test_what_the_table_promises_is_what_find_does_at_the_twin(name: str, tmp_path: Path) -> None:
    """One document was taken and its answer lost; another was made ready and never sent."""
    proves = CAN_PROVE[TRIED[name].proves]
    with standing(name, tmp_path) as (workspace, sandbox, (taken, never)):
        partner = partner_for(workspace, taken, DAY)
        draft = partner.prepare()
        prepared = draft.partner_id if draft else None
        assert partner.submit(prepared).answer in (Answer.SUBMITTED, Answer.DELIVERED)
        assert partner.find(prepared).found is (Found.TAKEN if proves.taken else Found.CANNOT_TELL)

        partner = partner_for(workspace, never, DAY)
        draft = partner.prepare()
        found = partner.find(draft.partner_id if draft else None).found
        counted = Counter(receipt.key for receipt in sandbox.received())
        assert max(counted.values(), default=1) == 1
        if proves.not_taken:
            assert found is Found.NOT_TAKEN
        elif found is Found.TAKEN:  # it asks by sending under the same id once more: then it was taken now
            assert len(counted) == 2
        else:
            assert found is Found.CANNOT_TELL


def test_a_worker_dies_at_every_boundary(tmp_path: Path) -> None:
    """Where nobody is killed nothing is proven."""
    world = World(TRIED["e-invoice.be"], tmp_path, len(BOUNDARIES) + 2)
    try:
        world.set_up()
        for boundary in BOUNDARIES:
            worker = world.worker((boundary, 1))
            wait([worker])
            assert worker.exitcode == -signal.SIGKILL, boundary
            world.later()
        world.bring_to_rest()
        assert_kept(world.counted("kill", 0))
    finally:
        world.kill_twins()


class TestTheTable:
    LOST = Outcome(provider="A", fault="kill", documents=3, delivered=1, lost=1, awaiting=("x/1",), needless=("x/1",))
    FINE = Outcome(provider="A", fault="drop", documents=3, delivered=3)
    SKIPPED = Outcome(provider="B", fault="kill", documents=3, skipped="no root")

    def test_a_row_per_partner_and_a_column_per_fault(self) -> None:
        assert markdown([self.LOST, self.FINE, self.SKIPPED]) == [
            "| partner | kill | drop |",
            "| --- | --- | --- |",
            "| A | 1 · 1 · 0 · 1 (1 needless) | 3 · 0 · 0 · 0 |",
            "| B | – |  |",
        ]

    def test_each_that_waits_is_named(self) -> None:
        assert named([self.LOST, self.SKIPPED]) == [
            "A, kill: x/1 waits for a person, who was not needed",
            "B, kill: not played: no root",
        ]

    def test_only_what_was_kept_is_fine(self) -> None:
        assert [one.kept for one in (self.LOST, self.FINE, self.SKIPPED)] == [False, True, True]
        for broken in ({"twice": 1}, {"delivered": 2}, {"lost": 1}, {"needless": ("x",)}):
            assert not replace(self.FINE, **broken).kept  # type: ignore[arg-type]

    def test_the_command_tells_it(self, capsys: pytest.CaptureFixture[str]) -> None:
        asked = ["faults", "--partner", "agency", "--fault", "twice", "--documents", "3", "--format", "json"]
        assert run(asked) == 0
        (line,) = capsys.readouterr().out.splitlines()
        told = json.loads(line)
        assert (told["delivered"], told["lost"], told["twice"], told["awaiting"], told["kept"]) == (3, 0, 0, [], True)

    @pytest.mark.parametrize("option", [["--partner", "nobody"], ["--fault", "none"], ["--documents", "0"]])
    def test_what_is_not_there_is_said(self, option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["faults", *option]) == 2
        assert capsys.readouterr().out == ""

    def test_the_one_in_the_documentation_has_every_partner_and_fault(self) -> None:
        """It is the command's own output: the same rows and columns, and figures that keep the promise."""
        rows = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
        start = next(place for place, line in enumerate(rows) if line.startswith("| partner |"))
        table = [line.strip("| ").split(" | ") for line in rows[start : start + 2 + len(TRIED)]]
        assert table[0] == ["partner", *FAULTS]
        assert [row[0] for row in table[2:]] == list(TRIED)
        for name, *cells in table[2:]:
            assert len(cells) == len(FAULTS)
            for each in cells:
                delivered, lost, twice, awaiting = map(int, each.split(" · "))
                assert (lost, twice) == (0, 0)
                assert delivered + awaiting == DOCUMENTS
                assert awaiting == 0 or not may_always_be_told(name)
