"""How every story stands on one day, and the four figures of what was sent. `summary.json` is this."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from connectors.sandbox.sandbox import Sandbox
from flows.workspace import Workspace
from receivables.ledger.database import reading
from receivables.ledger.outbox import counts, taken_ids
from receivables.ledger.statements import Carried, carried
from receivables.ledger.stories import Story, stories
from receivables.money import from_minor


@dataclass(frozen=True, slots=True)
class Summary:
    """`twice` and `lost` are the partners' word against the ledger's: received twice, or submitted and not received.

    `carried`: which formats the bank's statements came in.
    """

    stories: tuple[Story, ...]
    delivered: int
    twice: int
    lost: int
    awaiting_person: tuple[str, ...]
    carried: tuple[Carried, ...]
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        return {
            "invoices": [_invoice(story) for story in self.stories],
            "dispatches": {
                "delivered": self.delivered,
                "twice": self.twice,
                "lost": self.lost,
                "awaiting_person": len(self.awaiting_person),
            },
            "bank": [asdict(one) for one in self.carried],
            "seconds": round(self.seconds, 1),
        }


def summarise(workspace: Workspace, sandbox: Sandbox, on: date, started: float) -> Summary:
    """The summary of a rehearsal that began at `started` (monotonic seconds)."""
    with reading(workspace.engine) as connection:
        found = counts(connection)
        told = stories(connection, on)
        taken = taken_ids(connection)
        brought = carried(connection)
    received = {receipt.reference.strip("<>") for receipt in sandbox.received()} | laid_for_erp(workspace)
    return Summary(
        stories=tuple(told),
        delivered=found["delivered"],
        twice=found["twice"] + sandbox.duplicates(),
        lost=len(taken - received),
        awaiting_person=tuple(found["awaiting_person"]),
        carried=tuple(brought),
        seconds=time.monotonic() - started,
    )


def laid_for_erp(workspace: Workspace) -> set[str]:
    """The marks of the signals that lay in the ERP's folder, by the folder's own index."""
    index = workspace.root / "erp" / "index.csv"
    lines = index.read_text(encoding="utf-8").splitlines()[1:] if index.exists() else []
    return {line.partition(",")[0] for line in lines}


def _invoice(story: Story) -> dict[str, Any]:
    return {
        "number": story.number,
        "kind": story.kind,
        "seller": story.seller,
        "debtor": story.debtor,
        "currency": story.currency,
        "payable": str(from_minor(story.payable, story.currency)),
        "open": str(from_minor(story.open, story.currency)),
        "channel": story.channel,
        "delivery": story.delivery,
        "steps": [{"step": s.step, "on": s.on.isoformat(), "channel": s.channel} for s in story.steps],
        "outcome": story.outcome,
    }
