"""Reading what is open at one seller, for matching: a handful of queries, however many invoices there are."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, select

from receivables.claims import ItemKind
from receivables.ledger.amounts import open_by_item
from receivables.ledger.tables import (
    allocations,
    claim_items,
    debtors,
    entries,
    invoices,
    payment_request_items,
    payment_requests,
)
from receivables.money import from_minor
from receivables.open_items import BookedEntry, OpenInvoice, OpenItems, PaymentRequest

FACTS = [invoices.c[name] for name in ("id", "number", "debtor_id", "currency", "issued", "printed_due", "reference")]


def open_items(connection: Connection, seller: str, *, booked_since: date | None = None) -> OpenItems:
    """What `receivables.matching.match` needs. `booked_since`: how far back a payment may still be returned."""
    invoices_read, settled = read_invoices(connection, seller)
    return OpenItems.of(
        invoices_read,
        requests=read_requests(connection, seller),
        debtors_by_iban=read_accounts(connection, seller),
        settled=settled,
        booked=read_booked(connection, seller, booked_since),
    )


def read_invoices(connection: Connection, seller: str) -> tuple[list[OpenInvoice], dict[str, int]]:
    """The open invoices, and the references of those with nothing open."""
    opens = open_by_item().subquery()
    of_seller = (
        select(*FACTS, debtors.c.name.label("debtor_name"), opens.c.kind.label("item_kind"), opens.c.open)
        .join(debtors, debtors.c.id == invoices.c.debtor_id)
        .join(opens, opens.c.invoice_id == invoices.c.id)
        .where(invoices.c.seller == seller)
        .order_by(invoices.c.id)
    )
    amounts: dict[int, dict[ItemKind, int]] = defaultdict(dict)
    rows = {}
    for row in connection.execute(of_seller):
        rows[row.id] = row
        amounts[row.id][ItemKind(row.item_kind)] = int(row.open)
    found, settled = [], {}
    for row in rows.values():
        if any(amounts[row.id].values()):
            found.append(
                OpenInvoice(
                    invoice_id=row.id,
                    number=row.number,
                    debtor_id=row.debtor_id,
                    debtor_name=row.debtor_name or "",
                    currency=row.currency,
                    issued=row.issued,
                    due=row.printed_due,
                    reference=row.reference,
                    open={kind: from_minor(amount, row.currency) for kind, amount in amounts[row.id].items()},
                )
            )
        elif row.reference:
            settled[row.reference] = row.debtor_id
    return found, settled


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
    """Accounts from which a debtor's money came before, by what was booked."""
    paid_from = (
        select(entries.c.counterparty_iban, entries.c.debtor_id)
        .join(debtors, debtors.c.id == entries.c.debtor_id)
        .where(debtors.c.seller == seller, entries.c.state == "matched", entries.c.counterparty_iban.is_not(None))
        .distinct()
    )
    found: dict[str, set[int]] = defaultdict(set)
    for row in connection.execute(paid_from):
        found[row.counterparty_iban].add(row.debtor_id)
    return found


def read_booked(connection: Connection, seller: str, since: date | None) -> list[BookedEntry]:
    """Entries of which an allocation still stands."""
    undone = allocations.alias("undone")
    booked = (
        select(entries.c.id, entries.c.amount, entries.c.currency, entries.c.end_to_end, entries.c.reference)
        .select_from(allocations)
        .outerjoin(undone, undone.c.reverses == allocations.c.id)
        .join(entries, entries.c.id == allocations.c.source_id)
        .join(debtors, debtors.c.id == entries.c.debtor_id)
        .where(allocations.c.source == "payment", allocations.c.reverses.is_(None), undone.c.id.is_(None))
        .where(debtors.c.seller == seller, entries.c.amount > 0)
        .distinct()
    )
    if since is not None:
        booked = booked.where(entries.c.booked >= since)
    return [
        BookedEntry(
            entry_id=row.id,
            amount=from_minor(row.amount, row.currency),
            currency=row.currency,
            end_to_end=row.end_to_end,
            reference=row.reference,
        )
        for row in connection.execute(booked)
    ]
