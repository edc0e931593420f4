"""Open claims that are old enough to be near their limitation, with what the law's term depends on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from receivables.claims import ItemKind
from receivables.ledger.amounts import open_amounts
from receivables.ledger.tables import debtors, invoices, sellers


@dataclass(frozen=True, slots=True, kw_only=True)
class Ageing:
    """An invoice with open principal. `law`: chosen in the seller's terms."""

    invoice_id: int
    seller: str
    number: str
    due: date
    issued: date
    goods: bool
    debtor_id: int
    name: str
    kind: str
    country: str
    seller_country: str
    law: str


def ageing(connection: Connection, due_by: date) -> list[Ageing]:
    """What was due by the day and has principal open, oldest first."""
    rows = connection.execute(
        select(
            *(invoices.c[name] for name in ("id", "seller", "number", "printed_due", "issued", "goods", "debtor_id")),
            *(debtors.c[name] for name in ("name", "kind", "country")),
            sellers.c.country.label("seller_country"),
            sellers.c.law,
        )
        .join(debtors, debtors.c.id == invoices.c.debtor_id)
        .join(sellers, sellers.c.ref == invoices.c.seller)
        .where(invoices.c.kind == "invoice", invoices.c.printed_due <= due_by)
        .order_by(invoices.c.printed_due, invoices.c.id)
    ).all()
    opened = open_amounts(connection, [row.id for row in rows]) if rows else {}
    return [
        Ageing(
            invoice_id=row.id,
            seller=row.seller,
            number=row.number,
            due=row.printed_due,
            issued=row.issued,
            goods=bool(row.goods),
            debtor_id=row.debtor_id,
            name=row.name or "",
            kind=row.kind,
            country=row.country,
            seller_country=row.seller_country,
            law=row.law,
        )
        for row in rows
        if opened[row.id].get(ItemKind.PRINCIPAL, 0) > 0
    ]
