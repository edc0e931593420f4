"""What the bank says of our direct debits: paid, taken back, or refused before they settled, with day and reason."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Select, or_, select, update
from sqlalchemy.engine import Row

from receivables.claims import HoldKind
from receivables.ledger import journal
from receivables.ledger.holds import end_hold
from receivables.ledger.tables import collections, invoices, mandates
from receivables.ledger.tasks import open_task
from receivables.mandates import WORDS, ends_mandate

SUBMITTED, PAID, RETURNED = "submitted", "paid", "returned"
REFUSED, VOID = "refused", "void"  # refused: the debtor's bank said no before it settled; void: ours never passed it on
LIVE = (SUBMITTED, PAID)
CODE = re.compile(r"[A-Z]{2}\d{2}|DUPL")
TWICE = {"AM05", "DU01", "DU02", "DU03", "DU04", "DU05", "DUPL"}  # the bank has it already: it may still be collected


def note_paid(connection: Connection, entry: Row[Any], invoice_ids: Collection[int], *, on: date, at: datetime) -> None:
    """The direct debits of these invoices that this entry is the payment of: nothing is pending any more."""
    by_id = collections.c.end_to_end == entry.end_to_end, collections.c.batch == entry.end_to_end
    theirs = (
        select(collections.c.id, collections.c.invoice_id)
        .join(mandates, mandates.c.id == collections.c.mandate_id)
        .where(collections.c.invoice_id.in_(invoice_ids), collections.c.state == SUBMITTED)
        .where(or_(*by_id, mandates.c.reference == entry.mandate))
    )
    for row in connection.execute(theirs).all():
        connection.execute(update(collections).where(collections.c.id == row.id).values(state=PAID))
        end_hold(connection, row.invoice_id, HoldKind.DIRECT_DEBIT, outcome="paid", on=on, at=at)


def note_returned(
    connection: Connection, entry: Row[Any], invoice_ids: Collection[int], *, on: date, at: datetime
) -> None:
    """The direct debit that `entry` takes back is kept with its reason: the claim stands where it stood, and counts for
    the insurer. A reason that ends the mandate ends it, and a person is told.
    """
    row = connection.execute(
        described().where(collections.c.end_to_end == (entry.end_to_end or ""), collections.c.state.in_(LIVE))
    ).one_or_none()
    if row is None or (invoice_ids and row.invoice_id not in invoice_ids):
        return
    came_back(connection, row, RETURNED, code_in(entry.return_reason), on=on, at=at)


def described() -> Select[Any]:
    return (
        select(collections, mandates.c.reference, invoices.c.number, invoices.c.seller, invoices.c.debtor_id)
        .join(mandates, mandates.c.id == collections.c.mandate_id)
        .join(invoices, invoices.c.id == collections.c.invoice_id)
    )


def code_in(reason: str | None) -> str | None:
    found = CODE.search(reason or "")
    return found.group() if found else None


def came_back(connection: Connection, row: Row[Any], state: str, code: str | None, *, on: date, at: datetime) -> None:
    """One collection that did not stand: `state` says whether it had settled."""
    given = {"state": state, "reason": code, "returned": on}
    connection.execute(update(collections).where(collections.c.id == row.id).values(given))
    end_hold(connection, row.invoice_id, HoldKind.DIRECT_DEBIT, outcome=state, on=on, at=at)
    subject = journal.about_invoice(row.seller, row.number)
    journal.append(connection, at=at, on=on, kind=f"debit.{state}", subject=subject, facts={"reason": code})
    if ends_mandate(code):
        why = f"{code}: {WORDS[code or '']}"
        ended = update(mandates).where(mandates.c.id == row.mandate_id, mandates.c.ended.is_(None))
        connection.execute(ended.values(ended=on, why_ended=why))
    words = WORDS.get(code or "", "no reason that is known")
    what = "came back" if state == RETURNED else "was refused before it settled"
    text = f"The direct debit of {row.number} {what} ({code or 'without a code'}: {words}). "
    text += "Ask the customer for a new mandate or a transfer." if ends_mandate(code) else "The ladder goes on."
    open_task(
        connection,
        key=came_back_key(row.end_to_end),
        kind="debit_returned",
        text=text,
        on=on,
        debtor_id=row.debtor_id,
        invoice_id=row.invoice_id,
    )


def came_back_key(end_to_end: str) -> str:
    return f"debit_returned:{end_to_end}"


class Refusal(Protocol):
    """What the bank refused, as `connectors.bank.status_report` reads it: a collection, a batch, a whole message."""

    @property
    def message(self) -> str: ...
    @property
    def batch(self) -> str | None: ...
    @property
    def end_to_end(self) -> str | None: ...
    @property
    def reason(self) -> str | None: ...


def note_refused(connection: Connection, found: Refusal, *, on: date, at: datetime) -> tuple[int, str | None]:
    """How many collections the refusal newly ends, and the sentence for a person where it fits none of ours, or says
    what cannot be. The same refusal again changes nothing.
    """
    of = (
        (collections.c.end_to_end == found.end_to_end)
        if found.end_to_end
        else (collections.c.message == found.message) & (collections.c.batch == (found.batch or collections.c.batch))
    )
    rows = connection.execute(described().where(of).order_by(collections.c.id)).all()
    code = code_in(found.reason)
    named = found.end_to_end or found.batch or found.message
    if not rows:
        return 0, ask(
            connection, f"The bank refuses {named} ({found.reason}), which is no direct debit of ours.", named, on
        )
    waiting = [row for row in rows if row.state == SUBMITTED]
    if found.end_to_end and rows[0].state == PAID:
        text = f"The bank refuses {named} ({found.reason}), which its statement says was paid: find out which is true."
        return 0, ask(connection, text, named, on)
    if not found.end_to_end and code in TWICE and waiting:
        text = f"The bank refuses {named} as one that it has already ({found.reason}): find out what was collected."
        return 0, ask(connection, text, named, on)
    for row in waiting:
        if found.end_to_end:
            came_back(connection, row, REFUSED, code, on=on, at=at)
        else:
            never_passed_on(connection, row, code, on=on, at=at)
    if waiting and not found.end_to_end:
        text = f"The bank did not take {named} ({found.reason or 'without a reason'}): mend it, then collect anew."
        return len(waiting), ask(connection, text, named, on)
    return len(waiting), None


def never_passed_on(connection: Connection, row: Row[Any], code: str | None, *, on: date, at: datetime) -> None:
    """The debtor was never asked: nothing to report, and the invoice is collected with the next file."""
    given = {"state": VOID, "reason": code}
    connection.execute(update(collections).where(collections.c.id == row.id).values(given))
    subject = journal.about_invoice(row.seller, row.number)
    journal.append(connection, at=at, on=on, kind="debit.void", subject=subject, facts={"reason": code})


def ask(connection: Connection, text: str, named: str, on: date) -> str:
    key = f"debit_refused:{named}"
    open_task(connection, key=key[:120], kind="debit_refused", text=text, on=on)
    return text
