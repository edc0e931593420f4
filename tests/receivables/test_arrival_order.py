"""The order in which statements arrive, and how often, changes nothing: what is open is what was invoiced less paid."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from connectors.ports import Statement, StatementEntry
from receivables.claims import ItemKind
from receivables.ledger.amounts import open_amounts
from receivables.ledger.database import WRITES
from receivables.ledger.money_in import match_and_book
from receivables.ledger.statements import keep_statement
from receivables.ledger.tables import allocations, entries
from tests.receivables.ledgers import HASH, MONDAY, NOW, add_debtor, add_invoice, fresh_ledger
from ubl.references import ogm_compact, ogm_from_number

ACCOUNT = "BE68539007547034"
FORMATS = ("camt.053", "coda", "mt940")
OWED = (10_000, 25_000, 60_000)
REFERENCES = tuple(ogm_compact(ogm_from_number(n)) for n in (101, 102, 103))


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder: Path = tmp_path_factory.mktemp("arrival")
    return fresh_ledger(folder)


def statement(day: int, paid: list[tuple[int, int]], format_: str) -> Statement:
    """The day's bookings: (which invoice, cents)."""
    booked = MONDAY + timedelta(days=day)
    found = tuple(
        StatementEntry(
            key=f"{booked}:{n}", account=ACCOUNT, booked=booked, amount=Decimal(cents) / 100, currency="EUR",
            reference=REFERENCES[which],
        )
        for n, (which, cents) in enumerate(paid)
    )  # fmt: skip
    return Statement(
        account=ACCOUNT, identification=f"S{day}", sequence=day + 1, from_date=None, to_date=booked, currency="EUR",
        opening=None, closing=None, entries=found, format=format_,
    )  # fmt: skip


payments = st.lists(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4_000)), max_size=4), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=payments, chance=st.randoms(use_true_random=False), format_=st.sampled_from(FORMATS))
def test_statements_in_any_order_and_again_give_the_same(
    ledger: Engine, days: list[list[tuple[int, int]]], chance: Random, format_: str
) -> None:
    in_order = [statement(day, paid, format_) for day, paid in enumerate(days)]
    arriving = in_order + [one for one in in_order if chance.random() < 0.5]
    chance.shuffle(arriving)
    asked = [sum(cents for paid in days for which, cents in paid if which == n) for n in range(3)]
    expected = [max(owed - paid, 0) for owed, paid in zip(OWED, asked, strict=True)]
    assert left_after(ledger, arriving) == left_after(ledger, in_order) == expected


def left_after(ledger: Engine, statements: list[Statement]) -> list[int]:
    """What is open on the three invoices when these have arrived; nothing more is booked than came in."""
    with ledger.connect().execution_options(**{WRITES: True}) as books:
        ids = claims(books)
        for one in statements:
            new = keep_statement(books, one, HASH, on=MONDAY, at=NOW)
            match_and_book(books, ["BE-A"], new, at=NOW)
        came = sum(books.scalars(select(entries.c.amount)))
        assert sum(books.scalars(select(allocations.c.amount))) <= came
        opened = open_amounts(books, ids)
        found = [opened[i][ItemKind.PRINCIPAL] for i in ids]
        books.rollback()
    return found


def claims(books: Connection) -> list[int]:
    debtor = add_debtor(books)
    return [
        add_invoice(books, debtor, f"2026-{n}", owed, reference=reference)
        for n, (owed, reference) in enumerate(zip(OWED, REFERENCES, strict=True))
    ]
