"""Which documents arrived of which somebody else wants a copy: derived from the dispatches, so nothing is missed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from receivables.claims import DispatchState, Step
from receivables.ledger.outbox import Dispatch, dispatch_of
from receivables.ledger.preferences import with_copies
from receivables.ledger.tables import dispatches, invoices, notice_items
from receivables.ledger.tasks import open_task
from receivables.preferences import Kind, Preference, kind_of

COPY = "copy"  # the kind of the dispatch
NOT_BACK = timedelta(days=2)  # a mail that did not come back by then is taken to have arrived, for a copy of it
LOST = (DispatchState.NOT_DELIVERED, DispatchState.REJECTED)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One document that arrived, and who wants copies of it. `invoice_id`: of an invoice, None for a letter."""

    original: Dispatch
    debtor_id: int
    invoice_id: int | None
    copies: tuple[str, ...]


def wanted(connection: Connection, on: date) -> Iterator[Wanted]:
    """Every invoice and letter that arrived since copies of such were asked for; what was withdrawn never did."""
    for debtor_id, choices in with_copies(connection).items():
        for row in arrived(connection, debtor_id, on):
            choice = choice_for(row, choices)
            if choice is not None and row.planned >= choice.on:
                invoice_id = row.invoice_id if row.kind == "invoice" else None
                yield Wanted(dispatch_of(row), debtor_id, invoice_id, choice.copies)


def choice_for(row: Any, choices: Mapping[Kind, Preference]) -> Preference | None:
    if row.kind == "invoice":
        return choices.get("invoice")
    return choices.get(kind_of(Step(row.step)))


def arrived(connection: Connection, debtor_id: int, on: date) -> list[Any]:
    """What reached a debtor: delivered, or taken by the mail server and not come back; each dispatch once."""
    carries = and_(dispatches.c.seller == invoices.c.seller, dispatches.c.subject == invoices.c.number)
    there = or_(
        dispatches.c.state == DispatchState.DELIVERED,
        and_(
            dispatches.c.state == DispatchState.SUBMITTED,
            dispatches.c.channel == "email",
            dispatches.c.submitted <= on - NOT_BACK,
        ),
    )
    documents = (
        select(dispatches, invoices.c.id.label("invoice_id"))
        .join(invoices, carries)
        .where(dispatches.c.kind == "invoice", invoices.c.debtor_id == debtor_id, there)
    )
    letters = (
        select(dispatches, invoices.c.id.label("invoice_id"), notice_items.c.step)
        .join(notice_items, notice_items.c.dispatch_id == dispatches.c.id)
        .join(invoices, invoices.c.id == notice_items.c.invoice_id)
        .where(dispatches.c.kind == "notice", invoices.c.debtor_id == debtor_id, there)
        .order_by(notice_items.c.id)
    )
    rows = [*connection.execute(documents), *connection.execute(letters)]
    return sorted({row.id: row for row in reversed(rows)}.values(), key=lambda row: row.id)


def note_lost_copies(connection: Connection, *, on: date) -> None:
    """A copy that came back is told to a person, once; it changes nothing for the customer."""
    lost = select(dispatches).where(dispatches.c.kind == COPY, dispatches.c.state.in_(LOST))
    for row in connection.execute(lost):
        text = f"The copy to {row.receiver} did not arrive ({row.reason}): correct the address, or take it out."
        open_task(connection, key=f"copy_lost:{row.id}", kind="copy_lost", text=text, on=on)
