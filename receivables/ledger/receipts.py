"""What a delivery, or its failure, means for a claim: derived from the dispatches, so nothing is missed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, and_, func, not_, or_, select, update
from sqlalchemy.engine import Row

from receivables.claims import NOT_POSTED, DispatchState
from receivables.law.interest import Debtor
from receivables.law.regime import RegimeError, resolve
from receivables.law.terms import lawful_due
from receivables.ledger import journal
from receivables.ledger.tables import debtors, dispatches, invoices, notice_items, sellers
from receivables.ledger.tasks import open_task

REJECTED = DispatchState.REJECTED
LOST = (DispatchState.NOT_DELIVERED, REJECTED)
CARRIES = and_(
    dispatches.c.kind == "invoice",
    dispatches.c.seller == invoices.c.seller,
    dispatches.c.subject == invoices.c.number,
)


def note_received(connection: Connection, *, on: date, at: datetime) -> int:
    """Sets the day of proven receipt on invoices that were delivered, and counts their lawful term from it."""
    rows = connection.execute(
        select(
            invoices.c.id,
            invoices.c.seller,
            invoices.c.number,
            invoices.c.issued,
            invoices.c.printed_due,
            dispatches.c.proven,
            debtors.c.kind,
            debtors.c.country,
            debtors.c.details,
            sellers.c.country.label("seller_country"),
            sellers.c.law,
            sellers.c.details.label("seller_details"),
        )
        .join(dispatches, CARRIES)
        .join(debtors, debtors.c.id == invoices.c.debtor_id)
        .join(sellers, sellers.c.ref == invoices.c.seller)
        .where(invoices.c.received.is_(None), dispatches.c.state == DispatchState.DELIVERED)
    ).all()
    for row in rows:
        received = max(row.proven or on, row.issued)
        due = _lawful_due(row, received)
        where = invoices.c.id == row.id
        connection.execute(update(invoices).where(where).values(received=received, lawful_due=due))
        subject = journal.about_invoice(row.seller, row.number)
        facts: dict[str, journal.Json] = {"received": received.isoformat(), "lawful_due": due.isoformat()}
        journal.append(connection, at=at, on=on, kind="invoice.received", subject=subject, facts=facts)
    return len(rows)


def _lawful_due(row: Any, received: date) -> date:
    details: Mapping[str, Any] = row.details
    try:
        regime = resolve(row.seller_country, row.country, cast(Debtor, row.kind), row.issued, row.law)
    except RegimeError:
        return cast(date, row.printed_due)
    return lawful_due(
        country=regime.country,
        debtor=regime.debtor,
        issue_date=row.issued,
        printed_due=row.printed_due,
        received=received,
        expressly_agreed=bool(details.get("term_expressly_agreed")),
        seller_is_sme=row.seller_details.get("size", "sme") == "sme",
        buyer_is_large=details.get("size") == "large",
    ).due


def note_undelivered(connection: Connection, *, on: date) -> int:
    """Opens a task for a person for every document and notice that did not arrive: find the right address, or call.

    Where a partner refused the document itself the task names what must change.
    """
    opened = 0
    rows = connection.execute(
        select(dispatches, invoices.c.id.label("invoice_id"), invoices.c.debtor_id, invoices.c.number)
        .outerjoin(notice_items, notice_items.c.dispatch_id == dispatches.c.id)
        .outerjoin(invoices, (notice_items.c.invoice_id == invoices.c.id) | CARRIES)
        .where(dispatches.c.state.in_(LOST), or_(invoices.c.id.is_not(None), dispatches.c.state == REJECTED))
        .where(func.coalesce(dispatches.c.reason, "").not_like(f"{NOT_POSTED}:%"), not_(sent_since()))
    ).all()
    for row in rows:
        rejected = row.state == REJECTED
        opened += open_task(
            connection,
            key=f"undelivered:{row.id}:{row.invoice_id or ''}",
            kind="rejected" if rejected else "undelivered",
            text=rejection(row) if rejected else failure(row),
            on=on,
            debtor_id=row.debtor_id,
            invoice_id=row.invoice_id,
        )
    return opened


def sent_since() -> ColumnElement[bool]:
    """The clause for an invoice that somebody sent again already."""
    later = dispatches.alias("later")
    same = [later.c[name] == dispatches.c[name] for name in ("seller", "kind", "subject")]
    return select(later.c.id).where(dispatches.c.kind == "invoice", later.c.id > dispatches.c.id, *same).exists()


def failure(row: Row[Any]) -> str:
    why = f" ({row.reason})" if row.reason else ""
    then = "" if row.kind != "invoice" else f" Then: voldaan resend {row.number}"
    return (
        f"{row.number}: the {row.kind} sent by {row.channel} did not arrive{why}. "
        f"Call the customer and correct the address in the ERP.{then}"
    )


def rejection(row: Row[Any]) -> str:
    """What must change, in the partner's own words, and how it goes out after that."""
    mend = {
        "invoice": "correct that in the ERP, credit this document there and export a new one; where the document "
        "is right as it stands, voldaan resend sends it again",
        "notice": "mend that, and call the customer meanwhile",
    }.get(row.kind, "mend that, and send it by hand where a deadline runs")
    what = f"{row.number or row.subject}: the {row.kind.replace('_', ' ')}"
    return (
        f"{what} was refused by {row.channel} and reached nobody. "
        f"What must change: {row.reason or 'the partner gave no reason: ask it'}. Then {mend}."
    )
