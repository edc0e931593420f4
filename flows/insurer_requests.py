"""What a person asks of the credit insurer: an extension, or a claim that is not filed by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flows.facts import all_facts
from flows.filings import plan_filing, rows
from flows.insurer_claims import file_claim, ripe
from flows.workspace import Workspace
from receivables.claims import DebtorFacts
from receivables.cover import insured, overdue_by_currency
from receivables.ledger import claim_data
from receivables.ledger.database import reading, writing
from receivables.ledger.lookup import debtor_ids
from receivables.ledger.reports import EXTENSION, REPORT, granted


class NotAsked(ValueError):
    """What cannot be asked as it is; one sentence."""


def extend(
    workspace: Workspace,
    customer: str,
    until: date,
    *,
    by: str,
    why: str,
    numbers: Sequence[str] | None,
    seller: str | None,
    on: date,
) -> str:
    """Plans the request under every policy that insures the customer; what was asked, in one sentence."""
    if until <= on:
        raise NotAsked(f"{until} is not to come: name a later day")
    asked = []
    facts = one_customer(workspace, customer, seller, on)
    with writing(workspace.engine) as connection:
        for policy in workspace.insurance_policies:
            known = granted(connection, policy.number).get(facts.debtor_id, {})
            if not insured(policy, facts):
                continue
            for late in overdue_by_currency(policy, facts, on, known):
                claims = [claim for claim in late.claims if numbers is None or claim.number in numbers]
                if not claims:
                    continue
                details = {
                    "category": EXTENSION,
                    "oldest": claims[0].number,
                    "deadline": None,
                    "invoices": rows(claims),
                    "currency": claims[0].currency,
                    "until": until.isoformat(),
                    "reason": why,
                    "by": by,
                }
                debtor = claim_data.debtor(connection, facts.debtor_id)
                occurrence = f"{policy.number}/{EXTENSION}/{claims[0].number}/{until}"
                plan_filing(connection, workspace, policy.number, debtor, REPORT, occurrence, details, on)
                asked.append(f"{', '.join(c.number for c in claims)} until {until} under {policy.number}")
    if not asked:
        raise NotAsked(f"nothing that is late and insured is open on {customer}, so there is nothing to extend")
    return f"{customer}: asked to extend {'; '.join(asked)}. Until the insurer agrees, the clock runs on."


def file_by_hand(workspace: Workspace, customer: str, seller: str | None, on: date) -> str:
    """Files every claim on the customer that is ripe. Raises NotAsked where none is, or it is too early."""
    facts = one_customer(workspace, customer, seller, on)
    found = ripe(workspace, [facts], on)
    if not found:
        raise NotAsked(f"no arrears of {customer} that the insurer has acknowledged are open and unclaimed")
    early = [one for one in found if on < one.window.opens]
    if early:
        raise NotAsked(
            f"a claim on {customer} may be filed from {early[0].window.opens}, when the waiting period is over"
        )
    filed = [done for one in found if (done := file_claim(workspace, one, on)) is not None]
    return "; ".join(f"{customer}: claim {one.id} is filed with the next delivery" for one in filed)


def one_customer(workspace: Workspace, customer: str, seller: str | None, on: date) -> DebtorFacts:
    with reading(workspace.engine) as connection:
        ids = debtor_ids(connection, customer, seller)
        if len(ids) > 1:
            raise NotAsked(f"several sellers have a customer {customer}: name the seller")
        facts = next(all_facts(connection, workspace, on, ids[0]), None) if ids else None
    if facts is None:
        raise NotAsked(f"nothing is open on a customer {customer}")
    return facts
