"""The insurer's clock: arrears are notified once before the deadline, and a missed deadline is an alarm."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from connectors.sandbox.faults import Fault
from flows.insure import insure
from receivables.claims import HoldKind
from tests.connectors.exports import document, line
from tests.flows.house import After, House

DUE = date(2026, 2, 2)
DEADLINE = DUE + timedelta(days=90)  # 60 days of extension, then 30 to notify
NOTIFIED = date(2026, 4, 23)  # ten days before the deadline, a Thursday
BuildHouse = Callable[..., House]


def insured_invoice(number: str = "2026-7", quantity: int = 5, due: date = DUE) -> dict[str, object]:
    """605.00 by default; the policy starts at 500.00."""
    return document(number=number, due=due.isoformat(), lines=[line(quantity=quantity)])


@pytest.fixture
def overdue(after: After) -> House:
    return after(go_overdue)


def go_overdue(house: House) -> None:
    house.take_in(insured_invoice())
    house.send()
    house.send()


def test_nothing_is_notified_before_its_day(overdue: House) -> None:
    overdue.go_to(NOTIFIED - timedelta(days=1))
    assert insure(overdue.workspace, overdue.today).planned == []


def test_the_arrears_are_notified_once(overdue: House) -> None:
    overdue.go_to(NOTIFIED)
    assert insure(overdue.workspace, overdue.today).planned == ["C-1"]
    assert insure(overdue.workspace, overdue.today).planned == []
    overdue.send()
    for days in (1, 5, 30):
        overdue.go_to(NOTIFIED + timedelta(days=days))
        assert insure(overdue.workspace, overdue.today).planned == []
        overdue.send()
    assert len(overdue.received_by("insurer")) == 1
    report = overdue.dispatch("overdue_report")
    assert report.state == "delivered" and report.details["buyer_id"] == "BUYER-1"
    assert report.details["deadline"] == DEADLINE.isoformat()
    assert overdue.story().outcome == "insurer_notified"
    overdue.assert_each_once()


def test_a_missed_deadline_is_still_notified_and_an_alarm_is_raised(overdue: House) -> None:
    overdue.go_to(DEADLINE + timedelta(days=1))
    done = insure(overdue.workspace, overdue.today)
    assert (done.planned, done.missed) == (["C-1"], ["C-1"])
    (task,) = overdue.tasks("insurer_missed")
    assert "2026-7" in task and str(DEADLINE) in task and "cover may have lapsed" in task
    overdue.send()
    assert len(overdue.received_by("insurer")) == 1


def test_on_the_last_day_it_is_in_time(overdue: House) -> None:
    overdue.go_to(DEADLINE)
    assert insure(overdue.workspace, overdue.today).missed == []


def test_a_plan_or_a_promise_does_not_move_the_deadline(overdue: House) -> None:
    overdue.hold("2026-7", HoldKind.PLAN, until=date(2026, 12, 31))
    overdue.go_to(NOTIFIED)
    assert insure(overdue.workspace, overdue.today).planned == ["C-1"]


def test_a_disputed_invoice_is_not_notified(overdue: House) -> None:
    overdue.hold("2026-7", HoldKind.DISPUTE, until=date(2026, 12, 31))
    overdue.go_to(NOTIFIED)
    assert insure(overdue.workspace, overdue.today).planned == []


def test_what_was_paid_is_not_notified(overdue: House) -> None:
    overdue.go_to(date(2026, 3, 2))
    overdue.pay("605.00", reference=overdue.reference())
    overdue.read_statements()
    overdue.go_to(NOTIFIED)
    assert insure(overdue.workspace, overdue.today).planned == []


def test_under_the_policys_minimum_nothing_is_notified(house: House) -> None:
    house.take_in(insured_invoice(quantity=4))  # 484.00
    house.go_to(NOTIFIED)
    assert insure(house.workspace, house.today).planned == []


def test_all_that_is_overdue_travels_on_one_notification(house: House) -> None:
    house.take_in(insured_invoice(), insured_invoice("2026-8", due=DUE + timedelta(days=20)))
    house.go_to(NOTIFIED)
    insure(house.workspace, house.today)
    assert [invoice[0] for invoice in house.dispatch("overdue_report").details["invoices"]] == ["2026-7", "2026-8"]


@pytest.mark.parametrize("kind", ["drop", "error", "garbage", "too_many"])
def test_an_answer_of_the_insurer_that_is_lost_is_asked_for(build_house: BuildHouse, kind: str) -> None:
    fault = Fault(partner="insurer", kind=kind, call="POST /overdues")  # type: ignore[arg-type]
    house = build_house(faults=[fault])
    house.take_in(insured_invoice())
    house.send()
    house.go_to(NOTIFIED)
    insure(house.workspace, house.today)
    for _ in range(4):
        house.send()
        house.clock.later += timedelta(hours=1)
    assert len(house.received_by("insurer")) == 1
    assert house.dispatch("overdue_report").state == "delivered"
    house.assert_each_once()


def test_what_is_paid_before_it_leaves_is_not_notified_and_asked_for_again_when_the_money_goes_back(
    overdue: House,
) -> None:
    from receivables.ledger import tables
    from receivables.ledger.database import writing
    from receivables.ledger.money_in import reverse_entry

    overdue.go_to(NOTIFIED)
    insure(overdue.workspace, overdue.today)
    overdue.pay("605.00", reference=overdue.reference())
    overdue.read_statements()
    overdue.send()
    assert overdue.dispatch("overdue_report").state == "withdrawn" and overdue.received_by("insurer") == []
    insure(overdue.workspace, overdue.today)
    (task,) = overdue.rows(tables.tasks, tables.tasks.c.kind == "insurer_notify")
    assert task.outcome == "nothing_open"
    (entry,) = overdue.rows(tables.entries, tables.entries.c.amount == 60500)
    with writing(overdue.workspace.engine) as connection:
        reverse_entry(connection, entry.id, on=overdue.today, at=overdue.clock())
    assert insure(overdue.workspace, overdue.today).planned == ["C-1"]
    overdue.send()
    assert [one.state.value for one in overdue.dispatches("overdue_report")] == ["withdrawn", "delivered"]
