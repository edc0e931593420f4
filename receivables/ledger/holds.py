"""Holds on a claim: a dispute, a promise, a plan. Always with owner, reason and last day; never silently for ever."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from receivables.claims import HoldKind
from receivables.ledger import journal
from receivables.ledger.tables import holds, invoices


def open_hold(
    connection: Connection,
    invoice_id: int,
    kind: HoldKind,
    *,
    owner: str,
    reason: str,
    since: date,
    until: date,
    at: datetime,
    amount: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> bool:
    """Puts a hold on the claim; False where one of that kind began on that day already. `amount` in minor units."""
    if until < since:
        raise ValueError(f"a hold from {since} cannot end on {until}; write a later day")
    where = (holds.c.invoice_id == invoice_id) & (holds.c.kind == kind) & (holds.c.since == since)
    if connection.scalar(select(holds.c.id).where(where)) is not None:
        return False
    connection.execute(
        insert(holds).values(
            invoice_id=invoice_id,
            kind=kind,
            owner=owner,
            reason=reason,
            since=since,
            until=until,
            amount=amount,
            details=dict(details or {}),
        )
    )
    facts: dict[str, journal.Json] = {"until": until.isoformat(), "amount": amount}
    _note(connection, invoice_id, f"hold.{kind}", facts, since, at)
    return True


def end_hold(connection: Connection, invoice_id: int, kind: HoldKind, *, outcome: str, on: date, at: datetime) -> bool:
    """Ends the claim's standing hold of that kind, with its outcome; False where there is none."""
    done = connection.execute(
        update(holds)
        .where(holds.c.invoice_id == invoice_id, holds.c.kind == kind, holds.c.ended.is_(None))
        .values(ended=on, outcome=outcome)
    )
    if done.rowcount:
        _note(connection, invoice_id, f"hold.{kind}.ended", {"outcome": outcome}, on, at)
    return bool(done.rowcount)


def end_one(connection: Connection, hold_id: int, *, outcome: str, on: date, at: datetime) -> bool:
    """Ends one hold with its outcome, journalled; False where it ended before."""
    row = connection.execute(select(holds).where(holds.c.id == hold_id)).one()
    done = connection.execute(
        update(holds).where(holds.c.id == hold_id, holds.c.ended.is_(None)).values(ended=on, outcome=outcome)
    )
    if done.rowcount:
        facts: dict[str, journal.Json] = {"hold": hold_id, "outcome": outcome}
        _note(connection, row.invoice_id, f"hold.{row.kind}.ended", facts, on, at)
    return bool(done.rowcount)


def standing(connection: Connection, invoice_id: int, kind: HoldKind) -> int | None:
    """The id of the claim's newest hold of that kind that nobody ended; None where there is none."""
    where = (holds.c.invoice_id == invoice_id) & (holds.c.kind == kind) & holds.c.ended.is_(None)
    return connection.scalar(select(holds.c.id).where(where).order_by(holds.c.id.desc()).limit(1))


def _note(
    connection: Connection, invoice_id: int, kind: str, facts: Mapping[str, journal.Json], on: date, at: datetime
) -> None:
    row = connection.execute(select(invoices.c.seller, invoices.c.number).where(invoices.c.id == invoice_id)).one()
    subject = journal.about_invoice(row.seller, row.number)
    journal.append(connection, at=at, on=on, kind=kind, subject=subject, facts=facts)
