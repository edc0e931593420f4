"""The rows behind the facts: each function asks about a range of debtors at once, answers by invoice or debtor id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.engine import Row

from receivables.claims import GIVEN_BACK, NOT_POSTED, DispatchState, Hold, HoldKind, ItemKind, Notice, Step
from receivables.ledger.amounts import open_by_item
from receivables.ledger.life import AWAITING
from receivables.ledger.mail_reports import stopped
from receivables.ledger.planning import RECEIVED, awaiting_key
from receivables.ledger.tables import (
    approvals,
    claim_items,
    debtors,
    dispatches,
    handover_items,
    handovers,
    holds,
    invoices,
    notice_items,
    tasks,
)
from receivables.money import from_minor

LOST = (DispatchState.NOT_DELIVERED, DispatchState.REJECTED)


def open_claims(
    connection: Connection, first: int, last: int
) -> tuple[dict[int, list[Row[Any]]], dict[int, dict[ItemKind, int]]]:
    """The invoices with something open, by debtor, oldest due first; and what is open on each, by kind."""
    ours = select(invoices.c.id).where(invoices.c.debtor_id.between(first, last), invoices.c.kind == "invoice")
    opens: dict[int, dict[ItemKind, int]] = defaultdict(dict)
    for item in connection.execute(open_by_item().where(claim_items.c.invoice_id.in_(ours))):
        if item.open:
            opens[item.invoice_id][ItemKind(item.kind)] = int(item.open)
    claims: dict[int, list[Row[Any]]] = defaultdict(list)
    rows = select(invoices).where(invoices.c.debtor_id.between(first, last), invoices.c.kind == "invoice")
    for row in connection.execute(rows.order_by(invoices.c.printed_due, invoices.c.id)):
        if row.id in opens:
            claims[row.debtor_id].append(row)
    return dict(claims), dict(opens)


def holds_of(connection: Connection, first: int, last: int) -> dict[int, list[Hold]]:
    """Every hold, active or expired; one that a person ended holds until the day before."""
    rows = (
        select(holds, invoices.c.currency)
        .join(invoices, invoices.c.id == holds.c.invoice_id)
        .where(invoices.c.debtor_id.between(first, last))
        .order_by(holds.c.since, holds.c.id)
    )
    found: dict[int, list[Hold]] = defaultdict(list)
    for row in connection.execute(rows):
        ended = row.until if row.ended is None else min(row.until, row.ended - timedelta(days=1))
        amount = None if row.amount is None else from_minor(row.amount, row.currency)
        found[row.invoice_id].append(
            Hold(
                kind=HoldKind(row.kind),
                owner=row.owner,
                reason=row.reason,
                since=row.since,
                until=ended,
                amount=amount,
            )
        )
    return found


def notices_of(connection: Connection, first: int, last: int) -> dict[int, list[Notice]]:
    """Every step taken: messages with their proof, calls asked of a person, hand-overs that await approval."""
    found: dict[int, list[Notice]] = defaultdict(list)
    for invoice_id, notice in (
        *messages(connection, first, last),
        *calls(connection, first, last),
        *awaiting_approval(connection, first, last),
    ):
        found[invoice_id].append(notice)
    for notices in found.values():
        notices.sort(key=lambda notice: (notice.on, notice.occurrence))
    return found


def messages(connection: Connection, first: int, last: int) -> list[tuple[int, Notice]]:
    rows = (
        select(
            notice_items.c.invoice_id,
            notice_items.c.step,
            notice_items.c.occurrence,
            dispatches.c.id.label("dispatch_id"),
            func.coalesce(dispatches.c.submitted, dispatches.c.planned).label("left"),
            dispatches.c.state,
            dispatches.c.proven,
            dispatches.c.channel,
            dispatches.c.receiver,
            dispatches.c.reason,
            debtors.c.email,
        )
        .join(dispatches, dispatches.c.id == notice_items.c.dispatch_id)
        .join(invoices, invoices.c.id == notice_items.c.invoice_id)
        .join(debtors, debtors.c.id == invoices.c.debtor_id)
        .where(invoices.c.debtor_id.between(first, last))
    )
    found = connection.execute(rows).all()
    said = received_by_word(connection, {row.dispatch_id for row in found if row.state == AWAITING})
    return [
        (
            row.invoice_id,
            Notice(
                step=Step(row.step),
                occurrence=row.occurrence,
                on=row.left,
                state=DispatchState.SUBMITTED if row.dispatch_id in said else DispatchState(row.state),
                proven=said.get(row.dispatch_id, row.proven),
                channel=row.channel,
                mended=row.state in LOST and again(row.channel, row.receiver, row.email, row.reason),
            ),
        )
        for row in found
    ]


def again(channel: str, receiver: str, email: str | None, reason: str | None) -> bool:
    """Whether a message that did not arrive may go again: the address was changed, or nobody posted the letter."""
    if channel == "post":
        return (reason or "").startswith(f"{NOT_POSTED}:")
    return channel == "email" and receiver != email


def calls(connection: Connection, first: int, last: int) -> list[tuple[int, Notice]]:
    """A call is a task; it counts as proven on the day on which it was done."""
    rows = (
        select(tasks.c.invoice_id, tasks.c.opened, tasks.c.done)
        .join(invoices, invoices.c.id == tasks.c.invoice_id)
        .where(tasks.c.kind == "call", invoices.c.debtor_id.between(first, last))
        .order_by(tasks.c.id)
    )
    counted: dict[int, int] = defaultdict(int)
    found = []
    for row in connection.execute(rows):
        counted[row.invoice_id] += 1
        state = DispatchState.PLANNED if row.done is None else DispatchState.DELIVERED
        notice = Notice(
            step=Step.CALL,
            occurrence=counted[row.invoice_id],
            on=row.opened,
            state=state,
            proven=row.done,
            channel="phone",
        )
        found.append((row.invoice_id, notice))
    return found


def awaiting_approval(connection: Connection, first: int, last: int) -> list[tuple[int, Notice]]:
    rows = select(approvals.c.details, approvals.c.requested).where(
        approvals.c.kind == "handover", approvals.c.state == "pending", approvals.c.debtor_id.between(first, last)
    )
    return [
        (
            invoice_id,
            Notice(
                step=Step.HANDOVER,
                occurrence=1,
                on=row.requested,
                state=DispatchState.PLANNED,
                channel="agency",
            ),
        )
        for row in connection.execute(rows)
        for invoice_id in row.details["invoices"]
    ]


def deliveries_of(connection: Connection, first: int, last: int) -> dict[int, DispatchState]:
    """How far each invoice itself came; its latest dispatch counts (subject: the invoice's number)."""
    carries = and_(
        dispatches.c.seller == invoices.c.seller,
        dispatches.c.kind == "invoice",
        dispatches.c.subject == invoices.c.number,
    )
    rows = connection.execute(
        select(dispatches.c.id, invoices.c.id.label("invoice_id"), dispatches.c.state)
        .join_from(invoices, dispatches, carries)
        .where(invoices.c.debtor_id.between(first, last))
    )
    found = {row.invoice_id: row for row in in_order(rows)}
    said = received_by_word(connection, [row.id for row in found.values() if row.state == AWAITING])
    return {
        invoice_id: DispatchState.SUBMITTED if row.id in said else DispatchState(row.state)
        for invoice_id, row in found.items()
    }


def received_by_word(connection: Connection, ids: Collection[int]) -> dict[int, date]:
    """Of dispatches that nobody could prove, those that the receiver has, as a person was told; and on which day."""
    if not ids:
        return {}
    keys = {awaiting_key(one): one for one in ids}
    rows = connection.execute(
        select(tasks.c.key, tasks.c.done).where(tasks.c.key.in_(keys), tasks.c.outcome == RECEIVED)
    )
    return {keys[row.key]: row.done for row in rows}


def in_order(rows: Iterable[Any]) -> list[Any]:
    """By id. Sorted here: asked to sort, SQLite walks the whole table in that order instead of using an index."""
    return sorted(rows, key=lambda row: row.id)


def handed_over(connection: Connection, first: int, last: int) -> set[int]:
    """Invoices at a partner, who did not give them back."""
    rows = (
        select(handover_items.c.invoice_id)
        .join(handovers, handovers.c.id == handover_items.c.handover_id)
        .where(handovers.c.debtor_id.between(first, last), handovers.c.state.not_in(GIVEN_BACK))
    )
    return set(connection.scalars(rows))


def last_contacts(connection: Connection, first: int, last: int) -> dict[int, date]:
    """The day of the last notice or call to each debtor, about any invoice, settled ones too.

    What did not arrive was no contact.
    """
    day = func.max(func.coalesce(dispatches.c.submitted, dispatches.c.planned)).label("day")
    sent = (
        select(invoices.c.debtor_id, day)
        .join(notice_items, notice_items.c.invoice_id == invoices.c.id)
        .join(dispatches, dispatches.c.id == notice_items.c.dispatch_id)
        .where(invoices.c.debtor_id.between(first, last), dispatches.c.state.not_in((DispatchState.WITHDRAWN, *LOST)))
        .group_by(invoices.c.debtor_id)
    )
    called = (
        select(tasks.c.debtor_id, func.max(func.coalesce(tasks.c.done, tasks.c.opened)).label("day"))
        .where(tasks.c.kind == "call", tasks.c.debtor_id.between(first, last))
        .group_by(tasks.c.debtor_id)
    )
    found: dict[int, date] = {}
    for query in (sent, called):
        for row in connection.execute(query):
            found[row.debtor_id] = max(found.get(row.debtor_id, row.day), row.day)
    return found


def bounced_addresses(connection: Connection, first: int, last: int) -> set[str]:
    """The debtors' e-mail addresses, their contacts' too, whose latest settled message did not arrive, and those from
    which somebody complained.
    """
    theirs = select(debtors.c.email).where(debtors.c.id.between(first, last), debtors.c.email.is_not(None))
    sent = select(dispatches.c.id, dispatches.c.receiver, dispatches.c.state).where(dispatches.c.channel == "email")
    notices = (
        sent.join(notice_items, notice_items.c.dispatch_id == dispatches.c.id)
        .join(invoices, invoices.c.id == notice_items.c.invoice_id)
        .where(invoices.c.debtor_id.between(first, last))
    )
    rows = [*connection.execute(sent.where(dispatches.c.receiver.in_(theirs))), *connection.execute(notices)]
    settled = (*LOST, DispatchState.DELIVERED)
    latest = {row.receiver: row.state for row in in_order(rows) if row.state in settled}
    complained = set(connection.scalars(stopped()))
    addresses = {row.receiver for row in rows}
    lost = {receiver for receiver, state in latest.items() if state in LOST}
    return lost | {receiver for receiver in addresses if receiver.lower() in complained}
