"""Promises that hold whatever happens: months of payments, holds, bounces, missed days and runs repeated at will.

The world here is a model of the ledger: a step is written once under (invoice, step, occurrence), proofs come late or
never, money comes at any time. What is looked at is every step that the decision lets out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receivables.calendar import is_business_day
from receivables.claims import (
    ClaimFacts,
    Consent,
    DebtorFacts,
    DebtorKind,
    DispatchState,
    History,
    Hold,
    HoldKind,
    Notice,
    PaidInvoice,
    Step,
)
from receivables.decide import Action, decide, last_look
from receivables.ladder import Policy, load_policy
from receivables.law.letters import deadline_after
from tests.receivables.debtors import claim, debtor
from tests.receivables.policies import ladder, policy

START = date(2026, 1, 5)
REGIMES = [(kind, law) for kind in DebtorKind for law in ("BE", "NL")]
SEGMENTED = policy(
    ladder(
        "firm", "reminder; wait = 1; approval = true", "notice_of_default; wait = 4",
        conditions='behaviour = ["firm"]',
    ),
    ladder(
        "small", "reminder; wait = 2", "formal_reminder; wait = 3; count_from = 'due'",
        conditions="below_amount = '500'",
    ),
    ladder(
        "rich", "reminder; wait = 1", "fourteen_day_letter; wait = 1", "call; wait = 1", "handover; wait = 1",
        country="NL", debtors="consumer", conditions="from_amount = '2000'",
    ),
    courtesy="note_days_before = 4",
)  # fmt: skip
STALLING = frozenset(HoldKind)


def lawful(country: str, last: Notice) -> date | None:
    law = "BE" if country == "BE" else "NL"
    found = deadline_after(last.step, country=law, channel=last.channel, sent=last.on, received=last.proven)
    return found.earliest_next_step if found else None


@dataclass
class World:
    """One debtor and what befalls it, by a seed."""

    chance: Random
    kind: DebtorKind
    law: str
    rules: Policy
    claims: list[ClaimFacts] = field(default_factory=list)
    written: Counter[tuple[int, Step, int]] = field(default_factory=Counter)
    taken: list[tuple[date, Step, tuple[int, ...]]] = field(default_factory=list)
    contact: date | None = None
    credits: Decimal = Decimal(0)
    bank: date = START

    def facts(self) -> DebtorFacts:
        late = [
            PaidInvoice(number=str(n), due=START, paid=START + timedelta(days=n), amount=Decimal(100)) for n in range(6)
        ]
        return debtor(
            *self.claims,
            kind=self.kind,
            country=self.law,
            last_contact=self.contact,
            open_credits=self.credits,
            bank_data_until=self.bank,
            customer_since=date(2019, 1, 1),
            history=History(paid=tuple(late), promises_broken=self.chance.choice((0, 0, 3))),
        )

    def change(self, index: int, **changes: object) -> None:
        self.claims[index] = replace(self.claims[index], **changes)

    def befall(self, on: date) -> None:
        """Something happens to one of the claims, or to none."""
        index = self.chance.randrange(len(self.claims))
        one = self.claims[index]
        match self.chance.randrange(12):
            case 0:
                paid = self.chance.choice((one.open_principal, one.open_principal / 2))
                self.change(index, open_principal=one.open_principal - paid)
            case 1:
                self.change(index, open_principal=one.principal)  # a payment goes back
            case 2 | 3:
                kind = self.chance.choice(list(HoldKind))
                until = on + timedelta(days=self.chance.randrange(20))
                hold = Hold(kind=kind, owner="Ann", reason="said so", since=on, until=until)
                self.change(index, holds=(*one.holds, hold))
            case 4:
                self.credits = self.chance.choice((Decimal(0), Decimal(100), Decimal(99999)))
            case 5:
                self.change(index, consents=tuple((step, Consent.GIVEN) for step, _ in one.consents))
        self.bank = on - timedelta(days=self.chance.choice((0, 1, 1, 1, 9)))
        for number in range(len(self.claims)):
            self.report(number, on)

    def report(self, index: int, on: date) -> None:
        """The partners tell what became of a message; some never do."""
        told = []
        for one in self.claims[index].notices:
            if one.state is DispatchState.PLANNED and one.step is not Step.HANDOVER and self.chance.random() < 0.7:
                lost = one.step is not Step.CALL and self.chance.random() < 0.1
                one = replace(one, state=DispatchState.NOT_DELIVERED if lost else DispatchState.DELIVERED)
                one = one if lost else replace(one, proven=on)
            elif one.state is DispatchState.NOT_DELIVERED and self.chance.random() < 0.3:
                one = replace(one, mended=True)
            told.append(one)
        self.change(index, notices=tuple(told))

    def run(self, on: date) -> None:
        """One run of the day's work; it may be the tenth of that day, after a crash of the ninth."""
        facts = self.facts()
        decision = decide(facts, self.rules, self.law, lawful, on)
        for action in decision.actions:
            if action.ask:
                self.asked(action)
                continue
            assert last_look(facts, action.claims, self.rules, self.law, on) is None
            self.check(facts, action, on)
            if self.chance.random() < 0.2:
                return  # killed before anything was written
            self.write(action, on)

    def asked(self, action: Action) -> None:
        for step in action.claims:
            index = next(i for i, one in enumerate(self.claims) if one.invoice_id == step.invoice_id)
            self.change(index, consents=((step.step, Consent.ASKED),))

    def check(self, facts: DebtorFacts, action: Action, on: date) -> None:
        assert is_business_day("BE" if self.law == "BE" else "NL", on)
        assert facts.bank_data_until is not None and (on - facts.bank_data_until).days <= 7
        assert self.contact is None or (on - self.contact).days >= self.rules.contact.min_days_between
        for step in action.claims:
            one = next(c for c in facts.claims if c.invoice_id == step.invoice_id)
            assert one.open_principal + one.open_accessories > 0, "asks who owes nothing"
            assert not any(h.kind in STALLING and h.covers(on) for h in one.holds), "asks in spite of a hold"
            assert not one.handed_over
            if step.step is Step.DUE_SOON:
                assert on < one.printed_due
                continue
            assert on > max(one.printed_due, one.lawful_due), "asks before it is due"
            for earlier in one.notices:
                if earlier.state is DispatchState.DELIVERED and (day := lawful(self.law, earlier)) is not None:
                    assert on >= day, f"{step.step} on {on}, lawful from {day}"
            if step.step is Step.HANDOVER and self.kind is DebtorKind.CONSUMER:
                letter = Step.BOOK_XIX_NOTICE if self.law == "BE" else Step.FOURTEEN_DAY_LETTER
                assert any(n.step is letter and n.proven is not None for n in one.notices), (
                    "the law's letter is missing"
                )

    def write(self, action: Action, on: date) -> None:
        for step in action.claims:
            self.written[step.invoice_id, step.step, step.occurrence] += 1
            index = next(i for i, one in enumerate(self.claims) if one.invoice_id == step.invoice_id)
            sent = Notice(step=step.step, occurrence=step.occurrence, on=on, state=DispatchState.PLANNED)
            self.change(index, notices=(*self.claims[index].notices, sent))
        self.taken.append((on, action.step, tuple(step.invoice_id for step in action.claims)))
        if action.step is not Step.HANDOVER:
            self.contact = on


