"""The credit insurer's clock: what a policy covers, and by when an overdue account must be notified.

Every deadline counts from the *original* due date by the policy's words: a plan or a postponement does not move it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from receivables.calendar import is_business_day
from receivables.claims import ZERO, ClaimFacts, DebtorFacts, DebtorKind, HoldKind

WARN_DAYS = 10
DisputeRule = Literal["out", "undisputed_part", "in"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InsurancePolicy:
    """One policy's terms, as its contract has them; the defaults are usual ones. Days are calendar days."""

    number: str
    insurer: str
    seller: str
    maximum_extension: int = 60  # from the original due date; deliveries stop at its end
    notify_within: int = 30  # after the maximum extension period
    insured_percentage: Decimal = Decimal(90)
    minimum: Decimal = Decimal(500)
    countries: tuple[str, ...] = ()  # empty: all
    disputed: DisputeRule = "out"  # disputed invoices in the clock: not at all, for the rest, or whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """What must be notified about one debtor. `deadline` is the last day on which the insurer must have it."""

    debtor_id: int
    policy: str
    oldest: str  # number of the oldest undisputed invoice
    stop_delivery: date
    deadline: date
    notify_on: date  # the day on which it goes out: WARN_DAYS before the deadline, on a business day
    claims: tuple[ClaimFacts, ...]
    open_amount: Decimal

    def due(self, on: date) -> bool:
        return on >= self.notify_on

    def missed(self, on: date) -> bool:
        return on > self.deadline


def insured(policy: InsurancePolicy, facts: DebtorFacts) -> bool:
    """Business debtors of the policy's seller, in its countries."""
    in_country = not policy.countries or facts.country in policy.countries
    return policy.seller == facts.seller and facts.kind is DebtorKind.BUSINESS and in_country


def overdue(policy: InsurancePolicy, facts: DebtorFacts, on: date) -> Overdue | None:
    """The notification that `policy` asks for, counted on the oldest undisputed invoice; None where none is due."""
    if not insured(policy, facts):
        return None
    open_claims = sorted(undisputed(facts.claims, on, policy.disputed), key=lambda claim: claim.insurer_due)
    late = [claim for claim in open_claims if claim.insurer_due < on]
    total = sum((claim.open_principal for claim in late), ZERO)
    if not late or total < policy.minimum:
        return None
    stop = late[0].insurer_due + timedelta(days=policy.maximum_extension)
    deadline = stop + timedelta(days=policy.notify_within)
    return Overdue(
        debtor_id=facts.debtor_id,
        policy=policy.number,
        oldest=late[0].number,
        stop_delivery=stop,
        deadline=deadline,
        notify_on=_business_day_before(deadline - timedelta(days=WARN_DAYS)),
        claims=tuple(late),
        open_amount=total,
    )


def undisputed(claims: Iterable[ClaimFacts], on: date, rule: DisputeRule = "out") -> list[ClaimFacts]:
    """The claims in the clock. A dispute suspends cover until it is settled; what `rule` leaves in stays in."""
    found = []
    for claim in claims:
        left = claim.open_principal - (ZERO if rule == "in" else disputed_part(claim, on, rule))
        if left > ZERO:
            found.append(claim if left == claim.open_principal else replace(claim, open_principal=left))
    return found


def disputed_part(claim: ClaimFacts, on: date, rule: DisputeRule) -> Decimal:
    standing = [hold for hold in claim.holds if hold.kind is HoldKind.DISPUTE and hold.covers(on)]
    if not standing:
        return ZERO
    if rule == "out" or any(hold.amount is None for hold in standing):
        return claim.open_principal
    return sum((hold.amount for hold in standing if hold.amount is not None), ZERO)


def _business_day_before(day: date) -> date:
    while not is_business_day("BE", day):
        day -= timedelta(days=1)
    return day
