"""Which step is due for one claim today, or why none is: the part of the decision that looks at one invoice alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Protocol

from receivables.calendar import Country, add_business_days, next_business_day
from receivables.claims import ZERO, ClaimFacts, Consent, DispatchState, HoldKind, Notice, Step
from receivables.ladder import Ladder, LadderStep, Policy
from receivables.rungs import COURTESIES, SEVERITY

UNDONE = frozenset({DispatchState.WITHDRAWN, DispatchState.REJECTED, DispatchState.NOT_DELIVERED})
IN_FLIGHT = frozenset(
    {DispatchState.PLANNED, DispatchState.SUBMITTING, DispatchState.UNKNOWN, DispatchState.AWAITING_PERSON}
)
ARRIVED = frozenset({DispatchState.SUBMITTED, DispatchState.DELIVERED})
NOTE = LadderStep.model_construct(step=Step.DUE_SOON, wait=0)


class Clock(Protocol):
    """When the law lets the step after `notice` be taken at the earliest; None where it sets no day of its own."""

    def __call__(self, country: str, notice: Notice) -> date | None: ...


@dataclass(frozen=True, slots=True)
class Reason:
    """Why nothing is done about a claim: a code, a sentence, and the day on which that may change, where known."""

    invoice_id: int
    code: str
    text: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A step that may be taken today. `ask`: a person must consent to it first."""

    claim: ClaimFacts
    rung: LadderStep
    ask: bool = False


def due_today(
    claim: ClaimFacts, ladder: Ladder, policy: Policy, country: Country, clock: Clock, on: date
) -> Due | Reason:
    """The rung of `ladder` that is due for `claim` on `on`, or why none is."""
    if reason := standing_reason(claim, on):
        return reason
    if note_due(claim, policy, country, on):
        return Due(claim, NOTE)
    taken = [n for n in claim.notices if n.state not in UNDONE and n.step not in COURTESIES]
    last = max(taken, key=lambda n: (n.on, SEVERITY[n.step], n.occurrence), default=None)
    from_day = wait_from(claim, last, policy, country, on)
    if isinstance(from_day, Reason):
        return from_day
    rung = ladder.after(n.step for n in taken)
    if rung is None:
        return Reason(claim.invoice_id, "ladder_ended", "every step of the ladder has been taken")
    if bounced := never_arrived(claim, rung.step):
        return bounced
    ready = first_day(claim, rung, last, from_day)
    lawful = max((day for notice in taken if (day := clock(country, notice)) is not None), default=ready)
    ready = next_business_day(country, max(ready, lawful))
    return when_ready(claim, rung, ready, on)


def standing_reason(claim: ClaimFacts, on: date) -> Reason | None:
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


def claimable(claim: ClaimFacts, on: date) -> Decimal:
    """What is open and undisputed: principal less the amount of a dispute that covers only a part."""
    disputed = sum(
        (h.amount for h in claim.holds if h.kind is HoldKind.DISPUTE and h.amount is not None and h.covers(on)), ZERO
    )
    return claim.open_principal + claim.open_accessories - min(disputed, claim.open_principal)


def note_due(claim: ClaimFacts, policy: Policy, country: Country, on: date) -> bool:
    """Whether the note before the due date is due: once, on an open day, and never on the due date or after it."""
    days = policy.courtesy.note_days_before
    if days is None or claim.notices or claim.open_principal < policy.courtesy.note_minimum:
        return False
    return next_business_day(country, claim.printed_due - timedelta(days=days)) <= on < claim.printed_due


def wait_from(claim: ClaimFacts, last: Notice | None, policy: Policy, country: Country, on: date) -> date | Reason:
    """The day from which the next wait is counted."""
    if last is None:
        return default_from(claim)
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


def default_from(claim: ClaimFacts) -> date:
    """The last day on which payment is in time, by the invoice and by the law."""
    return max(claim.printed_due, claim.lawful_due)


def first_day(claim: ClaimFacts, rung: LadderStep, last: Notice | None, from_day: date) -> date:
    """The first day that the policy allows: never the day of the step before."""
    if rung.count_from == "due" and last is not None:
        return max(default_from(claim) + timedelta(days=rung.wait), from_day + timedelta(days=1))
    return from_day + timedelta(days=max(rung.wait, 1))


def when_ready(claim: ClaimFacts, rung: LadderStep, ready: date, on: date) -> Due | Reason:
    if on < ready:
        code = "not_due" if on <= claim.printed_due else "waiting"
        return Reason(claim.invoice_id, code, f"{rung.step} is next, on {ready}", ready)
    amount = claimable(claim, on)
    if amount < rung.minimum or amount <= ZERO:
        return Reason(claim.invoice_id, "below_minimum", f"{amount} is under the {rung.minimum} that {rung.step} needs")
    said = dict(claim.consents).get(rung.step)
    if said is Consent.ASKED:
        return Reason(claim.invoice_id, "awaiting_consent", f"a person is asked whether the {rung.step} goes out")
    if said is Consent.REFUSED:
        return Reason(claim.invoice_id, "refused_by_person", f"a person decided that the {rung.step} does not go out")
    return Due(claim, rung, ask=rung.needs_person and said is None)


def never_arrived(claim: ClaimFacts, step: Step) -> Reason | None:
    """A notice that bounced, until the address was mended."""
    lost = (DispatchState.NOT_DELIVERED, DispatchState.REJECTED)
    failed = [n for n in claim.notices if n.step is step and n.state in lost and not n.mended]
    if not failed:
        return None
    text = f"the {step} of {failed[-1].on} did not arrive: a person must mend the address or call"
    return Reason(claim.invoice_id, "notice_bounced", text)