def world(seed: int, kind: DebtorKind, law: str, rules: Policy) -> World:
    chance = Random(seed)
    found = World(chance, kind, law, rules)
    for number in range(1, chance.randrange(2, 5)):
        due = START + timedelta(days=chance.randrange(60))
        amount = Decimal(chance.choice((30, 400, 1210, 9000)))
        found.claims.append(
            claim(f"2026-{number:04}", printed_due=due, lawful_due=due, principal=amount, open_principal=amount)
        )
    return found


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(REGIMES), st.booleans())
def test_through_half_a_year_of_anything_no_promise_is_broken(
    seed: int, regime: tuple[DebtorKind, str], segmented: bool
) -> None:
    found = world(seed, *regime, SEGMENTED if segmented else load_policy())
    on = START
    while on < START + timedelta(days=180):
        on += timedelta(days=found.chance.choice((1, 1, 1, 1, 3, 9)))  # some days nobody runs anything
        found.befall(on)
        for _ in range(found.chance.randrange(1, 4)):
            found.run(on)
    assert set(found.written.values()) <= {1}, "a step was taken twice"
    contacts = Counter(day for day, step, _ in found.taken if step is not Step.HANDOVER)
    assert set(contacts.values()) <= {1}, "two contacts in a day"


@pytest.mark.parametrize("regime", REGIMES)
def test_ten_thousand_runs_take_every_step_exactly_once(regime: tuple[DebtorKind, str]) -> None:
    """Everything arrives, nothing is paid: each rung once, in order, however often it is run."""
    kind, law = regime
    found = World(Random(7), kind, law, load_policy(), [claim(printed_due=START, lawful_due=START)])
    for number in range(10_000 // len(REGIMES)):
        on = START + timedelta(days=number // 10)
        found.bank = on
        found.report(0, on)
        found.claims[0] = replace(
            found.claims[0],
            notices=tuple(
                replace(n, state=DispatchState.DELIVERED, proven=n.proven or on) if n.step is not Step.HANDOVER else n
                for n in found.claims[0].notices
            ),
        )
        found.run(on)
    rungs = [rung.step for rung in load_policy().ladder_for(law, kind).steps]
    taken = [step for _, step, _ in found.taken]
    if kind is DebtorKind.BUSINESS or kind is DebtorKind.PUBLIC:
        assert sorted(taken) == sorted(rungs)  # a loyal one is called first
    else:
        assert taken == rungs
    assert set(found.written.values()) == {1}
