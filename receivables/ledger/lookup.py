"""Finding one thing in the ledger by the name that people use for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, select

from receivables.ledger.tables import debtors, invoices, payment_requests, refusals, sellers
from receivables.money import from_minor


class NotFound(LookupError):
    """The sentence says what was looked for, and where."""


@dataclass(frozen=True, slots=True)
class FoundInvoice:
    id: int
    seller: str
    number: str
    kind: str
    debtor_id: int
    currency: str
    reference: str | None
    printed_due: date


def invoice(connection: Connection, number: str, seller: str | None = None) -> FoundInvoice:
    """The document of that number; NotFound where there is none, or several sellers have one."""
    where = [invoices.c.number == number]
    if seller is not None:
        where.append(invoices.c.seller == seller)
    rows = connection.execute(select(invoices).where(*where)).mappings().all()
    if not rows:
        raise NotFound(f"the ledger has no invoice {number}" + (f" of seller '{seller}'" if seller else ""))
    if len(rows) > 1:
        having = ", ".join(sorted(row["seller"] for row in rows))
        raise NotFound(f"several sellers have an invoice {number} ({having}): name the seller")
    return FoundInvoice(**{name: rows[0][name] for name in FoundInvoice.__dataclass_fields__})


def debtor(connection: Connection, ref: str, seller: str | None = None) -> int:
    """The id of the customer of that number; NotFound where there is none, or several sellers have one."""
    found = debtor_ids(connection, ref, seller)
    if not found:
        raise NotFound(f"the ledger has no customer {ref}" + (f" of seller '{seller}'" if seller else ""))
    if len(found) > 1:
        raise NotFound(f"several sellers have a customer {ref}: name the seller")
    return found[0]


def seller_country(connection: Connection, ref: str) -> str | None:
    """Where a seller is established; None where no export has named it."""
    return connection.scalar(select(sellers.c.country).where(sellers.c.ref == ref))


def last_request(connection: Connection, debtor_ref: str) -> tuple[str, str, Decimal]:
    """Seller, reference and sum of the newest payment request to a debtor."""
    row = connection.execute(
        select(payment_requests)
        .join(debtors, debtors.c.id == payment_requests.c.debtor_id)
        .where(debtors.c.ref == debtor_ref)
        .order_by(payment_requests.c.id.desc())
        .limit(1)
    ).first()
    if row is None:
        raise NotFound(f"nothing was asked of debtor {debtor_ref} yet")
    return row.seller, row.reference, from_minor(row.demanded, row.currency)


@dataclass(frozen=True, slots=True)
class Seen:
    """A number that was met in an export; `invoice_id` is None where it was only ever refused."""

    seller: str
    invoice_id: int | None


def seen(connection: Connection, number: str, seller: str | None = None) -> Seen:
    """Where document `number` was met, taken in or refused; NotFound where it never was, or at several sellers."""
    try:
        found = invoice(connection, number, seller)
    except NotFound:
        where = [refusals.c.number == number]
        if seller is not None:
            where.append(refusals.c.seller == seller)
        known = set(connection.scalars(select(refusals.c.seller).where(*where)))
        if len(known) != 1:
            raise
        return Seen(known.pop(), None)
    return Seen(found.seller, found.id)


def debtor_id_of(connection: Connection, invoice_id: int) -> int:
    return int(connection.execute(select(invoices.c.debtor_id).where(invoices.c.id == invoice_id)).scalar_one())


def debtor_ids(connection: Connection, ref: str, seller: str | None = None) -> list[int]:
    """The debtors with that number in the ERP, of one seller or of all."""
    where = [debtors.c.ref == ref] + ([debtors.c.seller == seller] if seller is not None else [])
    return list(connection.scalars(select(debtors.c.id).where(*where).order_by(debtors.c.id)))
