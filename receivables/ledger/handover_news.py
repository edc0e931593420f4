"""What happened to a claim since a partner has it: money that came to us directly, and what was told about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, func, select

from receivables.claims import DispatchState, ItemKind
from receivables.ledger.amounts import open_amounts
from receivables.ledger.claim_course import reclaim_letters
from receivables.ledger.handovers import Handover
from receivables.ledger.outbox import Dispatch, dispatch_of
from receivables.ledger.tables import allocations, approvals, claim_items, dispatches, invoices
from receivables.money import from_minor

UPDATE, RECALL = "handover_update", "handover_recall"
TAKEN = (DispatchState.SUBMITTED, DispatchState.DELIVERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Direct:
    """Money on the claim that did not come from its partner; `amount` in minor units, negative where it went back.

    `name` is the same whenever the same thing is looked at: what is told under it is told once.
    """

    name: str
    source: str  # payment, credit
    amount: int
    on: date


def newest_allocation(connection: Connection) -> int:
    """Everything that is booked later has a higher number."""
    return int(connection.scalar(select(func.max(allocations.c.id))) or 0)


def direct(connection: Connection, invoice_ids: Sequence[int], since: int) -> list[Direct]:
    """What was booked on the invoices after allocation `since`: each payment and credit note once, each return once."""
    rows = connection.execute(
        select(allocations)
        .join(claim_items, claim_items.c.id == allocations.c.claim_item_id)
        .where(
            claim_items.c.invoice_id.in_(invoice_ids),
            allocations.c.id > since,
            allocations.c.source.in_(("payment", "credit")),
        )
        .order_by(allocations.c.id)
    ).all()
    grouped: dict[str, list[tuple[str, int, date]]] = {}
    for row in rows:
        gone = "" if row.reverses is None else "-back"
        name = f"{row.source}{gone}:{row.source_id}"
        grouped.setdefault(name, []).append((row.source, int(row.amount), row.on))
    return [
        Direct(name=name, source=group[0][0], amount=sum(amount for _, amount, _ in group), on=group[0][2])
        for name, group in grouped.items()
    ]


def invoice_sums(connection: Connection, invoice_ids: Sequence[int]) -> tuple[tuple[str, Decimal, Decimal], ...]:
    """Of each invoice: its number, the principal as invoiced, and what of it is open now."""
    opened = open_amounts(connection, invoice_ids)
    rows = connection.execute(select(invoices).where(invoices.c.id.in_(invoice_ids)).order_by(invoices.c.id))
    return tuple(
        (
            row.number,
            from_minor(row.payable, row.currency),
            from_minor(opened.get(row.id, {}).get(ItemKind.PRINCIPAL, 0), row.currency),
        )
        for row in rows
    )


def told(connection: Connection, handover: Handover) -> list[Dispatch]:
    """The updates and recalls of a hand-over, oldest first."""
    where = (
        dispatches.c.seller == handover.seller,
        dispatches.c.kind.in_((UPDATE, RECALL)),
        dispatches.c.subject == handover.under,
    )
    return [dispatch_of(row) for row in connection.execute(select(dispatches).where(*where).order_by(dispatches.c.id))]


def carrier(connection: Connection, handover: Handover) -> Dispatch | None:
    """The dispatch that carried the claim to its partner."""
    if handover.dispatch_id is None:
        return None
    return dispatch_of(connection.execute(select(dispatches).where(dispatches.c.id == handover.dispatch_id)).one())


def claim_of(connection: Connection, handover: Handover) -> tuple[str, str]:
    """(our reference of the claim, hash of its dossier) as they were approved."""
    row = connection.execute(select(approvals).where(approvals.c.id == handover.approval_id)).one()
    return row.key, row.content


def goods_since(connection: Connection, handover: Handover) -> list[Dispatch]:
    """The letters that took back goods of the claim since its dossier was made."""
    made = connection.scalar(select(approvals.c.requested).where(approvals.c.id == handover.approval_id))
    return [
        letter
        for letter in reclaim_letters(connection, handover.seller, handover.debtor_ref)
        if set(letter.details["invoices"]) & set(handover.invoice_ids)
        and made is not None
        and (letter.submitted or letter.planned) >= made
    ]
