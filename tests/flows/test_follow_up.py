"""Following up: one message per debtor and day, nothing after a payment, and a reason wherever nothing is done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import pytest

from flows import follow_up
from receivables.claims import HoldKind
from receivables.ledger import tables
from tests.connectors.exports import BUSINESS, document
from tests.flows.house import After, House

DUE = date(2026, 2, 2)  # a Monday
FIRST_REMINDER = date(2026, 2, 9)  # five days after it, moved to the next business day
WANTS_MAIL = {**BUSINESS, "preference": "email"}


def due_invoice(number: str = "2026-7", **changes: object) -> dict[str, object]:
    return document(number=number, **{"due": DUE.isoformat(), **changes})


@pytest.fixture
def overdue(after: After) -> House:
    return after(go_overdue)


def go_overdue(house: House) -> None:
    """Two invoices of 242.00 to one debtor, delivered, and a week over their due date."""
    house.take_in(due_invoice(), due_invoice("2026-8"))
    house.send()
    house.send()
    house.go_to(FIRST_REMINDER)


def reasons(house: House) -> dict[str, str]:
    """Why nothing is being done, by invoice."""
    numbers = {row.id: row.number for row in house.rows(tables.invoices)}
    return {numbers[row.invoice_id]: row.reason for row in house.rows(tables.reasons)}


def messages(house: House) -> int:
    return len([key for key in house.received_by("mail") if "notice." in key])


def test_one_message_asks_for_all_that_the_debtor_owes(overdue: House) -> None:
    done = overdue.follow_up()
    assert [(a.debtor, a.step, a.invoices) for a in done.actions] == [("C-1", "reminder", ("2026-7", "2026-8"))]
    assert overdue.send() == {"delivered": 1} or messages(overdue) == 1
    assert messages(overdue) == 1
    (request,) = overdue.rows(tables.payment_requests)
    assert request.demanded == 484_00
    assert sorted(number for _, number, _ in overdue.notices()) == ["2026-7", "2026-8"]


def test_again_on_the_same_day_nothing_is_planned(overdue: House) -> None:
    overdue.follow_up()
    before = len(overdue.dispatches())
    again = overdue.follow_up()
    assert again.actions == [] and len(overdue.dispatches()) == before
    overdue.send()
    assert overdue.follow_up().actions == []
    overdue.assert_each_once()


def test_one_message_a_day_and_none_within_five_days_even_for_another_invoice(house: House) -> None:
    """The second invoice falls due three days after the first; its reminder waits for the debtor's rest."""
    house.take_in(due_invoice(), due_invoice("2026-8", due=(DUE + timedelta(days=3)).isoformat()))
    house.send()
    house.send()
    for day in (FIRST_REMINDER, FIRST_REMINDER + timedelta(days=1)):
        house.go_to(day)
        house.play_day()
    assert [(step, number) for step, number, _ in house.notices()] == [("reminder", "2026-7")]
    assert reasons(house)["2026-8"] == "contacted_recently"
    house.play_to(date(2026, 3, 6))
    assert ("reminder", "2026-8", "delivered") in house.notices()
    days = [one.planned for one in house.dispatches("notice")]
    assert all((after - before).days >= 5 for before, after in pairwise(days)), days
    assert messages(house) == len(days)


def test_before_its_day_nothing_is_sent_and_the_reason_says_when(house: House) -> None:
    house.take_in(due_invoice())
    house.send()
    house.go_to(FIRST_REMINDER - timedelta(days=3))
    done = house.follow_up()
    assert done.actions == []
    ((debtor, reason),) = done.reasons
    assert (debtor, reason.code, reason.until) == ("C-1", "waiting", FIRST_REMINDER)


def test_a_missed_fortnight_loses_no_step_and_fires_no_two(overdue: House) -> None:
    overdue.go_to(FIRST_REMINDER + timedelta(days=14))
    overdue.play_day()
    overdue.play_day()
    assert {step for step, _, _ in overdue.notices()} == {"reminder"} and messages(overdue) == 1


