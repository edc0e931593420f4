"""The same ledger on PostgreSQL, where many connections write at once. Every test uses a schema of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, event

from receivables.ledger.book import Beyond
from receivables.ledger.database import migrate, open_ledger, reading, writing
from receivables.ledger.dispatch import claim_next, counts, settle
from receivables.ledger.facts import debtor_facts
from receivables.ledger.journal import seal, verify
from receivables.ledger.money_in import book_payment
from receivables.ledger.open_items import open_items
from receivables.ledger.tables import metadata
from tests.postgresql import server
from tests.receivables.ledgers import LEASE, MONDAY, NOW, add_debtor, add_invoice, planned
from tests.receivables.test_ledger_book import add_entry, pays, principal


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with server() as found:
        yield found


@pytest.fixture
def ledger(url: str) -> Iterator[Engine]:
    engine = open_ledger(url)

    @event.listens_for(engine, "connect")
    def own_schema(connection: Any, _record: object) -> None:
        connection.execute("SET search_path TO ledger_test")
        connection.commit()

    with writing(engine) as connection:
        connection.exec_driver_sql("DROP SCHEMA IF EXISTS ledger_test CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA ledger_test")
    migrate(engine)
    yield engine
    with writing(engine) as connection:
        connection.exec_driver_sql("DROP SCHEMA ledger_test CASCADE")
    engine.dispose()


def at_once(number: int, work: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_migrations_make_the_same_tables(ledger: Engine) -> None:
    with reading(ledger) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_workers_share_the_queue_and_the_sealers_the_chain(ledger: Engine) -> None:
    for number in range(60):
        planned(ledger, subject=str(number))
    taken: list[int] = []

    def work() -> None:
        while (mine := claim_next(ledger, now=NOW, lease=LEASE)) is not None:
            taken.append(mine.id)
            settle(ledger, mine, "delivered", partner_id=str(mine.id), on=MONDAY, at=NOW + timedelta(seconds=1))
            seal(ledger)

    at_once(6, work)
    assert sorted(taken) == sorted(set(taken))
    with reading(ledger) as connection:
        assert counts(connection)["delivered"] == len(taken) == 60
        assert verify(connection).sentence == "the chain of 240 entries holds"


def test_the_same_key_planned_by_several_is_one_dispatch(ledger: Engine) -> None:
    ids: list[int] = []
    at_once(6, lambda: ids.append(planned(ledger)))
    assert len(ids) == 6
    assert len(set(ids)) == 1


def test_two_payments_at_once_never_pay_more_than_is_open(ledger: Engine) -> None:
    with writing(ledger) as connection:
        debtor = add_debtor(connection)
        one = add_invoice(connection, debtor, "2026-1", 10_000)
        waiting = [add_entry(connection, 10_000) for _ in range(4)]
    refused: list[str] = []

    def pay() -> None:
        entry = waiting.pop()
        try:
            with writing(ledger) as connection:
                book_payment(connection, entry, pays(one, "100", debtor_id=debtor), on=MONDAY, at=NOW)
        except Beyond as problem:
            refused.append(str(problem))

    at_once(4, pay)
    assert len(refused) == 3
    with reading(ledger) as connection:
        assert principal(connection, one) == 0
        assert open_items(connection, "BE-A").invoices == {}


def test_facts_are_read_as_on_sqlite(ledger: Engine) -> None:
    with writing(ledger) as connection:
        connection.exec_driver_sql(
            "INSERT INTO sellers (ref, name, country, law, details) VALUES ('BE-A', 'A', 'BE', 'BE', '{}')"
        )
        add_invoice(connection, add_debtor(connection), "2026-1", 10_000)
    with reading(ledger) as connection:
        (found,) = debtor_facts(connection, MONDAY, accounts={})
    assert [claim.number for claim in found.claims] == ["2026-1"]
