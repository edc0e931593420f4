"""Debtors with whom the relation ended: nothing more is sold to them on account until a person lifts the block."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, insert, select, update

from receivables.ledger import journal
from receivables.ledger.tables import debtor_blocks, debtors


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Who blocked the debtor, when and why."""

    debtor_id: int
    seller: str
    debtor: str
    name: str
    since: date
    by: str
    reason: str


def block(connection: Connection, debtor_id: int, *, by: str, reason: str, on: date, at: datetime) -> bool:
    """Blocks the debtor; False where a block stands."""
    if connection.scalar(select(debtor_blocks.c.id).where(standing_on(debtor_id))) is not None:
        return False
    connection.execute(insert(debtor_blocks).values(debtor_id=debtor_id, since=on, by=by, reason=reason))
    _note(connection, debtor_id, "debtor.blocked", on, at)
    return True


def unblock(connection: Connection, debtor_id: int, *, by: str, on: date, at: datetime) -> bool:
    """Lifts the block; False where none stands."""
    done = connection.execute(update(debtor_blocks).where(standing_on(debtor_id)).values(ended=on, ended_by=by))
    if done.rowcount:
        _note(connection, debtor_id, "debtor.unblocked", on, at)
    return bool(done.rowcount)


def blocks(connection: Connection, seller: str | None = None, debtor: str | None = None) -> list[Block]:
    """The blocks that stand, of one seller, on one debtor, or all."""
    rows = (
        select(debtor_blocks, debtors.c.seller, debtors.c.ref, debtors.c.name)
        .join(debtors, debtors.c.id == debtor_blocks.c.debtor_id)
        .where(debtor_blocks.c.ended.is_(None))
        .order_by(debtor_blocks.c.id)
    )
    if seller is not None:
        rows = rows.where(debtors.c.seller == seller)
    if debtor is not None:
        rows = rows.where(debtors.c.ref == debtor)
    return [
        Block(
            debtor_id=row.debtor_id,
            seller=row.seller,
            debtor=row.ref,
            name=row.name or row.ref,
            since=row.since,
            by=row.by,
            reason=row.reason,
        )
        for row in connection.execute(rows)
    ]


def standing_on(debtor_id: int) -> ColumnElement[bool]:
    return (debtor_blocks.c.debtor_id == debtor_id) & debtor_blocks.c.ended.is_(None)


def _note(connection: Connection, debtor_id: int, kind: str, on: date, at: datetime) -> None:
    row = connection.execute(select(debtors.c.seller, debtors.c.ref).where(debtors.c.id == debtor_id)).one()
    subject = f"debtor:{row.seller}/{row.ref}"
    journal.append(connection, at=at, on=on, kind=kind, subject=subject, facts={})
