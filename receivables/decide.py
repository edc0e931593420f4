"""What may be done about a debtor today: one pure function from facts to actions, or a reason for doing nothing.

Level-triggered: a step is due when its day has come and it has not been taken, so a missed week loses no step; and as
the next wait runs from the proven delivery of the step before, no two ever fall due at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from receivables.behaviour import Behaviour, assess
from receivables.calendar import Country, add_business_days, is_business_day, next_business_day
from receivables.claims import ZERO, ClaimFacts, DebtorFacts, Step
from receivables.due import (
    ARRIVED,
    IN_FLIGHT,
    UNDONE,
    Clock,
    Due,
    Reason,
    claimable,
    due_today,
    standing_reason,
)
from receivables.ladder import MESSAGES, Ladder, LadderStep, Policy
from receivables.preferences import kind_of
from receivables.rungs import COURTESIES, FORMAL, SEVERITY

__all__ = [
    "ARRIVED",
    "IN_FLIGHT",
    "UNDONE",
    "Action",
    "ClaimStep",
    "Clock",
    "Decision",
    "Reason",
    "behaviour_of",
    "claimable",
    "decide",
    "last_look",
]


@dataclass(frozen=True, slots=True)
class ClaimStep:
    """One claim's own step within an action."""

    invoice_id: int
    number: str
    step: Step
    occurrence: int


@dataclass(frozen=True, slots=True)
class Action:
    """What to do: a message, a call or a hand-over. `step` leads; every claim has its own.

    `ask`: nothing goes out yet, a person is asked to consent. `role`: whom it addresses; None for the general address.
    `interest`, `fees`: what is demanded beside the principal; `accessories` says whether any of them is.
    """

    step: Step
    claims: tuple[ClaimStep, ...]
    approval: bool
    accessories: bool
    ask: bool = False
    tone: str = "neutral"
    channel: str = "email"
    role: str | None = None
    template: str | None = None
    interest: bool = False
    fees: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from one debtor's facts on one day: at most one contact, a reason for every claim left alone.

    Beside it there may be actions that only `ask` a person. `behaviour` is how the debtor is judged, with reasons.
    """

    debtor_id: int
    actions: tuple[Action, ...]
    reasons: tuple[Reason, ...]
    behaviour: Behaviour | None = None


def decide(facts: DebtorFacts, policy: Policy, law: str, clock: Clock, on: date) -> Decision:
    """What to do about `facts` on the business date `on`, under `policy` and the law of `law` ('BE' or 'NL').

    Every open claim ends up in exactly one action or with exactly one reason.
    """
    country = country_of(law)
    behaviour = behaviour_of(facts, policy, on)
    usual = ladder_of(facts, policy, law, behaviour)
    due: list[Due] = []
    reasons: list[Reason] = []
    for claim in facts.claims:
        ladder = ladder_for_claim(facts, claim, policy, law, usual, behaviour)
        found = due_today(claim, ladder, policy, country, clock, on)
        if isinstance(found, Due):
            found = as_preferred(facts, found)
            found = unfit(facts, found, policy, on) or found
        if isinstance(found, Reason):
            reasons.append(found)
        else:
            due.append(found)
    if due and (block := debtor_blocked(facts, due, policy, country, on)):
        stopped = (replace(block, invoice_id=d.claim.invoice_id) for d in due)
        return Decision(facts.debtor_id, (), (*reasons, *stopped), behaviour)
    action, rest = lead_uncovered(facts, [d for d in due if not d.ask], behaviour, on)
    asks = consents([d for d in due if d.ask], behaviour)
    actions = (action, *asks) if action else asks
    return Decision(facts.debtor_id, actions, (*reasons, *rest), behaviour)


def behaviour_of(facts: DebtorFacts, policy: Policy, on: date) -> Behaviour:
    """How the debtor pays, as the ledger shows it or as a person said in the policy."""
    chosen = policy.override_of(facts.seller, debtor=facts.ref)
    said = (chosen.tone, f"{chosen.why} ({chosen.by})") if chosen and chosen.tone else None
    return assess(facts.history, facts.claims, facts.customer_since, on, said=said)


def ladder_of(facts: DebtorFacts, policy: Policy, law: str, behaviour: Behaviour) -> Ladder:
    """The debtor's ladder: by a person's choice, else by segment."""
    chosen = policy.override_of(facts.seller, debtor=facts.ref)
    named = chosen.ladder if chosen and chosen.ladder else facts.ladder
    amount = sum((claim.open_principal for claim in facts.claims), ZERO)
    return policy.ladder_for(law, facts.kind, named, size=facts.size, tone=behaviour.tone, amount=amount)


def ladder_for_claim(
    facts: DebtorFacts, claim: ClaimFacts, policy: Policy, law: str, usual: Ladder, behaviour: Behaviour
) -> Ladder:
    """The claim's ladder: a person's choice for this invoice, else its debtor's; the call first for a loyal one."""
    chosen = policy.override_of(facts.seller, invoice=claim.number)
    ladder = usual
    if chosen is not None and chosen.ladder is not None:
        ladder = policy.ladder_for(law, facts.kind, chosen.ladder)
    taken = [n.step for n in claim.notices if n.state not in UNDONE and n.step not in COURTESIES]
    return ladder.for_behaviour(behaviour, taken)


