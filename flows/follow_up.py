"""Follows up what is open: decides for every debtor, plans what is to be done, and keeps why nothing is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import Connection

from flows import hand_over
from flows.demands import reckon, regime_of
from flows.facts import all_facts
from flows.law import table_of
from flows.notices import plan_notice
from flows.tasks import FOR_PERSONS, ask_consent, tasks_from_reasons
from flows.thanks import thank
from flows.workspace import Workspace
from receivables.calendar import next_send_moment
from receivables.claims import ClaimFacts, Consent, DebtorFacts, Notice, Step
from receivables.decide import Action, ClaimStep, Decision, Reason, decide
from receivables.law.letters import TERM_DAYS, deadline_after
from receivables.law.regime import Regime, RegimeError
from receivables.ledger import claim_data, journal
from receivables.ledger.database import reading, writing
from receivables.ledger.notices import leave_not_before, note_reasons
from receivables.ledger.tasks import close_needless, open_task
from receivables.letters.elements import MissingElement, WrongSums
from receivables.letters.texts import MissingText


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
    result = FollowedUp(on)
    to_act: list[tuple[DebtorFacts, Regime]] = []
    stuck: list[tuple[DebtorFacts, tuple[Reason, ...]]] = []
    for facts, regime in everyone(workspace, on, result):
        decision = decided(workspace, facts, regime, on)
        if decision.actions:
            to_act.append((facts, regime))
        else:
            left_alone(facts, decision, result, stuck)
    for facts, regime in to_act:
        try:
            decision = act(workspace, facts.debtor_id, regime, on, result)
        except UNSENDABLE as problem:
            decision = left_to_person(workspace, facts, str(problem), on)
        left_alone(facts, decision, result, stuck)
    with writing(workspace.engine) as connection:
        for facts, reasons in stuck:
            tasks_from_reasons(connection, facts, reasons, on)
        close_needless(connection, on)
        note_reasons(connection, [reason for _, reason in result.reasons], on=on, at=workspace.now())
    thank(workspace, on)
    return result


def left_alone(
    facts: DebtorFacts,
    decision: Decision,
    result: FollowedUp,
    stuck: list[tuple[DebtorFacts, tuple[Reason, ...]]],
) -> None:
    """Keeps the reasons; the facts are let go, except where a person must take something out of the way."""
    result.reasons.extend((facts.ref, reason) for reason in decision.reasons)
    if any(reason.code in FOR_PERSONS for reason in decision.reasons):
        stuck.append((facts, decision.reasons))


def everyone(workspace: Workspace, on: date, result: FollowedUp) -> Iterator[tuple[DebtorFacts, Regime]]:
    """Every debtor with something open and the regime it falls under; who falls under none is left to a person."""
    with reading(workspace.engine) as connection:
        laws: dict[str, str] = {}
        for facts in all_facts(connection, workspace, on):
            if facts.seller not in laws:
                laws[facts.seller] = claim_data.seller(connection, facts.seller).law
            try:
                regime = regime_of(facts, laws[facts.seller], on)
            except RegimeError as problem:
                reasons = [Reason(claim.invoice_id, "no_regime", str(problem)) for claim in facts.claims]
                result.reasons.extend((facts.ref, reason) for reason in reasons)
                continue
            yield facts, regime


UNSENDABLE = (MissingText, MissingElement, WrongSums)  # a letter that a judge would set aside, or without words


def left_to_person(workspace: Workspace, facts: DebtorFacts, problem: str, on: date) -> Decision:
    """A letter that cannot be written as the law wants it stops this debtor only: a person is told why."""
    with writing(workspace.engine) as connection:
        text = f"{facts.name}: the letter cannot be sent. {problem}"
        key = f"unsendable:{facts.debtor_id}:{hashlib.sha256(problem.encode()).hexdigest()[:16]}"
        open_task(connection, key=key, kind="unsendable", text=text, on=on, debtor_id=facts.debtor_id)
    reasons = tuple(Reason(claim.invoice_id, "letter_refused", problem) for claim in facts.claims)
    return Decision(facts.debtor_id, (), reasons)


def act(workspace: Workspace, debtor_id: int, regime: Regime, on: date, result: FollowedUp) -> Decision:
    """One debtor in one transaction: decided once more on what the ledger holds now, and written down."""
    with writing(workspace.engine) as connection:
        facts = next(all_facts(connection, workspace, on, debtor_id), None)
        if facts is None:
            return Decision(debtor_id, (), ())
        decision = decided(workspace, facts, regime, on)
        for action in decision.actions:
            carry_out(connection, workspace, facts, regime, action, on)
    for action in decision.actions:
        numbers = tuple(claim.number for claim in action.claims)
        step = f"consent to {action.step}" if action.ask else action.step.value
        result.actions.append(Done(debtor=facts.ref, name=facts.name, step=step, invoices=numbers))
    return decision


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
    if found is None:
        return None
    if notice.channel == "post" and notice.proven is not None:  # posted, perhaps later than it was planned
        return max(found.earliest_next_step, notice.proven + timedelta(days=TERM_DAYS))
    return found.earliest_next_step


def carry_out(
    connection: Connection, workspace: Workspace, facts: DebtorFacts, regime: Regime, action: Action, on: date
) -> None:
    """Writes down what is to be done: a message, calls for a person, or a hand-over for approval."""
    claims = [c for c in facts.claims if c.invoice_id in {step.invoice_id for step in action.claims}]
    if action.ask:
        ask_consent(connection, facts, action, on)
    elif action.step is Step.CALL:
        for step in action.claims:
            ask_to_call(connection, workspace, facts, step, on)
    elif action.step is Step.HANDOVER:
        table = table_of(workspace.root)
        reckoned = reckon(connection, claims, facts, regime, Step.HANDOVER, on, table=table)
        hand_over.ask(connection, workspace, facts, reckoned, regime, on)
    elif uncertain(connection, workspace, facts, regime, action, claims, on):
        ask_consent(connection, facts, action, on, why="It demands interest at a rate that is not yet confirmed.")
    else:
        dispatch_id = plan_notice(connection, workspace, facts, regime, action, claims, on)
        if (window := workspace.policy.contact.window) is not None:
            leave_not_before(connection, dispatch_id, next_send_moment(regime.country, workspace.now(), window))


def uncertain(
    connection: Connection,
    workspace: Workspace,
    facts: DebtorFacts,
    regime: Regime,
    action: Action,
    claims: list[ClaimFacts],
    on: date,
) -> bool:
    """Whether the message would demand a provisional figure that nobody has consented to: it needs a person."""
    steps = {step.invoice_id: step.step for step in action.claims}
    asked = [claim for claim in claims if dict(claim.consents).get(steps[claim.invoice_id]) is not Consent.GIVEN]
    if not action.accessories or not asked:
        return False
    reckoned = reckon(connection, asked, facts, regime, action.step, on, table=table_of(workspace.root))
    return any(one.demand.provisional and one.demand.interest_amount for one in reckoned)


def ask_to_call(connection: Connection, workspace: Workspace, facts: DebtorFacts, step: ClaimStep, on: date) -> None:
    """A task for a person, once per occurrence; the ladder waits for it as long as the policy's patience lasts."""
    text = f"Call {facts.name} about {step.number}: ask when it is paid, and whether anything is wrong with it."
    opened = open_task(
        connection,
        key=f"call:{step.invoice_id}:{step.occurrence}",
        kind="call",
        text=text,
        on=on,
        debtor_id=facts.debtor_id,
        invoice_id=step.invoice_id,
    )
    if opened:
        subject = journal.about_invoice(facts.seller, step.number)
        asked: dict[str, journal.Json] = {"occurrence": step.occurrence}
        journal.append(connection, at=workspace.now(), on=on, kind="call.asked", subject=subject, facts=asked)
