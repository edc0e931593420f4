"""What may be done about a debtor today: one pure function from facts to actions, or a reason for doing nothing.

Level-triggered: a step is due when its day has come and it has not been taken, so a missed week loses no step; and as
the next wait runs from the proven delivery of the step before, no two ever fall due at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Protocol

from receivables.calendar import Country, add_business_days, is_business_day, next_business_day
from receivables.claims import ZERO, ClaimFacts, DebtorFacts, DispatchState, HoldKind, Notice, Step
from receivables.ladder import MESSAGES, Ladder, LadderStep, Policy

UNDONE = frozenset({DispatchState.WITHDRAWN, DispatchState.REJECTED, DispatchState.NOT_DELIVERED})
IN_FLIGHT = frozenset(
    {DispatchState.PLANNED, DispatchState.SUBMITTING, DispatchState.UNKNOWN, DispatchState.AWAITING_PERSON}
)
ARRIVED = frozenset({DispatchState.SUBMITTED, DispatchState.DELIVERED})


class Clock(Protocol):
    """When the law lets the step after `notice` be taken at the earliest; None where it sets no day of its own."""

    def __call__(self, country: str, notice: Notice) -> date | None: ...


@dataclass(frozen=True, slots=True)
class ClaimStep:
    """One claim's own step within an action."""

    invoice_id: int
    number: str
    step: Step
    occurrence: int


@dataclass(frozen=True, slots=True)
class Action:
    """What to do: a message, a call or a hand-over. `step` leads; every claim has its own."""

    step: Step
    claims: tuple[ClaimStep, ...]
    approval: bool
    accessories: bool


