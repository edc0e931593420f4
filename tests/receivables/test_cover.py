"""The credit insurer's clock, from the original due date."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from receivables.claims import DebtorKind, Hold, HoldKind
from receivables.cover import (
    InsurancePolicy,
    claim_window,
    insolvency_deadline,
    insolvency_window,
    overdue,
    overdue_by_currency,
    plan_beyond,
)
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


def test_deliveries_stop_at_the_end_of_the_extension_period_and_the_erp_is_told_on_a_business_day_before():
    found = overdue(POLICY, debtor(claim(insurer_due=DUE)), date(2026, 4, 1))
    assert found is not None
    assert (found.stop_delivery, found.stop_on) == (date(2026, 4, 5), date(2026, 4, 3))  # a Sunday: the Friday before


def test_only_what_the_insurer_granted_moves_its_clock():
    late = debtor(claim("2026-0001", insurer_due=DUE))
    granted = {"2026-0001": date(2026, 5, 20)}
    found = overdue(POLICY, late, date(2026, 5, 21), granted)
    assert found is not None
    assert (found.stop_delivery, found.deadline) == (date(2026, 5, 20), date(2026, 6, 19))
    assert overdue(POLICY, late, date(2026, 5, 20), granted) is None, "not late before the granted day has passed"
    earlier = overdue(POLICY, late, date(2026, 4, 10), {"2026-0001": date(2026, 3, 1)})
    assert earlier is not None and earlier.stop_delivery == date(2026, 4, 5), "a shorter one takes nothing away"


def test_each_currency_has_its_own_clock():
    facts = debtor(
        claim("2026-0001", insurer_due=DUE), claim("2026-0002", insurer_due=date(2026, 3, 2), currency="USD")
    )
    found = overdue_by_currency(POLICY, facts, date(2026, 4, 1), {})
    assert [(f.oldest, f.claims[0].currency, len(f.claims)) for f in found] == [
        ("2026-0001", "EUR", 1),
        ("2026-0002", "USD", 1),
    ]


def test_a_plan_past_the_extension_period_needs_the_insurer():
    short = Hold(kind=HoldKind.PLAN, owner="Ann", reason="2 parts", since=DUE, until=date(2026, 4, 5))
    long = Hold(kind=HoldKind.PLAN, owner="Ann", reason="3 parts", since=DUE, until=date(2026, 9, 1))
    on = date(2026, 4, 1)
    found = [overdue(POLICY, debtor(claim(insurer_due=DUE, holds=holds)), on) for holds in ((short,), (long,))]
    assert [plan_beyond(late, on) for late in found if late] == [None, date(2026, 9, 1)]


def test_a_claim_waits_for_the_waiting_period_and_an_insolvency_does_not():
    policy = InsurancePolicy(number="P-1", insurer="i", seller="noordzee", waiting_period=150, claim_within=60)
    window = claim_window(policy, date(2026, 4, 24))
    assert (window.opens, window.deadline) == (date(2026, 9, 21), date(2026, 11, 20))
    assert window.warn_on == date(2026, 11, 10)
    assert insolvency_window(policy, date(2026, 4, 24)).opens == date(2026, 4, 24)
    assert insolvency_deadline(policy, date(2026, 4, 24)) == date(2026, 5, 4)