def last_look(
    facts: DebtorFacts,
    steps: tuple[ClaimStep, ...],
    policy: Policy,
    law: str,
    on: date,
    *,
    asked: Mapping[int, Decimal] | None = None,
) -> Reason | None:
    """At the moment of sending: the reason why a planned message must not go out any more, or None.

    Looked at again: what is open, holds (dispute, promise, plan, direct debit, insolvency), hand-over, credits, the
    age of the bank data and of the look in the insolvency register, and, where `asked` gives what the message demands
    of each invoice, whether that is still what is open.
    """
    claims = {claim.invoice_id: claim for claim in facts.claims}
    for step in steps:
        claim = claims.get(step.invoice_id)
        if claim is None:
            return Reason(step.invoice_id, "nothing_open", f"invoice {step.number} has nothing open any more")
        if reason := standing_reason(claim, on):
            return reason
        if reason := register_unseen(facts, step.invoice_id, step.step, policy, on):
            return reason
        left = claim.open_principal + claim.open_accessories
        if asked is not None and step.invoice_id in asked and left < asked[step.invoice_id]:
            text = f"{asked[step.invoice_id]} is asked for {step.number}, of which {left} is still open"
            return Reason(step.invoice_id, "amount_changed", text)
    wanted = [claims[step.invoice_id] for step in steps]
    return money_blocked(facts, wanted, policy, country_of(law), on)


def as_preferred(facts: DebtorFacts, due: Due) -> Due:
    """By post where the client wants such letters by post; what the policy itself sends by post stays so."""
    if due.rung.by != "email" or kind_of(due.rung.step) not in facts.by_post:
        return due
    return replace(due, rung=due.rung.model_copy(update={"channel": "post"}))


def unfit(facts: DebtorFacts, due: Due, policy: Policy, on: date) -> Reason | None:
    """What stops this step alone: no address for it, or a register that nobody looked in lately."""
    claim, rung = due.claim, due.rung
    if rung.by == "email" and "email" not in facts.reachable and rung.role not in dict(facts.contacts):
        text = f"there is no e-mail address that works for the {rung.step}: a person must find one, or call"
        return Reason(claim.invoice_id, "no_address", text)
    return register_unseen(facts, claim.invoice_id, rung.step, policy, on)


def register_unseen(facts: DebtorFacts, invoice_id: int, step: Step, policy: Policy, on: date) -> Reason | None:
    """Before a formal step the insolvency register must have been looked at, as lately as the policy says."""
    age, seen = policy.contact.insolvency_max_age, facts.insolvency_checked
    if age is None or step not in FORMAL or (seen is not None and on <= seen + timedelta(days=age)):
        return None
    when = f"last on {seen}" if seen else "never"
    text = f"the insolvency register was {when} looked at: look before the {step}"
    return Reason(invoice_id, "insolvency_unchecked", text.replace("was never", "was never yet"))


