"""A house in the test's folder, with the partners of the test's choice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from flows.demo_settings import SECRETS
from receivables.ledger.database import migrate, open_ledger
from tests.flows.house import House, opened


@pytest.fixture(scope="session")
def blank_ledger(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A migrated ledger with nothing in it; made once, since Alembic takes half a second."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.db"
    engine = open_ledger(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path.read_bytes()


@pytest.fixture
def build_house(tmp_path: Path, blank_ledger: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., House]]:
    """Opens a house; the arguments are the sandbox's: participants, bouncing, faults, collections, …"""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    with ExitStack() as stack:
        yield lambda **sandbox: stack.enter_context(opened(tmp_path / "house", blank_ledger, **sandbox))


@pytest.fixture
def house(build_house: Callable[..., House]) -> House:
    """Everything works, and the Belgian business customer is on the network."""
    house: House = build_house()
    return house
