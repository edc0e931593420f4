"""What the insurer covers per customer: imported from its portal's file, or asked of it once a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from connectors.http import NoAnswer
from connectors.insurance.partners import INSURERS
from connectors.ports import Cover
from flows.filings import COVER, plan_filing
from flows.insurance_settings import Insurance
from flows.settings import BadSettings
from flows.workspace import Workspace
from receivables.ledger import claim_data, limits
from receivables.ledger.database import reading, writing
from receivables.ledger.limits import CoverDecision
from receivables.ledger.lookup import NotFound, debtor_ids
from receivables.limits_file import BadLimits, LimitRow
from receivables.money import from_minor, to_minor


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import or a look changed: rows that said something new, and those that were known."""

    new: int
    known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The limit in force on one customer under one policy. Amounts in `currency`."""

    policy: str
    customer: str
    name: str
    state: str
    limit: Decimal
    currency: str
    since: date
    until: date | None
    source: str


def import_limits(workspace: Workspace, rows: Sequence[LimitRow], name: str, on: date) -> Imported:
    """Keeps every decision of a file, or none: BadLimits names the first row that fits no policy or customer."""
    policies = {insurance.number: insurance for insurance in workspace.settings.insurances}
    new = 0
    with writing(workspace.engine) as connection:
        for number, row in enumerate(rows, start=2):
            policy = policies.get(row.policy)
            if policy is None:
                known = ", ".join(policies) or "none"
                raise BadLimits(f"{name}, row {number}, column policy: '{row.policy}'; the settings have {known}")
            ids = debtor_ids(connection, row.customer, row.seller or policy.seller)
            if not ids:
                raise BadLimits(
                    f"{name}, row {number}, column customer: the ledger has no customer '{row.customer}' of "
                    f"{row.seller or policy.seller}; take an export in that names it"
                )
            decision = CoverDecision(
                policy=row.policy,
                debtor_id=ids[0],
                state=row.state,
                amount=to_minor(row.limit, row.currency),
                currency=row.currency,
                since=row.since,
                until=row.until,
                reference=row.reference,
                source="file",
            )
            new += limits.note_decision(connection, decision, on=on, at=workspace.now())
    return Imported(new, len(rows) - new)


def refresh(workspace: Workspace, on: date) -> Imported:
    """Asks every insurer that can be asked what it covers now. One that does not answer is asked at the next run."""
    new = known = 0
    for insurance in workspace.settings.insurances:
        if "cover" not in INSURERS[insurance.partner].by_api:
            continue
        try:
            covers = workspace.insurer(insurance.number).covers(insurance.number) or ()
        except (NoAnswer, BadSettings):
            continue
        told = keep_covers(workspace, insurance, covers, on)
        new, known = new + told.new, known + told.known
    return Imported(new, known)


def keep_covers(workspace: Workspace, insurance: Insurance, covers: Sequence[Cover], on: date) -> Imported:
    """Keeps what the insurer said of customers whose number at the insurer the settings have."""
    customers = {number: ref for ref, number in insurance.buyers.items()}
    new = seen = 0
    if not covers:
        return Imported(0, 0)
    with writing(workspace.engine) as connection:
        for cover in covers:
            ref = customers.get(cover.buyer_id)
            ids = debtor_ids(connection, ref, insurance.seller) if ref is not None else []
            if not ids:
                continue
            seen += 1
            decision = CoverDecision(
                policy=insurance.number,
                debtor_id=ids[0],
                state=cover.state,
                amount=to_minor(cover.amount, cover.currency),
                currency=cover.currency,
                since=cover.since,
                until=cover.until,
                requested=None if cover.requested is None else to_minor(cover.requested, cover.currency),
                reference=cover.reference,
            )
            new += limits.note_decision(connection, decision, on=on, at=workspace.now())
    return Imported(new, seen - new)


def request_limit(workspace: Workspace, customer: str, amount: Decimal, seller: str | None, on: date) -> list[str]:
    """Applies for a limit under every policy of the seller; the policies' numbers. Raises NotFound."""
    with writing(workspace.engine) as connection:
        ids = debtor_ids(connection, customer, seller)
        if len(ids) != 1:
            raise NotFound(
                f"several sellers have a customer {customer}: name the seller"
                if ids
                else f"the ledger has no customer {customer}" + (f" of {seller}" if seller else "")
            )
        debtor = claim_data.debtor(connection, ids[0])
        policies = [i.number for i in workspace.settings.insurances if i.seller == debtor.seller]
        for policy in policies:
            details = {"amount": str(amount), "currency": "EUR"}
            plan_filing(connection, workspace, policy, debtor, COVER, f"{policy}/{on}/{amount}", details, on)
    return policies


def listed(workspace: Workspace, on: date) -> list[Listed]:
    """What is in force on the day under every policy, by policy and customer."""
    found = []
    with reading(workspace.engine) as connection:
        for insurance in workspace.settings.insurances:
            for debtor_id, known in limits.all_decisions(connection, insurance.number).items():
                held = limits.in_force(known, on)
                if held is None:
                    continue
                debtor = claim_data.debtor(connection, debtor_id)
                ended = held.until is not None and held.until < on
                found.append(
                    Listed(
                        policy=insurance.number,
                        customer=debtor.ref,
                        name=debtor.name,
                        state="expired" if ended else held.state,
                        limit=from_minor(limits.limit_on(known, on) or 0, held.currency),
                        currency=held.currency,
                        since=held.since,
                        until=held.until,
                        source=held.source,
                    )
                )
    return sorted(found, key=lambda one: (one.policy, one.customer))
