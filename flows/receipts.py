"""Brings the claims up to date with what was delivered and what was not."""

from __future__ import annotations

from datetime import date

from flows.workspace import Workspace
from receivables.ledger import receipts, underway
from receivables.ledger.database import writing


def catch_up(workspace: Workspace, on: date) -> None:
    """Proven receipt starts the lawful term; what did not arrive becomes a call for a person and starts nothing.

    What is under way for longer than the policy's patience is shown to a person until it comes to an end.
    """
    at = workspace.now()
    with writing(workspace.engine) as connection:
        receipts.note_received(connection, on=on, at=at)
        receipts.note_undelivered(connection, on=on)
        underway.note_arrived(connection, on=on)
        underway.note_stuck(connection, patience=workspace.policy.delivery.patience, on=on)
