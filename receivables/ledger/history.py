"""What the ledger knew at the end of any past day, from its dated rows: for figures that can be computed again.

Documents count from the day on which they were taken in, money from the day of its allocation, waivers from their entry
in the journal, a hold's end from the day it ended. Nothing later than the asked day is looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select

from receivables.claims import DispatchState, ItemKind
from receivables.figures import Asked, Document, Facts, Held, Movement, Report
from receivables.ledger.agreements import said_sum
from receivables.ledger.tables import (
    allocations,
    claim_items,
    dispatches,
    entries,
    handover_items,
    handovers,
    holds,
    invoices,
    journal,
    notice_items,
    sellers,
    tasks,
)
from receivables.money import from_minor

WAIVED, UNWAIVED = "claim.waived", "claim.unwaived"


def facts_until(connection: Connection, day: date, *, currency: str = "EUR", seller: str | None = None) -> Facts:
    """All that was known at the end of `day` about documents in `currency`, of one seller or of all."""
    book = documents(connection, day, currency=currency, seller=seller)
    known = {document.id: document for document in book if not document.credit_note}
    return Facts(
        book=tuple(book),
        held=tuple(h for h in holds_until(connection, day, known) if h.invoice_id in known),
        asked=tuple(a for a in steps_until(connection, day) if a.invoice_id in known),
        reports=tuple(reports_until(connection, day, seller)),
    )


def documents(connection: Connection, day: date, *, currency: str = "EUR", seller: str | None = None) -> list[Document]:
    """Every document that was taken in and issued by `day`, with its movements until then."""
    where = [invoices.c.currency == currency, invoices.c.taken_in <= day, invoices.c.issued <= day]
    if seller is not None:
        where.append(invoices.c.seller == seller)
    moved = movements(connection, day, where)
    columns = [invoices.c[name] for name in ("id", "kind", "issued", "printed_due", "payable")]
    rows = connection.execute(select(*columns).where(*where).order_by(invoices.c.id))
    return [
        Document(
            id=row.id,
            issued=row.issued,
            due=row.printed_due,
            payable=from_minor(row.payable, currency),
            credit_note=row.kind == "credit_note",
            movements=tuple(
                Movement(on, happened, from_minor(minor, currency), source)
                for on, happened, minor, source in sorted(moved.get(row.id, ()))
            ),
        )
        for row in rows
    ]


Moved = tuple[date, date, int, str]


def movements(connection: Connection, day: date, where: list[Any]) -> dict[int, list[Moved]]:
    """By document: what lowered its principal until `day`, and what was used of a credit note."""
    found: dict[int, list[Moved]] = defaultdict(list)
    notes = invoices.alias("notes")
    happened = func.coalesce(entries.c.booked, notes.c.issued, allocations.c.on).label("happened")
    on_principal = (
        select(claim_items.c.invoice_id, allocations.c.on, allocations.c.amount, allocations.c.source)
        .add_columns(allocations.c.source_id, happened)
        .join(claim_items, claim_items.c.id == allocations.c.claim_item_id)
        .join(invoices, invoices.c.id == claim_items.c.invoice_id)
        .outerjoin(entries, and_(allocations.c.source == "payment", entries.c.id == allocations.c.source_id))
        .outerjoin(notes, and_(allocations.c.source == "credit", notes.c.id == allocations.c.source_id))
        .where(*where, claim_items.c.kind == ItemKind.PRINCIPAL, allocations.c.on <= day)
    )
    for row in connection.execute(on_principal):
        found[row.invoice_id].append((row.on, row.happened, int(row.amount), row.source))
    used = (
        select(allocations.c.source_id, allocations.c.on, allocations.c.amount)
        .join(invoices, invoices.c.id == allocations.c.source_id)
        .where(*where, allocations.c.source == "credit", allocations.c.on <= day)
    )
    for row in connection.execute(used):
        found[row.source_id].append((row.on, row.on, int(row.amount), "credit"))
    for invoice_id, moved in waivers(connection, day).items():
        found[invoice_id].extend(moved)
    return found


def waivers(connection: Connection, day: date) -> dict[int, list[Moved]]:
    """By invoice, what was waived of its principal until `day`, and what of that was demanded again."""
    principals = select(claim_items.c.id, claim_items.c.invoice_id).where(claim_items.c.kind == ItemKind.PRINCIPAL)
    whose = {row.id: row.invoice_id for row in connection.execute(principals)}
    rows = connection.execute(
        select(journal.c.kind, journal.c.on, journal.c.facts).where(
            journal.c.kind.in_((WAIVED, UNWAIVED)), journal.c.on <= day
        )
    )
    found: dict[int, list[Moved]] = defaultdict(list)
    for row in rows:
        invoice_id = whose.get(row.facts["item"])
        if invoice_id is not None:
            amount = int(row.facts["amount"]) * (1 if row.kind == WAIVED else -1)
            found[invoice_id].append((row.on, row.on, amount, "waived"))
    return found


def holds_until(connection: Connection, day: date, known: dict[int, Document]) -> list[Held]:
    """The holds that began by `day`, as they were known then; what they are about is all that was open by default."""
    rows = connection.execute(
        select(holds, invoices.c.currency)
        .join(invoices, invoices.c.id == holds.c.invoice_id)
        .where(holds.c.since <= day)
        .order_by(holds.c.since, holds.c.id)
    )
    found = []
    for row in rows:
        over = row.ended is not None and row.ended <= day
        document = known.get(row.invoice_id)
        whole = document.open_on(row.since) if document else Decimal(0)
        minor = row.amount if row.amount is not None else row.details.get("amount")
        said = said_sum(minor, row.currency)
        found.append(
            Held(
                invoice_id=row.invoice_id,
                kind=row.kind,
                since=row.since,
                until=row.until,
                ended=row.ended if over else None,
                outcome=row.outcome if over else None,
                amount=whole if said is None or row.kind == "plan" else said,
            )
        )
    return found


def steps_until(connection: Connection, day: date) -> list[Asked]:
    """Letters that left, calls that were asked of a person and hand-overs that were sent, by `day`."""
    left = func.coalesce(dispatches.c.submitted, dispatches.c.settled)
    gone = dispatches.c.state.not_in((DispatchState.PLANNED, DispatchState.WITHDRAWN, DispatchState.REJECTED))
    sent: Select[Any] = (
        select(notice_items.c.invoice_id, notice_items.c.step, left.label("on"))
        .join(dispatches, dispatches.c.id == notice_items.c.dispatch_id)
        .where(gone, left <= day)
    )
    called = select(tasks.c.invoice_id, tasks.c.kind.label("step"), tasks.c.opened.label("on")).where(
        tasks.c.kind == "call", tasks.c.opened <= day, tasks.c.invoice_id.is_not(None)
    )
    given = (
        select(handover_items.c.invoice_id, dispatches.c.kind.label("step"), left.label("on"))
        .join(handovers, handovers.c.id == handover_items.c.handover_id)
        .join(dispatches, dispatches.c.id == handovers.c.dispatch_id)
        .where(gone, left <= day)
    )
    found = [
        Asked(row.invoice_id, row.step, row.on) for query in (sent, called, given) for row in connection.execute(query)
    ]
    return sorted(found, key=lambda one: (one.on, one.invoice_id))


def reports_until(connection: Connection, day: date, seller: str | None) -> list[Report]:
    """The overdue notifications that were planned by `day`."""
    where = [dispatches.c.kind == "overdue_report", dispatches.c.planned <= day]
    if seller is not None:
        where.append(dispatches.c.seller == seller)
    left = func.coalesce(dispatches.c.submitted, dispatches.c.settled)
    stands = or_(dispatches.c.state != DispatchState.WITHDRAWN, left > day)
    rows = connection.execute(select(dispatches.c.details, left.label("left")).where(*where, stands))
    return [
        Report(date.fromisoformat(row.details["deadline"]), row.left if row.left and row.left <= day else None)
        for row in rows
        if row.details["deadline"]  # a request has none
    ]


def currencies(connection: Connection, day: date, seller: str | None = None) -> list[str]:
    """The currencies of what was invoiced by `day`, the most invoices first."""
    rows = select(invoices.c.currency).where(invoices.c.taken_in <= day)
    if seller is not None:
        rows = rows.where(invoices.c.seller == seller)
    counted = rows.group_by(invoices.c.currency).order_by(func.count().desc(), invoices.c.currency)
    return list(connection.scalars(counted))


@dataclass(frozen=True, slots=True)
class Named:
    """A seller as a report names it."""

    name: str
    country: str
    language: str


def sellers_named(connection: Connection, refs: Sequence[str]) -> list[Named]:
    """The sellers that the ledger knows, in that order; the bare refs where it knows none."""
    rows = {
        row.ref: Named(row.name, row.country, row.details.get("language") or "en")
        for row in connection.execute(select(sellers).where(sellers.c.ref.in_(refs)))
    }
    return [rows[ref] for ref in refs if ref in rows] or [Named(ref, "BE", "en") for ref in refs]
