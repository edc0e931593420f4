"""All that is kept about one invoice: what was sent for it, on which channel, and every proof of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.engine import Row

from receivables.ledger import journal
from receivables.ledger.outbox import Dispatch, dispatch_of
from receivables.ledger.story import carried_by, handed_over_in
from receivables.ledger.tables import dispatches, evidence, invoices

DISPATCH = "dispatch:"


@dataclass(frozen=True, slots=True)
class Kept:
    """One proof; `content` is its SHA-256."""

    at: datetime
    kind: str
    level: str
    content: str
    mime: str


@dataclass(frozen=True, slots=True)
class Sent:
    """One dispatch and its proofs, oldest first. `ids`: the partner's and the network's names for it, by name."""

    label: str
    dispatch: Dispatch
    planned_at: datetime
    ids: Mapping[str, str]
    as_sent: str | None  # how the document that the partner sent is to ours, where it showed it
    proofs: tuple[Kept, ...]


def sent_for(connection: Connection, invoice_id: int) -> list[Sent]:
    """Everything that went out for an invoice: itself, notices, hand-overs, reports to the insurer; oldest first."""
    row = connection.execute(select(invoices).where(invoices.c.id == invoice_id)).one()
    labels = carried_by(connection, row) | handed_over_in(connection, row) | reported_in(connection, row)
    ids = {int(subject.removeprefix(DISPATCH)): label for subject, label in labels.items() if subject[:9] == DISPATCH}
    rows = connection.execute(select(dispatches).where(dispatches.c.id.in_(ids)).order_by(dispatches.c.id))
    return [sent(connection, dispatch_of(each), ids[each.id]) for each in rows]


def reported_in(connection: Connection, invoice: Row[Any]) -> dict[str, str]:
    """The reports to a credit insurer that name the invoice."""
    asked = select(dispatches.c.id, dispatches.c.details).where(
        dispatches.c.kind == "overdue_report", dispatches.c.seller == invoice.seller
    )
    return {
        journal.about_dispatch(row.id): "report to the insurer"
        for row in connection.execute(asked)
        if any(named[0] == invoice.number for named in row.details.get("invoices", ()))
    }


def sent(connection: Connection, dispatch: Dispatch, label: str) -> Sent:
    entries = journal.entries_about(connection, journal.about_dispatch(dispatch.id))
    ids: dict[str, str] = {}
    as_sent = None
    for entry in entries:
        facts: Mapping[str, Any] = entry.facts
        ids |= facts.get("ids", {})
        as_sent = facts.get("as_sent", as_sent)
    rows = connection.execute(select(evidence).where(evidence.c.dispatch_id == dispatch.id).order_by(evidence.c.id))
    proofs = tuple(Kept(row.at, row.kind, row.level, row.content, row.mime) for row in rows)
    return Sent(label, dispatch, entries[0].at, ids, as_sent, proofs)
