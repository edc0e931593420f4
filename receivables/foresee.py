"""What would be done, day after day: the decision played over days that are still to come, or that are past.

The future is assumed: a message is proven on the day on which it goes (by post on the third business day after it), a
call is made on the next business day, a consent is given on the next one, a hand-over waits for its approver.
Where the past is played, what was recorded about the same step of the same invoice goes before these assumptions.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from receivables.calendar import Country, add_business_days, next_business_day
from receivables.claims import ClaimFacts, Consent, DebtorFacts, DispatchState, Notice, Step
from receivables.decide import Action, ClaimStep, Decision, claimable, country_of, decide
from receivables.due import IN_FLIGHT, Clock
from receivables.ladder import Policy

POST_DAYS = 3
ONE_DAY = timedelta(days=1)
Outcomes = Mapping[
    tuple[int, Step], tuple[DispatchState, int | None]
]  # the state, and after how many days it was proven


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """One step for one invoice on one day; `leading` is the message's own step. `amount`: what is open of it then."""

    on: date
    debtor: str
    name: str
    seller: str
    number: str
    step: Step
    leading: Step
    amount: Decimal
    currency: str
    tone: str


@dataclass(slots=True)
class _Played:
    """What the play itself brought about."""

    notices: dict[int, list[Notice]] = field(default_factory=dict)
    consents: dict[int, dict[Step, Consent]] = field(default_factory=dict)
    last_contact: date | None = None


def play(
    facts_on: Callable[[date], DebtorFacts | None],
    events: Sequence[date],
    policy: Policy,
    law: str,
    clock: Clock,
    first: date,
    last: date,
    outcomes: Outcomes | None = None,
) -> list[Foreseen]:
    """Every step that one debtor would get from `first` up to and including `last`.

    `facts_on` gives the facts as they stand on a day, without what the play adds; `events`, in order, are the days on
    which they change. Between those, only the days that a reason names are looked at.
    """
    country, done, found = country_of(law), _Played(), []
    day = next_business_day(country, first)
    while day <= last:
        facts = facts_on(day)
        decision = None
        if facts is not None:
            facts = with_played(facts, done, day)
            decision = decide(facts, policy, law, clock, day)
            for action in decision.actions:
                found += taken(facts, action, day)
                carry_out(done, facts, action, country, day, outcomes or {})
        proofs = [n.proven for some in done.notices.values() for n in some if n.proven is not None]
        day = next_business_day(country, next_look(decision, events, proofs, day, last))
    return found


def next_look(decision: Decision | None, events: Sequence[date], proofs: Sequence[date], day: date, last: date) -> date:
    """The next day on which something may be different; the day after `last` where none is."""
    following = bisect_right(events, day)
    days = [events[following]] if following < len(events) else []
    days += [proof for proof in proofs if proof > day]
    if decision is not None:
        if decision.actions or any(reason.code == "another_step_leads" for reason in decision.reasons):
            return day + ONE_DAY
        days += [max(reason.until, day + ONE_DAY) for reason in decision.reasons if reason.until is not None]
    return min(days, default=last + ONE_DAY)


def taken(facts: DebtorFacts, action: Action, day: date) -> list[Foreseen]:
    if action.ask:
        return []
    claims = {claim.invoice_id: claim for claim in facts.claims}
    return [
        Foreseen(
            on=day,
            debtor=facts.ref,
            name=facts.name,
            seller=facts.seller,
            number=step.number,
            step=step.step,
            leading=action.step,
            amount=claimable(claims[step.invoice_id], day),
            currency=claims[step.invoice_id].currency,
            tone=action.tone,
        )
        for step in action.claims
    ]


def carry_out(
    done: _Played, facts: DebtorFacts, action: Action, country: Country, day: date, outcomes: Outcomes
) -> None:
    for step in action.claims:
        if action.ask:
            done.consents.setdefault(step.invoice_id, {})[step.step] = Consent.GIVEN
            continue
        done.notices.setdefault(step.invoice_id, []).append(notice_of(step, action, country, day, outcomes))
    if not action.ask and action.step is not Step.HANDOVER:
        done.last_contact = day


def notice_of(step: ClaimStep, action: Action, country: Country, day: date, outcomes: Outcomes) -> Notice:
    """The notice as it will stand in the ledger: what was recorded of this step, else what is assumed."""
    known = outcomes.get((step.invoice_id, step.step))
    state, proven = DispatchState.DELIVERED, day
    if step.step is Step.HANDOVER:
        state = DispatchState.PLANNED
    elif known is not None:
        state = known[0]
    if known is not None and known[1] is not None:
        proven = day + timedelta(days=known[1])
    elif step.step is Step.CALL:
        proven = add_business_days(country, day, 1)
    elif action.channel == "post":
        proven = add_business_days(country, day, POST_DAYS)
    return Notice(
        step=step.step,
        occurrence=step.occurrence,
        on=day,
        state=state,
        proven=proven if state is DispatchState.DELIVERED else None,
        channel=action.channel,
    )


def with_played(facts: DebtorFacts, done: _Played, day: date) -> DebtorFacts:
    contacts = [day for day in (facts.last_contact, done.last_contact) if day is not None]
    return replace(
        facts,
        claims=tuple(claim_with(claim, done, day) for claim in facts.claims),
        last_contact=max(contacts, default=None),
    )


def claim_with(claim: ClaimFacts, done: _Played, day: date) -> ClaimFacts:
    added, said = done.notices.get(claim.invoice_id), done.consents.get(claim.invoice_id)
    if added is None and said is None:
        return claim
    consents = tuple((dict(claim.consents) | (said or {})).items())
    known = (as_known(notice, day) for notice in added or ())
    return replace(claim, notices=(*claim.notices, *known), consents=consents)


def as_known(notice: Notice, day: date) -> Notice:
    """The notice as it stood on `day`: a proof that came later was not there yet."""
    if notice.proven is None or notice.proven <= day:
        return notice
    return replace(notice, state=DispatchState.SUBMITTED, proven=None)


def as_hoped(facts: DebtorFacts, law: str, on: date) -> DebtorFacts:
    """The facts of today for a look ahead: what is on its way arrives tomorrow, what was asked is agreed to."""
    country = country_of(law)
    tomorrow = add_business_days(country, on, 1)
    return replace(facts, claims=tuple(_arrived(claim, tomorrow) for claim in facts.claims))


def _arrived(claim: ClaimFacts, tomorrow: date) -> ClaimFacts:
    notices = tuple(
        replace(n, state=DispatchState.DELIVERED, proven=tomorrow)
        if n.proven is None and n.step is not Step.HANDOVER and n.state in IN_FLIGHT | {DispatchState.SUBMITTED}
        else n
        for n in claim.notices
    )
    delivery = DispatchState.SUBMITTED if claim.delivery in IN_FLIGHT else claim.delivery
    agreed = tuple((step, Consent.GIVEN if said is Consent.ASKED else said) for step, said in claim.consents)
    return replace(claim, notices=notices, delivery=delivery, consents=agreed)


def look_ahead(facts: DebtorFacts, policy: Policy, law: str, clock: Clock, on: date, days: int) -> list[Foreseen]:
    """What this debtor would get in the `days` from `on`, if nothing is paid and every statement is read in time."""
    hoped = as_hoped(facts, law, on)
    last = on + timedelta(days=days)

    def facts_on(day: date) -> DebtorFacts:
        return replace(hoped, bank_data_until=day)

    return play(facts_on, (), policy, law, clock, on, last)
