"""The course of some claims beside their notices: agreements, contacts, and the credit notes that touch them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, or_, select

from receivables.claims import DispatchState
from receivables.ledger.agreements import INSTALMENT_LETTER, PLAN_LETTER
from receivables.ledger.outbox import Dispatch, of_subject
from receivables.ledger.tables import allocations, claim_items, debtors, dispatches, holds, invoices, tasks
from receivables.money import from_minor

CONTACTS = ("call", "promise_broken", "plan_broken", "dispute")  # kinds of tasks that are a contact once done
LETTERS = (PLAN_LETTER, INSTALMENT_LETTER)
RECLAIM, ESTATE_CLAIM = "reclaim", "estate_claim"  # kinds of dispatch: takes goods back, files with an administrator


@dataclass(frozen=True, slots=True)
class AgreementRecord:
    """One hold of a claim, standing or ended; `amount` None covers the whole claim."""

    kind: str
    number: str
    since: date
    until: date
    ended: date | None
    outcome: str | None
    reason: str
    amount: Decimal | None
    instalments: tuple[tuple[date, Decimal], ...]


@dataclass(frozen=True, slots=True)
class ContactRecord:
    on: date
    kind: str
    text: str
    outcome: str | None
    content: str | None = None  # blob: the letter as it was sent
    mime: str = "message/rfc822"


@dataclass(frozen=True, slots=True)
class CreditRecord:
    number: str
    issued: date
    amount: Decimal
    preceding: tuple[str, ...]
    ubl: str
    paper: str


def agreements(connection: Connection, invoice_ids: Sequence[int]) -> list[AgreementRecord]:
    """Every hold on the invoices, oldest first."""
    rows = connection.execute(
        select(holds, invoices.c.number, invoices.c.currency)
        .join(invoices, invoices.c.id == holds.c.invoice_id)
        .where(holds.c.invoice_id.in_(invoice_ids))
        .order_by(holds.c.since, holds.c.id)
    )
    return [
        AgreementRecord(
            kind=row.kind,
            number=row.number,
            since=row.since,
            until=row.until,
            ended=row.ended,
            outcome=row.outcome,
            reason=row.reason,
            amount=None if row.amount is None else from_minor(row.amount, row.currency),
            instalments=tuple(
                (date.fromisoformat(day), from_minor(minor, row.currency))
                for day, minor in row.details.get("instalments", ())
            ),
        )
        for row in rows
    ]


def contacts(connection: Connection, debtor_id: int, invoice_ids: Sequence[int]) -> list[ContactRecord]:
    """Calls about the invoices or the debtor as a whole that were made, and letters beside the ladder, oldest first."""
    about = or_(tasks.c.invoice_id.in_(invoice_ids), (tasks.c.invoice_id.is_(None)) & (tasks.c.debtor_id == debtor_id))
    done = connection.execute(
        select(tasks).where(about, tasks.c.kind.in_(CONTACTS), tasks.c.done.is_not(None)).order_by(tasks.c.id)
    )
    found = [ContactRecord(row.done, row.kind, row.text, row.outcome) for row in done]
    rows = connection.execute(
        select(holds.c.details, holds.c.since, invoices.c.number, invoices.c.seller)
        .join(invoices, invoices.c.id == holds.c.invoice_id)
        .where(holds.c.invoice_id.in_(invoice_ids), holds.c.kind == "plan")
    )
    keys = {(row.seller, str(row.details.get("plan") or f"{row.number}/{row.since}")) for row in rows}
    subjects = {subject for _, subject in keys}
    sent = connection.execute(
        select(dispatches)
        .where(dispatches.c.kind.in_(LETTERS), dispatches.c.subject.in_(subjects), dispatches.c.submitted.is_not(None))
        .order_by(dispatches.c.id)
    )
    found += [
        ContactRecord(row.submitted, f"{row.kind}_letter", f"sent by {row.channel}", row.state, row.content)
        for row in sent
        if (row.seller, row.subject) in keys
    ]
    found += reclaims(connection, debtor_id, invoice_ids)
    return sorted(found, key=lambda one: one.on)


def reclaims(connection: Connection, debtor_id: int, invoice_ids: Sequence[int]) -> list[ContactRecord]:
    """The letters that took goods on these invoices back, to the debtor or to the administrator of its estate."""
    rows = connection.execute(
        select(dispatches)
        .join(debtors, (debtors.c.seller == dispatches.c.seller) & (debtors.c.ref == dispatches.c.subject))
        .where(debtors.c.id == debtor_id, dispatches.c.kind == RECLAIM, dispatches.c.submitted.is_not(None))
        .order_by(dispatches.c.id)
    )
    return [
        ContactRecord(
            row.submitted,
            "reclaim_letter",
            f"goods reclaimed ({row.details['basis'].replace('_', ' ')}), sent by {row.channel}",
            row.state,
            row.content,
            "message/rfc822" if row.channel == "email" else "application/pdf",
        )
        for row in rows
        if set(row.details["invoices"]) & set(invoice_ids)
    ]


def reclaim_letters(connection: Connection, seller: str, debtor: str) -> list[Dispatch]:
    """The letters that took goods back and have left, oldest first; by post, once a person had posted them."""
    return [
        one
        for one in of_subject(connection, seller, RECLAIM, debtor)
        if one.state is DispatchState.DELIVERED or (one.state is DispatchState.SUBMITTED and one.channel == "email")
    ]


def credit_notes(connection: Connection, debtor_id: int, invoice_ids: Sequence[int]) -> list[CreditRecord]:
    """The debtor's credit notes that name one of the invoices, or of which something was set against one."""
    used = select(allocations.c.source_id).where(
        allocations.c.source == "credit",
        allocations.c.claim_item_id.in_(select(claim_items.c.id).where(claim_items.c.invoice_id.in_(invoice_ids))),
    )
    spent = set(connection.scalars(used))
    numbers = set(connection.scalars(select(invoices.c.number).where(invoices.c.id.in_(invoice_ids))))
    rows = connection.execute(
        select(invoices)
        .where(invoices.c.debtor_id == debtor_id, invoices.c.kind == "credit_note")
        .order_by(invoices.c.issued, invoices.c.id)
    )
    return [
        CreditRecord(
            row.number, row.issued, from_minor(row.payable, row.currency), tuple(row.preceding), row.ubl, row.paper
        )
        for row in rows
        if row.id in spent or numbers & set(row.preceding)
    ]
