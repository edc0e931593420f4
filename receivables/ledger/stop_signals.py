"""What the ERP was told last about deliveries to each debtor."""

from __future__ import annotations

from sqlalchemy import Connection, select

from receivables.claims import DispatchState
from receivables.ledger.tables import dispatches

KIND = "stop_delivery"  # the kind of its dispatches


def last_signals(connection: Connection) -> dict[int, tuple[int, list[str]]]:
    """By debtor, the number of the last signal and its reasons; none where deliveries may go on."""
    rows = connection.execute(
        select(dispatches.c.details)
        .where(dispatches.c.kind == KIND, dispatches.c.state != DispatchState.WITHDRAWN)
        .order_by(dispatches.c.id)
    )
    return {row.details["debtor_id"]: (row.details["number"], list(row.details["reasons"])) for row in rows}


def standing(connection: Connection, debtor_id: int) -> list[str]:
    """The reasons for which the ERP was last told to stop; none where it may deliver."""
    return last_signals(connection).get(debtor_id, (0, []))[1]
