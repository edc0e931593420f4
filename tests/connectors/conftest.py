"""Sandboxes that end with the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox import Sandbox, SandboxAddresses
from tests.connectors.ear import Ear

Opened = tuple[Sandbox, SandboxAddresses]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Start a sandbox over the test's folder; a second one over the same folder finds what the first one knew."""
    running: list[Sandbox] = []

    def start(**settings: Any) -> Opened:
        while running:
            running.pop().stop()
        sandbox = Sandbox(tmp_path / "sandbox", **settings)
        running.append(sandbox)
        return sandbox, sandbox.start()

    yield start
    for sandbox in running:
        sandbox.stop()


@pytest.fixture
def ear() -> Iterator[Ear]:
    one = Ear()
    yield one
    one.server.shutdown()
    one.server.server_close()
