"""Mandates and collections in the ledger: what may be collected, and which file it went out in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, and_, func, insert, select, update

from receivables.claims import DispatchState, HoldKind, ItemKind
from receivables.ledger import journal
from receivables.ledger.amounts import open_amounts
from receivables.ledger.debits import PAID, RETURNED, SUBMITTED
from receivables.ledger.tables import collections, debtors, dispatches, holds, invoices, mandates, tasks
from receivables.mandates import NOTICE_DAYS, Collectable, Mandate
from receivables.money import from_minor

DEBIT_NOTICE = "debit_notice"  # announces that one is collected again: kind of the dispatch, and of the task
ON_ITS_WAY = (DispatchState.SUBMITTED, DispatchState.DELIVERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMandate:
    """A mandate as the ERP knows it now."""

    seller: str
    reference: str
    creditor_id: str
    iban: str | None
    signed: date | None
    scheme: Literal["core", "b2b"]
    once: bool = False
    notice_days: int = NOTICE_DAYS
    last: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An invoice that waits to be collected, its mandate, and the debtor as the ERP has it."""

    invoice: Collectable
    mandate: Mandate
    debtor_name: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCollection:
    """One direct debit of a file that is made."""

    mandate_id: int
    invoice_id: int
    seller: str
    number: str
    batch: str
    end_to_end: str
    amount: int
    sequence: str
    collected: date


def keep_mandate(connection: Connection, new: NewMandate, debtor_id: int, *, on: date, at: datetime) -> int:
    """Adds the mandate, or brings it up to date; its id. Another account needs no new signature, another day does: a
    mandate that ended is in force again where it was signed anew.
    """
    values = {
        "debtor_id": debtor_id,
        "creditor_id": new.creditor_id,
        "iban": new.iban,
        "signed": new.signed,
        "scheme": new.scheme,
        "once": new.once,
        "notice_days": new.notice_days,
        "last": new.last,
    }
    which = (mandates.c.seller == new.seller) & (mandates.c.reference == new.reference)
    known = connection.execute(select(mandates).where(which)).one_or_none()
    if known is None:
        named = {"seller": new.seller, "reference": new.reference}
        added = insert(mandates).values(values | named).returning(mandates.c.id)
        mandate_id = int(connection.execute(added).scalar_one())
        facts: dict[str, journal.Json] = {"mandate": mandate_id, "scheme": new.scheme}
        subject = f"mandate:{mandate_id}"
        journal.append(connection, at=at, on=on, kind="mandate.kept", subject=subject, facts=facts)
        return mandate_id
    signed_anew = new.signed is not None and known.signed is not None and new.signed > known.signed
    if known.ended is not None and (signed_anew or new.iban != known.iban):
        values |= {"ended": None, "why_ended": None}
    connection.execute(update(mandates).where(which).values(values))
    return int(known.id)


def candidates(connection: Connection, seller: str, on: date) -> list[Candidate]:
    """The invoices that wait to be collected: held for a direct debit, something open, none under way, no dispute."""
    waiting = (
        select(
            invoices,
            holds.c.details.label("hold"),
            debtors.c.name,
            debtors.c.details.label("record"),
            notified().label("notified"),
        )
        .join(holds, and_(holds.c.invoice_id == invoices.c.id, holds.c.ended.is_(None)))
        .join(debtors, debtors.c.id == invoices.c.debtor_id)
        .where(invoices.c.seller == seller, holds.c.kind == HoldKind.DIRECT_DEBIT)
        .where(invoices.c.id.not_in(select(collections.c.invoice_id).where(collections.c.state == SUBMITTED)))
        .where(invoices.c.id.not_in(stopped(on)))
        .order_by(invoices.c.id)
    )
    rows = connection.execute(waiting).all()
    opens = open_amounts(connection, [row.id for row in rows])
    known = {mandate.reference: mandate for mandate in read_mandates(connection, seller)}
    found = []
    for row in rows:
        mandate, open_ = known.get(row.hold.get("mandate", "")), opens[row.id].get(ItemKind.PRINCIPAL, 0)
        if mandate is None or open_ <= 0:
            continue
        again = row.hold.get("again")
        invoice = Collectable(
            invoice_id=row.id,
            number=row.number,
            currency=row.currency,
            due=date.fromisoformat(row.hold["day"]) if again else row.printed_due,
            notified=announced(connection, seller, row.number, again) if again else row.notified,
            open=from_minor(open_, row.currency),
        )
        found.append(Candidate(invoice=invoice, mandate=mandate, debtor_name=row.name or "", details=row.record))
    return found


