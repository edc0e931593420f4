"""A document that did not arrive, sent again by a person's word: what stands against it, and what it settles."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, literal, select, update

from receivables.claims import DispatchState
from receivables.ledger import journal, outbox
from receivables.ledger.claim_rows import received_by_word
from receivables.ledger.lookup import FoundInvoice
from receivables.ledger.outbox import Dispatch
from receivables.ledger.tables import answers, dispatches, invoices, tasks
from receivables.ledger.tasks import close_task

INVOICE = "invoice"
LATE = ("dispatch.contradiction", "dispatch.stale_answer")
ARRIVED = (DispatchState.SUBMITTED, DispatchState.DELIVERED)


def last_send(connection: Connection, found: FoundInvoice) -> Dispatch | None:
    """The newest dispatch of a document. Until the transaction ends nobody claims it and nobody plans another."""
    connection.execute(select(invoices.c.id).where(invoices.c.id == found.id).with_for_update())
    sends = outbox.of_subject(connection, found.seller, INVOICE, found.number)
    if not sends:
        return None
    row = connection.execute(select(dispatches).where(dispatches.c.id == sends[-1].id).with_for_update()).one()
    return outbox.dispatch_of(row)


def objection(connection: Connection, found: FoundInvoice) -> str | None:
    """Why an earlier send may have arrived after all, where the ledger holds that it did not; one clause."""
    earlier = outbox.of_subject(connection, found.seller, INVOICE, found.number)
    return next((said for one in earlier if (said := objection_to(connection, one))), None)


def objection_to(connection: Connection, one: Dispatch) -> str | None:
    if received_by_word(connection, [one.id]):
        return "a person noted that the receiver has it"
    acted = answers.c.verdict.in_(("acted", "noted", "late"))
    of_buyer = (answers.c.dispatch_id == one.id) & (answers.c.kind == "invoice_response") & acted
    if connection.scalar(select(answers.c.id).where(of_buyer).limit(1)) is not None:
        return "the buyer has answered it"
    for entry in journal.entries_about(connection, journal.about_dispatch(one.id)):
        if entry.kind in LATE and entry.facts.get("answer") in ARRIVED and waits(connection, one.id, entry):
            return f"a late answer of the partner says that it was {entry.facts['answer']}"
    return None


def waits(connection: Connection, dispatch_id: int, entry: journal.Entry) -> bool:
    """Whether nobody found out yet which of two answers is true."""
    contradiction = f"contradiction:{dispatch_id}:{entry.facts['answer']}"
    stale = f"stale:{dispatch_id}:{entry.facts.get('token')}"
    where = (tasks.c.key.in_((contradiction, stale)), tasks.c.done.is_(None))
    return connection.scalar(select(tasks.c.id).where(*where).limit(1)) is not None


def let_go(connection: Connection, dispatch_id: int) -> None:
    """What is planned another way is tried at once, with a fresh count of attempts."""
    planned = (dispatches.c.id == dispatch_id) & (dispatches.c.state == DispatchState.PLANNED)
    connection.execute(update(dispatches).where(planned).values(held=None, not_before=None, attempts=0))


def lacked_address(connection: Connection, found: FoundInvoice) -> bool:
    """Whether it was never sent because nobody knew where to."""
    key = f"no_address:{found.seller}/{found.number}"
    return connection.scalar(select(tasks.c.id).where(tasks.c.key == key)) is not None


def without_address(connection: Connection, debtor_id: int) -> list[str]:
    """The numbers of the debtor's documents that wait, unplanned, for an address."""
    rows = connection.execute(
        select(invoices.c.number)
        .join(tasks, tasks.c.key == literal("no_address:") + invoices.c.seller + "/" + invoices.c.number)
        .where(invoices.c.debtor_id == debtor_id, tasks.c.done.is_(None))
        .order_by(invoices.c.id)
    )
    return [row.number for row in rows]


def close_asked(connection: Connection, found: FoundInvoice, before: Dispatch | None, *, on: date) -> list[str]:
    """Closes the tasks that asked for what was now done; their keys."""
    keys = [f"{kind}:{found.seller}/{found.number}" for kind in ("unreachable", "no_address")]
    if before is not None:
        keys += [f"undelivered:{before.id}:{found.id}", f"unanswered:{before.id}", f"blocked:{before.id}"]
    return [key for key in keys if close_task(connection, key, outcome="sent again", on=on)]
