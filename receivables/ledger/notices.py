"""Notices and what they ask: each claim's step is written once, and one reference stands for the whole demanded sum."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from receivables.claims import DispatchState, ItemKind
from receivables.decide import ClaimStep, Reason
from receivables.ledger import journal
from receivables.ledger.book import item, open_amounts
from receivables.ledger.outbox import whom
from receivables.ledger.tables import (
    claim_items,
    dispatches,
    invoices,
    notice_items,
    payment_request_items,
    payment_requests,
    reasons,
)
from receivables.money import from_minor
from ubl.references import ogm_from_number, rf_from_text

IN_ONE_QUERY = 500
NOTED: dict[str, Any] = {"reason": bindparam("code"), "text": bindparam("words"), "since": bindparam("day")}
REQUESTS_FROM = 9_000_000_000  # an OGM that begins with 9 is a payment request's


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """One reference for one demanded sum over several claims. `amounts` by invoice and kind, in `currency`."""

    id: int
    reference: str  # as printed
    demanded: Decimal
    currency: str
    amounts: Mapping[int, Mapping[ItemKind, Decimal]]


def request_payment(
    connection: Connection,
    *,
    seller: str,
    country: str,
    debtor_id: int,
    invoice_ids: Sequence[int],
    currency: str,
    on: date,
    kinds: Collection[ItemKind] = tuple(ItemKind),
) -> PaymentRequest:
    """A new request over all that is open on the invoices, accessories included; or only of these `kinds`.

    Its reference is an OGM or an RF.
    """
    found = open_amounts(connection, invoice_ids)
    opened = {i: {k: a for k, a in by_kind.items() if k in kinds} for i, by_kind in found.items()}
    total = sum(amount for by_kind in opened.values() for amount in by_kind.values())
    values = {"seller": seller, "debtor_id": debtor_id, "currency": currency, "demanded": total, "on": on}
    new = insert(payment_requests).values(**values, reference=f"new-{debtor_id}-{on}")
    request_id = int(connection.execute(new.returning(payment_requests.c.id)).scalar_one())
    printed, compact = _reference(connection, seller, country, request_id)
    connection.execute(update(payment_requests).where(payment_requests.c.id == request_id).values(reference=compact))
    for invoice_id, by_kind in opened.items():
        for kind, amount in by_kind.items():
            row = item(connection, invoice_id, kind) if amount > 0 else None
            if row is not None:
                asked = {"payment_request_id": request_id, "claim_item_id": row.item_id, "amount": amount}
                connection.execute(insert(payment_request_items).values(**asked))
    amounts = {i: {k: from_minor(a, currency) for k, a in by_kind.items()} for i, by_kind in opened.items()}
    return PaymentRequest(request_id, printed, from_minor(total, currency), currency, amounts)


def _reference(connection: Connection, seller: str, country: str, request_id: int) -> tuple[str, str]:
    """A reference that no invoice of the seller bears: as printed, and as banks report it."""
    number = REQUESTS_FROM + request_id
    while True:
        if country == "BE":
            printed = ogm_from_number(number)
            compact = "".join(c for c in printed if c.isdigit())
        else:
            printed = compact = rf_from_text(f"PR{number}")
        taken = (invoices.c.seller == seller) & (invoices.c.reference == compact)
        if connection.scalar(select(invoices.c.id).where(taken)) is None:
            return printed, compact
        number += 1_000_000


def add_steps(connection: Connection, dispatch_id: int, steps: Sequence[ClaimStep], request_id: int | None) -> None:
    """Writes each claim's step. The unique key (invoice, step, occurrence) lets no step be taken twice."""
    rows = [
        {
            "dispatch_id": dispatch_id,
            "invoice_id": step.invoice_id,
            "step": step.step,
            "occurrence": step.occurrence,
            "payment_request_id": request_id,
        }
        for step in steps
    ]
    connection.execute(insert(notice_items), rows)