def stopped(on: date) -> Any:
    """Invoices under another hold today: what is disputed is not collected."""
    other = (holds.c.kind != HoldKind.DIRECT_DEBIT) & (holds.c.since <= on) & (holds.c.until >= on)
    return select(holds.c.invoice_id).where(other, holds.c.ended.is_(None))


def notified() -> Any:
    """The day on which the invoice left: it names the mandate, the creditor, the sum and the day (EPC016-06, 4.3.4)."""
    return (
        select(func.min(dispatches.c.submitted))
        .where(
            dispatches.c.seller == invoices.c.seller,
            dispatches.c.kind == "invoice",
            dispatches.c.subject == invoices.c.number,
            dispatches.c.state.in_(ON_ITS_WAY),
        )
        .correlate(invoices)
        .scalar_subquery()
    )


def announced(connection: Connection, seller: str, number: str, again: str) -> date | None:
    """The day on which the customer was told of the new collection: the mail left, or a person says so."""
    left = connection.scalar(
        select(dispatches.c.submitted).where(
            dispatches.c.seller == seller,
            dispatches.c.kind == DEBIT_NOTICE,
            dispatches.c.subject == number,
            dispatches.c.occurrence == again,
            dispatches.c.state.in_(ON_ITS_WAY),
        )
    )
    return left or connection.scalar(select(tasks.c.done).where(tasks.c.key == notice_key(again)))


def notice_key(again: str) -> str:
    return f"{DEBIT_NOTICE}:{again}"


def read_mandates(connection: Connection, seller: str) -> list[Mandate]:
    """The seller's mandates, each with the days of its collections that stood or are under way."""
    days: dict[int, dict[str, list[date]]] = defaultdict(lambda: defaultdict(list))
    for row in connection.execute(select(collections.c.mandate_id, collections.c.state, collections.c.collected)):
        days[row.mandate_id][row.state].append(row.collected)
    return [
        Mandate(
            id=row.id,
            reference=row.reference,
            creditor_id=row.creditor_id,
            iban=row.iban,
            signed=row.signed,
            scheme=row.scheme,
            once=row.once,
            notice_days=row.notice_days,
            last=row.last,
            ended=row.ended,
            paid=tuple(days[row.id][PAID]),
            pending=tuple(days[row.id][SUBMITTED]),
            returned=tuple(days[row.id][RETURNED]),
        )
        for row in connection.execute(select(mandates).where(mandates.c.seller == seller))
    ]


def attempts(connection: Connection, invoice_id: int) -> int:
    """How often the invoice was collected before."""
    made = select(func.count()).select_from(collections).where(collections.c.invoice_id == invoice_id)
    return int(connection.execute(made).scalar_one())


def keep_collections(
    connection: Connection,
    new: Sequence[NewCollection],
    message: str,
    file: str,
    held_until: dict[int, date],
    *,
    on: date,
    at: datetime,
) -> None:
    """The collections of one file, whose blob is `file`. Each claim is held until the bank has returned what failed."""
    for one in new:
        row = {
            "file": file,
            "message": message,
            "batch": one.batch,
            "mandate_id": one.mandate_id,
            "invoice_id": one.invoice_id,
            "end_to_end": one.end_to_end,
            "amount": one.amount,
            "sequence": one.sequence,
            "collected": one.collected,
            "planned": on,
            "state": SUBMITTED,
        }
        connection.execute(insert(collections).values(row))
        pending = (holds.c.invoice_id == one.invoice_id) & (holds.c.kind == HoldKind.DIRECT_DEBIT)
        connection.execute(
            update(holds).where(pending, holds.c.ended.is_(None)).values(until=held_until[one.invoice_id])
        )
        facts: dict[str, journal.Json] = {
            "mandate": one.mandate_id,
            "sequence": one.sequence,
            "amount": one.amount,
            "collected": one.collected.isoformat(),
            "file": file,
        }
        subject = journal.about_invoice(one.seller, one.number)
        journal.append(connection, at=at, on=on, kind="debit.submitted", subject=subject, facts=facts)


def files_of(connection: Connection, on: date) -> dict[str, str]:
    """The messages made on `on`, by id, with their blobs."""
    rows = connection.execute(select(collections.c.message, collections.c.file).where(collections.c.planned == on))
    return {row.message: row.file for row in rows}


def refused_debits(connection: Connection) -> dict[int, tuple[date, str | None]]:
    """The last direct debit of each invoice that came back, with its reason: reportable to the insurer at once."""
    came_back = select(collections.c.invoice_id, collections.c.returned, collections.c.reason).where(
        collections.c.returned.is_not(None)
    )
    return {
        row.invoice_id: (row.returned, row.reason) for row in connection.execute(came_back.order_by(collections.c.id))
    }
