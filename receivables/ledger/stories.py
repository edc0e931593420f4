"""Every document's story in the few facts that a report needs: how it travelled, what followed, where it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from receivables.claims import DispatchState, HandoverState, HoldKind, ItemKind, Outcome
from receivables.ladder import MESSAGES
from receivables.ledger.book import open_amounts
from receivables.ledger.indemnities import positions
from receivables.ledger.reports import reported_invoices
from receivables.ledger.tables import (
    allocations,
    claim_items,
    debtors,
    dispatches,
    handover_items,
    handovers,
    holds,
    invoices,
    notice_items,
    refusals,
    tasks,
)
from receivables.outcome import StoryFacts, outcome

LEFT = [s for s in DispatchState if s not in (DispatchState.PLANNED, DispatchState.WITHDRAWN)]


@dataclass(frozen=True, slots=True)
class StepTaken:
    step: str
    on: date
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One document. `payable` and `open` (the principal) are minor units of `currency`."""

    number: str
    kind: str
    seller: str
    debtor: str
    debtor_name: str
    currency: str
    payable: int
    open: int
    channel: str  # peppol, email, none
    delivery: str
    steps: tuple[StepTaken, ...]
    outcome: Outcome
    sentence: str = ""  # why it was refused


def stories(connection: Connection, on: date) -> list[Story]:
    """Every document that was taken in, then every row that was refused and never came in."""
    rows = connection.execute(
        select(invoices, debtors.c.ref, debtors.c.name)
        .join(debtors, debtors.c.id == invoices.c.debtor_id)
        .order_by(invoices.c.seller, invoices.c.number)
    ).all()
    known = _Known(connection, on)
    found = [_story(row, known) for row in rows]
    return found + _refused(connection, {(row.seller, row.number) for row in rows})


class _Known:
    """The parts of all stories, each read with one query."""

    def __init__(self, connection: Connection, on: date) -> None:
        self.opens = open_amounts(connection)
        self.paid = _sums(connection)
        self.last_paid = _last_paid(connection)
        self.used = _credits_used(connection)
        self.carried = _carried(connection)
        self.steps = _steps(connection)
        self.holds = _holds(connection, on)
        self.handovers = _handovers(connection)
        self.notified = reported_invoices(connection)
        self.indemnified = {i: position.indemnified for i, position in positions(connection).items()}


def _story(row: Any, known: _Known) -> Story:
    channel, delivery = known.carried.get((row.seller, row.number), ("none", DispatchState.PLANNED))
    steps = tuple(sorted(known.steps[row.id], key=lambda step: step.on))
    credit_note = row.kind == "credit_note"
    paid = known.paid[row.id]
    left = row.payable - known.used[row.id] if credit_note else known.opens.get(row.id, {}).get(ItemKind.PRINCIPAL, 0)
    messages = [step.on for step in steps if step.step in MESSAGES]
    facts = StoryFacts(
        payable=row.payable,
        open=left,
        due=row.printed_due,
        paid=paid.get("payment", 0),
        credited=known.used[row.id] if credit_note else paid.get("credit", 0),
        collected=paid.get("collected", 0),
        written_off=paid.get("write_off", 0),
        last_paid=known.last_paid.get(row.id),
        reminded=min(messages, default=None),
        holds=frozenset(known.holds[row.id]),
        handover=known.handovers.get(row.id),
        indemnified=known.indemnified.get(row.id, 0),
        insurer_notified=(row.seller, row.number) in known.notified,
    )
    return Story(
        number=row.number,
        kind=row.kind,
        seller=row.seller,
        debtor=row.ref,
        debtor_name=row.name or "",
        currency=row.currency,
        payable=row.payable,
        open=left,
        channel=channel,
        delivery=delivery,
        steps=steps,
        outcome=outcome(facts),
    )


def _refused(connection: Connection, taken_in: set[tuple[str, str]]) -> list[Story]:
    rows = connection.execute(select(refusals).order_by(refusals.c.id)).all()
    newest = {(row.seller, row.number): row for row in rows if (row.seller, row.number) not in taken_in}
    return [
        Story(
            number=row.number,
            kind="invoice",
            seller=row.seller,
            debtor=row.debtor,
            debtor_name="",
            currency="EUR",
            payable=0,
            open=0,
            channel="none",
            delivery=DispatchState.WITHDRAWN,
            steps=(),
            outcome=Outcome.REFUSED,
            sentence=row.sentence,
        )
        for row in newest.values()
    ]


