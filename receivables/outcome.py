"""Where the story of an invoice ended, or stands: one word out of what is known about it, most telling first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from receivables.claims import HandoverState, HoldKind, Outcome

AWAY = frozenset(HandoverState) - {HandoverState.REJECTED, HandoverState.WITHDRAWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryFacts:
    """What decides the outcome. Amounts are minor units of the invoice's currency, of the principal alone.

    `paid` came in directly, `collected` through a collection partner, `indemnified` from the insurer.
    """

    payable: int
    open: int
    due: date  # BT-9
    paid: int = 0
    credited: int = 0
    collected: int = 0
    written_off: int = 0
    indemnified: int = 0
    last_paid: date | None = None  # booking day of the last payment
    reminded: date | None = None  # first notice that went out, of any step
    holds: frozenset[HoldKind] = frozenset()  # those that hold today
    handover: HandoverState | None = None  # of the latest hand-over
    insurer_notified: bool = False
    refused: bool = False  # at intake: never became a claim


def outcome(facts: StoryFacts) -> Outcome:
    """The outcome of one invoice's story by the words of contracts.md."""
    if facts.refused:
        return Outcome.REFUSED
    return settled(facts) if facts.open <= 0 else standing(facts)


def settled(facts: StoryFacts) -> Outcome:
    """Nothing is open: who made it so? An insurer, an agency and a write-off say more than the payments beside them."""
    if facts.indemnified > 0:
        return Outcome.INDEMNIFIED
    if facts.collected > 0:
        return Outcome.COLLECTED
    if facts.written_off > 0:
        return Outcome.WRITTEN_OFF
    if facts.paid == 0 and facts.credited > 0:
        return Outcome.CREDITED
    if facts.last_paid is None or facts.last_paid <= facts.due:
        return Outcome.PAID_ON_TIME
    if facts.reminded is not None and facts.reminded <= facts.last_paid:
        return Outcome.PAID_AFTER_REMINDER
    return Outcome.PAID_LATE


def standing(facts: StoryFacts) -> Outcome:
    """Something is open: who has it in hand, the one furthest from us first."""
    if facts.indemnified > 0:
        return Outcome.INDEMNIFIED
    if facts.handover in AWAY:
        return Outcome.HANDED_OVER
    if HoldKind.DISPUTE in facts.holds:
        return Outcome.DISPUTED
    if HoldKind.PLAN in facts.holds:
        return Outcome.ON_PLAN
    if facts.insurer_notified:
        return Outcome.INSURER_NOTIFIED
    return Outcome.OPEN
