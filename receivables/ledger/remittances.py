"""What a collection partner passed on of what it collected: bank entries laid beside hand-overs, never a payment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from receivables.ledger import journal
from receivables.ledger.handovers import Handover, all_of_them, partner_ids
from receivables.ledger.tables import entries, remittances
from receivables.ledger.tables import journal as journal_table


@dataclass(frozen=True, slots=True)
class Due:
    """A hand-over, the partner's own id of it, and what it still has to pass on, in minor units."""

    handover: Handover
    partner_id: str | None
    due: int


def dues(connection: Connection, partner: str | None = None) -> list[Due]:
    """Every hand-over (of one partner) with what was collected less fees less what came, oldest first."""
    came = {
        row.handover_id: int(row.amount)
        for row in connection.execute(
            select(remittances.c.handover_id, func.sum(remittances.c.amount).label("amount")).group_by(
                remittances.c.handover_id
            )
        )
    }
    found = [one for one in all_of_them(connection) if partner in (None, one.partner)]
    ids = partner_ids(connection, [one.id for one in found])
    return [Due(one, ids.get(one.id), one.collected - one.fees - came.get(one.id, 0)) for one in found]


def received(connection: Connection, handover_id: int) -> int:
    """What came of one hand-over, in minor units."""
    where = remittances.c.handover_id == handover_id
    return int(connection.scalar(select(func.coalesce(func.sum(remittances.c.amount), 0)).where(where)) or 0)


def book(
    connection: Connection, entry_id: int, parts: Sequence[tuple[Handover, int]], *, why: str, on: date, at: datetime
) -> None:
    """Ties a bank entry to the hand-overs that it pays; the same entry again changes nothing."""
    if connection.scalar(select(remittances.c.id).where(remittances.c.entry_id == entry_id)) is not None:
        return
    for one, amount in parts:
        values: dict[str, Any] = {"handover_id": one.id, "entry_id": entry_id, "amount": amount, "on": on}
        connection.execute(insert(remittances).values(**values))
        facts: dict[str, journal.Json] = {"entry": entry_id, "amount": amount}
        journal.append(connection, at=at, on=on, kind="handover.remitted", subject=one.subject, facts=facts)
    kept = {"reason": why, "handovers": [one.id for one, _ in parts]}
    connection.execute(update(entries).where(entries.c.id == entry_id).values(state="matched", match=kept))


def last_said(connection: Connection, one: Handover) -> date | None:
    """The day on which the partner last said something new of the claim."""
    where = (journal_table.c.subject == one.subject) & (journal_table.c.kind != "handover.remitted")
    return connection.scalar(select(journal_table.c.on).where(where).order_by(journal_table.c.id.desc()).limit(1))
