"""Tells the ERP to stop deliveries to a customer, and to go on: once per change, each signal a dispatch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from connectors.erp.stop_signal import Reason, StopSignal
from flows.erp_desk import ERP, FOLDER
from flows.workspace import Workspace
from receivables.claims import DebtorFacts, HoldKind
from receivables.cover import Granted, InsurancePolicy, insured, overdue_by_currency
from receivables.ledger import blocks, insolvencies, limits
from receivables.ledger.claim_data import DebtorRecord, debtor
from receivables.ledger.dispatch import plan
from receivables.ledger.stop_signals import KIND, last_signals

WORDS: Mapping[Reason, str] = {
    "extension_over": "the oldest invoice is past the insurer's maximum extension period",
    "limit_withdrawn": "the insurer covers no further deliveries",
    "insolvency": "the customer is insolvent",
    "blocked": "a person ended the relation",
}


@dataclass(slots=True)
class Stop:
    """Why deliveries to one debtor stop, and from when; without reasons they go on."""

    reasons: dict[Reason, date] = field(default_factory=dict)
    policies: set[str] = field(default_factory=set)

    def add(self, reason: Reason, policy: str | None, effective: date) -> None:
        self.reasons[reason] = min(effective, self.reasons.get(reason, effective))
        self.policies |= {policy} if policy is not None else set()


def stops(
    connection: Connection,
    policy: InsurancePolicy,
    everyone: Iterable[DebtorFacts],
    granted: Mapping[int, Granted],
    on: date,
) -> dict[int, Stop]:
    """By debtor, what stops deliveries under one policy on the day."""
    found: dict[int, Stop] = {}
    for facts in everyone:
        for late in overdue_by_currency(policy, facts, on, granted.get(facts.debtor_id, {})):
            if on >= late.stop_on:
                first_day = late.stop_delivery + timedelta(days=1)
                found.setdefault(facts.debtor_id, Stop()).add("extension_over", policy.number, first_day)
        failed = [h.since for c in facts.claims for h in c.holds if h.kind is HoldKind.INSOLVENCY and h.covers(on)]
        if failed and insured(policy, facts):
            found.setdefault(facts.debtor_id, Stop()).add("insolvency", policy.number, min(failed))
    for debtor_id, known in limits.all_decisions(connection, policy.number).items():
        held = limits.in_force(known, on)
        had = any(one.state == "granted" and one.amount > 0 for one in known)
        if held is not None and had and limits.limit_on(known, on) == 0:
            since = held.until + timedelta(days=1) if held.until and held.until < on else held.since
            found.setdefault(debtor_id, Stop()).add("limit_withdrawn", policy.number, since)
    return found


def stop_uninsured(connection: Connection, found: dict[int, Stop]) -> None:
    """Adds the customers whom a person blocked and those who are insolvent, insured or not."""
    for one in blocks.blocks(connection):
        found.setdefault(one.debtor_id, Stop()).add("blocked", None, one.since)
    for debtor_id, noted in insolvencies.standing_ones(connection).items():
        found.setdefault(debtor_id, Stop()).add("insolvency", None, noted)


def signal(connection: Connection, workspace: Workspace, found: Mapping[int, Stop], on: date) -> list[str]:
    """Plans a signal for every debtor of whom the ERP was told something else before; the customers' numbers."""
    told = last_signals(connection)
    changed = []
    for debtor_id in sorted(found.keys() | told.keys()):
        stop, (number, before) = found.get(debtor_id, Stop()), told.get(debtor_id, (0, []))
        if sorted(stop.reasons) == sorted(before):
            continue
        record = debtor(connection, debtor_id)
        plan_signal(connection, workspace, record, stop, number + 1, on)
        changed.append(record.ref)
    return changed


def plan_signal(
    connection: Connection, workspace: Workspace, record: DebtorRecord, stop: Stop, number: int, on: date
) -> None:
    action: Any = "stop" if stop.reasons else "release"
    occurrence = f"{number}/{action}"
    why = "; ".join(WORDS[reason] for reason in sorted(stop.reasons))
    said = StopSignal(
        id=f"{record.seller}/{KIND}/{record.ref}/{occurrence}",
        seller=record.seller,
        customer=record.ref,
        action=action,
        effective=min(stop.reasons.values(), default=on),
        on=on,
        reasons=sorted(stop.reasons),
        policies=sorted(stop.policies),
        text=f"Deliver no more on credit to {record.ref}: {why}." if why else f"Deliveries to {record.ref} may go on.",
    )
    plan(
        connection,
        seller=record.seller,
        kind=KIND,
        subject=record.ref,
        occurrence=occurrence,
        channel=ERP,
        receiver=workspace.settings.erp.stop_url or FOLDER,
        content=workspace.store.put((said.model_dump_json(indent=1) + "\n").encode()),
        details={"debtor_id": record.id, "number": number, "action": action, "reasons": sorted(stop.reasons)},
        on=on,
        at=workspace.now(),
    )
