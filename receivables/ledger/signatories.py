"""Who may sign for a customer: a row that can be erased; the journal says only that it was noted."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, delete, insert, select

from receivables.ledger import journal
from receivables.ledger.insurance_tables import signatories
from receivables.ledger.limits import about_debtor_id


def note_signatory(
    connection: Connection, debtor_id: int, name: str, capacity: str, *, by: str, on: date, at: datetime
) -> None:
    """Notes who may sign and what entitles that person; what was noted before goes."""
    connection.execute(delete(signatories).where(signatories.c.debtor_id == debtor_id))
    values = {"debtor_id": debtor_id, "name": name, "capacity": capacity, "noted_by": by, "noted": on}
    connection.execute(insert(signatories).values(values))
    subject = about_debtor_id(connection, debtor_id)
    journal.append(connection, at=at, on=on, kind="debtor.signatory", subject=subject, facts={})


def signatory(connection: Connection, debtor_id: int) -> str | None:
    """'J. Peeters, director (noted on 2026-03-02)'."""
    row = connection.execute(select(signatories).where(signatories.c.debtor_id == debtor_id)).one_or_none()
    return f"{row.name}, {row.capacity} (noted on {row.noted})" if row is not None else None