def debtor_blocked(facts: DebtorFacts, due: Sequence[Due], policy: Policy, country: Country, on: date) -> Reason | None:
    """What stops every step towards this debtor today."""
    first = due[0].claim.invoice_id
    if not is_business_day(country, on):
        opens = next_business_day(country, on)
        return Reason(first, "closed_day", f"{on} is no business day in {country}", opens)
    if block := money_blocked(facts, [d.claim for d in due], policy, country, on):
        return block
    if facts.last_contact is not None:
        free = facts.last_contact + timedelta(days=policy.contact.min_days_between)
        if on < free:
            return Reason(first, "contacted_recently", f"last contact was on {facts.last_contact}", free)
    return None


def money_blocked(
    facts: DebtorFacts, claims: Sequence[ClaimFacts], policy: Policy, country: Country, on: date
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


def lead_uncovered(
    facts: DebtorFacts, due: Sequence[Due], behaviour: Behaviour, on: date
) -> tuple[Action | None, list[Reason]]:
    """What leads today, passing over what the open credits cover by themselves."""
    covered: list[Reason] = []
    while True:
        action, rest = lead(due, behaviour)
        if action is None:
            return None, covered
        ids = {step.invoice_id for step in action.claims}
        owed = sum((claimable(d.claim, on) for d in due if d.claim.invoice_id in ids), ZERO)
        if facts.open_credits < owed:
            return action, [*covered, *rest]
        text = f"open credits of {facts.open_credits} cover the {owed} due"
        covered += [Reason(invoice_id, "covered_by_credits", text) for invoice_id in sorted(ids)]
        due = [d for d in due if d.claim.invoice_id not in ids]


def lead(due: Sequence[Due], behaviour: Behaviour) -> tuple[Action | None, list[Reason]]:
    """One action a day: the highest step leads; a message takes along every claim that has one due.

    A note about what is not due yet travels alone: it asks for nothing.
    """
    if not due:
        return None, []
    leading = max(due, key=lambda d: SEVERITY[d.rung.step]).rung
    if leading.step in MESSAGES:
        together = [d for d in due if d.rung.step in MESSAGES]
    else:
        together = [d for d in due if d.rung.step is leading.step]
    others = [d for d in due if d not in together]
    text = f"today the {leading.step} leads; one contact a day"
    reasons = [Reason(d.claim.invoice_id, "another_step_leads", text) for d in others]
    return action_of(leading, together, behaviour), reasons


def consents(due: Sequence[Due], behaviour: Behaviour) -> tuple[Action, ...]:
    """What a person is asked before it may go out: one question for each step."""
    steps = dict.fromkeys(d.rung.step for d in due)
    return tuple(
        replace(action_of(group[0].rung, group, behaviour), ask=True)
        for step in steps
        if (group := [d for d in due if d.rung.step is step])
    )


def action_of(leading: LadderStep, due: Sequence[Due], behaviour: Behaviour) -> Action:
    return Action(
        step=leading.step,
        claims=tuple(claim_step(d) for d in due),
        approval=leading.approval or leading.step is Step.HANDOVER,
        accessories=leading.asks_interest or leading.asks_fees,
        tone=behaviour.tone,
        channel=leading.by,
        role=leading.role,
        template=leading.template,
        interest=leading.asks_interest,
        fees=leading.asks_fees,
    )


def claim_step(due: Due) -> ClaimStep:
    before = sum(1 for n in due.claim.notices if n.step is due.rung.step)
    return ClaimStep(due.claim.invoice_id, due.claim.number, due.rung.step, before + 1)


def country_of(law: str) -> Country:
    if law not in ("BE", "NL"):
        raise ValueError(f"there is no ladder under the law of {law!r}; BE and NL have one")
    return "BE" if law == "BE" else "NL"
