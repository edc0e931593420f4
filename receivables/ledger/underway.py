"""Documents that an access point took and that have not arrived: one task for a person, which closes by itself."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.engine import Row

from receivables.ledger.life import ENDS, SUBMITTED
from receivables.ledger.receipts import CARRIES
from receivables.ledger.tables import dispatches, invoices, tasks
from receivables.ledger.tasks import close_task, open_task

KIND = "not_yet_delivered"


def note_stuck(connection: Connection, *, patience: int, on: date) -> int:
    """Asks a person once about each document that was accepted `patience` days ago or more; how many are new."""
    rows = connection.execute(
        select(dispatches, invoices.c.id.label("invoice_id"), invoices.c.debtor_id)
        .join(invoices, CARRIES)
        .where(
            dispatches.c.state == SUBMITTED,
            dispatches.c.channel == "peppol",
            dispatches.c.submitted <= on - timedelta(days=patience),
        )
    ).all()
    return sum(
        open_task(
            connection,
            key=f"{KIND}:{row.id}",
            kind=KIND,
            text=f"{row.subject} was accepted by the access point on {row.submitted}, and is not yet delivered to "
            f"{row.receiver}. Ask the access point about {name_there(row)}; it is not sent again by itself.",
            on=on,
            debtor_id=row.debtor_id,
            invoice_id=row.invoice_id,
        )
        for row in rows
    )


def name_there(row: Row[Any]) -> str:
    """By what the access point finds it: its own id, or what it said where that id was lost with an answer."""
    return row.partner_id or (f"it ({row.reason})" if row.reason else "it")


def note_arrived(connection: Connection, *, on: date) -> int:
    """Closes the tasks about documents that came to an end since; how many."""
    waiting = select(tasks.c.key).where(tasks.c.kind == KIND, tasks.c.done.is_(None))
    ids = {int(key.partition(":")[2]): key for key in connection.scalars(waiting)}
    ended = connection.execute(
        select(dispatches.c.id, dispatches.c.state).where(dispatches.c.id.in_(ids), dispatches.c.state.in_(ENDS))
    )
    return sum(close_task(connection, ids[row.id], outcome=row.state, on=on) for row in ended)
