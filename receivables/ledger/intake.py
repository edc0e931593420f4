"""Taking a document into the ledger: once per seller and number, with its claim and its journal entry."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, insert, select, update

from receivables.ledger import journal
from receivables.ledger.store import Store
from receivables.ledger.tables import claim_items, debtors, invoices, refusals, sellers
from receivables.money import to_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSeller:
    """A seller as the ERP knows it now; `law` governs its terms, `details` is the ERP's own record."""

    ref: str
    name: str
    country: str
    law: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDebtor:
    """A customer as the ERP knows it now. `details` is the ERP's own record, kept for letters and dossiers."""

    seller: str
    ref: str
    name: str
    kind: str
    country: str
    language: str
    email: str | None
    endpoint: str | None
    preference: str
    details: Mapping[str, Any]
    customer_since: date | None


HELD = tuple(name for name in NewDebtor.__dataclass_fields__ if name not in ("seller", "ref"))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvoice:
    """A document that was issued: its facts and the hashes of its bytes in the store. Amounts in `currency`."""

    seller: str
    number: str
    kind: str
    currency: str
    payable: Decimal
    issued: date
    printed_due: date
    lawful_due: date
    insurer_due: date
    reference: str | None
    preceding: tuple[str, ...]
    goods: bool
    goods_lines: tuple[str, ...] = ()  # BT-126
    content_hash: str
    ubl: str
    paper: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A row that was not taken in; `file` is the export's hash in the store."""

    seller: str
    number: str
    debtor: str
    file: str
    row: int
    sentence: str
    content_hash: str


def standing(connection: Connection, seller: str, number: str) -> str | None:
    """The content hash under which the document was taken in; None where it was not."""
    where = (invoices.c.seller == seller) & (invoices.c.number == number)
    return connection.scalar(select(invoices.c.content_hash).where(where))


def keep_seller(connection: Connection, seller: KnownSeller, *, on: date, at: datetime) -> None:
    """Adds the seller, or brings what is known of it up to date."""
    values = {"name": seller.name, "country": seller.country, "law": seller.law, "details": dict(seller.details)}
    known = connection.execute(select(sellers).where(sellers.c.ref == seller.ref)).mappings().first()
    if known is None:
        connection.execute(insert(sellers).values(ref=seller.ref, **values))
        _note(connection, "seller.added", f"seller:{seller.ref}", {}, on, at)
        return
    changed = [name for name, value in values.items() if known[name] != value]
    if changed:
        connection.execute(update(sellers).where(sellers.c.ref == seller.ref).values(**values))
        _note(connection, "seller.changed", f"seller:{seller.ref}", {"fields": changed}, on, at)


def debtors_of(connection: Connection, seller: str) -> dict[str, Mapping[str, Any]]:
    """What is held of every debtor of a seller, by ref."""
    rows = connection.execute(select(debtors).where(debtors.c.seller == seller)).mappings()
    return {row["ref"]: dict(row) for row in rows}


def changes(held: Mapping[str, Any], new: NewDebtor) -> tuple[str, ...]:
    """The fields in which the ERP now says something else than is held."""
    return tuple(name for name in HELD if held[name] != getattr(new, name))


def keep_debtor(connection: Connection, new: NewDebtor, store: Store, *, on: date, at: datetime) -> int:
    """Adds the debtor, or brings what is known of it up to date; returns its id.

    Of a change the journal names the fields and the hash of what they held, which lies in `store`.
    """
    values = {name: getattr(new, name) for name in HELD}
    where = (debtors.c.seller == new.seller) & (debtors.c.ref == new.ref)
    held = connection.execute(select(debtors).where(where)).mappings().first()
    if held is None:
        row = insert(debtors).values(seller=new.seller, ref=new.ref, **values).returning(debtors.c.id)
        found = int(connection.execute(row).scalar_one())
        _note(connection, "debtor.added", f"debtor:{new.seller}/{new.ref}", {"id": found}, on, at)
        return found
    known = dict(held)
    if changed := changes(known, new):
        had = {name: known[name] for name in changed}
        content = store.put(json.dumps(had, ensure_ascii=False, sort_keys=True, indent=1, default=str).encode())
        connection.execute(update(debtors).where(where).values(**values))
        facts: dict[str, journal.Json] = {"fields": changed, "had": content}
        _note(connection, "debtor.changed", f"debtor:{new.seller}/{new.ref}", facts, on, at)
    return int(known["id"])


