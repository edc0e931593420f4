"""Work for people: what the house may not decide alone. A task is opened once under its key."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, insert, select, update

from receivables.ledger.tables import tasks


def open_task(
    connection: Connection,
    *,
    key: str,
    kind: str,
    text: str,
    on: date,
    due: date | None = None,
    debtor_id: int | None = None,
    invoice_id: int | None = None,
) -> bool:
    """Opens the task; False where `key` was opened before, done or not."""
    if connection.scalar(select(tasks.c.id).where(tasks.c.key == key)) is not None:
        return False
    connection.execute(
        insert(tasks).values(
            key=key, kind=kind, text=text, opened=on, due=due, debtor_id=debtor_id, invoice_id=invoice_id
        )
    )
    return True


def close_task(connection: Connection, key: str, *, outcome: str, on: date) -> bool:
    """Marks the task done with its outcome; False where it is not open."""
    done = connection.execute(
        update(tasks).where(tasks.c.key == key, tasks.c.done.is_(None)).values(done=on, outcome=outcome)
    )
    return done.rowcount == 1
