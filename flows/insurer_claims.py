"""Claims at the credit insurer, filed with their dossier when the waiting period is over; then `insurer_answers`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from flows.claim_files import Recipient, dossier
from flows.demands import principal_only, regime_of
from flows.dress import brand_look
from flows.filings import CLAIM, plan_filing, rows
from flows.workspace import Workspace
from receivables.claims import ClaimFacts, DebtorFacts, HoldKind
from receivables.cover import ClaimWindow, InsurancePolicy, claim_window, insolvency_window, insured, undisputed
from receivables.dossier import archive_name
from receivables.indemnity import CLAIM_ENDED, expected
from receivables.law.regime import RegimeError
from receivables.ledger import claim_data, insurer_claims, limits
from receivables.ledger.consents import FOR_EVER
from receivables.ledger.database import reading, writing
from receivables.ledger.holds import open_hold
from receivables.ledger.insurer_claims import InsurerClaim
from receivables.ledger.reports import INSOLVENCY, OVERDUE, Reported, reports
from receivables.ledger.tasks import close_task, open_task
from receivables.money import to_minor

PROTRACTED, INSOLVENT = "protracted_default", "insolvency"


@dataclass(frozen=True, slots=True)
class Ripe:
    """Arrears that the insurer acknowledged, when they may be claimed, and what of them is still open."""

    policy: InsurancePolicy
    report: Reported
    facts: DebtorFacts
    window: ClaimWindow
    claims: tuple[ClaimFacts, ...]

    @property
    def task_key(self) -> str:
        return f"insurer_claim:{self.policy.number}:{self.facts.debtor_id}:{self.report.oldest}"


def claim_due(workspace: Workspace, everyone: Iterable[DebtorFacts], on: date) -> list[str]:
    """Files what may be claimed and nobody needs to decide; asks and alarms about the rest."""
    done = []
    for one in ripe(workspace, everyone, on):
        if on >= one.window.opens and one.policy.filing == "by_itself":
            try:
                file_claim(workspace, one, on)
                done.append(one.facts.ref)
                continue
            except RegimeError as problem:
                ask(workspace, one, on, f" It is not filed by itself: {problem}")
        elif on >= one.window.opens:
            ask(workspace, one, on)
        if on > one.window.deadline:
            alarm(workspace, one, on)
    return done


def ripe(workspace: Workspace, everyone: Iterable[DebtorFacts], on: date) -> list[Ripe]:
    """Every acknowledged notification on which no claim was filed and something is open."""
    by_debtor = {facts.debtor_id: facts for facts in everyone}
    policies = {policy.number: policy for policy in workspace.insurance_policies}
    with reading(workspace.engine) as connection:
        told = [r for r in reports(connection) if r.category in (OVERDUE, INSOLVENCY) and r.acknowledged is not None]
        filed = insurer_claims.claims(connection)
    known = {(c.policy, c.debtor_id, c.oldest) for c in filed}
    claimed = {invoice_id for c in filed if c.state not in CLAIM_ENDED for invoice_id, _ in c.items}
    found: list[Ripe] = []
    for report in told:
        policy, facts = policies.get(report.policy), by_debtor.get(report.debtor_id)
        if policy is None or facts is None or not insured(policy, facts):
            continue
        if (report.policy, report.debtor_id, report.oldest) in known:
            continue
        claims = tuple(c for c in claimable(policy, facts, report, on) if c.invoice_id not in claimed)
        told_of = {number for number, _, _ in report.details["invoices"]}
        first = not any(r.report.debtor_id == report.debtor_id and r.policy is policy for r in found)
        if first and any(claim.number in told_of for claim in claims):
            found.append(Ripe(policy, report, facts, window_of(policy, report), claims))
    return found


def window_of(policy: InsurancePolicy, report: Reported) -> ClaimWindow:
    if report.category == INSOLVENCY:
        return insolvency_window(policy, date.fromisoformat(report.details["known"]))
    assert report.acknowledged is not None
    return claim_window(policy, report.acknowledged)


def claimable(policy: InsurancePolicy, facts: DebtorFacts, report: Reported, on: date) -> tuple[ClaimFacts, ...]:
    """The undisputed claims in the report's currency: all of them in an insolvency, else those that are late."""
    late_only = report.category == OVERDUE
    return tuple(
        claim
        for claim in undisputed(facts.claims, on, policy.disputed)
        if claim.currency == report.details["currency"] and (not late_only or claim.insurer_due < on)
    )