class TestTheLastLook:
    """Between planning and sending the world goes on."""

    def test_a_payment_between_planning_and_sending_withdraws_the_reminder(self, house: House) -> None:
        house.take_in(due_invoice())
        house.send()
        house.send()
        house.go_to(FIRST_REMINDER)
        follow_up.follow_up(house.workspace, house.today)
        assert reasons(house) == {"2026-7": "data_stale"}, "no statement was read yet"

        house.go_to(FIRST_REMINDER - timedelta(days=3))
        house.bank.write_statements(house.today)
        house.read_statements()
        house.go_to(FIRST_REMINDER)
        follow_up.follow_up(house.workspace, house.today)
        assert [state for _, _, state in house.notices()] == ["planned"]
        house.pay("242.00", reference=house.reference())
        house.read_statements()
        house.send()
        notice = house.dispatch("notice")
        assert notice.state == "withdrawn" and "nothing" in (notice.reason or "")
        assert messages(house) == 0 and house.story().steps == ()
        assert house.story().outcome == "paid_late"

    def test_a_part_payment_withdraws_what_would_ask_for_too_much_or_sends_what_is_right(self, overdue: House) -> None:
        """One of two invoices was paid: the message that asks for both must not go out as it was planned."""
        overdue.follow_up()
        overdue.go_to(FIRST_REMINDER + timedelta(days=1))
        overdue.pay("242.00", reference=overdue.reference())
        overdue.read_statements()
        overdue.send()
        assert messages(overdue) == 0
        assert overdue.follow_up().actions[0].invoices == ("2026-8",)
        overdue.send()
        assert messages(overdue) == 1

    def test_what_would_ask_for_more_than_is_open_is_withdrawn_and_written_again(self, overdue: House) -> None:
        overdue.follow_up()
        overdue.go_to(FIRST_REMINDER + timedelta(days=1))
        overdue.pay("42.00", reference=overdue.reference())
        overdue.read_statements()
        overdue.send()
        assert overdue.dispatch("notice").state == "withdrawn"
        assert "242.00 is asked for 2026-7, of which 200.00 is still open" in (overdue.dispatch("notice").reason or "")
        overdue.follow_up()
        overdue.send()
        assert messages(overdue) == 1
        assert [row.demanded for row in overdue.rows(tables.payment_requests)] == [484_00, 442_00]

    @pytest.mark.parametrize("kind", [HoldKind.DISPUTE, HoldKind.PROMISE, HoldKind.PLAN])
    def test_a_hold_between_planning_and_sending_withdraws_the_reminder(self, house: House, kind: HoldKind) -> None:
        house.take_in(due_invoice())
        house.send()
        house.send()
        house.go_to(FIRST_REMINDER)
        house.follow_up()
        house.hold("2026-7", kind, until=FIRST_REMINDER + timedelta(days=10))
        house.send()
        assert house.dispatch("notice").state == "withdrawn" and messages(house) == 0

    def test_a_withdrawn_reminder_is_sent_later_as_the_same_step(self, house: House) -> None:
        house.take_in(due_invoice())
        house.send()
        house.send()
        house.go_to(FIRST_REMINDER)
        house.follow_up()
        house.hold("2026-7", HoldKind.PROMISE, until=FIRST_REMINDER + timedelta(days=4))
        house.send()
        house.go_to(FIRST_REMINDER + timedelta(days=7))
        house.play_day()
        assert [(step, state) for step, _, state in house.notices()] == [
            ("reminder", "withdrawn"),
            ("reminder", "delivered"),
        ]
        house.assert_each_once()


class TestHolds:
    @pytest.mark.parametrize(
        ("kind", "code"),
        [
            (HoldKind.DISPUTE, "hold_dispute"),
            (HoldKind.PROMISE, "hold_promise"),
            (HoldKind.PLAN, "hold_plan"),
            (HoldKind.MANUAL, "hold_manual"),
        ],
    )
    def test_nothing_is_sent_while_it_holds_and_again_when_it_is_over(
        self, house: House, kind: HoldKind, code: str
    ) -> None:
        house.take_in(due_invoice())
        house.send()
        house.send()
        house.hold("2026-7", kind, until=FIRST_REMINDER + timedelta(days=3), reason="the pump leaks")
        house.go_to(FIRST_REMINDER)
        house.play_day()
        (reason,) = house.rows(tables.reasons)
        assert reason.reason == code
        assert "the pump leaks" in reason.text and "Nadia Willems" in reason.text
        assert house.notices() == []
        house.go_to(FIRST_REMINDER + timedelta(days=4))
        house.play_day()
        assert [step for step, _, _ in house.notices()] == ["reminder"]

    def test_a_dispute_about_one_invoice_does_not_hold_the_other(self, overdue: House) -> None:
        overdue.hold("2026-7", HoldKind.DISPUTE, until=date(2026, 7, 1))
        assert overdue.follow_up().actions[0].invoices == ("2026-8",)
        assert reasons(overdue) == {"2026-7": "hold_dispute"}


