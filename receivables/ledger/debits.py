"""What the bank says of our direct debits: paid, refused or taken back, each with its day and reason."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, or_, select, update
from sqlalchemy.engine import Row

from receivables.claims import HoldKind
from receivables.ledger import journal
from receivables.ledger.holds import end_hold
from receivables.ledger.tables import collections, invoices, mandates
from receivables.ledger.tasks import open_task
from receivables.mandates import WORDS, ends_mandate

SUBMITTED, PAID, RETURNED = "submitted", "paid", "returned"
CODE = re.compile(r"[A-Z]{2}\d{2}")


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
        select(collections, mandates.c.reference, invoices.c.number, invoices.c.seller, invoices.c.debtor_id)
        .join(mandates, mandates.c.id == collections.c.mandate_id)
        .join(invoices, invoices.c.id == collections.c.invoice_id)
        .where(collections.c.end_to_end == (entry.end_to_end or ""), collections.c.state != RETURNED)
    ).one_or_none()
    if row is None or (invoice_ids and row.invoice_id not in invoice_ids):
        return
    found = CODE.search(entry.return_reason or "")
    code = found.group() if found else None
    given = {"state": RETURNED, "reason": code, "returned": on}
    connection.execute(update(collections).where(collections.c.id == row.id).values(given))
    end_hold(connection, row.invoice_id, HoldKind.DIRECT_DEBIT, outcome="returned", on=on, at=at)
    subject = journal.about_invoice(row.seller, row.number)
    journal.append(connection, at=at, on=on, kind="debit.returned", subject=subject, facts={"reason": code})
    if ends_mandate(code):
        why = f"{code}: {WORDS[code or '']}"
        ended = update(mandates).where(mandates.c.id == row.mandate_id, mandates.c.ended.is_(None))
        connection.execute(ended.values(ended=on, why_ended=why))
    words = WORDS.get(code or "", "no reason that is known")
    text = f"The direct debit of {row.number} came back ({code or 'without a code'}: {words}). "
    text += "Ask the customer for a new mandate or a transfer." if ends_mandate(code) else "The ladder goes on."
    open_task(
        connection,
        key=f"debit_returned:{row.end_to_end}",
        kind="debit_returned",
        text=text,
        on=on,
        debtor_id=row.debtor_id,
        invoice_id=row.invoice_id,
    )
