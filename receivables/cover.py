"""The credit insurer's clock: what a policy covers, and by when arrears must be notified and a claim be filed.

Every deadline counts from the *original* due date by the policy's words: a plan or a postponement does not move it;
only an extension that the insurer itself granted does, and then to the day that it granted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from receivables.calendar import is_business_day
from receivables.claims import ZERO, ClaimFacts, DebtorFacts, DebtorKind, HoldKind

WARN_DAYS = 10
DisputeRule = Literal["out", "undisputed_part", "in"]
Filing = Literal["by_itself", "person"]
Granted = Mapping[str, date]  # by invoice number, the day to which the insurer extended it


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
    waiting_period: int = 150  # from the insurer's acknowledgement of the arrears until a claim may be filed
    claim_within: int = 60  # after the waiting period, or after an insolvency became known
    insolvency_within: int = 10  # after an insolvency became known
    discretionary: Decimal = ZERO  # the limit that the policy lets us set where the insurer decided none
    filing: Filing = "by_itself"  # who files a claim when the waiting period is over
    collects: bool = True  # the insurer collects what is claimed: our own letters stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """What must be notified about one debtor. `deadline` is the last day on which the insurer must have it."""

    debtor_id: int
    policy: str
    oldest: str  # number of the oldest undisputed invoice
    stop_delivery: date  # the last day of the maximum extension period
    stop_on: date  # the day on which the ERP is told: a business day, never after `stop_delivery`
    deadline: date
    notify_on: date  # the day on which it goes out: WARN_DAYS before the deadline, on a business day
    claims: tuple[ClaimFacts, ...]
    open_amount: Decimal

    def due(self, on: date) -> bool:
        return on >= self.notify_on

    def missed(self, on: date) -> bool:
        return on > self.deadline


@dataclass(frozen=True, slots=True)
class ClaimWindow:
    """When a claim may be filed, and by when it must be. `warn_on`: a person is told from this day on."""

    opens: date
    deadline: date
    warn_on: date


def insured(policy: InsurancePolicy, facts: DebtorFacts) -> bool:
    """Business debtors of the policy's seller, in its countries."""
    in_country = not policy.countries or facts.country in policy.countries
    return policy.seller == facts.seller and facts.kind is DebtorKind.BUSINESS and in_country


def overdue(policy: InsurancePolicy, facts: DebtorFacts, on: date, granted: Granted | None = None) -> Overdue | None:
    """The notification that `policy` asks for, counted on the oldest undisputed invoice; None where none is due.

    Of the currency of that invoice: each currency has its own clock (`overdue_by_currency`).
    """
    found = overdue_by_currency(policy, facts, on, granted or {})
    return found[0] if found else None


def overdue_by_currency(policy: InsurancePolicy, facts: DebtorFacts, on: date, granted: Granted) -> tuple[Overdue, ...]:
    """As `overdue`, for each currency in which the debtor is late; the earliest deadline first."""
    if not insured(policy, facts):
        return ()
    by_currency: dict[str, list[ClaimFacts]] = {}
    for claim in undisputed(facts.claims, on, policy.disputed):
        if clock_day(claim, granted) < on:
            by_currency.setdefault(claim.currency, []).append(claim)
    found = [clock(policy, facts.debtor_id, claims, granted) for claims in by_currency.values()]
    return tuple(sorted((f for f in found if f.open_amount >= policy.minimum), key=lambda f: (f.deadline, f.oldest)))


def clock(policy: InsurancePolicy, debtor_id: int, late: Iterable[ClaimFacts], granted: Granted) -> Overdue:
    """The deadlines of late claims in one currency; there is at least one."""
    claims = sorted(late, key=lambda claim: (clock_day(claim, granted), claim.number))
    first = claims[0]
    extension = first.insurer_due + timedelta(days=policy.maximum_extension)
    stop = max(extension, granted.get(first.number, extension))
    deadline = stop + timedelta(days=policy.notify_within)
    return Overdue(
        debtor_id=debtor_id,
        policy=policy.number,
        oldest=first.number,
        stop_delivery=stop,
        stop_on=_business_day_before(stop),
        deadline=deadline,
        notify_on=_business_day_before(deadline - timedelta(days=WARN_DAYS)),
        claims=tuple(claims),
        open_amount=sum((claim.open_principal for claim in claims), ZERO),
    )


def clock_day(claim: ClaimFacts, granted: Granted) -> date:
    """The day from which the claim is late for the insurer: its original due date, or the day that it granted."""
    return max(claim.insurer_due, granted.get(claim.number, claim.insurer_due))


def plan_beyond(found: Overdue, on: date) -> date | None:
    """The last day of a plan that runs past the extension period, which needs the insurer's consent (RES)."""
    ends = [
        hold.until
        for claim in found.claims
        for hold in claim.holds
        if hold.kind is HoldKind.PLAN and hold.covers(on) and hold.until > found.stop_delivery
    ]
    return max(ends, default=None)


def claim_window(policy: InsurancePolicy, acknowledged: date) -> ClaimWindow:
    """When a claim may be filed on arrears that the insurer acknowledged on that day."""
    return _window(acknowledged + timedelta(days=policy.waiting_period), policy)


def insolvency_window(policy: InsurancePolicy, known: date) -> ClaimWindow:
    """An insolvency proves the loss: the claim may be filed at once."""
    return _window(known, policy)


def insolvency_deadline(policy: InsurancePolicy, known: date) -> date:
    """The last day on which the insurer must know of an insolvency that we learnt of on the day `known`."""
    return known + timedelta(days=policy.insolvency_within)


def _window(opens: date, policy: InsurancePolicy) -> ClaimWindow:
    deadline = opens + timedelta(days=policy.claim_within)
    return ClaimWindow(opens, deadline, _business_day_before(deadline - timedelta(days=WARN_DAYS)))


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
