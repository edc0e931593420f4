"""Which overdue accounts were notified to an insurer, and what it said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, String, cast, func, or_, select
from sqlalchemy.engine import Row

from receivables.claims import DispatchState
from receivables.ledger.tables import dispatches, tasks

REPORT = "overdue_report"  # the kind of its dispatches
OVERDUE, EXTENSION, RESCHEDULING, INSOLVENCY = "OVD", "EXP", "RES", "INS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """One notification that was planned. `acknowledged`: the day on which the insurer said it has it, or agreed."""

    dispatch_id: int
    seller: str
    policy: str
    category: str
    debtor_id: int
    oldest: str
    state: DispatchState
    planned: date
    acknowledged: date | None
    reason: str | None
    details: Mapping[str, Any]


def reports(connection: Connection, *, withdrawn: bool = False) -> list[Reported]:
    """Every notification that was planned and not taken back, oldest first; with `withdrawn` those too."""
    left_out = () if withdrawn else (DispatchState.WITHDRAWN,)
    asked = tasks.c.key == "awaiting:" + cast(dispatches.c.id, String)
    rows = connection.execute(
        select(dispatches, tasks.c.done, tasks.c.outcome)
        .outerjoin(tasks, asked & (dispatches.c.state == DispatchState.AWAITING_PERSON))
        .where(dispatches.c.kind == REPORT, dispatches.c.state.not_in(left_out))
        .order_by(dispatches.c.id)
    )
    return [
        Reported(
            dispatch_id=row.id,
            seller=row.seller,
            policy=row.details["policy"],
            category=row.details["category"],
            debtor_id=row.details["debtor_id"],
            oldest=row.details["oldest"],
            state=DispatchState(row.state),
            planned=row.planned,
            acknowledged=acknowledged(row),
            reason=row.reason,
            details=row.details,
        )
        for row in rows
    ]


def acknowledged(row: Row[Any]) -> date | None:
    """The day on which the insurer had it: by its own word, or by that of a person who asked it."""
    told: date | None = row.done if row.outcome == "received" else None
    if row.state == DispatchState.DELIVERED:
        told = row.proven or row.settled
    return told


def reported(connection: Connection) -> set[tuple[str, int, str]]:
    """(policy number, debtor id, number of its oldest invoice) of every notification of arrears that was planned."""
    told = (OVERDUE, INSOLVENCY)
    return {(r.policy, r.debtor_id, r.oldest) for r in reports(connection) if r.category in told}


def granted(connection: Connection, policy: str) -> dict[int, dict[str, date]]:
    """By debtor and invoice number, the day to which the insurer agreed to extend or reschedule it."""
    found: dict[int, dict[str, date]] = defaultdict(dict)
    for one in reports(connection):
        if one.policy == policy and one.category in (EXTENSION, RESCHEDULING) and one.acknowledged is not None:
            until = date.fromisoformat(one.details["until"])
            for number, _, _ in one.details["invoices"]:
                found[one.debtor_id][number] = max(until, found[one.debtor_id].get(number, until))
    return dict(found)


def reported_invoices(connection: Connection) -> set[tuple[str, str]]:
    """(seller, invoice number) of every invoice that an insurer has acknowledged as overdue."""
    return {
        (one.seller, number)
        for one in reports(connection)
        if one.category in (OVERDUE, INSOLVENCY) and one.acknowledged is not None
        for number, _, _ in one.details["invoices"]
    }


def partner_id_of(connection: Connection, dispatch_id: int) -> str | None:
    """The insurer's own id of a notification, once it gave one."""
    return connection.scalar(select(dispatches.c.partner_id).where(dispatches.c.id == dispatch_id))


def next_occurrence(connection: Connection, seller: str, debtor: str, occurrence: str) -> str:
    """`occurrence`, or a further one where a notification under it was taken back because everything was paid."""
    taken = select(func.count()).where(
        dispatches.c.seller == seller,
        dispatches.c.kind == REPORT,
        dispatches.c.subject == debtor,
        dispatches.c.state == DispatchState.WITHDRAWN,
        or_(
            dispatches.c.occurrence == occurrence, dispatches.c.occurrence.startswith(f"{occurrence}~", autoescape=True)
        ),
    )
    number = connection.scalar(taken) or 0
    return f"{occurrence}~{number + 1}" if number else occurrence
