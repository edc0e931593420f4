"""Work for people: a call comes to an end in one of five ways, and each leads on; a consent lets a letter go or not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from flows.call_script import script
from flows.tasks import Said, WrongOutcome, answer, listed
from flows.workspace import open_workspace
from receivables.ledger import tables
from receivables.ledger.database import reading
from receivables.ledger.lookup import NotFound
from tests.connectors.exports import document
from tests.flows.house import House

DUE = date(2026, 2, 2)
REMINDED = date(2026, 2, 9)
CALLED = date(2026, 2, 16)
CONSENT = '[[ladder.steps]]\nstep = "reminder"\nwait = 5\napproval = true\n'


def due_invoice(number: str = "2026-7") -> dict[str, object]:
    return document(number=number, due=DUE.isoformat())


def play_on(house: House, *days: date) -> None:
    for day in days:
        house.go_to(day)
        house.play_day()


@pytest.fixture
def call(house: House) -> House:
    """Two invoices, reminded together a week ago; today a call is asked for."""
    house.take_in(due_invoice(), due_invoice("2026-8"))
    play_on(house, date(2026, 1, 6), REMINDED, date(2026, 2, 10), CALLED, CALLED + timedelta(days=1))
    assert [task.kind for task in listed(house.workspace)] == ["call", "call"]
    return house


def said(house: House, outcome: str, **more: object) -> str:
    first = listed(house.workspace, "call")[0]
    return answer(house.workspace, first.id, Said(outcome=outcome, by="Nadia", **more), house.today).follows  # type: ignore[arg-type]


def reasons(house: House) -> set[str]:
    return {row.reason for row in house.rows(tables.reasons)}


def steps(house: House) -> set[str]:
    return {step for step, _, _ in house.notices()}


def test_one_call_answers_for_all_the_invoices_it_was_about(call: House) -> None:
    said(call, "reached_right_person")
    assert listed(call.workspace) == []
    assert [row.outcome for row in call.rows(tables.tasks)] == ["reached_right_person"] * 2
    assert len(call.journal("call.done")) == 2


def test_who_was_reached_gets_the_next_step_counted_from_the_call(call: House) -> None:
    said(call, "reached_right_person")
    play_on(call, call.today + timedelta(days=2))
    assert steps(call) == {"reminder"}
    play_on(call, date(2026, 2, 23))
    assert steps(call) == {"reminder", "formal_reminder"}


def test_a_promise_keeps_the_ladder_still_until_its_day_and_two_bank_days_more(call: House) -> None:
    follows = said(call, "promised", until=date(2026, 3, 5))
    assert "nothing is sent before 2026-03-09" in follows
    play_on(call, date(2026, 3, 9))
    assert reasons(call) == {"hold_promise"} and steps(call) == {"reminder"}
    play_on(call, date(2026, 3, 10))
    assert steps(call) == {"reminder", "formal_reminder"}


def test_a_dispute_holds_and_asks_somebody_for_an_answer(call: House) -> None:
    said(call, "disputes", note="two boxes were missing")
    (task,) = listed(call.workspace)
    assert (task.kind, task.due) == ("dispute", date(2026, 2, 24))
    assert "two boxes were missing" in task.text
    play_on(call, date(2026, 3, 16))
    assert reasons(call) == {"hold_dispute"} and steps(call) == {"reminder"}


def test_who_cannot_pay_is_offered_a_plan_before_anything_else_is_sent(call: House) -> None:
    said(call, "cannot_pay")
    (task,) = listed(call.workspace)
    assert task.kind == "plan"
    play_on(call, date(2026, 2, 27))
    assert reasons(call) == {"hold_manual"}


def test_a_wrong_number_asks_for_the_right_one_and_the_ladder_goes_on_in_writing(call: House) -> None:
    said(call, "wrong_number")
    assert [task.kind for task in listed(call.workspace)] == ["number"]
    play_on(call, date(2026, 2, 23))
    assert "formal_reminder" in steps(call)


@pytest.mark.parametrize(
    ("outcome", "more", "sentence"),
    [
        ("promised", {}, "by which day"),
        ("promised", {"until": date(2026, 2, 1)}, "by which day"),
        ("disputes", {"note": " "}, "what is disputed"),
        ("cannot_pay", {"until": date(2026, 2, 1)}, "has passed"),
        ("approved", {}, "is a call, which ends in reached_right_person"),
    ],
)
def test_an_outcome_that_says_too_little_changes_nothing(
    call: House, outcome: str, more: dict[str, object], sentence: str
) -> None:
    with pytest.raises(WrongOutcome, match=sentence):
        said(call, outcome, **more)
    assert len(listed(call.workspace)) == 2


def test_a_task_is_done_once(call: House) -> None:
    first = listed(call.workspace)[0]
    said(call, "reached_right_person")
    with pytest.raises(NotFound, match=f"no open task {first.id}: done on"):
        answer(call.workspace, first.id, Said(outcome="reached_right_person", by="Nadia"), call.today)


def test_the_script_names_the_invoices_and_the_sum_in_the_customers_language(call: House) -> None:
    with reading(call.workspace.engine) as connection:
        words = script(connection, call.workspace, listed(call.workspace)[0])
    assert words is not None
    assert "2026-7" in words and "2026-8" in words and "484,00" in words


def test_a_call_about_what_was_paid_closes_itself(call: House) -> None:
    call.go_to(call.today + timedelta(days=1))
    for number in ("2026-7", "2026-8"):
        call.pay("242.00", reference=call.reference(number))
    call.play_day()
    assert listed(call.workspace) == []
    assert {row.outcome for row in call.rows(tables.tasks)} == {"nothing_open"}


class TestConsent:
    """A step with approval: the letter waits for a person's word."""

    @pytest.fixture
    def asked(self, build_house: Callable[..., House]) -> House:
        house = build_house()
        text = (house.root / "policy.toml").read_text()
        (house.root / "policy.toml").write_text(
            text.replace('[[ladder.steps]]\nstep = "reminder"\nwait = 5\n', CONSENT)
        )
        house.workspace = open_workspace(house.root, now=house.clock)
        house.take_in(due_invoice())
        play_on(house, date(2026, 1, 6), REMINDED)
        return house

    def test_nothing_goes_out_before_a_person_said_yes(self, asked: House) -> None:
        (task,) = listed(asked.workspace)
        assert task.kind == "consent" and asked.notices() == []
        play_on(asked, REMINDED + timedelta(days=1))
        assert reasons(asked) == {"awaiting_consent"} and len(listed(asked.workspace)) == 1
        answer(asked.workspace, task.id, Said(outcome="approved", by="Nadia"), asked.today)
        play_on(asked, REMINDED + timedelta(days=2))
        assert steps(asked) == {"reminder"}

    def test_a_no_is_a_no_with_its_reason(self, asked: House) -> None:
        (task,) = listed(asked.workspace)
        with pytest.raises(WrongOutcome, match="why it is refused"):
            answer(asked.workspace, task.id, Said(outcome="refused", by="Nadia"), asked.today)
        answer(asked.workspace, task.id, Said(outcome="refused", by="Nadia", note="he just lost his wife"), asked.today)
        play_on(asked, date(2026, 3, 2))
        assert asked.notices() == [] and reasons(asked) == {"refused_by_person"}
