"""Hints that something happened at a partner: a row first, then the truth is read again. The same hint is one row."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from receivables.ledger.outbox import Dispatch, dispatch_of
from receivables.ledger.tables import dispatches, hints


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """One hint as it was kept. `said` is the partner's own word where it answers no question about it."""

    id: int
    seller: str
    provider: str
    kind: str
    partner_id: str | None
    content: str
    headers: str | None
    said: Mapping[str, Any] | None
    at: datetime


def keep(
    connection: Connection,
    *,
    seller: str,
    provider: str,
    event: str,
    kind: str,
    partner_id: str | None,
    content: str,
    at: datetime,
    headers: str | None = None,
    said: Mapping[str, Any] | None = None,
) -> bool:
    """Keeps a hint; False for a replay: the partner's `event` was kept before."""
    name = hashlib.sha256(event.encode()).hexdigest()
    where = (hints.c.seller == seller) & (hints.c.provider == provider) & (hints.c.event == name)
    if connection.scalar(select(hints.c.id).where(where)) is not None:
        return False
    connection.execute(
        insert(hints).values(
            seller=seller,
            provider=provider,
            event=name,
            kind=kind[:80],
            partner_id=partner_id,
            content=content,
            headers=headers,
            said=said,
            at=at,
        )
    )
    return True


def waiting(connection: Connection) -> list[Hint]:
    """What nobody has followed up yet, oldest first."""
    rows = connection.execute(select(hints).where(hints.c.done.is_(None)).order_by(hints.c.id))
    return [Hint(**{name: row[name] for name in Hint.__dataclass_fields__}) for row in rows.mappings()]


def done(connection: Connection, hint_id: int, outcome: str, at: datetime) -> None:
    where = (hints.c.id == hint_id) & hints.c.done.is_(None)
    connection.execute(update(hints).where(where).values(done=at, outcome=outcome))


def about(connection: Connection, seller: str, partner_id: str) -> Dispatch | None:
    """The seller's document that the partner knows under that id."""
    named = or_(dispatches.c.partner_id == partner_id, dispatches.c.prepared == partner_id)
    row = connection.execute(
        select(dispatches)
        .where(dispatches.c.seller == seller, dispatches.c.channel == "peppol", named)
        .order_by(dispatches.c.id.desc())
        .limit(1)
    ).one_or_none()
    return dispatch_of(row) if row else None
