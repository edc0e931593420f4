"""What has spent its attempts is held: still planned, visible, and not tried again before a person has done the task.

One task per seller and channel holds everything that fails there, and names it. Closing it lets all of that go out,
with a fresh count of attempts.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select, update
from sqlalchemy.engine import Row

from receivables.ledger import journal
from receivables.ledger.tables import dispatches, tasks
from receivables.ledger.tasks import open_shared

ATTEMPTS = 12  # with the waits between them, about five days
HELD = "held"
NAMED = 20  # so many stand in the task's text by name; the rest is counted


def is_spent(row: Row[Any]) -> bool:
    return row.held is None and row.attempts >= ATTEMPTS


def hold(connection: Connection, row: Row[Any], reason: str | None, *, on: date, at: datetime) -> None:
    """Holds a planned dispatch that was attempted `row.attempts` times; the last answer was `reason`."""
    key = open_shared(connection, f"{HELD}:{row.seller}/{row.channel}", kind=HELD, text="", on=on)
    connection.execute(update(dispatches).where(dispatches.c.id == row.id).values(held=key, not_before=None))
    connection.execute(update(tasks).where(tasks.c.key == key).values(text=task_text(connection, key, row, reason)))
    subject = journal.about_dispatch(row.id)
    facts = {"dispatch": row.id, "attempts": row.attempts}
    journal.append(connection, at=at, on=on, kind="dispatch.held", subject=subject, facts=facts)


def task_text(connection: Connection, key: str, row: Row[Any], reason: str | None) -> str:
    rows = connection.execute(
        select(dispatches.c.kind, dispatches.c.subject).where(dispatches.c.held == key).order_by(dispatches.c.id)
    ).all()
    named = ", ".join(f"{one.kind} {one.subject}" for one in rows[:NAMED])
    more = f" and {len(rows) - NAMED} more" if len(rows) > NAMED else ""
    return (
        f"{row.attempts} attempts by {row.channel} for seller {row.seller} failed; these wait: {named}{more}. "
        f"The last answer was: {reason or 'none'}. Mend that, then close this task: they go out with the next delivery."
    )


def may_be_tried() -> ColumnElement[bool]:
    """The clause for dispatches that no open task holds."""
    holding = select(tasks.c.id).where(tasks.c.key == dispatches.c.held, tasks.c.done.is_(None))
    return or_(dispatches.c.held.is_(None), ~holding.exists())
