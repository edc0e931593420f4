"""The demo, played once for all scenarios, however many processes run them."""

from __future__ import annotations

import fcntl
import os

import pytest

from flows.demo import play
from tests.scenarios.told import Told


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Half a year, as `voldaan demo` plays it; the first process that asks plays it, the others wait."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    out = shared / "half-a-year"
    with (shared / "half-a-year.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (out / "summary.json").exists():
            play(out, quiet=True)
    return Told(out)
