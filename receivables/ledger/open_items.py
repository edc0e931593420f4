"""Reading what is open at one seller, for matching: a handful of queries, however many invoices there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from receivables.claims import ItemKind
from receivables.ledger.amounts import left_of, open_by_item
from receivables.ledger.tables import (
    allocations,
    cash_discounts,
    claim_items,
    collections,
    debtors,
    entries,
    insolvencies,
    invoices,
    mandates,
    payment_request_items,
    payment_requests,
)
from receivables.money import from_minor
from receivables.open_items import BookedEntry, Collected, Estate, OpenCredit, OpenInvoice, OpenItems, PaymentRequest
from receivables.remittance import same_name

FACTS = [invoices.c[name] for name in ("id", "number", "debtor_id", "currency", "issued", "printed_due", "reference")]

KINDS = {kind.value: kind for kind in ItemKind}


def open_items(connection: Connection, seller: str, *, booked_since: date | None = None) -> OpenItems:
    """What `receivables.matching.match` needs. `booked_since`: how far back a payment may still be returned."""
    invoices_read, settled = read_invoices(connection, seller)
    return OpenItems.of(
        invoices_read,
        requests=read_requests(connection, seller),
        debtors_by_iban=read_accounts(connection, seller),
        settled=settled,
        booked=read_booked(connection, seller, booked_since),
        credits=read_credits(connection, seller),
        collected=read_collected(connection, seller),
        mandates=read_mandates(connection, seller),
        estates=read_estates(connection, seller),
    )


def read_invoices(
    connection: Connection, seller: str, ids: Collection[int] | None = None
) -> tuple[list[OpenInvoice], dict[str, int]]:
    """The open invoices, of all or of these `ids`, and the references of those with nothing open."""
    opens = open_by_item().subquery()
    of_seller = (
        select(
            *FACTS,
            debtors.c.name.label("debtor_name"),
            opens.c.kind.label("item_kind"),
            opens.c.open,
            cash_discounts.c.amount.label("discount"),
            cash_discounts.c.until.label("discount_until"),
        )
        .join(debtors, debtors.c.id == invoices.c.debtor_id)
        .join(opens, opens.c.invoice_id == invoices.c.id)
        .outerjoin(cash_discounts, cash_discounts.c.invoice_id == invoices.c.id)
        .where(invoices.c.seller == seller)
        .order_by(invoices.c.id)
    )
    if ids is not None:
        of_seller = of_seller.where(invoices.c.id.in_(ids))
    amounts: dict[int, dict[ItemKind, int]] = defaultdict(dict)
    rows = {}
    for row in connection.execute(of_seller):
        rows[row.id] = row
        amounts[row.id][KINDS[row.item_kind]] = row.open
    found, settled = [], {}
    for row in rows.values():
        if any(amounts[row.id].values()):
            found.append(open_invoice(row, amounts[row.id]))
        elif row.reference:
            settled[row.reference] = row.debtor_id
    return found, settled


def open_invoice(row: Any, amounts: Mapping[ItemKind, int]) -> OpenInvoice:
    return OpenInvoice(
        invoice_id=row.id,
        number=row.number,
        debtor_id=row.debtor_id,
        debtor_name=row.debtor_name or "",
        currency=row.currency,
        issued=row.issued,
        due=row.printed_due,
        reference=row.reference,
        open={kind: from_minor(amount, row.currency) for kind, amount in amounts.items()},
        discount=from_minor(row.discount or 0, row.currency),
        discount_until=row.discount_until,
    )


def read_credits(connection: Connection, seller: str) -> list[OpenCredit]:
    """Credit notes that no invoice has got yet."""
    left = left_of("credit", invoices.c.payable, invoices.c.id).label("left")
    notes = select(*FACTS, left).where(invoices.c.seller == seller, invoices.c.kind == "credit_note")
    return [
        OpenCredit(
            credit_note_id=row.id,
            number=row.number,
            debtor_id=row.debtor_id,
            currency=row.currency,
            left=from_minor(row.left, row.currency),
        )
        for row in connection.execute(notes.order_by(invoices.c.id))
        if row.left > 0
    ]


def read_collected(connection: Connection, seller: str) -> list[Collected]:
    """Our direct debits."""
    ours = (
        select(collections, mandates.c.debtor_id, invoices.c.currency)
        .join(mandates, mandates.c.id == collections.c.mandate_id)
        .join(invoices, invoices.c.id == collections.c.invoice_id)
        .where(mandates.c.seller == seller)
        .order_by(collections.c.id)
    )
    return [
        Collected(
            end_to_end=row.end_to_end,
            batch=row.batch,
            invoice_id=row.invoice_id,
            debtor_id=row.debtor_id,
            amount=from_minor(row.amount, row.currency),
            state=row.state,
        )
        for row in connection.execute(ours)
    ]


def read_mandates(connection: Connection, seller: str) -> dict[str, int]:
    rows = connection.execute(select(mandates.c.reference, mandates.c.debtor_id).where(mandates.c.seller == seller))
    return {row.reference: row.debtor_id for row in rows}


def read_estates(connection: Connection, seller: str) -> list[Estate]:
    rows = connection.execute(
        select(insolvencies.c.debtor_id, insolvencies.c.reference, insolvencies.c.administrator)
        .join(debtors, debtors.c.id == insolvencies.c.debtor_id)
        .where(debtors.c.seller == seller)
        .order_by(insolvencies.c.id)
    )
    return [
        Estate(debtor_id=row.debtor_id, reference=row.reference, administrator=(row.administrator or {}).get("name"))
        for row in rows
    ]


def read_requests(connection: Connection, seller: str) -> list[PaymentRequest]:
    demands = (
        select(
            payment_requests,
            payment_request_items.c.amount,
            claim_items.c.invoice_id,
            claim_items.c.kind,
        )
        .join(payment_request_items, payment_request_items.c.payment_request_id == payment_requests.c.id)
        .join(claim_items, claim_items.c.id == payment_request_items.c.claim_item_id)
        .where(payment_requests.c.seller == seller)
        .order_by(payment_requests.c.id, payment_request_items.c.id)
    )
    rows = {}
    demanded: dict[int, dict[tuple[int, ItemKind], Decimal]] = defaultdict(dict)
    for row in connection.execute(demands):
        rows[row.id] = row
        demanded[row.id][row.invoice_id, ItemKind(row.kind)] = from_minor(row.amount, row.currency)
    return [
        PaymentRequest(
            reference=row.reference, debtor_id=row.debtor_id, currency=row.currency, demanded=demanded[row.id]
        )
        for row in rows.values()
    ]


def read_accounts(connection: Connection, seller: str) -> dict[str, set[int]]:
    """Whose account it is: by the mandate, or because a debtor's money came from it before under the debtor's name."""
    paid_from = (
        select(entries.c.counterparty_iban, entries.c.counterparty, entries.c.debtor_id, debtors.c.name)
        .join(debtors, debtors.c.id == entries.c.debtor_id)
        .where(debtors.c.seller == seller, entries.c.state == "matched", entries.c.counterparty_iban.is_not(None))
        .distinct()
    )
    found: dict[str, set[int]] = defaultdict(set)
    for row in connection.execute(paid_from):
        if same_name(row.counterparty, row.name):
            found[row.counterparty_iban].add(row.debtor_id)
    given = select(mandates.c.iban, mandates.c.debtor_id).where(mandates.c.seller == seller)
    for iban, debtor_id in connection.execute(given.where(mandates.c.iban.is_not(None))):
        found[iban].add(debtor_id)
    return found


def read_booked(connection: Connection, seller: str, since: date | None) -> list[BookedEntry]:
    """Entries of which an allocation still stands, with the invoices that they paid."""
    undone = allocations.alias("undone")
    booked = (
        select(
            entries.c.id,
            entries.c.amount,
            entries.c.currency,
            entries.c.end_to_end,
            entries.c.reference,
            claim_items.c.invoice_id,
        )
        .select_from(allocations)
        .outerjoin(undone, undone.c.reverses == allocations.c.id)
        .join(entries, entries.c.id == allocations.c.source_id)
        .join(claim_items, claim_items.c.id == allocations.c.claim_item_id)
        .join(invoices, invoices.c.id == claim_items.c.invoice_id)
        .where(allocations.c.source == "payment", allocations.c.reverses.is_(None), undone.c.id.is_(None))
        .where(invoices.c.seller == seller, entries.c.amount > 0)
        .distinct()
    )
    if since is not None:
        booked = booked.where(entries.c.booked >= since)
    rows: dict[int, Any] = {}
    paid: dict[int, set[int]] = defaultdict(set)
    for row in connection.execute(booked):
        rows[row.id] = row
        paid[row.id].add(row.invoice_id)
    return [
        BookedEntry(
            entry_id=row.id,
            amount=from_minor(row.amount, row.currency),
            currency=row.currency,
            end_to_end=row.end_to_end,
            reference=row.reference,
            invoice_ids=frozenset(paid[row.id]),
        )
        for row in rows.values()
    ]
