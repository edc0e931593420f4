"""The dispatches as they stand: what is out, what is in doubt, and the figures that every report counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select
from sqlalchemy.engine import Row

from receivables.claims import DispatchState
from receivables.ledger.life import AWAITING, ENDS, PLANNED, SUBMITTED, SUBMITTING, UNKNOWN
from receivables.ledger.planning import awaiting_key
from receivables.ledger.tables import debtors, dispatches, invoices, notice_items, tasks


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """One outward effect as it stands in the ledger."""

    id: int
    seller: str
    kind: str
    subject: str
    occurrence: str
    channel: str
    receiver: str
    content: str  # SHA-256 of the exact bytes
    details: Mapping[str, Any]
    state: DispatchState
    planned: date
    token: int
    lease_until: datetime | None
    attempts: int
    prepared: str | None
    partner_id: str | None
    submitted: date | None
    settled: date | None
    proven: date | None
    reason: str | None
    not_before: datetime | None = None  # planned: not claimed before; unknown: a no is not believed before
    held: str | None = None  # key of the task that must be done before the next attempt

    @property
    def key(self) -> str:
        """What a partner stores to recognise it again; never changes."""
        return f"{self.seller}/{self.kind}/{self.subject}/{self.occurrence}"


FIELDS = tuple(field.name for field in fields(Dispatch))


def dispatch_of(row: Row[Any]) -> Dispatch:
    values = {name: getattr(row, name) for name in FIELDS}
    return Dispatch(**values | {"state": DispatchState(row.state)})


def planned_ones(connection: Connection, channel: str) -> list[Dispatch]:
    """What is planned by `channel` and nobody has claimed, oldest first."""
    return in_state(connection, PLANNED, channel)


def submitted_ones(connection: Connection, channel: str | None = None) -> list[Dispatch]:
    """What the partner took and has not yet reported on, oldest first."""
    return in_state(connection, SUBMITTED, channel)


def unknown_ones(connection: Connection, channel: str | None = None) -> list[Dispatch]:
    """Whose answer was lost: ask the partner about each."""
    return in_state(connection, UNKNOWN, channel)


def in_state(connection: Connection, state: DispatchState, channel: str | None) -> list[Dispatch]:
    where = [dispatches.c.state == state]
    if channel is not None:
        where.append(dispatches.c.channel == channel)
    rows = connection.execute(select(dispatches).where(*where).order_by(dispatches.c.id))
    return [dispatch_of(row) for row in rows]


def planned_for(connection: Connection, debtor_id: int) -> list[Dispatch]:
    """The documents and letters to one debtor that nobody has claimed, nor will before the transaction ends."""
    letters = select(notice_items.c.dispatch_id).join(invoices, invoices.c.id == notice_items.c.invoice_id)
    documents = (
        select(dispatches.c.id)
        .join(invoices, (invoices.c.seller == dispatches.c.seller) & (invoices.c.number == dispatches.c.subject))
        .where(dispatches.c.kind == "invoice", invoices.c.debtor_id == debtor_id)
    )
    to_it = dispatches.c.id.in_(letters.where(invoices.c.debtor_id == debtor_id)) | dispatches.c.id.in_(documents)
    rows = select(dispatches).where(dispatches.c.state == PLANNED, to_it).order_by(dispatches.c.id)
    return [dispatch_of(row) for row in connection.execute(rows.with_for_update(skip_locked=True))]


def of_subject(connection: Connection, seller: str, kind: str, subject: str) -> list[Dispatch]:
    """Every dispatch of that kind about `subject`, whatever became of it; oldest first."""
    where = (dispatches.c.seller == seller) & (dispatches.c.kind == kind) & (dispatches.c.subject == subject)
    return [dispatch_of(row) for row in connection.execute(select(dispatches).where(where).order_by(dispatches.c.id))]


def is_of_another(connection: Connection, one: Dispatch, partner_id: str | None) -> bool:
    """Whether the partner's id is that of another dispatch about the same: what it took then proves nothing now."""
    others = of_subject(connection, one.seller, one.kind, one.subject)
    return partner_id is not None and any(o.partner_id == partner_id for o in others if o.id != one.id)


def held_ones(connection: Connection) -> list[Dispatch]:
    """What is planned and has spent its attempts, until the task that says so is done; oldest first."""
    rows = connection.execute(
        select(dispatches)
        .join(tasks, tasks.c.key == dispatches.c.held)
        .where(dispatches.c.state == PLANNED, tasks.c.done.is_(None))
        .order_by(dispatches.c.id)
    )
    return [dispatch_of(row) for row in rows]


def without_proof(connection: Connection, channel: str, since: date) -> list[Dispatch]:
    """What was delivered from `since` on, while the partner's own evidence was not yet fetched; oldest first."""
    rows = connection.execute(
        select(dispatches)
        .where(
            dispatches.c.state == DispatchState.DELIVERED,
            dispatches.c.channel == channel,
            dispatches.c.proof_fetched.is_(None),
            dispatches.c.partner_id.is_not(None),
            dispatches.c.settled >= since,
        )
        .order_by(dispatches.c.id)
    )
    return [dispatch_of(row) for row in rows]


def taken_ids(connection: Connection) -> set[str]:
    """The partners' ids of everything that they took, by the ledger's word."""
    taken = (SUBMITTED, *ENDS)
    rows = connection.scalars(select(dispatches.c.partner_id).where(dispatches.c.state.in_(taken)))
    return {found.strip("<>") for found in rows if found}


def counts(connection: Connection) -> dict[str, Any]:
    """The figures of a report.

    `delivered`, `twice` (the partner took it twice), `unfinished` (planned, submitting, unknown or submitted) and every
    state as numbers; `awaiting_person` and `held` (spent its attempts) by name, each until a person decided.
    """
    states = {state.value: 0 for state in DispatchState}
    for state, number in connection.execute(select(dispatches.c.state, func.count()).group_by(dispatches.c.state)):
        states[state] = number
    undecided = select(tasks.c.key).where(tasks.c.kind == "unknown", tasks.c.done.is_(None))
    keys = set(connection.scalars(undecided))
    waiting = [one for one in in_state(connection, AWAITING, None) if awaiting_key(one.id) in keys]
    return {
        "delivered": states[DispatchState.DELIVERED],
        "twice": connection.scalar(select(func.count()).where(tasks.c.kind == "twice")) or 0,
        "unfinished": sum(states[state] for state in (PLANNED, SUBMITTING, UNKNOWN, SUBMITTED)),
        "awaiting_person": [one.key for one in waiting],
        "held": [one.key for one in held_ones(connection)],
        "states": states,
    }


def whom(dispatch_id: int) -> Select[tuple[int]]:
    """The debtor whom an invoice or a notice went to."""
    carried = (
        (dispatches.c.kind == "invoice")
        & (dispatches.c.seller == invoices.c.seller)
        & (dispatches.c.subject == invoices.c.number)
    )
    return (
        select(debtors.c.id)
        .select_from(dispatches)
        .outerjoin(notice_items, notice_items.c.dispatch_id == dispatches.c.id)
        .join(invoices, or_(notice_items.c.invoice_id == invoices.c.id, carried))
        .join(debtors, debtors.c.id == invoices.c.debtor_id)
        .where(dispatches.c.id == dispatch_id)
        .limit(1)
    )
