"""A house in the test's folder, with the partners of the test's choice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from flows.demo_settings import rehearsal_secrets
from tests.flows.house import House, opened
from tests.receivables import ledgers


@pytest.fixture(scope="session")
def blank_ledger() -> bytes:
    return ledgers.blank_ledger()


@pytest.fixture(scope="session")
def secrets() -> Iterator[None]:
    """What the settings name by environment variable."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in rehearsal_secrets().items():
            patch.setenv(name, value)
        yield


@pytest.fixture
def build_house(tmp_path: Path, blank_ledger: bytes, secrets: None) -> Iterator[Callable[..., House]]:
    """Opens a house; the arguments are the sandbox's: participants, bouncing, faults, collections, …"""
    root = tmp_path / "house"
    root.mkdir()
    (root / "ledger.db").write_bytes(blank_ledger)
    with ExitStack() as stack:
        yield lambda **sandbox: stack.enter_context(opened(root, **sandbox))


@pytest.fixture
def house(build_house: Callable[..., House]) -> House:
    """Everything works, and the Belgian business customer is on the network."""
    return build_house()


@pytest.fixture(scope="module")
def kept_house(tmp_path_factory: pytest.TempPathFactory, blank_ledger: bytes, secrets: None) -> Iterator[House]:
    """One for all tests of a file that only look; who changes something takes a copy."""
    root = tmp_path_factory.mktemp("kept")
    (root / "ledger.db").write_bytes(blank_ledger)
    with opened(root) as house:
        yield house
