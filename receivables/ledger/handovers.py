"""Claims at a collection partner: what was handed over, how it stands there, and what was collected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection, select, update

from receivables.claims import DispatchState, HandoverState
from receivables.ledger import journal
from receivables.ledger.tables import approvals, debtors, dispatches, handover_items, handovers
from receivables.money import to_minor

ENDED = (
    HandoverState.REJECTED,
    HandoverState.PAID,
    HandoverState.UNCOLLECTABLE,
    HandoverState.WITHDRAWN,
    HandoverState.CLOSED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """One claim at one partner; sums in minor units of `currency`."""

    id: int
    approval_id: int
    seller: str
    debtor_ref: str
    debtor_id: int
    partner: str
    dispatch_id: int | None
    partner_id: str | None
    state: HandoverState
    currency: str
    demanded: int
    collected: int
    invoice_ids: tuple[int, ...]

    @property
    def subject(self) -> str:
        return f"handover:{self.seller}/{self.debtor_ref}/{self.id}"


def under_way(connection: Connection) -> list[Handover]:
    """Hand-overs that have not come to an end, oldest first."""
    rows = connection.execute(
        select(handovers, debtors.c.seller, debtors.c.ref)
        .join(debtors, debtors.c.id == handovers.c.debtor_id)
        .where(handovers.c.state.not_in(ENDED))
        .order_by(handovers.c.id)
    ).all()
    items: dict[int, list[int]] = {}
    for item in connection.execute(select(handover_items).order_by(handover_items.c.invoice_id)):
        items.setdefault(item.handover_id, []).append(item.invoice_id)
    return [
        Handover(
            id=row.id,
            approval_id=row.approval_id,
            seller=row.seller,
            debtor_ref=row.ref,
            debtor_id=row.debtor_id,
            partner=row.partner,
            dispatch_id=row.dispatch_id,
            partner_id=row.partner_id,
            state=HandoverState(row.state),
            currency=row.currency,
            demanded=row.demanded,
            collected=row.collected,
            invoice_ids=tuple(items.get(row.id, ())),
        )
        for row in rows
    ]


def note_dispatch(connection: Connection, handover: Handover, dispatch_id: int) -> None:
    """Ties the hand-over to the dispatch that carries it."""
    connection.execute(update(handovers).where(handovers.c.id == handover.id).values(dispatch_id=dispatch_id))


def note_state(
    connection: Connection,
    handover: Handover,
    state: HandoverState,
    *,
    on: date,
    at: datetime,
    partner_id: str | None = None,
    collected: Decimal | None = None,
    fees: Decimal | None = None,
) -> int:
    """What the partner says now; returns what it collected since the last time, in minor units. The same again is 0."""
    values: dict[str, object] = {"state": state}
    if partner_id is not None:
        values["partner_id"] = partner_id
    total = handover.collected if collected is None else to_minor(collected, handover.currency)
    if total < handover.collected:
        raise ValueError(f"{handover.partner} now says it collected less ({total}) than before ({handover.collected})")
    values["collected"] = total
    if fees is not None:
        values["fees"] = to_minor(fees, handover.currency)
    connection.execute(update(handovers).where(handovers.c.id == handover.id).values(**values))
    if state != handover.state or total != handover.collected:
        facts: dict[str, journal.Json] = {"from": handover.state, "to": state, "collected": total}
        journal.append(connection, at=at, on=on, kind=f"handover.{state}", subject=handover.subject, facts=facts)
    return total - handover.collected


def partner_ids(connection: Connection, handover_ids: list[int]) -> dict[int, str | None]:
    """The partner's own id of each hand-over, once its dispatch was taken."""
    rows = connection.execute(
        select(handovers.c.id, dispatches.c.partner_id)
        .join(dispatches, dispatches.c.id == handovers.c.dispatch_id)
        .where(handovers.c.id.in_(handover_ids))
    )
    return {row.id: row.partner_id for row in rows}


def never_taken(connection: Connection) -> list[tuple[Handover, HandoverState]]:
    """Prepared hand-overs whose dispatch came to an end without the partner having the claim, and how they end."""
    ends = {DispatchState.WITHDRAWN: HandoverState.WITHDRAWN, DispatchState.REJECTED: HandoverState.REJECTED}
    rows = connection.execute(
        select(handovers.c.id, dispatches.c.state)
        .join(dispatches, dispatches.c.id == handovers.c.dispatch_id)
        .where(dispatches.c.state.in_(ends))
    )
    found = {row.id: ends[row.state] for row in rows}
    return [(one, found[one.id]) for one in under_way(connection) if one.id in found]


def dossiers(connection: Connection) -> list[tuple[str, str]]:
    """(key of the request, hash of its dossier) of every hand-over that was approved."""
    rows = connection.execute(
        select(approvals.c.key, approvals.c.content)
        .join(handovers, handovers.c.approval_id == approvals.c.id)
        .order_by(approvals.c.id)
    )
    return [(row.key, row.content) for row in rows]
