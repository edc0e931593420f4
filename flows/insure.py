"""Keeps the credit insurer's clock: notifies arrears before the deadline, asks for consent, alarms when one passed.

What stops deliveries goes to the ERP, and what the insurer must pay is claimed (`flows.insurer_claims`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection

from flows.facts import all_facts
from flows.filings import plan_filing, rows
from flows.insurer_answers import follow_claims
from flows.insurer_claims import claim_due
from flows.insurer_money import receive, share
from flows.limits import refresh
from flows.reclaim_tell import tell_insurers
from flows.stop_delivery import Stop, signal, stop_uninsured, stops
from flows.workspace import Workspace
from receivables.claims import DebtorFacts, DispatchState, HoldKind, ItemKind
from receivables.cover import InsurancePolicy, Overdue, overdue_by_currency, plan_beyond
from receivables.ledger import agreements, claim_data, lookup
from receivables.ledger.amounts import open_amounts
from receivables.ledger.database import reading, writing
from receivables.ledger.mandates import refused_debits
from receivables.ledger.reports import (
    INSOLVENCY,
    OVERDUE,
    REPORT,
    RESCHEDULING,
    Reported,
    granted,
    next_occurrence,
    reported,
    reports,
)
from receivables.ledger.tasks import close_task, open_task
from receivables.money import from_minor

TOLD = (OVERDUE, INSOLVENCY)


@dataclass(slots=True)
class Insured:
    """What one run did, by customer: arrears planned for notification, deadlines missed, consent to a plan asked, the
    ERP told to stop or go on, claims filed, sums that the insurer paid, goods taken back of which it is told.
    """

    on: date
    planned: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    claimed: list[str] = field(default_factory=list)
    indemnified: list[str] = field(default_factory=list)
    goods: list[str] = field(default_factory=list)

    @property
    def did_something(self) -> bool:
        return self.to_send or bool(self.indemnified)

    @property
    def to_send(self) -> bool:
        return bool(self.planned or self.requested or self.stopped or self.claimed or self.goods)


def insure(workspace: Workspace, on: date) -> Insured:
    """The insurer's day: limits, notifications, stop signals, claims, what it paid. Run again, it does nothing twice.

    A direct debit that came back is told at once: the policy counts it as a payment that failed.
    """
    done = Insured(on)
    found: dict[int, Stop] = {}
    if not workspace.insurance_policies:
        with writing(workspace.engine) as connection:
            stop_uninsured(connection, found)
            done.stopped += signal(connection, workspace, found, on)
        return done
    refresh(workspace, on)
    done.goods += tell_insurers(workspace, on)
    with reading(workspace.engine) as connection:
        everyone = list(all_facts(connection, workspace, on))
        refused = refused_debits(connection)
    for policy in workspace.insurance_policies:
        with reading(workspace.engine) as connection:
            known, extended = reported(connection), granted(connection, policy.number)
        for facts in everyone:
            for late in overdue_by_currency(policy, facts, on, extended.get(facts.debtor_id, {})):
                keep_clock(workspace, policy, facts, late, on, known, refused, done)
        with reading(workspace.engine) as connection:
            for debtor_id, stop in stops(connection, policy, everyone, extended, on).items():
                merged = found.setdefault(debtor_id, Stop())
                merged.policies |= stop.policies
                for reason, first_day in stop.reasons.items():
                    merged.add(reason, policy.number, first_day)
    with writing(workspace.engine) as connection:
        follow_reports(connection, on)
        stop_uninsured(connection, found)
        done.stopped += signal(connection, workspace, found, on)
    done.claimed += claim_due(workspace, everyone, on)
    done.indemnified += follow_claims(workspace, on)
    receive(workspace, on)
    share(workspace, on)
    return done


def keep_clock(
    workspace: Workspace,
    policy: InsurancePolicy,
    facts: DebtorFacts,
    late: Overdue,
    on: date,
    known: Collection[tuple[str, int, str]],
    refused: Collection[int],
    done: Insured,
) -> None:
    """What one debtor's arrears ask for today: a notification, once for its oldest invoice; consent to a plan."""
    told = (policy.number, facts.debtor_id, late.oldest) in known
    failed = any(claim.invoice_id in refused for claim in late.claims)
    if not told and (late.due(on) or failed):
        with writing(workspace.engine) as connection:
            notify(connection, workspace, policy, facts, late, on)
        done.planned.append(facts.ref)
        if late.missed(on):
            done.missed.append(facts.ref)
    if (until := plan_beyond(late, on)) is not None:
        with writing(workspace.engine) as connection:
            if reschedule(connection, workspace, policy, facts, late, until, on):
                done.requested.append(facts.ref)


