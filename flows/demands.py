"""What may be demanded from one debtor today: each claim with its accessories, by the debtor's regime and terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from receivables.claims import ZERO, ClaimFacts, DebtorFacts, Step
from receivables.demand import NOTHING, Agreed, Demand, demand
from receivables.law.costs import PenaltyClause
from receivables.law.rates import RateTable
from receivables.law.regime import Regime, resolve
from receivables.ledger import claim_data


@dataclass(frozen=True, slots=True)
class Reckoning:
    """One claim and what is demanded on it beside the principal."""

    claim: ClaimFacts
    demand: Demand

    @property
    def total(self) -> Decimal:
        return self.claim.open_principal + self.demand.total


def regime_of(facts: DebtorFacts, law: str | None, on: date) -> Regime:
    """The regime of a debtor; `law` governs the seller's terms. Raises RegimeError where neither BE nor NL law does."""
    return resolve(facts.seller_country, facts.country, facts.kind.value, on, law)


def agreed_terms(seller: Mapping[str, Any], debtor: Mapping[str, Any]) -> Agreed:
    """What the terms agree on late payment, where the debtor's acceptance of them is on record."""
    if not debtor.get("terms_accepted"):
        return Agreed(seller_is_sme=seller.get("size", "sme") == "sme")
    percent = seller.get("interest_percent")
    clause = seller.get("consumer_penalty" if debtor.get("kind") == "consumer" else "penalty")
    return Agreed(
        interest_percent=Decimal(percent) if percent is not None else None,
        penalty=PenaltyClause(
            pct=Decimal(clause["percent"]),
            minimum=Decimal(clause.get("minimum") or 0),
            maximum=Decimal(clause["maximum"]) if clause.get("maximum") is not None else None,
        )
        if clause
        else None,
        seller_is_sme=seller.get("size", "sme") == "sme",
    )


def reckon(
    connection: Connection,
    claims: Sequence[ClaimFacts],
    facts: DebtorFacts,
    regime: Regime,
    step: Step,
    on: date,
    *,
    table: RateTable | None = None,
    interest: bool = True,
    fees: bool = True,
) -> list[Reckoning]:
    """Each claim with the accessories that `step` may demand on the day `on`; `interest` or `fees` may be left out.

    `table`: the rates that the installation knows.
    """
    seller = claim_data.seller(connection, facts.seller)
    debtor = claim_data.debtor(connection, facts.debtor_id)
    agreed = agreed_terms(seller.details, debtor.details)
    records = {r.id: r for r in claim_data.invoice_records(connection, [c.invoice_id for c in claims])}
    found = []
    for claim in claims:
        paid = [(movement.on, movement.amount) for movement in records[claim.invoice_id].movements]
        whole = demand(claim, regime, agreed, paid, step, on, table)
        found.append(Reckoning(claim, only(whole, interest=interest, fees=fees)))
    return found


def only(whole: Demand, *, interest: bool, fees: bool) -> Demand:
    """The part of a demand that the ladder's step asks for."""
    if not interest:
        whole = replace(whole, interest=None)
    return whole if fees else replace(whole, costs=None, lump_sum=ZERO, collection_costs=ZERO)


def principal_only(claims: Sequence[ClaimFacts]) -> list[Reckoning]:
    return [Reckoning(claim, NOTHING) for claim in claims]
