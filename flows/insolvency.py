"""Keeps looks in the insolvency register; a hit stops everything towards that debtor and tells a person."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from flows.workspace import Workspace
from receivables.insolvency import Look
from receivables.ledger.consents import note_look
from receivables.ledger.database import writing
from receivables.ledger.lookup import NotFound, debtor_ids
from receivables.ledger.tasks import open_task


def keep_looks(workspace: Workspace, looks: Sequence[Look], by: str) -> list[str]:
    """One sentence per look. All are kept or none: NotFound names the first debtor whom the ledger does not know."""
    told = []
    with writing(workspace.engine) as connection:
        for look in looks:
            ids = debtor_ids(connection, look.debtor, look.seller)
            if not ids:
                raise NotFound(
                    f"the ledger has no debtor {look.debtor}" + (f" of {look.seller}" if look.seller else "")
                )
            for debtor_id in ids:
                held = note_look(
                    connection,
                    debtor_id,
                    hit=look.hit,
                    by=by,
                    reference=look.reference,
                    on=look.looked,
                    at=workspace.now(),
                )
                if look.hit:
                    file_claim(connection, debtor_id, look)
            told.append(sentence(look, held))
    return told


def file_claim(connection: Connection, debtor_id: int, look: Look) -> None:
    text = f"Debtor {look.debtor} is insolvent ({look.reference}): file the claims, and tell the credit insurer."
    key = f"insolvency:{debtor_id}:{look.reference}"[:120]
    open_task(connection, key=key, kind="insolvency", text=text, on=look.looked, debtor_id=debtor_id)


def sentence(look: Look, held: int) -> str:
    if look.hit:
        return f"{look.debtor}: insolvent ({look.reference}); {held} invoices held, a task asks to file the claims"
    return f"{look.debtor}: nothing found on {look.looked}"
