"""Follows up what is open: decides for every debtor, plans what is to be done, and keeps why nothing is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection

from flows import hand_over
from flows.demands import reckon, regime_of
from flows.facts import all_facts
from flows.notices import plan_notice
from flows.workspace import Workspace
from receivables.claims import DebtorFacts, Notice, Step
from receivables.decide import Action, Decision, Reason, decide
from receivables.dossier import missing_for
from receivables.law.letters import deadline_after
from receivables.law.regime import Regime, RegimeError
from receivables.ledger import claim_data
from receivables.ledger.database import reading, writing
from receivables.ledger.notices import note_reasons
from receivables.ledger.tasks import open_task


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One action that was planned."""

    debtor: str
    name: str
    step: str
    invoices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FollowedUp:
    """What one run decided: actions planned, and the claims left alone by reason."""

    on: date
    actions: list[Done] = field(default_factory=list)
    reasons: list[tuple[str, Reason]] = field(default_factory=list)


def follow_up(workspace: Workspace, on: date) -> FollowedUp:
    """Decides for every debtor on the business date `on`. Again on the same day it plans nothing new."""
    with reading(workspace.engine) as connection:
        everyone = list(all_facts(connection, workspace, on))
        laws = {facts.seller: claim_data.seller(connection, facts.seller).law for facts in everyone}
    result = FollowedUp(on)
    for facts in everyone:
        follow_debtor(workspace, facts, laws[facts.seller], on, result)
    return result


def follow_debtor(workspace: Workspace, facts: DebtorFacts, law: str, on: date, result: FollowedUp) -> None:
    """One debtor in one transaction, decided on what the ledger holds at that moment."""
    try:
        regime = regime_of(facts, law, on)
    except RegimeError as problem:
        _no_regime(workspace, facts, str(problem), on, result)
        return
    with writing(workspace.engine) as connection:
        now = next(all_facts(connection, workspace, on, facts.debtor_id), None)
        if now is None:
            return
        decision = decided(workspace, now, regime, on)
        for action in decision.actions:
            carry_out(connection, workspace, now, regime, action, on)
            numbers = tuple(claim.number for claim in action.claims)
            result.actions.append(Done(debtor=now.ref, name=now.name, step=action.step, invoices=numbers))
        note_reasons(connection, decision.reasons, on=on, at=workspace.now())
    result.reasons.extend((now.ref, reason) for reason in decision.reasons)


def decided(workspace: Workspace, facts: DebtorFacts, regime: Regime, on: date) -> Decision:
    return decide(facts, workspace.policy, regime.country, lawful_clock, on)


def lawful_clock(country: str, notice: Notice) -> date | None:
    """The day before which the law lets no step follow `notice`."""
    if country not in ("BE", "NL"):
        return None
    found = deadline_after(
        notice.step,
        country="BE" if country == "BE" else "NL",
        channel=notice.channel,
        sent=notice.on,
        received=notice.proven,
    )
    return found.earliest_next_step if found else None


def carry_out(
    connection: Connection, workspace: Workspace, facts: DebtorFacts, regime: Regime, action: Action, on: date
) -> None:
    """Writes down what is to be done: a message, calls for a person, or a hand-over for approval."""
    claims = [c for c in facts.claims if c.invoice_id in {step.invoice_id for step in action.claims}]
    if action.step is Step.CALL:
        for step in action.claims:
            ask_to_call(connection, facts, step.invoice_id, step.number, step.occurrence, on)
    elif action.step is Step.HANDOVER:
        proven = frozenset(n.step for claim in claims for n in claim.notices if n.proven)
        lacks = missing_for(regime.country, facts.kind, proven, all(c.received for c in claims))
        reckoned = reckon(connection, claims, facts, regime, Step.HANDOVER, on)
        hand_over.ask(connection, workspace, facts, reckoned, regime, lacks, on)
    else:
        plan_notice(connection, workspace, facts, regime, action, claims, on)


def ask_to_call(
    connection: Connection, facts: DebtorFacts, invoice_id: int, number: str, occurrence: int, on: date
) -> None:
    text = f"Call {facts.name} about {number}: ask when it is paid, and whether anything is wrong with it."
    open_task(
        connection,
        key=f"call:{invoice_id}:{occurrence}",
        kind="call",
        text=text,
        on=on,
        debtor_id=facts.debtor_id,
        invoice_id=invoice_id,
    )


def _no_regime(workspace: Workspace, facts: DebtorFacts, problem: str, on: date, result: FollowedUp) -> None:
    found = [Reason(claim.invoice_id, "no_regime", problem) for claim in facts.claims]
    with writing(workspace.engine) as connection:
        note_reasons(connection, found, on=on, at=workspace.now())
    result.reasons.extend((facts.ref, reason) for reason in found)
