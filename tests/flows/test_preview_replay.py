"""What lies ahead is what then happens, and the same policy replayed over the past changes nothing."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from flows.cli import FINE, UNUSABLE, run
from flows.preview import BadSpan, days_of, preview
from flows.replay import replay
from flows.tasks import Said, answer, listed
from receivables.claims import HoldKind
from receivables.ladder import load_policy, parse_policy
from receivables.ledger import tables
from tests.connectors.exports import document
from tests.flows.house import EXAMPLES, House, copied

DUE = date(2026, 2, 2)
REMINDED = date(2026, 2, 9)
POLICY = (EXAMPLES / "policy.toml").read_text()


def due_invoice(number: str = "2026-7", due: date = DUE) -> dict[str, object]:
    return document(number=number, due=due.isoformat())


@pytest.fixture
def delivered(house: House) -> House:
    return deliver(house)


def deliver(house: House) -> House:
    house.take_in(due_invoice(), due_invoice("2026-8", DUE + timedelta(days=9)))
    house.play_day()
    return house


def foreseen(house: House, days: int = 60) -> list[tuple[date, str, str]]:
    return [(one.on, one.number, one.step.value) for one in preview(house.workspace, house.today, days)]


def happened(house: House) -> list[tuple[date, str, str]]:
    numbers = {row.id: row.number for row in house.rows(tables.invoices)}
    planned = {row.id: row.planned for row in house.rows(tables.dispatches)}
    sent = [(planned[row.dispatch_id], numbers[row.invoice_id], row.step) for row in house.rows(tables.notice_items)]
    called = [
        (row.opened, numbers[row.invoice_id], "call") for row in house.rows(tables.tasks, tables.tasks.c.kind == "call")
    ]
    return sorted(sent + called)


class TestPreview:
    def test_the_first_steps_of_the_preview_are_those_that_follow(self, delivered: House) -> None:
        """Until the first call, which in the preview is made and here is not."""
        ahead = foreseen(delivered)
        delivered.play_to(date(2026, 2, 18))
        done = happened(delivered)
        assert done and ahead[: len(done)] == done

    def test_it_writes_nothing(self, delivered: House) -> None:
        before = [
            len(delivered.rows(table)) for table in (tables.dispatches, tables.tasks, tables.journal, tables.reasons)
        ]
        assert foreseen(delivered)
        after = [
            len(delivered.rows(table)) for table in (tables.dispatches, tables.tasks, tables.journal, tables.reasons)
        ]
        assert before == after

    def test_it_climbs_the_whole_ladder_once_with_never_two_contacts_too_near(self, delivered: House) -> None:
        ahead = foreseen(delivered, 120)
        for number in ("2026-7", "2026-8"):
            steps = [step for _, about, step in ahead if about == number]
            assert steps == ["reminder", "call", "formal_reminder", "notice_of_default", "handover"]
        days = sorted({day for day, _, step in ahead if step != "handover"})
        assert all((later - earlier).days >= 5 for earlier, later in pairwise(days))

    def test_a_hold_pushes_everything_back(self, delivered: House) -> None:
        plain = foreseen(delivered)
        delivered.hold("2026-7", HoldKind.PROMISE, until=date(2026, 2, 20))
        held = [day for day, number, _ in foreseen(delivered) if number == "2026-7"]
        assert min(held) > date(2026, 2, 20)
        assert min(day for day, number, _ in plain if number == "2026-7") == REMINDED

    def test_the_command_prints_one_line_a_step(self, delivered: House, capsys: Any) -> None:
        command = ["follow-up", "--preview", "2w", "--on", "2026-02-02", "--root", str(delivered.root)]
        assert run([*command, "--format", "json"]) == FINE
        (first, *_) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert (first["on"], first["number"], first["step"], first["amount"]) == (
            "2026-02-09",
            "2026-7",
            "reminder",
            "242.00",
        )
        assert run(command) == FINE
        assert "if nothing is paid" in capsys.readouterr().out
        assert run(["follow-up", "--preview", "soon", "--root", str(delivered.root)]) == UNUSABLE

    @pytest.mark.parametrize(("span", "days"), [("60d", 60), ("8w", 56), ("1", 1), (" 400d ", 400)])
    def test_spans(self, span: str, days: int) -> None:
        assert days_of(span) == days

    @pytest.mark.parametrize("span", ["0d", "401d", "-5d", "60 days", "", "1e3"])
    def test_what_is_no_span(self, span: str) -> None:
        with pytest.raises(BadSpan, match="write it as 60d or 8w"):
            days_of(span)


LAST = date(2026, 3, 27)


@pytest.fixture(scope="module")
def lived(kept_house: House) -> House:
    """Seven weeks: one invoice is paid in part and promised, the other climbs the ladder."""
    house = deliver(kept_house)
    house.play_to(date(2026, 2, 18))
    house.go_to(date(2026, 2, 19))
    house.pay("100.00", reference=house.reference("2026-8"))
    house.hold("2026-8", HoldKind.PROMISE, until=date(2026, 3, 4))
    house.play_day()
    house.play_to(LAST)
    return house


class TestReplay:
    def test_the_same_policy_over_the_past_makes_no_difference(self, lived: House) -> None:
        found = replay(lived.workspace, load_policy(), date(2026, 1, 5), LAST)
        assert found.changes == ()
        assert found.recorded == found.replayed and found.same == sum(found.recorded.values()) >= 6

    def test_from_the_middle_too_on_what_was_sent_before(self, lived: House) -> None:
        found = replay(lived.workspace, load_policy(), date(2026, 2, 12), LAST)
        assert found.changes == () and found.same > 0
        assert found.recorded["reminder"] < 2

    def test_a_call_that_was_answered_long_after_the_ladder_went_on_makes_none_either(
        self, lived: House, tmp_path: Path
    ) -> None:
        with copied(lived, tmp_path / "house") as house:
            (call,) = [task for task in listed(house.workspace, "call") if task.number == "2026-7"]
            answer(house.workspace, call.id, Said(outcome="reached_right_person", by="Nadia"), house.today)
            found = replay(house.workspace, load_policy(), date(2026, 1, 5), LAST)
        assert found.changes == () and found.recorded["formal_reminder"] > 0

    def test_a_slower_policy_moves_the_steps_and_drops_the_last(self, lived: House) -> None:
        slower = parse_policy(POLICY.replace("wait = 5", "wait = 12", 1), "slower.toml")
        before = len(lived.rows(tables.dispatches)), len(lived.rows(tables.journal))
        found = replay(lived.workspace, slower, date(2026, 1, 5), LAST)
        first = next(one for one in found.changes if (one.invoice, one.step) == ("2026-7", "reminder"))
        assert (first.change, first.recorded_on, first.on) == ("moved", REMINDED, date(2026, 2, 16))
        assert first.amount == Decimal("242.00")
        assert {one.change for one in found.changes} <= {"moved", "dropped", "amount"}
        assert before == (len(lived.rows(tables.dispatches)), len(lived.rows(tables.journal)))

    def test_the_command_tells_it_and_refuses_what_makes_no_sense(
        self, lived: House, capsys: Any, tmp_path: Path
    ) -> None:
        other = tmp_path / "other.toml"
        other.write_text(POLICY.replace("default-2026.1", "gentler-1").replace("wait = 5", "wait = 12", 1))
        command = ["replay", "--policy", str(other), "--from", "2026-01-05", "--root", str(lived.root)]
        assert run([*command, "--to", "2026-03-27", "--format", "json"]) == FINE
        answer = json.loads(capsys.readouterr().out)
        assert answer["policy"] == "gentler-1" and answer["changes"]
        assert set(answer) == {"policy", "from", "to", "recorded", "replayed", "same", "changes"}
        assert run([*command, "--to", "2026-03-27"]) == FINE
        assert "Nothing was sent." in capsys.readouterr().out
        assert run([*command, "--to", "2025-03-27"]) == UNUSABLE
        other.write_text("version = 1")
        assert run([*command, "--to", "2026-03-27"]) == UNUSABLE
