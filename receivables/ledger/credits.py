"""What a debtor has with us: credit notes and payments that no claim has got yet."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Connection, select

from receivables.ledger.amounts import left_of
from receivables.ledger.tables import entries, invoices


def open_credits(connection: Connection, first: int, last: int) -> dict[int, dict[str, int]]:
    """By debtor (ids from `first` to `last`) and currency, in minor units; a returned overpayment nets to nothing."""
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    notes = select(
        invoices.c.debtor_id,
        invoices.c.currency,
        left_of("credit", invoices.c.payable, invoices.c.id).label("rest"),
    ).where(invoices.c.kind == "credit_note", invoices.c.debtor_id.between(first, last))
    paid = select(
        entries.c.debtor_id,
        entries.c.currency,
        left_of("payment", entries.c.amount, entries.c.id).label("rest"),
    ).where(entries.c.debtor_id.between(first, last))
    for query in (notes, paid):
        for row in connection.execute(query):
            if row.rest:
                found[row.debtor_id][row.currency] += int(row.rest)
    return {debtor_id: dict(by_currency) for debtor_id, by_currency in found.items()}
