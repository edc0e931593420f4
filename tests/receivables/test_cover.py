"""The credit insurer's clock, from the original due date."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from receivables.claims import DebtorKind, Hold, HoldKind
from receivables.cover import InsurancePolicy, overdue
from tests.receivables.debtors import claim, debtor

POLICY = InsurancePolicy(number="P-1", insurer="sandbox", seller="noordzee")
DUE = date(2026, 2, 4)


def test_deadlines_run_from_the_original_due_date_of_the_oldest_invoice():
    facts = debtor(claim("2026-0002", insurer_due=date(2026, 3, 4)), claim("2026-0001", insurer_due=DUE))
    found = overdue(POLICY, facts, date(2026, 4, 1))
    assert found is not None
    assert found.oldest == "2026-0001"
    assert found.stop_delivery == date(2026, 4, 5)
    assert found.deadline == date(2026, 5, 5)
    assert found.notify_on == date(2026, 4, 24)  # ten days before is a Saturday: the Friday before it
    assert found.open_amount == Decimal("2420.00")
    assert not found.due(date(2026, 4, 23))
    assert found.due(date(2026, 4, 24))
    assert not found.missed(date(2026, 5, 5))
    assert found.missed(date(2026, 5, 6))


def test_a_plan_does_not_move_the_deadline_but_a_dispute_suspends_it():
    plan = Hold(kind=HoldKind.PLAN, owner="Ann", reason="3 parts", since=DUE, until=date(2026, 9, 1))
    dispute = Hold(kind=HoldKind.DISPUTE, owner="Ann", reason="quality", since=DUE, until=date(2026, 9, 1))
    on_plan = overdue(POLICY, debtor(claim(holds=(plan,))), date(2026, 4, 1))
    assert on_plan is not None
    assert on_plan.deadline == date(2026, 5, 5)
    assert overdue(POLICY, debtor(claim(holds=(dispute,))), date(2026, 4, 1)) is None


def test_only_insured_debtors_late_and_above_the_minimum_are_notified():
    on = date(2026, 4, 1)
    assert overdue(POLICY, debtor(kind=DebtorKind.CONSUMER), on) is None
    assert overdue(POLICY, debtor(seller="other"), on) is None
    assert overdue(POLICY, debtor(claim(open_principal=Decimal("499.99"))), on) is None
    assert overdue(POLICY, debtor(), DUE) is None
    only_nl = InsurancePolicy(number="P-1", insurer="sandbox", seller="noordzee", countries=("NL",))
    assert overdue(only_nl, debtor(), on) is None
