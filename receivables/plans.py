"""A payment plan: its instalments, which of them are missed, and whether the plan stands. Pure.

The clause that the agreement letter prints: a missed instalment is asked for in writing; if it is not made good within
the days of grace after that request, the plan lapses and the whole balance is due at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Literal

from receivables.calendar import add_bank_days
from receivables.claims import ZERO
from receivables.promises import Receipts, received

GRACE_DAYS = 8  # as the letter says
BANK_DAYS = 2  # that a payment on the agreed day may take
MOST_CONDITIONS, LONGEST_CONDITION = 10, 400
ROOM = 14  # days in which a missed last instalment is noticed and asked for
Verdict = Literal["kept", "broken", "settled"]


class BadPlan(ValueError):
    """The instalments cannot be agreed as they are; one sentence with the figures."""


@dataclass(frozen=True, slots=True)
class Instalment:
    """One payment of a plan, and the sum of it and of all before it."""

    due: date
    amount: Decimal
    by_then: Decimal

    @property
    def last_day(self) -> date:
        return add_bank_days(self.due, BANK_DAYS)


@dataclass(frozen=True, slots=True)
class Plan:
    """What was agreed on the day `agreed`, instalments in the order of their days."""

    agreed: date
    instalments: tuple[Instalment, ...]
    grace_days: int = GRACE_DAYS
    conditions: tuple[str, ...] = ()

    @property
    def total(self) -> Decimal:
        return self.instalments[-1].by_then

    @property
    def until(self) -> date:
        """The last day on which it can hold the ladder: a missed last instalment has its days of grace too."""
        return self.instalments[-1].last_day + timedelta(days=self.grace_days + ROOM)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a plan looks on one day. `ask`: missed instalments that nobody asked for in writing yet."""

    paid: Decimal
    due_so_far: Decimal
    ask: tuple[Instalment, ...]
    verdict: Verdict | None


def plan_of(
    agreed: date,
    instalments: Iterable[tuple[date, Decimal]],
    grace_days: int = GRACE_DAYS,
    conditions: Iterable[str] = (),
) -> Plan:
    """A plan with its running sums. Raises BadPlan for no instalment, two on one day, or a sum of zero or less."""
    ordered = sorted(instalments)
    if not ordered:
        raise BadPlan("a plan needs at least one instalment")
    days = [day for day, _ in ordered]
    if len(set(days)) < len(days):
        twice = next(day for day in days if days.count(day) > 1)
        raise BadPlan(f"two instalments fall on {twice}: make one of them, or give another day")
    if wrong := [amount for _, amount in ordered if amount <= ZERO]:
        raise BadPlan(f"an instalment of {wrong[0]} is none: write an amount above zero")
    sums = accumulate(amount for _, amount in ordered)
    parts = tuple(Instalment(day, amount, by) for (day, amount), by in zip(ordered, sums, strict=True))
    return Plan(agreed, parts, grace_days, conditions_of(conditions))


def conditions_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Free conditions, a line each. Raises BadPlan for an empty one, one that is too long, or too many."""
    found = tuple(" ".join(text.split()) for text in texts)
    if len(found) > MOST_CONDITIONS:
        raise BadPlan(f"{len(found)} conditions are too many for one agreement; write at most {MOST_CONDITIONS}")
    for text in found:
        if not text or len(text) > LONGEST_CONDITION:
            raise BadPlan(
                f"a condition has 1 to {LONGEST_CONDITION} characters; this one has {len(text)}: {text[:40]!r}"
            )
    return found


def ahead(plan: Plan, paid: Decimal, days_before: int | None, on: date) -> Instalment | None:
    """The next instalment, where it falls due in the coming `days_before` days and what came in does not cover it."""
    coming = next((one for one in plan.instalments if one.due > on), None)
    if days_before is None or coming is None or paid >= coming.by_then or coming.due - timedelta(days=days_before) > on:
        return None
    return coming


def check(plan: Plan, owed: Decimal) -> None:
    """Raises BadPlan where the instalments do not make up what is owed, or one lies before the agreement."""
    first = plan.instalments[0].due
    if first < plan.agreed:
        raise BadPlan(f"the instalment of {first} lies before the agreement of {plan.agreed}; give a later day")
    if plan.total != owed:
        raise BadPlan(f"the instalments add up to {plan.total}, and {owed} is open: make them equal")


def stand(
    plan: Plan,
    receipts: Receipts,
    still_open: Decimal,
    asked: Mapping[date, date | None],
    known_until: date | None,
    on: date,
) -> Standing:
    """How the plan stands on `on`, by what came in since it was agreed.

    `asked`: by the day of an instalment that was asked for in writing, the day on which that request left, None while
    it is under way. `known_until`: the day that the bank statements reach; later days are unknown, never missed.
    """
    came = list(receipts)
    seen = min(known_until, on) if known_until is not None else None
    paid = received(came, plan.agreed, on)
    due_so_far = sum((one.amount for one in plan.instalments if one.due <= on), ZERO)
    missed = [one for one in plan.instalments if late(one, paid, seen, on)]
    ask = tuple(one for one in missed if one.due not in asked)
    if paid >= plan.total:
        return Standing(paid, due_so_far, (), "kept")
    if still_open <= ZERO:
        return Standing(paid, due_so_far, (), "settled")
    lapsed = any(lapses(plan, one, came, asked.get(one.due), seen, on) for one in plan.instalments)
    return Standing(paid, due_so_far, () if lapsed else ask, "broken" if lapsed else None)


def late(one: Instalment, paid: Decimal, seen: date | None, on: date) -> bool:
    return seen is not None and seen >= one.last_day and on > one.last_day and paid < one.by_then


def lapses(
    plan: Plan,
    one: Instalment,
    receipts: Sequence[tuple[date, Decimal]],
    asked: date | None,
    seen: date | None,
    on: date,
) -> bool:
    """Whether the days of grace after the written request have passed without the instalment."""
    if asked is None:
        return False
    last = asked + timedelta(days=plan.grace_days)
    return seen is not None and seen >= last and on > last and received(receipts, plan.agreed, last) < one.by_then
