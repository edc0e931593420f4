"""Promises, plans and disputes as pure decisions: kept or broken by what came in, and never before the bank told."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from receivables import disputes
from receivables.claims import ZERO, Hold, HoldKind
from receivables.cover import InsurancePolicy, overdue
from receivables.plans import BadPlan, check, plan_of, stand
from receivables.promises import Promise, verdict
from tests.receivables.debtors import DUE, claim, debtor

MADE, LAST = date(2026, 3, 16), date(2026, 3, 24)  # promised by Friday 20 March, and two bank days
THOUSAND = Decimal("1000.00")
PROMISE = Promise(MADE, LAST, THOUSAND)
LATER = LAST + timedelta(days=1)


class TestPromise:
    def test_it_is_kept_by_what_came_in_between_its_making_and_its_last_day(self) -> None:
        assert verdict(PROMISE, [(MADE, THOUSAND)], ZERO, MADE, MADE) == "kept"
        assert verdict(PROMISE, [(date(2026, 3, 18), Decimal(400)), (LAST, Decimal(600))], ZERO, LAST, LAST) == "kept"

    def test_what_was_paid_before_or_after_keeps_nothing(self) -> None:
        before, after = MADE - timedelta(days=1), LAST + timedelta(days=1)
        assert verdict(PROMISE, [(before, THOUSAND)], THOUSAND, LATER, LATER) == "broken"
        assert verdict(PROMISE, [(after, THOUSAND)], THOUSAND, LATER, LATER) == "broken"

    def test_nothing_is_broken_on_its_last_day_or_before_the_bank_told_of_that_day(self) -> None:
        assert verdict(PROMISE, [], THOUSAND, LAST, LAST) is None
        assert verdict(PROMISE, [], THOUSAND, LAST - timedelta(days=1), LATER) is None
        assert verdict(PROMISE, [], THOUSAND, None, LATER) is None

    def test_a_payment_that_went_back_keeps_nothing(self) -> None:
        bounced = [(date(2026, 3, 18), THOUSAND), (date(2026, 3, 20), -THOUSAND)]
        assert verdict(PROMISE, bounced, THOUSAND, LATER, LATER) == "broken"

    def test_what_was_credited_is_neither_kept_nor_broken(self) -> None:
        assert verdict(PROMISE, [], ZERO, LATER, LATER) == "settled"


AGREED = date(2026, 3, 13)
MARCH, APRIL = date(2026, 3, 31), date(2026, 4, 30)
PLAN = plan_of(AGREED, [(APRIL, Decimal("1210.00")), (MARCH, Decimal("1210.00"))])
MISSED = date(2026, 4, 9)  # 31 March, two bank days with Good Friday and Easter Monday closed: 2 April, and later
OPEN = Decimal("2420.00")
FIRST = [(MARCH, Decimal("1210.00"))]


class TestPlan:
    def test_instalments_stand_in_order_with_their_running_sum(self) -> None:
        assert [(one.due, one.by_then) for one in PLAN.instalments] == [(MARCH, Decimal(1210)), (APRIL, Decimal(2420))]

    def test_an_instalment_is_not_missed_within_its_two_bank_days(self) -> None:
        assert stand(PLAN, [], OPEN, {}, date(2026, 4, 2), date(2026, 4, 2)).ask == ()
        assert [one.due for one in stand(PLAN, [], OPEN, {}, MISSED, MISSED).ask] == [MARCH]

    def test_a_missed_one_is_asked_for_once(self) -> None:
        assert stand(PLAN, [], OPEN, {MARCH: None}, MISSED, MISSED).ask == ()

    def test_it_lapses_when_the_days_of_grace_after_the_request_are_over(self) -> None:
        asked = {MARCH: MISSED}
        last = MISSED + timedelta(days=8)
        assert stand(PLAN, [], OPEN, asked, last, last).verdict is None
        assert stand(PLAN, [], OPEN, asked, last, last + timedelta(days=1)).verdict == "broken"
        assert stand(PLAN, [], OPEN, asked, last - timedelta(days=1), last + timedelta(days=9)).verdict is None

    def test_made_good_within_grace_it_goes_on(self) -> None:
        good = [(MISSED + timedelta(days=8), Decimal("1210.00"))]
        later = MISSED + timedelta(days=10)
        assert stand(PLAN, good, Decimal(1210), {MARCH: MISSED}, later, later).verdict is None

    def test_it_never_lapses_by_a_request_that_did_not_leave(self) -> None:
        later = MISSED + timedelta(days=60)
        assert stand(PLAN, [], OPEN, {MARCH: None, APRIL: None}, later, later).verdict is None

    def test_money_ahead_of_time_counts_for_the_later_instalments(self) -> None:
        ahead = [(date(2026, 3, 20), OPEN)]
        assert stand(PLAN, ahead, ZERO, {}, date(2026, 3, 20), date(2026, 3, 20)).verdict == "kept"

    def test_who_paid_the_first_one_is_only_asked_for_the_second(self) -> None:
        may = date(2026, 5, 6)
        assert [one.due for one in stand(PLAN, FIRST, Decimal(1210), {}, may, may).ask] == [APRIL]

    @pytest.mark.parametrize(
        ("instalments", "says"),
        [
            ([], "at least one"),
            ([(MARCH, Decimal(1)), (MARCH, Decimal(2))], "two instalments fall on 2026-03-31"),
            ([(MARCH, ZERO)], "above zero"),
        ],
    )
    def test_what_is_no_plan_is_refused_in_one_sentence(
        self, instalments: list[tuple[date, Decimal]], says: str
    ) -> None:
        with pytest.raises(BadPlan, match=says):
            plan_of(AGREED, instalments)

    def test_the_instalments_make_up_what_is_owed(self) -> None:
        check(PLAN, OPEN)
        with pytest.raises(BadPlan, match=r"add up to 2420\.00, and 2420\.01 is open"):
            check(PLAN, Decimal("2420.01"))


class TestDispute:
    def test_the_whole_or_a_part_is_disputed_never_more(self) -> None:
        assert disputes.scope(None, THOUSAND) is None
        assert disputes.scope(THOUSAND, THOUSAND) is None
        assert disputes.scope(Decimal("60.50"), THOUSAND) == Decimal("60.50")
        with pytest.raises(disputes.BadDispute, match=r"1000\.00 of the principal is open"):
            disputes.scope(Decimal(1001), THOUSAND)
        with pytest.raises(disputes.BadDispute, match="nothing to dispute"):
            disputes.scope(None, ZERO)

    def test_every_reason_says_what_is_to_be_done(self) -> None:
        assert set(disputes.WORK) == set(disputes.Reason)
        text = disputes.task(disputes.Reason.ALREADY_PAID, "Zuid BV", "2026-7", "on 3 March")
        assert text.startswith("Zuid BV disputes 2026-7 (already paid: on 3 March): ask for the proof of payment")

    @pytest.mark.parametrize(
        ("rule", "part", "notified"),
        [
            ("out", None, None),
            ("out", "200.00", None),
            ("undisputed_part", None, None),
            ("undisputed_part", "200.00", "1010.00"),
            ("in", None, "1210.00"),
            ("in", "200.00", "1210.00"),
        ],
    )
    def test_the_policy_says_how_a_dispute_stands_in_the_insurers_clock(
        self, rule: str, part: str | None, notified: str | None
    ) -> None:
        amount, late = Decimal(part) if part else None, DUE + timedelta(days=30)
        held = Hold(kind=HoldKind.DISPUTE, owner="N", reason="price", since=DUE, until=late, amount=amount)
        facts = debtor(claim(holds=(held,)))
        policy = InsurancePolicy(number="P", insurer="I", seller=facts.seller, disputed=rule)  # type: ignore[arg-type]
        found = overdue(policy, facts, late)
        assert (str(found.open_amount) if found else None) == notified
