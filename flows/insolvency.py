"""Keeps looks in the insolvency register; a hit stops everything towards that debtor and tells a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection

from flows.facts import all_facts
from flows.filings import plan_filing, rows
from flows.workspace import Workspace
from receivables.claims import ClaimFacts
from receivables.cover import InsurancePolicy, insolvency_deadline, insured
from receivables.insolvency import Administrator, Look
from receivables.law.estate import filing_term
from receivables.ledger import approvals, claim_data, handovers, insolvencies
from receivables.ledger.consents import note_look
from receivables.ledger.database import writing
from receivables.ledger.insolvencies import open_insolvency
from receivables.ledger.lookup import NotFound, debtor_id_of, debtor_ids
from receivables.ledger.reports import INSOLVENCY, REPORT, reports
from receivables.ledger.tasks import open_task


def keep_looks(workspace: Workspace, looks: Sequence[Look], by: str) -> list[str]:
    """One sentence per look. All are kept or none: NotFound names the first debtor whom the ledger does not know."""
    told = []
    with writing(workspace.engine) as connection:
        for look in looks:
            ids = debtor_ids(connection, look.debtor, look.seller)
            if not ids:
                raise NotFound(
                    f"the ledger has no debtor {look.debtor}" + (f" of {look.seller}" if look.seller else "")
                )
            for debtor_id in ids:
                held = note_look(
                    connection,
                    debtor_id,
                    hit=look.hit,
                    by=by,
                    reference=look.reference,
                    on=look.looked,
                    at=workspace.now(),
                )
                if look.hit:
                    open_insolvency(
                        connection,
                        debtor_id,
                        reference=look.reference[:120],
                        proceeding=look.proceeding,
                        opened=look.opened or look.looked,
                        by=by,
                        on=look.looked,
                        at=workspace.now(),
                    )
                    void_requests(connection, workspace, debtor_id, look)
                    file_claim(connection, debtor_id, look)
                    tell_insurers(connection, workspace, debtor_id, look)
            told.append(sentence(look, held))
    return told


def void_requests(connection: Connection, workspace: Workspace, debtor_id: int, look: Look) -> None:
    """No hand-over of the debtor's claims waits for a decision any more."""
    for asked in approvals.pending(connection):
        if asked.debtor_id == debtor_id:
            approvals.void_if_outdated(connection, asked, on=look.looked, at=workspace.now())


def file_claim(connection: Connection, debtor_id: int, look: Look) -> None:
    """A task with the day by which the claim must be filed; who has a claim of the debtor's is named in it."""
    opened = look.opened or look.looked
    country = claim_data.debtor(connection, debtor_id).country
    term = filing_term(country, look.proceeding, opened, None)
    text = (
        f"Debtor {look.debtor} is insolvent ({look.reference}): name the administrator, reclaim unpaid goods, and file "
        f"the claims. {term.explanation}"
    )
    partners = sorted({one.partner for one in handovers.under_way(connection) if one.debtor_id == debtor_id})
    if partners:
        text += f" {', '.join(partners)} has claims on it: tell it, and agree who files them."
    key = f"insolvency:{debtor_id}:{look.reference}"[:120]
    open_task(connection, key=key, kind="insolvency", text=text, on=look.looked, due=term.last_day, debtor_id=debtor_id)


def keep_administrator(
    workspace: Workspace, debtor: str, named: Administrator, *, file_by: date | None, on: date, seller: str | None
) -> str:
    """Keeps who administers the estate; one sentence. NotFound where no insolvency of that debtor is noted."""
    with writing(workspace.engine) as connection:
        ids = debtor_ids(connection, debtor, seller)
        found = [one for debtor_id in ids if (one := insolvencies.standing(connection, debtor_id)) is not None]
        if not found:
            raise NotFound(f"no insolvency of {debtor} is noted: voldaan insolvency note {debtor} --result insolvent")
        for one in found:
            insolvencies.name_administrator(connection, one, named, file_by=file_by, on=on, at=workspace.now())
    return f"{debtor}: {named.name} administers the estate ({found[0].reference})"


def tell_insurers(connection: Connection, workspace: Workspace, debtor_id: int, look: Look) -> list[str]:
    """Plans the notification under every policy that covers the debtor, and a task until it is acknowledged.

    All that is open is told, also what is not yet due. The policies' numbers; the same look again changes nothing.
    """
    facts = next(all_facts(connection, workspace, look.looked, debtor_id), None)
    told = []
    for policy in workspace.insurance_policies:
        if facts is None or not insured(policy, facts) or insolvency_told(connection, policy.number, debtor_id):
            continue
        claims = sorted((c for c in facts.claims if c.open_principal > 0), key=lambda c: (c.insurer_due, c.number))
        if claims:
            tell_insurer(connection, workspace, policy, [c for c in claims if c.currency == claims[0].currency], look)
            told.append(policy.number)
    return told


def tell_insurer(
    connection: Connection, workspace: Workspace, policy: InsurancePolicy, claims: Sequence[ClaimFacts], look: Look
) -> None:
    deadline = insolvency_deadline(policy, look.looked)
    details = {
        "category": INSOLVENCY,
        "oldest": claims[0].number,
        "known": look.looked.isoformat(),
        "reason": look.reference,
        "deadline": deadline.isoformat(),
        "invoices": rows(claims),
        "currency": claims[0].currency,
    }
    debtor = claim_data.debtor(connection, debtor_id_of(connection, claims[0].invoice_id))
    occurrence = f"{policy.number}/{INSOLVENCY}/{look.looked}"
    plan_filing(connection, workspace, policy.number, debtor, REPORT, occurrence, details, look.looked)
    text = (
        f"{debtor.name} is insolvent ({look.reference}): {policy.insurer} must know by {deadline}. The notification "
        "is planned; this closes by itself when the insurer has acknowledged it."
    )
    open_task(
        connection,
        key=f"insurer_insolvency:{policy.number}:{debtor.id}:{claims[0].number}",
        kind="insurer_notify",
        text=text,
        on=look.looked,
        due=deadline,
        debtor_id=debtor.id,
    )


def insolvency_told(connection: Connection, policy: str, debtor_id: int) -> bool:
    """Whether an insolvency of the debtor was notified under the policy before."""
    return any(
        (one.policy, one.debtor_id, one.category) == (policy, debtor_id, INSOLVENCY) for one in reports(connection)
    )


def sentence(look: Look, held: int) -> str:
    if look.hit:
        return f"{look.debtor}: insolvent ({look.reference}); {held} invoices held, a task asks to file the claims"
    return f"{look.debtor}: nothing found on {look.looked}"
