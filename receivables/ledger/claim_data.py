"""Everything the ledger knows about some claims, for a letter or a dossier: rows as they stand, bytes by their hash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from receivables.claims import DispatchState
from receivables.ledger.evidence import Kept, of_dispatch
from receivables.ledger.outbox import Dispatch, dispatch_of
from receivables.ledger.tables import (
    allocations,
    claim_items,
    debtors,
    dispatches,
    holds,
    invoices,
    notice_items,
    sellers,
)
from receivables.money import from_minor


@dataclass(frozen=True, slots=True)
class Movement:
    """Money, or a credit, on an invoice's principal."""

    on: date
    amount: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class InvoiceRecord:
    """A document with its bytes' hashes, and the dispatch that carried it."""

    id: int
    number: str
    issued: date
    printed_due: date
    lawful_due: date
    received: date | None
    currency: str
    payable: Decimal
    reference: str | None
    goods: bool
    goods_lines: tuple[str, ...] | None  # BT-126; None: not known
    ubl: str
    paper: str
    movements: tuple[Movement, ...]
    carried_by: Dispatch | None
    proofs: tuple[Kept, ...]


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One notice as it was sent, the invoices on it, and what proves its delivery."""

    dispatch: Dispatch
    step: str
    numbers: tuple[str, ...]
    proofs: tuple[Kept, ...]


@dataclass(frozen=True, slots=True)
class DebtorRecord:
    id: int
    seller: str
    ref: str
    name: str
    kind: str
    country: str
    language: str
    email: str | None
    endpoint: str | None  # Peppol participant as 'scheme:id'
    customer_since: date | None
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SellerRecord:
    ref: str
    name: str
    country: str
    law: str
    details: Mapping[str, Any]


def seller(connection: Connection, ref: str) -> SellerRecord:
    row = connection.execute(select(sellers).where(sellers.c.ref == ref)).one()
    return SellerRecord(row.ref, row.name, row.country, row.law, row.details)


def debtor(connection: Connection, debtor_id: int) -> DebtorRecord:
    row = connection.execute(select(debtors).where(debtors.c.id == debtor_id)).mappings().one()
    return DebtorRecord(**{name: row[name] for name in DebtorRecord.__dataclass_fields__})


def known_debtor(connection: Connection, seller_ref: str, ref: str) -> DebtorRecord | None:
    """The customer of that number; None where nothing was ever invoiced to it."""
    found = connection.scalar(select(debtors.c.id).where(debtors.c.seller == seller_ref, debtors.c.ref == ref))
    return None if found is None else debtor(connection, found)


def invoice_records(connection: Connection, ids: Sequence[int]) -> list[InvoiceRecord]:
    """The documents with `ids`, oldest first."""
    rows = connection.execute(select(invoices).where(invoices.c.id.in_(ids)).order_by(invoices.c.issued, invoices.c.id))
    found = []
    for row in rows.mappings():
        carrier = _carrier(connection, row["seller"], row["number"])
        found.append(
            InvoiceRecord(
                **{n: row[n] for n in ("id", "number", "issued", "printed_due", "lawful_due", "received", "currency")},
                payable=from_minor(row["payable"], row["currency"]),
                **{n: row[n] for n in ("reference", "goods", "ubl", "paper")},
                goods_lines=None if row["goods_lines"] is None else tuple(row["goods_lines"]),
                movements=_movements(connection, row["id"], row["currency"]),
                carried_by=carrier,
                proofs=tuple(of_dispatch(connection, carrier.id)) if carrier else (),
            )
        )
    return found


def step_records(connection: Connection, invoice_ids: Sequence[int]) -> list[StepRecord]:
    """The notices that left for any of the invoices, oldest first; what was withdrawn never left."""
    rows = connection.execute(
        select(dispatches, notice_items.c.step, invoices.c.number)
        .join(notice_items, notice_items.c.dispatch_id == dispatches.c.id)
        .join(invoices, invoices.c.id == notice_items.c.invoice_id)
        .where(notice_items.c.invoice_id.in_(invoice_ids), dispatches.c.state != DispatchState.WITHDRAWN)
        .order_by(dispatches.c.id, invoices.c.number)
    ).all()
    grouped: dict[int, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row.id, []).append(row)
    return [
        StepRecord(
            dispatch=dispatch_of(group[0]),
            step=group[0].step,
            numbers=tuple(row.number for row in group),
            proofs=tuple(of_dispatch(connection, group[0].id)),
        )
        for group in grouped.values()
    ]


def hold_sentences(connection: Connection, invoice_ids: Sequence[int]) -> tuple[str, ...]:
    """Disputes, promises and plans on the invoices, ended ones included, in words."""
    rows = connection.execute(
        select(holds, invoices.c.number)
        .join(invoices, invoices.c.id == holds.c.invoice_id)
        .where(holds.c.invoice_id.in_(invoice_ids))
        .order_by(holds.c.since, holds.c.id)
    )
    return tuple(
        f"{row.number}: {row.kind} from {row.since} to {row.ended or row.until}: {row.reason}"
        + (f" ({row.outcome})" if row.outcome else "")
        for row in rows
    )


def _carrier(connection: Connection, seller_ref: str, number: str) -> Dispatch | None:
    where = (dispatches.c.seller == seller_ref) & (dispatches.c.kind == "invoice") & (dispatches.c.subject == number)
    row = connection.execute(select(dispatches).where(where).order_by(dispatches.c.id.desc()).limit(1)).first()
    return dispatch_of(row) if row else None


def _movements(connection: Connection, invoice_id: int, currency: str) -> tuple[Movement, ...]:
    rows = connection.execute(
        select(allocations.c.on, allocations.c.amount, allocations.c.source)
        .join(claim_items, claim_items.c.id == allocations.c.claim_item_id)
        .where(claim_items.c.invoice_id == invoice_id, claim_items.c.kind == "principal")
        .order_by(allocations.c.on, allocations.c.id)
    )
    return tuple(Movement(row.on, from_minor(row.amount, currency), row.source) for row in rows)


def all_documents(connection: Connection) -> list[tuple[str, str, str, str]]:
    """(seller, number, hash of the UBL, hash of the paper) of every document that was taken in."""
    rows = connection.execute(select(invoices).order_by(invoices.c.id))
    return [(row.seller, row.number, row.ubl, row.paper) for row in rows]