def notify(
    connection: Connection,
    workspace: Workspace,
    policy: InsurancePolicy,
    facts: DebtorFacts,
    found: Overdue,
    on: date,
) -> None:
    """Plans the overdue notification, and a task that waits until the insurer has acknowledged it."""
    details = {
        "category": OVERDUE,
        "oldest": found.oldest,
        "deadline": found.deadline.isoformat(),
        "invoices": rows(found.claims),
        "currency": found.claims[0].currency,
    }
    debtor = claim_data.debtor(connection, facts.debtor_id)
    occurrence = next_occurrence(connection, facts.seller, facts.ref, f"{policy.number}/{found.oldest}")
    plan_filing(connection, workspace, policy.number, debtor, REPORT, occurrence, details, on)
    if found.missed(on):
        alarm(connection, facts.name, policy.number, facts.debtor_id, found.oldest, found.deadline, on)
    text = (
        f"{facts.name}: {policy.insurer} must have the arrears on {found.oldest} by {found.deadline}. The notification "
        "is planned; this closes by itself when the insurer has acknowledged it."
    )
    key = f"insurer_notify:{policy.number}:{facts.debtor_id}:{found.oldest}"
    open_task(
        connection,
        key=key,
        kind="insurer_notify",
        text=text,
        on=on,
        due=found.deadline,
        debtor_id=facts.debtor_id,
    )


def reschedule(
    connection: Connection,
    workspace: Workspace,
    policy: InsurancePolicy,
    facts: DebtorFacts,
    found: Overdue,
    until: date,
    on: date,
) -> bool:
    """Asks for the insurer's consent to a plan beyond the extension period, once per plan; whether it was asked now."""
    asked = [r for r in reports(connection) if r.category == RESCHEDULING and r.debtor_id == facts.debtor_id]
    if any(r.policy == policy.number and r.details["until"] == until.isoformat() for r in asked):
        return False
    on_plan = [c for c in found.claims if any(h.kind is HoldKind.PLAN and h.until == until for h in c.holds)]
    details = {
        "category": RESCHEDULING,
        "oldest": found.oldest,
        "deadline": None,
        "invoices": rows(on_plan),
        "currency": on_plan[0].currency,
        "until": until.isoformat(),
        "instalments": instalments(connection, on_plan[0].invoice_id, on_plan[0].currency),
    }
    debtor = claim_data.debtor(connection, facts.debtor_id)
    occurrence = f"{policy.number}/{RESCHEDULING}/{until}"
    plan_filing(connection, workspace, policy.number, debtor, REPORT, occurrence, details, on)
    return True


def instalments(connection: Connection, invoice_id: int, currency: str) -> list[list[str]]:
    plans = agreements.standing(connection, HoldKind.PLAN, invoice_id=invoice_id)
    parts: Sequence[Sequence[object]] = plans[-1].details.get("instalments", ()) if plans else ()
    return [[str(day), str(from_minor(int(str(minor)), currency))] for day, minor in parts]


def follow_reports(connection: Connection, on: date) -> None:
    """Closes what the insurer acknowledged; alarms where a deadline passed without that, and where it refused."""
    for one in reports(connection, withdrawn=True):
        key = task_of(one)
        if one.acknowledged is not None:
            close_task(connection, key, outcome="acknowledged", on=on)
            continue
        if one.state is DispatchState.WITHDRAWN or not still_open(connection, one):
            close_task(connection, key, outcome="nothing_open", on=on)
            continue
        name = one.details["buyer_name"]
        if one.state is DispatchState.REJECTED:
            refused(connection, one, name, on)
        deadline = one.details.get("deadline")
        if one.category in TOLD and deadline and on > date.fromisoformat(deadline):
            alarm(connection, name, one.policy, one.debtor_id, one.oldest, date.fromisoformat(deadline), on)


def still_open(connection: Connection, one: Reported) -> bool:
    """Whether anything of what was notified is open: what was paid meanwhile needs no insurer."""
    ids = [lookup.invoice(connection, number, one.seller).id for number, _, _ in one.details["invoices"]]
    opened = open_amounts(connection, ids)
    return any(kinds.get(ItemKind.PRINCIPAL, 0) > 0 for kinds in opened.values())


def task_of(one: Reported) -> str:
    kind = "insurer_insolvency" if one.category == INSOLVENCY else "insurer_notify"
    return f"{kind}:{one.policy}:{one.debtor_id}:{one.oldest}"


def refused(connection: Connection, one: Reported, name: str, on: date) -> None:
    what = {OVERDUE: "the arrears", INSOLVENCY: "the insolvency"}.get(one.category, f"the request ({one.category})")
    text = f"{name}: the insurer refused {what} on {one.oldest}: {one.reason or 'no reason given'}. Call the insurer."
    key = f"insurer_rejected:{one.dispatch_id}"
    open_task(connection, key=key, kind="insurer_rejected", text=text, on=on, debtor_id=one.debtor_id)


def alarm(
    connection: Connection, name: str, policy: str, debtor_id: int, oldest: str, deadline: date, on: date
) -> None:
    text = (
        f"{name}: the insurer should have been told of {oldest} by {deadline}; on {on} it has not acknowledged it. "
        "Call the insurer: cover may have lapsed."
    )
    key = f"insurer_missed:{policy}:{debtor_id}:{oldest}"
    open_task(connection, key=key, kind="insurer_missed", text=text, on=on, debtor_id=debtor_id)