def file_claim(workspace: Workspace, one: Ripe, on: date) -> InsurerClaim | None:
    """Files one claim with its dossier; None where it was filed before. Where the insurer collects, we stop."""
    policy, facts, report = one.policy, one.facts, one.report
    cause = INSOLVENT if report.category == INSOLVENCY else PROTRACTED
    currency = report.details["currency"]
    items = {claim.invoice_id: to_minor(claim.open_principal, currency) for claim in one.claims}
    with writing(workspace.engine) as connection:
        reference = f"{policy.number}/{facts.ref}/{report.oldest}"
        content = workspace.store.put(pack(connection, workspace, one, reference, on))
        filed = insurer_claims.file_claim(
            connection,
            policy=policy.number,
            debtor_id=facts.debtor_id,
            oldest=report.oldest,
            cause=cause,
            dossier=content,
            currency=currency,
            items=items,
            expected=expected(policy.insured_percentage, sum(items.values()), limit_of(connection, policy, one)),
            on=on,
            at=workspace.now(),
        )
        if filed is None:
            return None
        details = {
            "cause": cause,
            "loss_on": on.isoformat(),
            "report": report.dispatch_id,
            "filename": archive_name(reference, ".zip"),
            "invoices": rows(one.claims),
            "currency": currency,
            "deadline": one.window.deadline.isoformat(),
        }
        debtor = claim_data.debtor(connection, facts.debtor_id)
        occurrence = f"{policy.number}/{report.oldest}"
        carried = plan_filing(
            connection, workspace, policy.number, debtor, CLAIM, occurrence, details, on, content=content
        )
        insurer_claims.note_dispatch(connection, filed.id, carried)
        close_task(connection, one.task_key, outcome="filed", on=on)
        if policy.collects:
            leave_to_insurer(connection, workspace, filed, policy, on)
    return filed


def pack(
    connection: Connection,
    workspace: Workspace,
    one: Ripe,
    reference: str,
    on: date,
) -> bytes:
    """The dossier: principal only, since a policy pays no interest or costs. Raises RegimeError."""
    facts = one.facts
    seller = claim_data.seller(connection, facts.seller)
    to = Recipient(
        name=one.policy.insurer,
        language=seller.details.get("language") or "en",
        key=workspace.signing_key,
        look=workspace.look(seller.ref, brand_look(seller.details)),
    )
    regime = regime_of(facts, seller.law, on)
    reckoned = principal_only(one.claims)
    return dossier(connection, workspace.store, facts.debtor_id, reckoned, reference, regime, to, on).archive


def limit_of(connection: Connection, policy: InsurancePolicy, one: Ripe) -> int | None:
    """The highest limit in force when what is claimed was invoiced; None where no limit was ever decided.

    A limit that was withdrawn later still covers what was delivered before.
    """
    known = limits.decisions(connection, policy.number, one.facts.debtor_id)
    found = [limits.limit_on(known, claim.issued) for claim in one.claims]
    decided = [limit for limit in found if limit is not None]
    if decided:
        return max(decided)
    return to_minor(policy.discretionary, one.claims[0].currency) if policy.discretionary else None


def leave_to_insurer(
    connection: Connection, workspace: Workspace, filed: InsurerClaim, policy: InsurancePolicy, on: date
) -> None:
    for invoice_id, _ in filed.items:
        open_hold(
            connection,
            invoice_id,
            HoldKind.MANUAL,
            owner=policy.insurer,
            reason=f"claimed from {policy.insurer} under policy {policy.number}, who collects it",
            since=on,
            until=FOR_EVER,
            at=workspace.now(),
            details={"insurer_claim": filed.id},
        )


def ask(workspace: Workspace, one: Ripe, on: date, why: str = "") -> None:
    """A person is asked to file, with the deadline."""
    text = (
        f"{one.facts.name}: the loss on {one.report.oldest} can be claimed from {one.policy.insurer} from "
        f"{one.window.opens}, and must be by {one.window.deadline}: voldaan insurer claim {one.facts.ref}.{why}"
    )
    with writing(workspace.engine) as connection:
        open_task(
            connection,
            key=one.task_key,
            kind="insurer_claim",
            text=text,
            on=on,
            due=one.window.deadline,
            debtor_id=one.facts.debtor_id,
        )


def alarm(workspace: Workspace, one: Ripe, on: date) -> None:
    text = (
        f"{one.facts.name}: the loss on {one.report.oldest} should have been claimed from {one.policy.insurer} by "
        f"{one.window.deadline}. Call the insurer: the right to it may have lapsed."
    )
    key = f"insurer_claim_missed:{one.policy.number}:{one.facts.debtor_id}:{one.report.oldest}"
    with writing(workspace.engine) as connection:
        open_task(connection, key=key, kind="insurer_missed", text=text, on=on, debtor_id=one.facts.debtor_id)
