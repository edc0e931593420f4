"""May this customer be delivered to on credit? One verdict with its reasons, before the sale. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from receivables.behaviour import Behaviour
from receivables.claims import ZERO

Verdict = Literal["ok", "beyond_cover", "prepayment", "hold"]
Beyond = Literal["flag", "prepayment", "hold"]
SEVERITY: tuple[Verdict, ...] = ("ok", "beyond_cover", "prepayment", "hold")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A limit that holds on the day: `source` is a policy's number, or 'own'. `decided` False: the insurer said
    nothing on this customer, and the policy's discretionary limit counts.
    """

    source: str
    amount: Decimal
    decided: bool = True
    until: date | None = None
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditFacts:
    """What is known of one customer. Amounts in `currency`; `asked` is what is to be sold now, with VAT."""

    on: date
    currency: str
    open: Decimal
    overdue: Decimal
    ordered: Decimal
    asked: Decimal
    limits: tuple[Limit, ...]
    behaviour: Behaviour
    wrong_numbers: tuple[str, ...]  # sentences about numbers that cannot be right
    unknown_numbers: tuple[str, ...]  # sentences about numbers that are not known
    insolvent: str | None  # the register and its entry
    insolvency_checked: date | None
    stopped: tuple[str, ...]  # why deliveries were stopped
    signatory: str | None

    @property
    def exposure(self) -> Decimal:
        return self.open + self.ordered + self.asked


@dataclass(frozen=True, slots=True)
class CreditCheck:
    """`room`: what may still be sold within every limit; None where there is no limit. Reasons: the gravest first."""

    verdict: Verdict
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    exposure: Decimal
    room: Decimal | None


def check(facts: CreditFacts, *, beyond: Beyond = "flag", firm: Beyond = "flag") -> CreditCheck:
    """The verdict on a customer. `beyond`, `firm`: what the policy makes of a sale beyond cover, of a bad payer."""
    found: list[tuple[Verdict, str]] = []
    if facts.insolvent is not None:
        found.append(("hold", f"insolvent: {facts.insolvent}"))
    found += [("hold", f"deliveries are stopped: {why}") for why in facts.stopped]
    found += [("hold", sentence) for sentence in facts.wrong_numbers]
    found += [(as_verdict(beyond), sentence) for sentence in over(facts)]
    if facts.behaviour.tone == "firm" and firm != "flag":
        found.append((as_verdict(firm), f"pays badly: {facts.behaviour.reasons[-1]}"))
    found.sort(key=lambda one: -SEVERITY.index(one[0]))
    verdict = found[0][0] if found else "ok"
    return CreditCheck(verdict, tuple(reason for _, reason in found), notes(facts), facts.exposure, room(facts))


def as_verdict(asked: Beyond) -> Verdict:
    return "beyond_cover" if asked == "flag" else asked


def over(facts: CreditFacts) -> list[str]:
    """One sentence for every limit that the exposure goes beyond."""
    parts = f"{facts.open} open + {facts.ordered} ordered + {facts.asked} asked"
    return [
        f"{facts.exposure} {facts.currency} ({parts}) is beyond {named(limit)} of {limit.amount} {facts.currency}"
        for limit in facts.limits
        if facts.exposure > limit.amount
    ]


def named(limit: Limit) -> str:
    if limit.source == "own":
        return "our own limit"
    kind = "the limit" if limit.decided else "the discretionary limit"
    return f"{kind} under policy {limit.source}" + (f" ({limit.words})" if limit.words else "")


def room(facts: CreditFacts) -> Decimal | None:
    if not facts.limits:
        return None
    least = min(limit.amount for limit in facts.limits)
    return max(least - facts.open - facts.ordered, ZERO)


def notes(facts: CreditFacts) -> tuple[str, ...]:
    """What does not decide, and should be known."""
    said = []
    if facts.overdue:
        said.append(f"{facts.overdue} {facts.currency} is overdue")
    said.append(f"payment behaviour: {facts.behaviour.reasons[-1]}")
    said += facts.unknown_numbers
    if facts.insolvency_checked is None:
        said.append("nobody looked in the insolvency register")
    elif facts.insolvent is None:
        said.append(f"insolvency register: nothing found on {facts.insolvency_checked}")
    said.append(f"authorised signatory: {facts.signatory}" if facts.signatory else "no authorised signatory is noted")
    said += [f"{named(one)} ends on {one.until}" for one in facts.limits if one.until is not None]
    if not facts.limits:
        said.append("no limit is known: neither an insurer's nor our own")
    return tuple(said)
