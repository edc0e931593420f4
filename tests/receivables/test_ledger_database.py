"""The ledger's database: the tables come by migration, a commit is durable, a writer is alone."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData, func, insert, inspect, select
from sqlalchemy.exc import StatementError

from receivables.ledger import migrations
from receivables.ledger.database import migrate, open_ledger, reading, writing
from receivables.ledger.tables import entries, journal, metadata
from tests.receivables.ledgers import MONDAY, NOW, fresh_ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Engine:
    return fresh_ledger(tmp_path)


def entry(at: datetime = NOW) -> dict[str, object]:
    return {"at": at, "on": MONDAY, "kind": "k", "subject": "s", "facts": {}}


def test_the_migrations_make_exactly_the_tables_that_the_code_knows(ledger: Engine) -> None:
    with reading(ledger) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_every_index_of_the_code_is_there(ledger: Engine) -> None:
    found = inspect(ledger)
    for table in metadata.tables.values():
        assert {index.name for index in table.indexes} <= {index["name"] for index in found.get_indexes(table.name)}


def test_migrating_twice_keeps_what_is_there(ledger: Engine) -> None:
    with writing(ledger) as connection:
        connection.execute(insert(journal).values(**entry()))
    migrate(ledger)
    with reading(ledger) as connection:
        assert connection.scalar(select(func.count()).select_from(journal)) == 1


def test_a_commit_survives_a_power_cut(ledger: Engine) -> None:
    with reading(ledger) as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_an_exception_leaves_nothing_behind(ledger: Engine) -> None:
    with pytest.raises(RuntimeError), writing(ledger) as connection:
        connection.execute(insert(journal).values(**entry()))
        raise RuntimeError("power cut")
    with reading(ledger) as connection:
        assert connection.scalar(select(func.count()).select_from(journal)) == 0


def test_a_reader_sees_one_moment_while_another_writes(ledger: Engine) -> None:
    with reading(ledger) as reader:
        assert reader.scalar(select(func.count()).select_from(journal)) == 0
        with writing(ledger) as writer:
            writer.execute(insert(journal).values(**entry()))
        assert reader.scalar(select(func.count()).select_from(journal)) == 0


def test_writers_wait_for_each_other_instead_of_failing(ledger: Engine) -> None:
    def count_then_add() -> None:
        for _ in range(10):
            with writing(ledger) as connection:
                number = connection.scalar(select(func.count()).select_from(journal))
                connection.execute(insert(journal).values(**entry() | {"subject": f"number {number}"}))

    threads = [threading.Thread(target=count_then_add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(ledger) as connection:
        assert len(set(connection.scalars(select(journal.c.subject)))) == 40


def test_a_moment_is_kept_in_utc_and_never_without_a_zone(ledger: Engine) -> None:
    in_brussels = datetime(2026, 3, 2, 10, 0, tzinfo=timezone(timedelta(hours=1)))
    with writing(ledger) as connection:
        connection.execute(insert(journal).values(**entry(in_brussels)))
        assert connection.scalar(select(journal.c.at)) == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        with pytest.raises(StatementError, match="has no time zone: give it in UTC"):
            connection.execute(insert(journal).values(**entry(datetime(2026, 3, 2, 10, 0))))


def test_the_folder_of_a_new_ledger_is_made(tmp_path: Path) -> None:
    open_ledger(f"sqlite:///{tmp_path}/data/of/voldaan/ledger.db").connect().close()
    assert (tmp_path / "data/of/voldaan/ledger.db").exists()


def test_what_the_first_tables_held_is_there_after_the_migration(tmp_path: Path) -> None:
    engine = open_ledger(f"sqlite:///{tmp_path}/ledger.db")
    statement = {"account": "BE68", "identification": "1", "to_date": MONDAY, "currency": "EUR", "file": "0" * 64}
    usual = {"account": "BE68", "key": "e1", "booked": MONDAY, "amount": 100, "currency": "EUR", "state": "unmatched"}
    with writing(engine) as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        first = MetaData()
        first.reflect(connection)
        statement_id = connection.execute(insert(first.tables["statements"]).values(statement)).lastrowid
        given = usual | {"statement_id": statement_id, "return_reason": "AM04", "match": "{}"}
        connection.execute(insert(first.tables["entries"]).values(given))
    migrate(engine)
    with reading(engine) as connection:
        row = connection.execute(select(entries)).one()
        assert (row.amount, row.return_reason, row.mandate, row.charges) == (100, "AM04", None, None)
