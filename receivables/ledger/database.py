"""Opening the ledger's database: SQLite in one durable file by default, PostgreSQL by URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

BUSY_SECONDS = 30
WRITES = "ledger_writes"


def open_ledger(url: str) -> Engine:
    """An engine for `url` (`sqlite:///ledger.db`, `postgresql+psycopg://…`); `migrate` makes the tables."""
    where = make_url(url)
    if where.get_backend_name() != "sqlite":
        return create_engine(where, pool_pre_ping=True)
    if where.database and where.database != ":memory:":
        Path(where.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(where, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", durable_sqlite)
    event.listen(engine, "begin", begin_sqlite)
    return engine


def durable_sqlite(connection: Any, _record: object) -> None:
    """FULL because with less a power cut loses a commit, and what it recorded would be sent again."""
    connection.isolation_level = None  # transactions begin where `begin_sqlite` says so
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def begin_sqlite(connection: Connection) -> None:
    """A writer takes the lock at once: a deferred one could fail half-way with 'database is locked'."""
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN DEFERRED")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection in one write transaction: all of it is committed, or on any exception nothing."""
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        yield connection


@contextmanager
def trying(engine: Engine) -> Iterator[Connection]:
    """A connection whose writes are seen by itself and taken back at the end: what would happen, without doing it."""
    with engine.connect().execution_options(**{WRITES: True}) as connection:
        transaction = connection.begin()
        try:
            yield connection
        finally:
            transaction.rollback()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one consistent moment of the ledger."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def migrate(engine: Engine) -> None:
    """Brings the tables to the newest revision in one transaction; a ledger that is up to date stays as it is."""
    from alembic import command
    from alembic.config import Config

    with writing(engine) as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