def _of_principal(*columns: Any) -> Any:
    return (
        select(claim_items.c.invoice_id, *columns)
        .join(allocations, allocations.c.claim_item_id == claim_items.c.id)
        .where(claim_items.c.kind == ItemKind.PRINCIPAL)
    )


def _sums(connection: Connection) -> Mapping[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = defaultdict(dict)
    total = func.sum(allocations.c.amount).label("total")
    grouped = _of_principal(allocations.c.source, total).group_by(claim_items.c.invoice_id, allocations.c.source)
    for row in connection.execute(grouped):
        found[row.invoice_id][row.source] = int(row.total)
    return found


def _last_paid(connection: Connection) -> dict[int, date]:
    last = func.max(allocations.c.on).label("last")
    undone = select(allocations.c.reverses).where(allocations.c.reverses.is_not(None))
    standing = [allocations.c.source == "payment", allocations.c.amount > 0, allocations.c.id.not_in(undone)]
    of_payments = _of_principal(last).where(*standing)
    return {row.invoice_id: row.last for row in connection.execute(of_payments.group_by(claim_items.c.invoice_id))}


def _credits_used(connection: Connection) -> Mapping[int, int]:
    found: dict[int, int] = defaultdict(int)
    query = select(allocations.c.source_id, func.sum(allocations.c.amount).label("used"))
    for row in connection.execute(query.where(allocations.c.source == "credit").group_by(allocations.c.source_id)):
        found[row.source_id] = int(row.used)
    return found


def _carried(connection: Connection) -> dict[tuple[str, str], tuple[str, str]]:
    query = select(dispatches).where(dispatches.c.kind == "invoice").order_by(dispatches.c.id)
    shown = {"peppol": "peppol", "email": "email"}
    return {(row.seller, row.subject): (shown.get(row.channel, "none"), row.state) for row in connection.execute(query)}


def _steps(connection: Connection) -> Mapping[int, list[StepTaken]]:
    """Messages that left, calls that were asked for, hand-overs that were sent."""
    found: dict[int, list[StepTaken]] = defaultdict(list)
    sent = (
        select(
            notice_items.c.invoice_id,
            notice_items.c.step,
            dispatches.c.submitted,
            dispatches.c.planned,
            dispatches.c.channel,
        )
        .join(dispatches, dispatches.c.id == notice_items.c.dispatch_id)
        .where(dispatches.c.state.in_(LEFT))
    )
    for row in connection.execute(sent):
        found[row.invoice_id].append(StepTaken(row.step, row.submitted or row.planned, row.channel))
    for call in connection.execute(select(tasks.c.invoice_id, tasks.c.opened).where(tasks.c.kind == "call")):
        found[call.invoice_id].append(StepTaken("call", call.opened, "phone"))
    given = (
        select(handover_items.c.invoice_id, dispatches.c.submitted)
        .join(handovers, handovers.c.id == handover_items.c.handover_id)
        .join(dispatches, dispatches.c.id == handovers.c.dispatch_id)
        .where(dispatches.c.submitted.is_not(None))
    )
    for handed in connection.execute(given):
        found[handed.invoice_id].append(StepTaken("handover", handed.submitted, "agency"))
    return found


def _holds(connection: Connection, on: date) -> Mapping[int, set[HoldKind]]:
    found: dict[int, set[HoldKind]] = defaultdict(set)
    standing = select(holds).where(holds.c.since <= on, holds.c.until >= on, holds.c.ended.is_(None))
    for row in connection.execute(standing):
        found[row.invoice_id].add(HoldKind(row.kind))
    return found


def _handovers(connection: Connection) -> dict[int, HandoverState]:
    query = (
        select(handover_items.c.invoice_id, handovers.c.state)
        .join(handovers, handovers.c.id == handover_items.c.handover_id)
        .where(handovers.c.state != HandoverState.PREPARED)
        .order_by(handovers.c.id)
    )
    return {row.invoice_id: HandoverState(row.state) for row in connection.execute(query)}
