"""Where the story of an invoice ended: every word of the contract can be reached, and the more telling one wins."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.claims import HandoverState, HoldKind, Outcome
from receivables.outcome import StoryFacts, outcome

DUE = date(2026, 2, 4)
DAY = timedelta(days=1)
OPEN = StoryFacts(payable=10_000, open=10_000, due=DUE)
PAID = StoryFacts(payable=10_000, open=0, due=DUE, paid=10_000, last_paid=DUE)
DISPUTE, PLAN, PROMISE = HoldKind.DISPUTE, HoldKind.PLAN, HoldKind.PROMISE


@pytest.mark.parametrize(
    ("facts", "changed", "expected"),
    [
        (OPEN, {}, "open"),
        (OPEN, {"refused": True}, "refused"),
        (OPEN, {"holds": frozenset({DISPUTE})}, "disputed"),
        (OPEN, {"holds": frozenset({PLAN})}, "on_plan"),
        (OPEN, {"holds": frozenset({PROMISE})}, "open"),
        (OPEN, {"insurer_notified": True}, "insurer_notified"),
        (OPEN, {"handover": HandoverState.PREPARED}, "handed_over"),
        (OPEN, {"handover": HandoverState.ACTIVE}, "handed_over"),
        (OPEN, {"handover": HandoverState.REJECTED}, "open"),
        (OPEN, {"handover": HandoverState.WITHDRAWN}, "open"),
        (OPEN, {"open": 1_000, "indemnified": 9_000}, "indemnified"),
        (OPEN, {"open": 5_000, "paid": 5_000, "last_paid": DUE}, "open"),
        (OPEN, {"open": 5_000, "collected": 5_000, "handover": HandoverState.PAID_PARTLY}, "handed_over"),
        (PAID, {}, "paid_on_time"),
        (PAID, {"last_paid": DUE + DAY}, "paid_late"),
        (PAID, {"last_paid": DUE + DAY, "reminded": DUE + DAY}, "paid_after_reminder"),
        (PAID, {"last_paid": DUE + DAY, "reminded": DUE + 2 * DAY}, "paid_late"),
        (PAID, {"paid": 0, "last_paid": None, "credited": 10_000}, "credited"),
        (PAID, {"paid": 6_000, "credited": 4_000}, "paid_on_time"),
        (PAID, {"paid": 0, "last_paid": None, "collected": 10_000, "handover": HandoverState.PAID}, "collected"),
        (PAID, {"paid": 2_000, "written_off": 8_000}, "written_off"),
        (PAID, {"paid": 0, "written_off": 1_000, "indemnified": 9_000}, "indemnified"),
        (PAID, {"payable": 0, "paid": 0, "last_paid": None}, "paid_on_time"),  # prepaid in full: 0.00 was due
    ],
)
def test_one_word_for_each_story(facts: StoryFacts, changed: dict[str, Any], expected: str) -> None:
    assert outcome(replace(facts, **changed)) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"handover": HandoverState.ACTIVE, "insurer_notified": True, "holds": frozenset({DISPUTE})}, "handed_over"),
        ({"insurer_notified": True, "holds": frozenset({DISPUTE, PLAN})}, "disputed"),
        ({"insurer_notified": True, "holds": frozenset({PLAN})}, "on_plan"),
    ],
)
def test_the_more_telling_word_wins(changed: dict[str, Any], expected: str) -> None:
    assert outcome(replace(OPEN, **changed)) == expected


days = st.none() | st.dates(DUE - 30 * DAY, DUE + 90 * DAY)
stories = st.builds(
    StoryFacts,
    payable=st.integers(0, 10_000),
    open=st.integers(0, 10_000),
    due=st.just(DUE),
    paid=st.integers(0, 10_000),
    credited=st.integers(0, 10_000),
    collected=st.sampled_from([0, 500]),
    written_off=st.sampled_from([0, 500]),
    indemnified=st.sampled_from([0, 500]),
    last_paid=days,
    reminded=days,
    holds=st.frozensets(st.sampled_from(list(HoldKind))),
    handover=st.none() | st.sampled_from(list(HandoverState)),
    insurer_notified=st.booleans(),
    refused=st.booleans(),
)


@given(stories)
def test_a_claim_that_is_open_is_never_called_paid_and_a_settled_one_never_open(facts: StoryFacts) -> None:
    found = outcome(facts)
    paid = {Outcome.PAID_ON_TIME, Outcome.PAID_LATE, Outcome.PAID_AFTER_REMINDER, Outcome.COLLECTED, Outcome.CREDITED}
    unpaid = {Outcome.OPEN, Outcome.DISPUTED, Outcome.ON_PLAN, Outcome.HANDED_OVER, Outcome.INSURER_NOTIFIED}
    if facts.open > 0:
        assert found not in paid
    elif not facts.refused:
        assert found not in unpaid
