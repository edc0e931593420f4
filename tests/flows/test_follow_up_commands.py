"""The commands of following up, in a house with a ledger of its own."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.cli import FINE, UNUSABLE, run
from flows.policy_words import check_words
from flows.workspace import open_workspace
from receivables.ladder import BadPolicy, load_policy
from receivables.ledger import tables
from tests.connectors.exports import document
from tests.flows.house import After, House
from tests.receivables.policies import ladder, policy

DUE = date(2026, 2, 2)
REMINDED = date(2026, 2, 9)
CALLED = date(2026, 2, 16)

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def late(after: After) -> House:
    return after(go_late)


def go_late(house: House) -> None:
    """One invoice of 242.00, delivered, and due on 2 February."""
    house.take_in(document(due=DUE.isoformat()))
    house.send()
    house.send()


def play_on(house: House, *days: date) -> None:
    for day in days:
        house.go_to(day)
        house.play_day()


def ask(house: House, captured: Captured, *command: str) -> Any:
    assert run([*command, "--root", str(house.root), "--format", "json"]) == FINE
    out, err = captured.readouterr()
    assert err == ""
    return [json.loads(line) for line in out.splitlines()]


def text(house: House, captured: Captured, *command: str, status: int = FINE) -> str:
    assert run([*command, "--root", str(house.root)]) == status
    out, err = captured.readouterr()
    return out + err


class TestInterest:
    def test_the_derivation_shows_the_part_payment(self, late: House, capsys: Captured) -> None:
        late.go_to(date(2026, 3, 2))
        late.pay("142.00", reference=late.reference())
        late.read_statements()
        (answer,) = ask(late, capsys, "interest", "2026-7", "--on", "2026-04-01")
        assert [line["base"] for line in answer["lines"]] == ["242.00", "100.00"]
        first, second = answer["lines"]
        assert (first["to"], second["from"], second["to"]) == ("2026-03-02", "2026-03-03", "2026-04-01")
        assert answer["articles"] == ["Law of 2 August 2002, art. 5"] and answer["lapses"] == "2036-02-02"

    def test_a_consumer_in_belgium_owes_none_before_the_first_reminder(self, house: House, capsys: Captured) -> None:
        house.take_in(document(number="2026-9", customer="C-2", due=DUE.isoformat()))
        (answer,) = ask(house, capsys, "interest", "2026-9", "--on", "2026-04-01")
        assert (answer["interest"], answer["lines"]) == ("0.00", [])
        assert "first reminder" in answer["note"]

    def test_an_added_rate_counts(self, late: House, capsys: Captured) -> None:
        before = ask(late, capsys, "interest", "2026-7", "--on", "2026-09-01")[0]
        new = ("--country", "BE", "--regime", "trade", "--from", "2026-07-01", "--pct", "11", "--source", "Staatsblad")
        ask(late, capsys, "law", "add-rate", *new)
        after = ask(late, capsys, "interest", "2026-7", "--on", "2026-09-01")[0]
        assert (before["provisional"], after["provisional"]) == (True, False)
        assert after["lines"][-1]["rate"] == "11"

    def test_an_unknown_invoice_is_one_sentence(self, late: House, capsys: Captured) -> None:
        assert "no invoice 1999-1" in text(late, capsys, "interest", "1999-1", status=UNUSABLE)


class TestTasks:
    @pytest.fixture
    def call(self, late: House) -> House:
        play_on(late, REMINDED, REMINDED + timedelta(days=1), CALLED, CALLED + timedelta(days=1))
        return late

    def test_what_waits_is_listed_and_done(self, call: House, capsys: Captured) -> None:
        (task,) = ask(call, capsys, "tasks")
        assert (task["kind"], task["number"], task["debtor"]) == ("call", "2026-7", "C-1")
        assert ask(call, capsys, "tasks", "list", "--kind", "consent") == []
        assert "242,00" in text(call, capsys, "tasks", "script", str(task["id"]))
        number = str(task["id"])
        promised = ("--outcome", "promised", "--until", "2026-03-06", "--by", "Nadia", "--on", "2026-02-17")
        (answer,) = ask(call, capsys, "tasks", "done", number, *promised)
        assert answer["tasks"] == [task["id"]] and "2026-03-10" in answer["follows"]
        assert "Nothing waits" in text(call, capsys, "tasks")
        assert f"no open task {number}" in text(call, capsys, "tasks", "done", number, *promised, status=UNUSABLE)

    def test_a_promise_without_a_day_is_refused(self, call: House, capsys: Captured) -> None:
        number = str(ask(call, capsys, "tasks")[0]["id"])
        said = text(call, capsys, "tasks", "done", number, "--outcome", "promised", "--by", "Nadia", status=UNUSABLE)
        assert "--until" in said


class TestInsolvency:
    def test_a_hit_stops_the_ladder_and_asks_to_file_the_claim(self, late: House, capsys: Captured) -> None:
        hit = ("--result", "insolvent", "--reference", "RegSol 12", "--by", "Nadia", "--on", "2026-02-03")
        assert "1 invoices held" in text(late, capsys, "insolvency", "note", "C-1", *hit)
        play_on(late, REMINDED)
        assert late.notices() == []
        assert [row.reason for row in late.rows(tables.reasons)] == ["hold_insolvency"]
        assert late.tasks("insolvency")

    def test_a_file_with_an_unknown_debtor_keeps_nothing(self, late: House, capsys: Captured, tmp_path: Path) -> None:
        file = tmp_path / "looks.csv"
        file.write_text("debtor,looked,result,reference\nC-1,2026-02-02,clear,\nC-99,2026-02-02,clear,\n")
        read = ("insolvency", "read", str(file), "--by", "Nadia", "--on", "2026-02-03")
        assert "no debtor C-99" in text(late, capsys, *read, status=UNUSABLE)
        assert late.journal("insolvency.looked") == []
        file.write_text("debtor,looked,result,reference\nC-1,2026-02-02,clear,\n")
        assert "nothing found on 2026-02-02" in text(late, capsys, *read)

    def test_a_policy_that_asks_for_it_makes_it_work_for_a_person(self, late: House) -> None:
        file = late.root / "policy.toml"
        file.write_text(file.read_text().replace("[contact]\n", "[contact]\ninsolvency_max_age = 7\n", 1))
        late.workspace = open_workspace(late.root, now=late.clock)
        play_on(late, REMINDED, REMINDED + timedelta(days=1), CALLED, date(2026, 2, 26), date(2026, 2, 27))
        assert {step for step, _, _ in late.notices()} == {"reminder"}
        assert len(late.tasks("insolvency_unchecked")) == 1


def test_a_letter_without_words_is_found_when_the_policy_is_loaded() -> None:
    check_words(load_policy())
    check_words(policy(courtesy="thank_within = 5\nnote_days_before = 4"))
    with pytest.raises(BadPolicy, match="ladder 'mine': No text for my_letter to a business"):
        check_words(
            policy(ladder("mine", "reminder; wait = 3; template = 'my_letter'", conditions="by_name_only = true"))
        )


def test_outside_the_hours_of_the_policy_a_message_waits_for_the_morning(late: House) -> None:
    file = late.root / "policy.toml"
    hours = "[contact]\nsend_from = 08:00:00\nsend_until = 18:00:00\n"
    file.write_text(file.read_text().replace("[contact]\n", hours, 1))
    late.workspace = open_workspace(late.root, now=late.clock)
    late.go_to(REMINDED)
    late.clock.later = timedelta(hours=9)  # 18:00 UTC, 19:00 in Brussels
    late.play_day()
    assert late.dispatch("notice").state == "planned"
    late.go_to(REMINDED + timedelta(days=1))
    late.play_day()
    assert late.dispatch("notice").state in ("submitted", "delivered")
    late.assert_each_once()
