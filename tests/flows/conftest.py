"""A house in the test's folder, with the partners of the test's choice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest

from flows.demo_settings import rehearsal_secrets
from tests.flows.house import After, House, Live, copied, opened
from tests.receivables import ledgers
from ubl.paper import typesetting


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


@pytest.fixture(scope="session")
def papers() -> dict[bytes, bytes]:
    return {}


@pytest.fixture(scope="module", autouse=True)
def paper(papers: dict[bytes, bytes]) -> Iterator[None]:
    """The same paper is set once: its compiler gives the same bytes for the same input, as tests/ubl holds it to."""
    compiled = typesetting.compiled

    def kept(sources: dict[str, bytes], standard: typesetting.Standard, created: datetime) -> bytes:
        key = sha256(repr((sorted(sources.items()), standard, created)).encode()).digest()
        if key not in papers:
            papers[key] = compiled(sources, standard, created)
        return papers[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typesetting, "compiled", kept)
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


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory, blank_ledger: bytes, secrets: None) -> After:
    """The house in which `live` was played, closed; it is played once."""

    @cache
    def once(live: Live) -> House:
        root = tmp_path_factory.mktemp("lived")
        (root / "ledger.db").write_bytes(blank_ledger)
        with opened(root) as house:
            live(house)
            house.workspace.engine.dispose()
        return house

    return once


@pytest.fixture
def after(tmp_path: Path, lived: After) -> Iterator[After]:
    """`after(live)`: a house of one's own in which `live` was played."""
    with ExitStack() as stack:
        yield lambda live: stack.enter_context(copied(lived(live), tmp_path / "house"))


@pytest.fixture(scope="module")
def kept_house(tmp_path_factory: pytest.TempPathFactory, blank_ledger: bytes, secrets: None) -> Iterator[House]:
    """One for all tests of a file that only look; who changes something takes a copy."""
    root = tmp_path_factory.mktemp("kept")
    (root / "ledger.db").write_bytes(blank_ledger)
    with opened(root) as house:
        yield house
