"""What stands in the way of one dispatch and of no other: told to a person once, tried again by itself."""

from __future__ import annotations

from datetime import date

from flows.envelope import Altered
from flows.settings import BadSettings
from flows.workspace import Workspace
from receivables.ledger.database import writing
from receivables.ledger.outbox import Dispatch
from receivables.ledger.store import Corrupt, Missing
from receivables.ledger.tasks import open_task

UNSENDABLE = (Altered, BadSettings, Corrupt, Missing)  # found before anything leaves the house


def tell(workspace: Workspace, one: Dispatch, problem: str, on: date) -> None:
    """Asks a person, once per dispatch, to mend what stands in its way."""
    text = f"The {one.kind} {one.subject} ({one.occurrence}) cannot go out by {one.channel}: {problem}"
    with writing(workspace.engine) as connection:
        open_task(connection, key=f"blocked:{one.id}", kind="blocked", text=text, on=on)
