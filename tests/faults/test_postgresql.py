"""The same faults with the ledger on PostgreSQL, where the workers claim side by side (FOR UPDATE SKIP LOCKED)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from sqlalchemy import create_engine

from flows.faults.play import play_one
from tests.faults.test_partners import assert_kept
from tests.postgresql import server

pytestmark = pytest.mark.slow
NUMBERS = count(1)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with server() as found:
        yield found


@pytest.fixture
def database(url: str) -> str:
    """An empty one of its own."""
    name = f"faults_{next(NUMBERS)}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    made = admin.url.set(database=name).render_as_string(hide_password=False)
    admin.dispose()
    return made


@pytest.mark.parametrize("fault", ["kill", "drop", "everything"])
@pytest.mark.parametrize("name", ["e-invoice.be", "e-mail"])
def test_workers_side_by_side(database: str, name: str, fault: str) -> None:
    assert_kept(play_one(name, fault, 60, workers=4, ledger=database))
