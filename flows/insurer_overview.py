"""Every deadline that runs at the credit insurer, and every claim with what it paid and what is our own risk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flows.facts import all_facts
from flows.insurer_claims import ripe
from flows.workspace import Workspace
from receivables.cover import overdue_by_currency
from receivables.ledger import indemnities, insurer_claims
from receivables.ledger.database import reading
from receivables.ledger.reports import OVERDUE, granted, reports
from receivables.money import from_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One customer under one policy: `what` is stop_delivery, notify, claim_from, claim_by or claim."""

    policy: str
    customer: str
    name: str
    what: str
    day: date
    amount: Decimal
    currency: str
    text: str


def clocks(workspace: Workspace, on: date) -> list[Clock]:
    """What runs on the day, the earliest first; then the claims."""
    with reading(workspace.engine) as connection:
        everyone = list(all_facts(connection, workspace, on))
        told = {(r.policy, r.debtor_id, r.oldest): r for r in reports(connection) if r.category == OVERDUE}
        extended = {p.number: granted(connection, p.number) for p in workspace.insurance_policies}
    found = []
    for policy in workspace.insurance_policies:
        for facts in everyone:
            for late in overdue_by_currency(policy, facts, on, extended[policy.number].get(facts.debtor_id, {})):
                report = told.get((policy.number, facts.debtor_id, late.oldest))
                state = "to be notified" if report is None else f"notified: {report.state}"
                both = (
                    ("stop_delivery", late.stop_delivery, "deliveries stop after it"),
                    ("notify", late.deadline, state),
                )
                found += [
                    Clock(
                        policy=policy.number,
                        customer=facts.ref,
                        name=facts.name,
                        what=what,
                        day=day,
                        amount=late.open_amount,
                        currency=late.claims[0].currency,
                        text=f"{late.oldest}: {text}",
                    )
                    for what, day, text in both
                ]
    for one in ripe(workspace, everyone, on):
        amount = sum((claim.open_principal for claim in one.claims), Decimal(0))
        for what, day in (("claim_from", one.window.opens), ("claim_by", one.window.deadline)):
            found.append(
                Clock(
                    policy=one.policy.number,
                    customer=one.facts.ref,
                    name=one.facts.name,
                    what=what,
                    day=day,
                    amount=amount,
                    currency=one.claims[0].currency,
                    text=one.report.oldest,
                )
            )
    return sorted(found, key=lambda one: (one.day, one.policy, one.customer, one.what)) + filed(workspace)


def filed(workspace: Workspace) -> list[Clock]:
    with reading(workspace.engine) as connection:
        claims = insurer_claims.claims(connection)
        positions = indemnities.positions(connection)
        paid = {claim.id: indemnities.paid_so_far(connection, claim.id) for claim in claims}
    found = []
    for one in claims:
        own = sum(positions[i].own_risk for i, _ in one.items if i in positions)
        parts = [f"claim {one.id} ({one.oldest}) is {one.state}"]
        if paid[one.id]:
            parts.append(f"indemnified {from_minor(paid[one.id], one.currency)}")
            parts.append(f"own risk {from_minor(own, one.currency)}")
        found.append(
            Clock(
                policy=one.policy,
                customer=one.debtor_ref,
                name=one.name,
                what="claim",
                day=one.filed,
                amount=from_minor(one.claimed, one.currency),
                currency=one.currency,
                text=", ".join(parts),
            )
        )
    return found


def as_text(one: Clock) -> str:
    what = one.what.replace("_", " ")
    return f"{one.day}  {what:<14} {one.customer:<10} {one.amount:>12,.2f} {one.currency}  {one.text}  ({one.policy})"
