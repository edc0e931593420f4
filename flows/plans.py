"""Payment plans: agreed over all that is open on some invoices, kept or broken by what comes in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from flows.demands import principal_only, regime_of
from flows.facts import all_facts
from flows.letter_facts import Subject
from flows.plan_letters import PLAN_FILE, ask_for, note_ahead, plan_letter
from flows.plan_signed import ask_to_sign
from flows.workspace import Workspace
from receivables.claims import ZERO, ClaimFacts, DebtorFacts, HoldKind, Step
from receivables.decide import ARRIVED, Action, ClaimStep
from receivables.ledger import agreements, claim_data, journal, lookup
from receivables.ledger.agreements import Agreement
from receivables.ledger.database import writing
from receivables.ledger.holds import end_one, open_hold, standing
from receivables.ledger.lookup import NotFound
from receivables.ledger.notices import request_payment
from receivables.ledger.tasks import open_task
from receivables.money import to_minor
from receivables.plans import BadPlan, Plan, ahead, check, plan_of, stand
from ubl.read import read


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """A plan that was noted. `paper` is the agreement to sign; `dispatch` carries it, where there is an address."""

    numbers: tuple[str, ...]
    until: date
    total: Decimal
    currency: str
    reference: str
    dispatch: int | None
    paper: bytes
    file: str
    risks: tuple[str, ...]
    conditions: tuple[str, ...] = ()


def agree(
    workspace: Workspace,
    numbers: Sequence[str],
    instalments: Sequence[tuple[date, Decimal]],
    *,
    by: str,
    grace_days: int,
    on: date,
    seller: str | None = None,
    conditions: Sequence[str] = (),
) -> Agreed:
    """Agrees a plan over all that is open on the invoices of one customer. Its letter goes out with the next delivery.

    It holds the ladder; what was done before is kept. Raises BadPlan or NotFound.
    """
    plan = plan_of(on, instalments, grace_days, conditions)
    with writing(workspace.engine) as connection:
        found = [lookup.invoice(connection, number, seller) for number in dict.fromkeys(numbers)]
        if len({one.debtor_id for one in found}) > 1:
            raise BadPlan(f"{', '.join(numbers)} are not of one customer: make a plan for each")
        facts, claims = claims_of(connection, workspace, found[0].debtor_id, [one.id for one in found], on)
        check(plan, sum((claim.open_principal + claim.open_accessories for claim in claims), ZERO))
        for claim in claims:
            if standing(connection, claim.invoice_id, HoldKind.PLAN) is not None:
                raise BadPlan(f"a plan stands on {claim.number}: end it first with voldaan plan {claim.number} --end")
        subject = subject_of(connection, workspace, facts, claims, on)
        key = f"{claims[0].number}/{on}"
        put_holds(connection, workspace, claims, plan, key, subject.request.reference, by, on)
        dispatch, paper = plan_letter(connection, workspace, subject, plan, key)
        risks = risks_of(workspace, facts, claims, subject)
        for number, risk in risks.items():
            open_task(connection, key=f"risk:{key}/{number}", kind="risk", text=risk, on=on, debtor_id=facts.debtor_id)
        tell(connection, workspace, facts, claims, plan, dispatch, risks, on)
    return Agreed(
        numbers=tuple(claim.number for claim in claims),
        until=plan.until,
        total=plan.total,
        currency=claims[0].currency,
        reference=subject.request.reference,
        dispatch=dispatch,
        paper=paper,
        file=PLAN_FILE[subject.debtor.language],
        risks=tuple(risks.values()),
        conditions=plan.conditions,
    )


def claims_of(
    connection: Connection, workspace: Workspace, debtor_id: int, invoice_ids: Sequence[int], on: date
) -> tuple[DebtorFacts, list[ClaimFacts]]:
    facts = next(all_facts(connection, workspace, on, debtor_id), None)
    claims = [c for c in facts.claims if c.invoice_id in invoice_ids] if facts else []
    if facts is None or len(claims) < len(invoice_ids):
        raise NotFound("nothing is open on one of these invoices: leave it out of the plan")
    if len({claim.currency for claim in claims}) > 1:
        raise BadPlan("the invoices are in several currencies: make a plan for each")
    return facts, claims


def subject_of(
    connection: Connection, workspace: Workspace, facts: DebtorFacts, claims: Sequence[ClaimFacts], on: date
) -> Subject:
    """One payment request over all that is open, so that instalments with its reference are known."""
    seller = claim_data.seller(connection, facts.seller)
    ids = [claim.invoice_id for claim in claims]
    request = request_payment(
        connection,
        seller=facts.seller,
        country=seller.country,
        debtor_id=facts.debtor_id,
        invoice_ids=ids,
        currency=claims[0].currency,
        on=on,
    )
    steps = tuple(ClaimStep(claim.invoice_id, claim.number, Step.REMINDER, 1) for claim in claims)
    return Subject(
        action=Action(step=Step.REMINDER, claims=steps, approval=False, accessories=False),
        regime=regime_of(facts, seller.law, on),
        seller=seller,
        debtor=claim_data.debtor(connection, facts.debtor_id),
        reckoned=principal_only(claims),
        records=claim_data.invoice_records(connection, ids),
        request=request,
        credits_open=ZERO,
        next_step_after=14,
        on=on,
    )


def put_holds(
    connection: Connection,
    workspace: Workspace,
    claims: Sequence[ClaimFacts],
    plan: Plan,
    key: str,
    reference: str,
    by: str,
    on: date,
) -> None:
    """The hold on each invoice of the plan; a promise that stood is replaced by it."""
    parts = [[one.due.isoformat(), to_minor(one.amount, claims[0].currency)] for one in plan.instalments]
    details: dict[str, Any] = {"plan": key, "instalments": parts, "grace_days": plan.grace_days, "reference": reference}
    if plan.conditions:
        details["conditions"] = list(plan.conditions)
    count = len(parts)
    for claim in claims:
        at = workspace.now()
        promised = standing(connection, claim.invoice_id, HoldKind.PROMISE)
        if promised is not None:
            end_one(connection, promised, outcome="replaced", on=on, at=at)
        opened = open_hold(
            connection,
            claim.invoice_id,
            HoldKind.PLAN,
            owner=by,
            reason=f"{count} instalments, the last on {plan.instalments[-1].due}",
            since=on,
            until=plan.until,
            at=at,
            details=details,
        )
        if not opened:
            raise BadPlan(f"a plan on {claim.number} was noted on {on} already; note the new one tomorrow")


def tell(
    connection: Connection,
    workspace: Workspace,
    facts: DebtorFacts,
    claims: Sequence[ClaimFacts],
    plan: Plan,
    dispatch: int | None,
    risks: Mapping[str, str],
    on: date,
) -> None:
    """Journals the plan on each of its invoices."""
    for claim in claims:
        said: dict[str, journal.Json] = {
            "total": to_minor(plan.total, claim.currency),
            "instalments": len(plan.instalments),
            "dispatch": dispatch,
            "before_delivery": claim.number in risks,
        }
        subject = journal.about_invoice(facts.seller, claim.number)
        journal.append(connection, at=workspace.now(), on=on, kind="plan.agreed", subject=subject, facts=said)


def risks_of(
    workspace: Workspace, facts: DebtorFacts, claims: Sequence[ClaimFacts], subject: Subject
) -> dict[str, str]:
    """By invoice, the warning that instalments are asked for before anything was delivered, or before it arrived."""
    supplied = {r.id: read(workspace.store.get(r.ubl)).delivery for r in subject.records}
    found = {}
    for claim in claims:
        delivery = supplied[claim.invoice_id]
        day = delivery.date if delivery is not None else None
        if day is not None and day > subject.on:
            when = f"before the delivery of {day}"
        elif claim.delivery not in ARRIVED:
            when = "before its invoice arrived"
        else:
            continue
        found[claim.number] = (
            f"{facts.name} asks to pay {claim.number} in instalments {when}: a sign that it may not be able to pay. "
            "Talk before you deliver; ask for an advance or a security."
        )
    return found


def judge(
    connection: Connection, workspace: Workspace, found: Agreement, known_until: date | None, on: date
) -> tuple[str | None, list[str]]:
    """How a plan ends today, if it does, and the written requests that were planned for missed instalments."""
    plan = agreements.plan_in(found)
    came = agreements.receipts(connection, found.invoice_ids, found.currency, found.since, credits=True)
    asked = agreements.asked_for(connection, found)
    now = stand(plan, came, found.still_open, asked, known_until, on)
    letters = [ask_for(connection, workspace, found, plan, one, now, on) for one in now.ask]
    if now.verdict is None:
        coming = ahead(plan, now.paid, workspace.policy.courtesy.instalment_days_before, on)
        letters += note_ahead(connection, workspace, found, plan, coming, now, on) if coming else []
        ask_to_sign(connection, workspace, found, on)
    return now.verdict, letters
