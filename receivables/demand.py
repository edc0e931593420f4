"""What may be demanded on one claim beside its principal: interest, lump sum and collection costs, with articles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from receivables.claims import ZERO, ClaimFacts, DispatchState, Step
from receivables.law.costs import Costs, PenaltyClause, costs
from receivables.law.interest import Interest, interest
from receivables.law.letters import belgian_consumer_interest_from
from receivables.law.rates import RateTable
from receivables.law.regime import Regime


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What the accepted terms agree on late payment; empty where the debtor accepted none that can be proven."""

    interest_percent: Decimal | None = None
    penalty: PenaltyClause | None = None
    seller_is_sme: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """The accessories of one claim, in the claim's currency, as reckoned to one day."""

    interest: Interest | None
    costs: Costs | None
    lump_sum: Decimal = ZERO
    collection_costs: Decimal = ZERO  # VAT included where it is claimable

    @property
    def interest_amount(self) -> Decimal:
        return self.interest.amount if self.interest else ZERO

    @property
    def total(self) -> Decimal:
        return self.interest_amount + self.lump_sum + self.collection_costs

    @property
    def provisional(self) -> bool:
        return self.interest is not None and self.interest.provisional


NOTHING = Demand(interest=None, costs=None)


def demand(
    claim: ClaimFacts,
    regime: Regime,
    agreed: Agreed,
    payments: Sequence[tuple[date, Decimal]],
    step: Step,
    on: date,
    table: RateTable | None = None,
) -> Demand:
    """The accessories that `step` may demand on `claim` on the day `on`. `payments`: (day, amount) on the principal.

    A business owes interest and the lump sum without any notice. A consumer owes nothing before the letter that the law
    prescribes has arrived and its term has passed; that is the caller's ladder, and is looked at again here.
    `table`: the known rates, by default those that come with the house.
    """
    if regime.debtor == "consumer" and not _consumer_warned(claim, regime):
        return NOTHING
    start = _interest_due(claim, regime, agreed)
    found = interest(
        country=regime.country,
        debtor=regime.debtor,
        principal=claim.principal,
        due=start,
        until=on,
        contract_rate=agreed.interest_percent,
        contract_date=claim.issued,
        movements=tuple(payments),
        table=table,
    )
    owed = costs(
        country=regime.country,
        debtor=regime.debtor,
        principal=claim.open_principal,
        clause=agreed.penalty,
        penalty_agreed=agreed.penalty is not None,
    )
    whole = step is Step.HANDOVER or regime.debtor == "consumer"
    collection = owed.total - owed.lump_sum if whole else ZERO
    return Demand(interest=found, costs=owed, lump_sum=owed.lump_sum, collection_costs=collection)


def _consumer_warned(claim: ClaimFacts, regime: Regime) -> bool:
    letter = Step.FOURTEEN_DAY_LETTER if regime.country == "NL" else Step.BOOK_XIX_NOTICE
    return any(n.step is letter and n.state is DispatchState.DELIVERED for n in claim.notices)


def _interest_due(claim: ClaimFacts, regime: Regime, agreed: Agreed) -> date:
    """The last day without interest."""
    if (regime.country, regime.debtor) != ("BE", "consumer"):
        return claim.lawful_due
    first = next(n for n in claim.notices if n.step is Step.BOOK_XIX_NOTICE and n.state is DispatchState.DELIVERED)
    begins = belgian_consumer_interest_from(channel="email", sent=first.on, creditor_is_sme=agreed.seller_is_sme)
    return max(claim.lawful_due, begins - timedelta(days=1))