def keep_invoice(connection: Connection, new: NewInvoice, debtor_id: int, *, on: date, at: datetime) -> int:
    """Adds the document and, for an invoice, its principal as a claim; returns its id.

    A number that is already there violates the unique key: call `standing` first, in the same transaction.
    """
    payable = to_minor(new.payable, new.currency)
    row = insert(invoices).values(
        seller=new.seller,
        number=new.number,
        kind=new.kind,
        debtor_id=debtor_id,
        currency=new.currency,
        payable=payable,
        issued=new.issued,
        printed_due=new.printed_due,
        lawful_due=new.lawful_due,
        insurer_due=new.insurer_due,
        reference=new.reference,
        preceding=list(new.preceding),
        goods=new.goods,
        goods_lines=list(new.goods_lines),
        content_hash=new.content_hash,
        ubl=new.ubl,
        paper=new.paper,
        flags=list(new.flags),
        taken_in=on,
    )
    found = int(connection.execute(row.returning(invoices.c.id)).scalar_one())
    if new.kind == "invoice":
        connection.execute(insert(claim_items).values(invoice_id=found, kind="principal", amount=payable, waived=0))
    facts: dict[str, journal.Json] = {
        "id": found,
        "kind": new.kind,
        "payable": payable,
        "currency": new.currency,
        "ubl": new.ubl,
    }
    _note(connection, "invoice.taken_in", journal.about_invoice(new.seller, new.number), facts, on, at)
    return found


def readdress(
    connection: Connection,
    seller: str,
    number: str,
    *,
    endpoint: str,
    stored: tuple[str, str],
    on: date,
    at: datetime,
) -> None:
    """A document that never left was written anew for the buyer's address `endpoint` ('scheme:value').

    `stored`: the hashes of its UBL and its paper. What it was before stays in the store, and its hash in the journal.
    """
    where = (invoices.c.seller == seller) & (invoices.c.number == number)
    before = connection.execute(select(invoices.c.ubl).where(where)).scalar_one()
    connection.execute(update(invoices).where(where).values(ubl=stored[0], paper=stored[1]))
    facts: dict[str, journal.Json] = {"endpoint": endpoint, "had": before, "now": stored[0]}
    _note(connection, "invoice.readdressed", journal.about_invoice(seller, number), facts, on, at)


def flag(connection: Connection, seller: str, number: str, sentence: str, *, on: date, at: datetime) -> None:
    """Adds a sentence for the operator to a document, once."""
    where = (invoices.c.seller == seller) & (invoices.c.number == number)
    known = connection.scalar(select(invoices.c.flags).where(where)) or []
    if sentence not in known:
        connection.execute(update(invoices).where(where).values(flags=[*known, sentence]))
        _note(connection, "invoice.flagged", journal.about_invoice(seller, number), {"flags": len(known) + 1}, on, at)


def keep_refusal(connection: Connection, refusal: Refusal, *, on: date, at: datetime) -> bool:
    """Keeps why a row was not taken in; False where the same row was refused before."""
    where = (
        (refusals.c.seller == refusal.seller)
        & (refusals.c.number == refusal.number)
        & (refusals.c.content_hash == refusal.content_hash)
    )
    if connection.scalar(select(refusals.c.id).where(where)) is not None:
        return False
    connection.execute(
        insert(refusals).values(
            seller=refusal.seller,
            number=refusal.number,
            debtor=refusal.debtor,
            file=refusal.file,
            row=refusal.row,
            sentence=refusal.sentence,
            content_hash=refusal.content_hash,
            on=on,
        )
    )
    subject = journal.about_invoice(refusal.seller, refusal.number)
    facts: dict[str, journal.Json] = {"row": refusal.row, "file": refusal.file, "content": refusal.content_hash}
    _note(connection, "invoice.refused", subject, facts, on, at)
    return True


def _note(
    connection: Connection, kind: str, subject: str, facts: Mapping[str, journal.Json], on: date, at: datetime
) -> None:
    journal.append(connection, at=at, on=on, kind=kind, subject=subject, facts=facts)
