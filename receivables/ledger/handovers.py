"""Claims at a collection partner: what was handed over, how it stands there, and what was collected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, select, true, update

from receivables.claims import GIVEN_BACK, DispatchState, HandoverState
from receivables.ledger import journal
from receivables.ledger.lookup import NotFound
from receivables.ledger.tables import approvals, debtors, dispatches, handover_items, handovers
from receivables.money import to_minor

ENDED = (
    HandoverState.REJECTED,
    HandoverState.PAID,
    HandoverState.UNCOLLECTABLE,
    HandoverState.WITHDRAWN,
    HandoverState.CLOSED,
)
COLUMNS = (
    "id",
    "approval_id",
    "seller",
    "debtor_id",
    "partner",
    "dispatch_id",
    "partner_id",
    "currency",
    "demanded",
    "collected",
    "fees",
    "on",
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
    fees: int
    on: date
    invoice_ids: tuple[int, ...]

    @property
    def under(self) -> str:
        """The subject of the dispatches that tell the partner what happened since."""
        return f"{self.debtor_ref}#{self.id}"

    @property
    def subject(self) -> str:
        return f"handover:{self.seller}/{self.debtor_ref}/{self.id}"


class SaysLess(ValueError):
    """The partner now says that it collected less than it said before; one sentence, sums in minor units."""


def under_way(connection: Connection) -> list[Handover]:
    """Hand-overs that have not come to an end, oldest first."""
    return _load(connection, handovers.c.state.not_in(ENDED))


def all_of_them(connection: Connection) -> list[Handover]:
    """Every hand-over, ended ones too, oldest first."""
    return _load(connection, true())


def handover(connection: Connection, handover_id: int) -> Handover:
    """One hand-over; NotFound where there is none."""
    found = _load(connection, handovers.c.id == handover_id)
    if not found:
        raise NotFound(f"there is no hand-over {handover_id}: 'voldaan handovers list' shows them")
    return found[0]


def holding(connection: Connection, invoice_id: int) -> Handover | None:
    """The hand-over that has the invoice now; None where it is ours."""
    mine = select(handover_items.c.handover_id).where(handover_items.c.invoice_id == invoice_id)
    found = _load(connection, handovers.c.id.in_(mine) & handovers.c.state.not_in(GIVEN_BACK))
    return found[-1] if found else None


def _load(connection: Connection, where: ColumnElement[bool]) -> list[Handover]:
    rows = connection.execute(
        select(handovers, debtors.c.seller, debtors.c.ref)
        .join(debtors, debtors.c.id == handovers.c.debtor_id)
        .where(where)
        .order_by(handovers.c.id)
    ).all()
    items: dict[int, list[int]] = {}
    for item in connection.execute(select(handover_items).order_by(handover_items.c.invoice_id)):
        items.setdefault(item.handover_id, []).append(item.invoice_id)
    return [
        Handover(
            **{name: getattr(row, name) for name in COLUMNS},
            debtor_ref=row.ref,
            state=HandoverState(row.state),
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
    """What the partner says now; returns what it collected since the last time, in minor units. The same again is 0.

    Raises SaysLess where it takes back what it said before: a person finds out.
    """
    values: dict[str, object] = {"state": state}
    if partner_id is not None:
        values["partner_id"] = partner_id
    total = handover.collected if collected is None else to_minor(collected, handover.currency)
    if total < handover.collected:
        raise SaysLess(f"{handover.partner} now says it collected less ({total}) than before ({handover.collected})")
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
