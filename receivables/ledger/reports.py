"""Which overdue accounts were notified to an insurer."""

from __future__ import annotations

from sqlalchemy import Connection, select

from receivables.ledger.tables import dispatches


def reported(connection: Connection) -> set[tuple[str, int, str]]:
    """(policy number, debtor id, number of its oldest invoice) of every notification that was planned."""
    rows = connection.scalars(select(dispatches.c.details).where(dispatches.c.kind == "overdue_report"))
    return {(details["policy"], details["debtor_id"], details["oldest"]) for details in rows}


def reported_invoices(connection: Connection) -> set[tuple[str, str]]:
    """(seller, invoice number) of every invoice that an insurer has acknowledged as overdue."""
    rows = connection.execute(
        select(dispatches.c.seller, dispatches.c.details).where(
            dispatches.c.kind == "overdue_report", dispatches.c.state == "delivered"
        )
    )
    return {(row.seller, number) for row in rows for number, _, _ in row.details["invoices"]}
