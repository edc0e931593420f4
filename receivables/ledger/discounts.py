"""The discount for prompt payment that an invoice grants: how much, and until which day it may be taken."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, insert, select

from receivables.ledger.tables import cash_discounts


def keep_discount(connection: Connection, invoice_id: int, amount: int, until: date) -> None:
    """`amount` in minor units of the invoice's currency. Kept once: what an invoice grants never changes."""
    if connection.scalar(select(cash_discounts.c.id).where(cash_discounts.c.invoice_id == invoice_id)) is None:
        connection.execute(insert(cash_discounts).values(invoice_id=invoice_id, amount=amount, until=until))
