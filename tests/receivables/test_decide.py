"""What may be done about a debtor today, and the reasons for doing nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.calendar import is_business_day
from receivables.claims import ClaimFacts, DebtorFacts, DebtorKind, DispatchState, Hold, HoldKind, Notice, Step
from receivables.decide import Action, ClaimStep, Decision, Reason, claimable, decide, last_look
from receivables.ladder import load_policy
from tests.receivables.debtors import DUE, claim, debtor, notice

POLICY = load_policy()


def no_lawful_day(country: str, notice: Notice) -> date | None:
    return None


def decided(facts: DebtorFacts, on: date, law: str = "BE") -> Decision:
    return decide(facts, POLICY, law, no_lawful_day, on)


def only_reason(decision: Decision) -> Reason:
    assert decision.actions == ()
    (reason,) = decision.reasons
    return reason


def only_action(decision: Decision) -> Action:
    (action,) = decision.actions
    return action


def test_before_the_due_date_nothing_happens_and_the_next_step_is_named():
    reason = only_reason(decided(debtor(), DUE))
    assert reason.code == "not_due"
    assert reason.until == date(2026, 2, 9)
    assert "reminder" in reason.text


def test_the_first_reminder_goes_out_five_days_after_the_due_date():
    assert only_reason(decided(debtor(), date(2026, 2, 6))).code == "waiting"
    assert only_action(decided(debtor(), date(2026, 2, 9))).step is Step.REMINDER


def test_a_missed_week_loses_no_step_and_fires_one_only():
    action = only_action(decided(debtor(), date(2026, 3, 16)))
    assert [c.step for c in action.claims] == [Step.REMINDER]


def test_the_wait_runs_from_the_proof_of_the_step_before():
    reminded = claim(notices=(notice(Step.REMINDER, date(2026, 2, 9), proven=date(2026, 2, 12)),))
    facts = debtor(reminded, last_contact=date(2026, 2, 9))
    assert only_reason(decided(facts, date(2026, 2, 18))).until == date(2026, 2, 19)
    assert only_action(decided(facts, date(2026, 2, 19))).step is Step.CALL


def test_without_proof_the_next_step_waits():
    reminded = claim(notices=(notice(Step.REMINDER, date(2026, 2, 9)),))
    assert only_reason(decided(debtor(reminded), date(2026, 4, 1))).code == "awaiting_proof"


@pytest.mark.parametrize("state", ["planned", "submitting", "unknown", "awaiting_person"])
def test_a_step_in_flight_is_never_taken_again(state: str):
    reminded = claim(notices=(notice(Step.REMINDER, date(2026, 2, 9), state=DispatchState(state)),))
    assert only_reason(decided(debtor(reminded), date(2026, 4, 1))).code == "step_in_flight"


def test_a_bounced_notice_waits_for_a_person_and_goes_again_once_the_address_is_mended():
    bounced = notice(Step.REMINDER, date(2026, 2, 9), state=DispatchState.NOT_DELIVERED)
    assert only_reason(decided(debtor(claim(notices=(bounced,))), date(2026, 4, 1))).code == "notice_bounced"
    action = only_action(decided(debtor(claim(notices=(replace(bounced, mended=True),))), date(2026, 4, 1)))
    assert action.claims == (ClaimStep(1, "2026-0001", Step.REMINDER, 2),)


@pytest.mark.parametrize("state", ["planned", "unknown", "not_delivered", "rejected", "awaiting_person"])
def test_no_reminder_follows_an_invoice_that_did_not_arrive(state: str):
    undelivered = claim(delivery=DispatchState(state))
    assert only_reason(decided(debtor(undelivered), date(2026, 4, 1))).code == "not_delivered"


def test_a_call_that_nobody_makes_does_not_stop_the_ladder_for_ever():
    called = claim(
        notices=(
            notice(Step.REMINDER, date(2026, 2, 9), proven=date(2026, 2, 9)),
            notice(Step.CALL, date(2026, 2, 16), state=DispatchState.PLANNED),
        )
    )
    facts = debtor(called, last_contact=date(2026, 2, 9))
    assert only_reason(decided(facts, date(2026, 2, 19))).code == "call_open"
    assert only_action(decided(facts, date(2026, 2, 26))).step is Step.FORMAL_REMINDER


@pytest.mark.parametrize("kind", list(HoldKind))
def test_a_hold_keeps_every_message_back_until_it_expires(kind: HoldKind):
    hold = Hold(kind=kind, owner="Ann", reason="agreed", since=DUE, until=date(2026, 3, 2))
    held = debtor(claim(holds=(hold,)))
    reason = only_reason(decided(held, date(2026, 3, 2)))
    assert (reason.code, reason.until) == (f"hold_{kind}", date(2026, 3, 3))
    assert decided(held, date(2026, 3, 3)).actions


def test_the_undisputed_part_of_an_invoice_goes_on():
    hold = Hold(
        kind=HoldKind.DISPUTE,
        owner="Ann",
        reason="one box",
        since=DUE,
        until=date(2026, 9, 1),
        amount=Decimal("210.00"),
    )
    disputed = claim(holds=(hold,))
    assert claimable(disputed, date(2026, 3, 2)) == Decimal("1000.00")
    assert only_action(decided(debtor(disputed), date(2026, 3, 2))).step is Step.REMINDER


def test_stale_bank_data_stops_everything():
    facts = debtor(bank_data_until=date(2026, 2, 27))
    assert only_reason(decided(facts, date(2026, 3, 5))).code == "data_stale"
    assert decided(facts, date(2026, 3, 4)).actions
    assert only_reason(decided(debtor(bank_data_until=None), date(2026, 3, 4))).code == "data_stale"


def test_credits_that_cover_the_debt_stop_the_reminder():
    assert only_reason(decided(debtor(open_credits=Decimal("1210.00")), date(2026, 3, 2))).code == "covered_by_credits"
    assert decided(debtor(open_credits=Decimal("1209.99")), date(2026, 3, 2)).actions


def test_on_a_closed_day_a_step_moves_later_never_earlier():
    assert only_reason(decided(debtor(), date(2026, 4, 6))).code == "closed_day"  # Easter Monday
    assert decided(debtor(), date(2026, 4, 7)).actions


def test_one_debtor_gets_one_message_and_every_claim_keeps_its_own_step():
    formal = claim(
        "2026-0001",
        notices=(
            notice(Step.REMINDER, date(2026, 2, 9), proven=date(2026, 2, 9)),
            notice(Step.CALL, date(2026, 2, 16), proven=date(2026, 2, 17)),
        ),
    )
    facts = debtor(formal, claim("2026-0002"))
    action = only_action(decided(facts, date(2026, 3, 2)))
    assert action.step is Step.FORMAL_REMINDER
    assert [(c.number, c.step) for c in action.claims] == [
        ("2026-0001", Step.FORMAL_REMINDER),
        ("2026-0002", Step.REMINDER),
    ]


def test_a_claim_that_must_wait_for_another_step_of_its_debtor_says_so():
    to_call = claim("2026-0001", notices=(notice(Step.REMINDER, date(2026, 2, 9), proven=date(2026, 2, 9)),))
    decision = decided(debtor(to_call, claim("2026-0002")), date(2026, 3, 2))
    assert only_action(decision).step is Step.CALL
    assert [r.code for r in decision.reasons] == ["another_step_leads"]


def test_days_between_contacts_are_kept():
    facts = debtor(claim("2026-0002"), last_contact=date(2026, 2, 27))
    assert only_reason(decided(facts, date(2026, 3, 3))).code == "contacted_recently"
    assert decided(facts, date(2026, 3, 4)).actions


def test_required_steps_stay_when_the_oldest_invoice_is_paid():
    paid = claim("2026-0001", open_principal=Decimal(0), notices=(notice(Step.REMINDER, DUE, proven=DUE),))
    action = only_action(decided(debtor(paid, claim("2026-0002")), date(2026, 3, 2)))
    assert action.claims == (ClaimStep(2, "2026-0002", Step.REMINDER, 1),)


def test_the_law_may_set_a_later_day_than_the_policy():
    letter = notice(Step.FOURTEEN_DAY_LETTER, date(2026, 4, 1), proven=date(2026, 4, 2))
    facts = debtor(claim(notices=(letter,)), kind=DebtorKind.CONSUMER, country="NL")
    decision = decide(facts, POLICY, "NL", lambda country, last: date(2026, 5, 20), date(2026, 5, 19))
    assert only_reason(decision).until == date(2026, 5, 20)


def test_a_handover_waits_for_a_person_and_is_never_repeated():
    steps = [Step.REMINDER, Step.CALL, Step.FORMAL_REMINDER, Step.NOTICE_OF_DEFAULT]
    notices = tuple(
        notice(s, date(2026, 2, 9) + timedelta(days=20 * i), proven=date(2026, 2, 9) + timedelta(days=20 * i))
        for i, s in enumerate(steps)
    )
    action = only_action(decided(debtor(claim(notices=notices)), date(2026, 5, 11)))
    assert (action.step, action.approval) == (Step.HANDOVER, True)
    asked = notice(Step.HANDOVER, date(2026, 5, 11), state=DispatchState.PLANNED)
    assert only_reason(decided(debtor(claim(notices=(*notices, asked))), date(2026, 6, 1))).code == "awaiting_approval"
    assert (
        only_reason(decided(debtor(claim(notices=notices, handed_over=True)), date(2026, 6, 1))).code == "handed_over"
    )


def test_a_payment_between_planning_and_sending_stops_the_message():
    steps = (ClaimStep(1, "2026-0001", Step.REMINDER, 1),)
    on = date(2026, 3, 2)
    assert last_look(debtor(), steps, POLICY, "BE", on) is None
    paid = debtor(claim(open_principal=Decimal(0)))
    assert last_look(paid, steps, POLICY, "BE", on).code == "nothing_open"
    assert last_look(debtor(bank_data_until=None), steps, POLICY, "BE", on).code == "data_stale"
    assert last_look(debtor(open_credits=Decimal(5000)), steps, POLICY, "BE", on).code == "covered_by_credits"


days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
holds = st.builds(
    lambda kind, since, length: Hold(
        kind=kind, owner="Ann", reason="agreed", since=since, until=since + timedelta(days=length)
    ),
    st.sampled_from(HoldKind),
    days,
    st.integers(0, 60),
)
claims = st.builds(
    lambda n, due, open_, held, state: claim(
        f"2026-{n:04}",
        printed_due=due,
        lawful_due=due,
        open_principal=Decimal(open_),
        holds=tuple(held),
        delivery=state,
    ),
    st.integers(1, 9999),
    days,
    st.integers(0, 3000),
    st.lists(holds, max_size=2),
    st.sampled_from(DispatchState),
)
kinds = st.sampled_from([(k, law) for k in DebtorKind for law in ("BE", "NL")])


@given(st.lists(claims, min_size=1, max_size=4, unique_by=lambda c: c.invoice_id), days, kinds)
def test_every_claim_gets_one_action_or_one_reason_and_nobody_innocent_is_approached(
    owed: list[ClaimFacts], on: date, regime: tuple[DebtorKind, str]
):
    kind, law = regime
    decision = decided(debtor(*owed, kind=kind), on, law)
    acted = [c.invoice_id for a in decision.actions for c in a.claims]
    assert sorted(acted + [r.invoice_id for r in decision.reasons]) == sorted(c.invoice_id for c in owed)
    assert len(decision.actions) <= 1
    for number in acted:
        subject = next(c for c in owed if c.invoice_id == number)
        assert subject.open_principal > 0
        assert not any(h.covers(on) for h in subject.holds)
        assert max(subject.printed_due, subject.lawful_due) < on
        assert subject.delivery in (DispatchState.SUBMITTED, DispatchState.DELIVERED)
        assert is_business_day("BE" if law == "BE" else "NL", on)


@given(st.lists(st.integers(1, 12), min_size=5, max_size=40), kinds)
def test_played_over_months_each_step_is_taken_once_in_order_and_far_enough_apart(
    gaps: list[int], regime: tuple[DebtorKind, str]
):
    kind, law = regime
    owed, on, last, taken = claim(), DUE, None, []
    for gap in gaps:
        on += timedelta(days=gap)
        decision = decided(debtor(owed, kind=kind, last_contact=last), on, law)
        for action in decision.actions:
            taken.append((action.step, on))
            owed = replace(owed, notices=(*owed.notices, notice(action.step, on, proven=on)))
            last = on
    ladder = [rung.step for rung in POLICY.ladder_for(law, kind).steps]
    assert [step for step, _ in taken] == ladder[: len(taken)]
    for (_, before), (step, after) in pairwise(taken):
        assert (after - before).days >= POLICY.ladder_for(law, kind).rung(step).wait