def steps_of(connection: Connection, dispatch_id: int) -> tuple[ClaimStep, ...]:
    """The claims on a notice with their own steps."""
    rows = connection.execute(
        select(notice_items, invoices.c.number)
        .join(invoices, invoices.c.id == notice_items.c.invoice_id)
        .where(notice_items.c.dispatch_id == dispatch_id)
        .order_by(notice_items.c.id)
    )
    return tuple(ClaimStep(row.invoice_id, row.number, row.step, row.occurrence) for row in rows)


def note_reasons(connection: Connection, found: Sequence[Reason], *, on: date, at: datetime) -> int:
    """Keeps why nothing is done about each claim; journalled when the reason or its words change. How many changed."""
    return sum(
        note_some(connection, found[start : start + IN_ONE_QUERY], on, at)
        for start in range(0, len(found), IN_ONE_QUERY)
    )


def note_some(connection: Connection, found: Sequence[Reason], on: date, at: datetime) -> int:
    """As many as one query can ask for."""
    ids = [reason.invoice_id for reason in found]
    known = {
        row.id: row
        for row in connection.execute(
            select(invoices.c.id, invoices.c.seller, invoices.c.number, reasons.c.reason, reasons.c.text)
            .outerjoin(reasons, reasons.c.invoice_id == invoices.c.id)
            .where(invoices.c.id.in_(ids))
        )
    }
    changed = [
        reason
        for reason in found
        if (known[reason.invoice_id].reason, known[reason.invoice_id].text) != (reason.code, reason.text)
    ]
    rows = [{"of": r.invoice_id, "code": r.code, "words": r.text, "day": on} for r in changed]
    fresh = [row for row in rows if known[row["of"]].reason is None]
    if fresh:
        connection.execute(insert(reasons).values(NOTED | {"invoice_id": bindparam("of")}), fresh)
    if stale := [row for row in rows if known[row["of"]].reason is not None]:
        connection.execute(update(reasons).where(reasons.c.invoice_id == bindparam("of")).values(NOTED), stale)
    for reason in changed:
        facts: dict[str, journal.Json] = {"reason": reason.code}
        if reason.until:
            facts["until"] = reason.until.isoformat()
        row = known[reason.invoice_id]
        subject = journal.about_invoice(row.seller, row.number)
        journal.append(connection, at=at, on=on, kind="nothing_done", subject=subject, facts=facts)
    return len(changed)


def asked_of(connection: Connection, dispatch_id: int) -> dict[int, Decimal]:
    """What a message asks of each invoice, accessories included."""
    rows = connection.execute(
        select(notice_items.c.invoice_id, invoices.c.currency, func.sum(payment_request_items.c.amount).label("asked"))
        .join(invoices, invoices.c.id == notice_items.c.invoice_id)
        .join(payment_request_items, payment_request_items.c.payment_request_id == notice_items.c.payment_request_id)
        .join(
            claim_items,
            (claim_items.c.id == payment_request_items.c.claim_item_id)
            & (claim_items.c.invoice_id == notice_items.c.invoice_id),
        )
        .where(notice_items.c.dispatch_id == dispatch_id)
        .group_by(notice_items.c.invoice_id, invoices.c.currency)
    )
    return {row.invoice_id: from_minor(int(row.asked), row.currency) for row in rows}


def leave_not_before(connection: Connection, dispatch_id: int, moment: datetime) -> None:
    """Keeps a planned message back until `moment` (UTC)."""
    planned = (dispatches.c.id == dispatch_id) & (dispatches.c.state == DispatchState.PLANNED)
    connection.execute(update(dispatches).where(planned).values(not_before=moment))


def debtor_of(connection: Connection, dispatch_id: int) -> int:
    """Whom an invoice or a notice addresses."""
    return int(connection.execute(whom(dispatch_id)).one().id)


def addressed(connection: Connection, dispatch_id: int) -> int | None:
    """The debtor whom an invoice or a notice addresses; None for what is neither."""
    found = connection.execute(whom(dispatch_id)).first()
    return None if found is None else int(found.id)
