"""Payment behaviour: the score follows from the payments alone, says why, and yields to a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from receivables.behaviour import START, assess
from receivables.claims import History, Hold, HoldKind, PaidInvoice, Step
from receivables.decide import decide
from tests.receivables.debtors import DUE, claim, debtor
from tests.receivables.policies import policy

ON = date(2026, 6, 1)
LONG_AGO = date(2020, 3, 1)


def paid(late: int, amount: str = "1000.00", ago: int = 30) -> PaidInvoice:
    day = ON - timedelta(days=ago)
    return PaidInvoice(number=f"{ago}-{late}", due=day - timedelta(days=late), paid=day, amount=Decimal(amount))


def history(*lates: int, **changes: int) -> History:
    return History(paid=tuple(paid(late, ago=30 * (i + 1)) for i, late in enumerate(lates)), **changes)


def score(found: History, since: date | None = None) -> int:
    value = assess(found, (), since, ON).score
    assert value is not None
    return value


def test_who_pays_on_time_is_addressed_kindly() -> None:
    found = assess(history(0, 0, 0), (), None, ON)
    assert (found.tone, found.score, found.loyal) == ("friendly", START, False)


def test_a_little_late_is_neutral_and_very_late_firm() -> None:
    assert assess(history(14, 14, 14), (), None, ON).tone == "neutral"
    assert assess(history(45, 60, 50), (), None, ON).tone == "firm"


def test_of_too_few_payments_nothing_is_concluded() -> None:
    found = assess(history(90, 90), (), LONG_AGO, ON)
    assert (found.tone, found.score) == ("neutral", None)
    assert "only 2 invoices" in found.reasons[0]
    assert assess(None, (), None, ON).tone == "neutral"


def test_the_days_late_are_weighted_by_amount_and_by_age() -> None:
    small_late = History(paid=(paid(60, "10.00"), paid(0), paid(0)))
    large_late = History(paid=(paid(60, "10000.00"), paid(0), paid(0)))
    assert score(small_late) > score(large_late)
    long_ago = History(paid=(paid(60, ago=700), paid(0), paid(0)))
    lately = History(paid=(paid(60, ago=5), paid(0, ago=200), paid(0, ago=300)))
    assert score(long_ago) > score(lately)


def test_promises_count_and_broken_ones_count_more() -> None:
    plain = history(5, 5, 5)
    assert score(replace(plain, promises_kept=1)) - score(plain) == 3
    assert score(plain) - score(replace(plain, promises_broken=1)) == 8


def test_a_long_relation_and_few_disputes_help() -> None:
    plain = history(5, 5, 5)
    assert score(plain, LONG_AGO) - score(plain) == 6
    assert score(plain) - score(replace(plain, disputes=2)) == 4


def test_the_trend_counts_in_both_directions() -> None:
    better = History(paid=(paid(0, ago=10), paid(0, ago=20), paid(30, ago=300), paid(30, ago=310)))
    worse = History(paid=(paid(30, ago=10), paid(30, ago=20), paid(0, ago=300), paid(0, ago=310)))
    assert any("sooner than before" in reason for reason in assess(better, (), None, ON).reasons)
    assert any("later than before" in reason for reason in assess(worse, (), None, ON).reasons)
    assert score(better) > score(worse)


def test_what_is_overdue_now_counts_and_what_is_disputed_does_not() -> None:
    good = history(0, 0, 0)
    late = claim(printed_due=ON - timedelta(days=80), open_principal=Decimal("9000.00"))
    hold = Hold(kind=HoldKind.DISPUTE, owner="Ann", reason="broken", since=DUE, until=date(2026, 12, 31))
    assert assess(good, [late], None, ON).score < score(good)
    assert assess(good, [replace(late, holds=(hold,))], None, ON).score == score(good)


def test_a_loyal_customer_is_an_old_and_good_one() -> None:
    five = history(0, 0, 0, 0, 0)
    assert assess(five, (), LONG_AGO, ON).loyal
    assert not assess(five, (), ON - timedelta(days=400), ON).loyal
    assert not assess(history(0, 0, 0, 0), (), LONG_AGO, ON).loyal
    assert not assess(history(30, 30, 30, 30, 30), (), LONG_AGO, ON).loyal


def test_every_point_has_its_reason_and_the_reasons_add_up() -> None:
    found = assess(history(20, 8, 3, promises_kept=1, promises_broken=1, disputes=1), (), LONG_AGO, ON)
    points = [int(reason.rsplit(": ", 1)[1]) for reason in found.reasons[1:-1]]
    assert found.score == START + sum(points)
    assert found.reasons[-1] == f"score {found.score} of 100: {found.tone}"


def test_a_person_overrules_the_score_and_the_score_stays_visible() -> None:
    found = assess(history(60, 60, 60), (), None, ON, said=("friendly", "their flood was in the news"))
    assert found.tone == "friendly" and found.score is not None
    assert "chosen by a person: their flood was in the news" in found.reasons[0]
    assert "firm" in found.reasons[-1]


@given(
    st.lists(st.tuples(st.integers(-30, 400), st.integers(1, 10**7), st.integers(0, 700)), max_size=12),
    st.integers(0, 9),
    st.integers(0, 9),
    st.dates(date(1990, 1, 1), date(2030, 1, 1)),
)
@example([(1, 1, 1), (1, 1, 1), (101, 1, 1)], 0, 0, date(2000, 1, 1))  # thirds that a rounded sum would tell apart
def test_any_history_gives_the_same_score_in_whatever_order_it_is_read(
    given: list[tuple[int, int, int]], kept: int, broken: int, since: date
) -> None:
    some = [paid(late, str(Decimal(cents) / 100), ago) for late, cents, ago in given]
    one = assess(History(paid=tuple(some), promises_kept=kept, promises_broken=broken), (), since, ON)
    other = assess(History(paid=tuple(reversed(some)), promises_kept=kept, promises_broken=broken), (), since, ON)
    assert one.score == other.score and one.tone == other.tone
    assert one.score is None or 0 <= one.score <= 100


class TestInTheDecision:
    """The tone reaches the letter, and a loyal customer is called first."""

    @staticmethod
    def at(on: date, **changes: object):
        return decide(debtor(**changes), policy(), "BE", lambda country, notice: None, on)

    @pytest.mark.parametrize(("late", "tone"), [(0, "friendly"), (16, "neutral"), (70, "firm")])
    def test_the_action_carries_the_tone(self, late: int, tone: str) -> None:
        (action,) = self.at(date(2026, 2, 9), history=history(late, late, late)).actions
        assert (action.step, action.tone) == (Step.REMINDER, tone)

    def test_a_loyal_customer_is_called_before_anything_is_written(self) -> None:
        found = self.at(date(2026, 2, 9), history=history(0, 0, 0, 0, 0), customer_since=LONG_AGO)
        assert [action.step for action in found.actions] == [Step.CALL]
        assert found.behaviour is not None and "a loyal customer" in found.behaviour.reasons[-1]
