"""What stands in the way of one dispatch and of no other: told to a person once, tried again by itself."""

from __future__ import annotations

from datetime import date

from flows.envelope import Altered
from flows.settings import BadSettings
from flows.workspace import Workspace
from receivables.ledger.database import writing
from receivables.ledger.outbox import Dispatch
from receivables.ledger.store import Corrupt, Missing
from receivables.ledger.tasks import open_shared, open_task

BLOCKED = "blocked"
UNSENDABLE = (Altered, BadSettings, Corrupt, Missing)  # found before anything leaves the house


def tell(workspace: Workspace, one: Dispatch, problem: str, on: date) -> None:
    """Asks a person, once per dispatch, to mend what stands in its way."""
    with writing(workspace.engine) as connection:
        open_task(connection, key=f"blocked:{one.id}", kind=BLOCKED, text=sentence(one, problem), on=on)


def tell_of_partner(workspace: Workspace, one: Dispatch, problem: str, on: date) -> None:
    """The partner refuses us, not this document: one task for all that the seller sends by this channel."""
    text = f"{sentence(one, problem)}. The others by {one.channel} wait too; all are tried again by themselves."
    with writing(workspace.engine) as connection:
        open_shared(connection, f"{BLOCKED}:{one.seller}/{one.channel}", kind=BLOCKED, text=text, on=on)


def sentence(one: Dispatch, problem: str) -> str:
    return f"The {one.kind} {one.subject} ({one.occurrence}) cannot go out by {one.channel}: {problem}"
