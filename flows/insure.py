"""Keeps the credit insurer's clock: notifies overdue accounts before the deadline, and alarms when one passed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection

from flows.facts import all_facts
from flows.workspace import Workspace
from receivables.claims import DebtorFacts
from receivables.cover import InsurancePolicy, Overdue, overdue
from receivables.ledger import claim_data
from receivables.ledger.database import reading, writing
from receivables.ledger.dispatch import plan
from receivables.ledger.mandates import refused_debits
from receivables.ledger.reports import reported
from receivables.ledger.tasks import open_task

OVERDUE = "OVD"


@dataclass(frozen=True, slots=True)
class Insured:
    """What one run did: the debtors whose arrears were planned for notification, and the deadlines that were missed."""

    on: date
    planned: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


def insure(workspace: Workspace, on: date) -> Insured:
    """Plans every notification that is due. Each debtor's oldest invoice is notified once under each policy.

    A direct debit that came back is told at once: the policy counts it as a payment that failed.
    """
    done = Insured(on)
    with reading(workspace.engine) as connection:
        everyone = list(all_facts(connection, workspace, on))
        known = reported(connection)
        refused = refused_debits(connection)
    for policy in workspace.insurance_policies:
        for facts in everyone:
            found = overdue(policy, facts, on)
            if found is None or (policy.number, facts.debtor_id, found.oldest) in known:
                continue
            if not found.due(on) and not any(claim.invoice_id in refused for claim in found.claims):
                continue
            with writing(workspace.engine) as connection:
                notify(connection, workspace, policy, facts, found, on)
                if found.missed(on):
                    alarm(connection, facts, found, on)
            done.planned.append(facts.ref)
            if found.missed(on):
                done.missed.append(facts.ref)
    return done


def notify(
    connection: Connection,
    workspace: Workspace,
    policy: InsurancePolicy,
    facts: DebtorFacts,
    found: Overdue,
    on: date,
) -> None:
    """Plans the overdue notification; its content is what the insurer gets, in canonical JSON."""
    debtor = claim_data.debtor(connection, facts.debtor_id)
    buyers = next(i.buyers for i in workspace.settings.insurances if i.number == policy.number)
    details = {
        "policy": policy.number,
        "category": OVERDUE,
        "debtor_id": facts.debtor_id,
        "oldest": found.oldest,
        "deadline": found.deadline.isoformat(),
        "buyer_id": buyers.get(facts.ref) or debtor.details.get("registration_number") or facts.ref,
        "buyer_name": facts.name,
        "buyer_country": facts.country,
        "invoices": [[c.number, c.insurer_due.isoformat(), str(c.open_principal)] for c in found.claims],
        "currency": found.claims[0].currency,
    }
    plan(
        connection,
        seller=facts.seller,
        kind="overdue_report",
        subject=facts.ref,
        occurrence=f"{policy.number}/{found.oldest}",
        channel="insurer",
        receiver=policy.number,
        content=workspace.store.put(json.dumps(details, sort_keys=True).encode()),
        details=details,
        on=on,
        at=workspace.now(),
    )


def alarm(connection: Connection, facts: DebtorFacts, found: Overdue, on: date) -> None:
    text = (
        f"{facts.name}: the insurer should have been told of {found.oldest} by {found.deadline}; it is told on {on}. "
        "Call the insurer: cover may have lapsed."
    )
    key = f"insurer_missed:{found.policy}:{facts.debtor_id}:{found.oldest}"
    open_task(connection, key=key, kind="insurer_missed", text=text, on=on, debtor_id=facts.debtor_id)
