"""What a debtor has with us: credit notes and payments that no claim has got yet."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import ColumnElement, Connection, func, select

from receivables.ledger.tables import allocations, entries, invoices


def open_credits(connection: Connection, first: int, last: int) -> dict[int, dict[str, int]]:
    """By debtor (ids from `first` to `last`) and currency, in minor units; a returned overpayment nets to nothing."""
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    notes = select(
        invoices.c.debtor_id,
        invoices.c.currency,
        (invoices.c.payable - given_away("credit", invoices.c.id)).label("rest"),
    ).where(invoices.c.kind == "credit_note", invoices.c.debtor_id.between(first, last))
    paid = select(
        entries.c.debtor_id,
        entries.c.currency,
        (entries.c.amount - given_away("payment", entries.c.id)).label("rest"),
    ).where(entries.c.debtor_id.between(first, last))
    for query in (notes, paid):
        for row in connection.execute(query):
            if row.rest:
                found[row.debtor_id][row.currency] += int(row.rest)
    return {debtor_id: dict(by_currency) for debtor_id, by_currency in found.items()}


def given_away(source: str, source_id: ColumnElement[int]) -> ColumnElement[int]:
    given = select(func.coalesce(func.sum(allocations.c.amount), 0))
    return given.where(allocations.c.source == source, allocations.c.source_id == source_id).scalar_subquery()