@dataclass(frozen=True, slots=True)
class Reason:
    """Why nothing is done about a claim: a code, a sentence, and the day on which that may change, where known."""

    invoice_id: int
    code: str
    text: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from one debtor's facts on one day: at most one action, a reason for every claim left alone."""

    debtor_id: int
    actions: tuple[Action, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class _Due:
    claim: ClaimFacts
    rung: LadderStep


def decide(facts: DebtorFacts, policy: Policy, law: str, clock: Clock, on: date) -> Decision:
    """What to do about `facts` on the business date `on`, under `policy` and the law of `law` ('BE' or 'NL').

    Every open claim ends up in exactly one action or with exactly one reason.
    """
    ladder = policy.ladder_for(law, facts.kind, facts.ladder)
    country = _country(law)
    due: list[_Due] = []
    reasons: list[Reason] = []
    for claim in facts.claims:
        found = _claim_today(claim, ladder, policy, country, clock, on)
        if isinstance(found, Reason):
            reasons.append(found)
        else:
            due.append(_Due(claim, found))
    if due and (block := _debtor_blocked(facts, due, policy, country, on)):
        return Decision(facts.debtor_id, (), (*reasons, *(replace(block, invoice_id=d.claim.invoice_id) for d in due)))
    action, rest = _lead(ladder, due)
    return Decision(facts.debtor_id, (action,) if action else (), (*reasons, *rest))


def last_look(facts: DebtorFacts, steps: tuple[ClaimStep, ...], policy: Policy, law: str, on: date) -> Reason | None:
    """At the moment of sending: the reason why a planned message must not go out any more, or None.

    Looked at again: what is open, holds, hand-over, credits, the age of the bank data.
    """
    claims = {claim.invoice_id: claim for claim in facts.claims}
    for step in steps:
        claim = claims.get(step.invoice_id)
        if claim is None:
            return Reason(step.invoice_id, "nothing_open", f"invoice {step.number} has nothing open any more")
        if reason := _standing_reason(claim, on):
            return reason
    wanted = [claims[step.invoice_id] for step in steps]
    return _money_blocked(facts, wanted, policy, _country(law), on)


def claimable(claim: ClaimFacts, on: date) -> Decimal:
    """What is open and undisputed: principal less the amount of a dispute that covers only a part."""
    disputed = sum(
        (h.amount for h in claim.holds if h.kind is HoldKind.DISPUTE and h.amount is not None and h.covers(on)), ZERO
    )
    return claim.open_principal + claim.open_accessories - min(disputed, claim.open_principal)


def _claim_today(
    claim: ClaimFacts, ladder: Ladder, policy: Policy, country: Country, clock: Clock, on: date
) -> LadderStep | Reason:
    """The rung that is due for `claim` on `on`, or why none is."""
    if reason := _standing_reason(claim, on):
        return reason
    taken = [n for n in claim.notices if n.state not in UNDONE]
    last = max(taken, key=lambda n: (n.on, n.occurrence), default=None)
    from_day = _wait_from(claim, last, policy, country, on)
    if isinstance(from_day, Reason):
        return from_day
    rung = ladder.after(frozenset(n.step for n in taken))
    if rung is None:
        return Reason(claim.invoice_id, "ladder_ended", "every step of the ladder has been taken")
    if bounced := _bounced(claim, rung.step):
        return bounced
    return _when_ready(claim, rung, last, from_day, country, clock, on)


def _standing_reason(claim: ClaimFacts, on: date) -> Reason | None:
    """Reasons that hold at any moment, before and after a step is planned."""
    if claim.handed_over:
        return Reason(claim.invoice_id, "handed_over", "the claim is with the collection partner")
    if claim.open_principal + claim.open_accessories <= ZERO:
        return Reason(claim.invoice_id, "nothing_open", "nothing is open")
    if claim.delivery not in ARRIVED:
        text = f"the invoice is not delivered ({claim.delivery}): no reminder may follow"
        return Reason(claim.invoice_id, "not_delivered", text)
    whole = [h for h in claim.holds if h.covers(on) and (h.amount is None or h.amount >= claim.open_principal)]
    if whole:
        hold = max(whole, key=lambda h: h.until)
        text = f"{hold.kind}: {hold.reason} (until {hold.until}, owner {hold.owner})"
        return Reason(claim.invoice_id, f"hold_{hold.kind}", text, hold.until + timedelta(days=1))
    return None


def _wait_from(claim: ClaimFacts, last: Notice | None, policy: Policy, country: Country, on: date) -> date | Reason:
    """The day from which the next wait is counted."""
    if last is None:
        return max(claim.printed_due, claim.lawful_due)
    if last.step is Step.CALL:
        patience = add_business_days(country, last.on, policy.contact.call_patience)
        done = last.proven or (patience if on >= patience else None)
        return done or Reason(claim.invoice_id, "call_open", f"a call is asked for since {last.on}", patience)
    if last.step is Step.HANDOVER:
        return Reason(claim.invoice_id, "awaiting_approval", f"the hand-over waits for a person since {last.on}")
    if last.state in IN_FLIGHT:
        return Reason(claim.invoice_id, "step_in_flight", f"the {last.step} of {last.on} is {last.state}")
    if last.proven is None:
        return Reason(claim.invoice_id, "awaiting_proof", f"the {last.step} of {last.on} is not yet proven delivered")
    return last.proven


def _when_ready(
    claim: ClaimFacts,
    rung: LadderStep,
    last: Notice | None,
    from_day: date,
    country: Country,
    clock: Clock,
    on: date,
) -> LadderStep | Reason:
    ready = from_day + timedelta(days=max(rung.wait, 1))
    if last is not None and (lawful := clock(country, last)) is not None:
        ready = max(ready, lawful)
    ready = next_business_day(country, ready)
    if on < ready:
        code = "not_due" if on <= claim.printed_due else "waiting"
        return Reason(claim.invoice_id, code, f"{rung.step} is next, on {ready}", ready)
    amount = claimable(claim, on)
    if amount < rung.minimum or amount <= ZERO:
        return Reason(claim.invoice_id, "below_minimum", f"{amount} is under the {rung.minimum} that {rung.step} needs")
    return rung


def _bounced(claim: ClaimFacts, step: Step) -> Reason | None:
    lost = (DispatchState.NOT_DELIVERED, DispatchState.REJECTED)
    failed = [n for n in claim.notices if n.step is step and n.state in lost and not n.mended]
    if not failed:
        return None
    text = f"the {step} of {failed[-1].on} did not arrive: a person must mend the address or call"
    return Reason(claim.invoice_id, "notice_bounced", text)


def _debtor_blocked(facts: DebtorFacts, due: list[_Due], policy: Policy, country: Country, on: date) -> Reason | None:
    """What stops every step towards this debtor today."""
    first = due[0].claim.invoice_id
    if not is_business_day(country, on):
        opens = next_business_day(country, on)
        return Reason(first, "closed_day", f"{on} is no business day in {country}", opens)
    if block := _money_blocked(facts, [d.claim for d in due], policy, country, on):
        return block
    if facts.last_contact is not None:
        free = facts.last_contact + timedelta(days=policy.contact.min_days_between)
        if on < free:
            return Reason(first, "contacted_recently", f"last contact was on {facts.last_contact}", free)
    return None


def _money_blocked(
    facts: DebtorFacts, claims: list[ClaimFacts], policy: Policy, country: Country, on: date
) -> Reason | None:
    """Stale bank data, or credits that cover what would be asked."""
    first = claims[0].invoice_id
    age = policy.contact.bank_data_max_age
    known = facts.bank_data_until
    if known is None or add_business_days(country, known, age + 1) <= on:
        text = "no bank statement has been read" if known is None else f"bank statements reach only to {known}"
        return Reason(first, "data_stale", f"{text}: nothing is sent before a newer one is read")
    owed = sum((claimable(claim, on) for claim in claims), ZERO)
    if facts.open_credits >= owed:
        return Reason(first, "covered_by_credits", f"open credits of {facts.open_credits} cover the {owed} due")
    return None


def _lead(ladder: Ladder, due: list[_Due]) -> tuple[Action | None, list[Reason]]:
    """One action a day: the highest step leads; a message takes along every claim that has a message due."""
    if not due:
        return None, []
    order = {rung.step: i for i, rung in enumerate(ladder.steps)}
    leading = max(due, key=lambda d: order[d.rung.step]).rung
    if leading.step in MESSAGES:
        together = [d for d in due if d.rung.step in MESSAGES]
    else:
        together = [d for d in due if d.rung.step is leading.step]
    others = [d for d in due if d not in together]
    action = Action(
        step=leading.step,
        claims=tuple(_claim_step(d) for d in together),
        approval=leading.approval,
        accessories=leading.accessories,
    )
    text = f"today the {leading.step} leads; one contact a day"
    return action, [Reason(d.claim.invoice_id, "another_step_leads", text) for d in others]


def _claim_step(due: _Due) -> ClaimStep:
    before = sum(1 for n in due.claim.notices if n.step is due.rung.step)
    return ClaimStep(due.claim.invoice_id, due.claim.number, due.rung.step, before + 1)


def _country(law: str) -> Country:
    if law not in ("BE", "NL"):
        raise ValueError(f"there is no ladder under the law of {law!r}; BE and NL have one")
    return "BE" if law == "BE" else "NL"