class TestReasons:
    def test_a_reason_is_journalled_when_it_changes_and_not_daily(self, house: House) -> None:
        house.take_in(due_invoice())
        house.send()
        house.send()
        for day in (19, 20, 21):
            house.go_to(date(2026, 1, day))
            house.follow_up()
        assert len(house.journal("nothing_done")) == 1
        house.hold("2026-7", HoldKind.DISPUTE, until=date(2026, 7, 1))
        for day in (22, 23):
            house.go_to(date(2026, 1, day))
            house.follow_up()
        assert [row.facts["reason"] for row in house.journal("nothing_done")] == ["not_due", "hold_dispute"]

    def test_with_old_bank_data_nothing_is_sent_and_the_operator_is_told(self, overdue: House) -> None:
        """The policy allows three business days."""
        overdue.read_statements()
        overdue.go_to(FIRST_REMINDER + timedelta(days=4))
        done = follow_up.follow_up(overdue.workspace, overdue.today)
        assert done.actions == [] or overdue.notices() == []
        assert set(reasons(overdue).values()) == {"data_stale"}
        assert [step for step, _, _ in overdue.notices()] == []
        overdue.play_day()
        assert {step for step, _, _ in overdue.notices()} == {"reminder"}


class Killed(BaseException):
    """Nothing of ours catches it, as nothing catches a SIGKILL."""


@pytest.mark.parametrize("boundary", ["carry_out", "plan_notice", "note_reasons"])
def test_a_crash_while_deciding_plans_each_step_once(
    overdue: House, boundary: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as struck:
        struck.setattr(f"flows.follow_up.{boundary}", die)
        with pytest.raises(Killed):
            overdue.follow_up()
    overdue.follow_up()
    overdue.send()
    assert messages(overdue) == 1 and len(overdue.rows(tables.payment_requests)) == 1
    overdue.assert_each_once()


BuildHouse = Callable[..., House]


def test_a_reminder_that_bounces_is_told_and_not_repeated(build_house: BuildHouse) -> None:
    """The invoice went by Peppol; the address for letters is wrong."""
    house = build_house(bouncing=["ap@zuid.example"])
    house.take_in(due_invoice())
    house.send()
    house.send()
    for day in (FIRST_REMINDER, FIRST_REMINDER + timedelta(days=1), FIRST_REMINDER + timedelta(days=21)):
        house.go_to(day)
        house.play_day()
    assert [state for _, _, state in house.notices()] == ["not_delivered"]
    assert reasons(house) == {"2026-7": "notice_bounced"}
    (task,) = house.tasks("undelivered")
    assert "2026-7" in task and "notice" in task


def test_the_ladder_of_a_business_step_by_step(house: House) -> None:
    """Reminder, call, formal reminder, notice of default with interest and lump sum, hand-over for approval."""
    house.take_in(due_invoice(), customers=[WANTS_MAIL])
    house.play_day()
    house.go_to(date(2026, 2, 6))
    house.play_to(date(2026, 4, 10))
    taken = [(step.step, step.on) for step in house.story().steps]
    assert [step for step, _ in taken] == ["reminder", "call", "formal_reminder", "notice_of_default"]
    days = [on for _, on in taken]
    assert days[0] == FIRST_REMINDER and days == sorted(set(days))
    assert set(house.open()) == {"principal", "interest", "lump_sum"} | ({"costs"} & set(house.open()))
    (asked,) = house.rows(tables.approvals)
    assert asked.state == "pending"
    assert reasons(house) == {"2026-7": "awaiting_approval"}
    house.assert_each_once()


def test_a_demand_at_a_rate_that_is_not_yet_confirmed_needs_a_person(house: House) -> None:
    """Half-yearly rates after the last confirmed one are provisional: nobody gets a letter with them by itself."""
    house.go_to(date(2026, 7, 6))
    house.take_in(document(issued="2026-07-06", due="2026-08-05"))
    house.play_day()
    house.play_to(date(2026, 10, 1), every=3)
    assert "notice_of_default" not in [step for step, _, _ in house.notices()]
    (asked,) = house.tasks("consent")
    assert "not yet confirmed" in asked
