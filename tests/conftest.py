"""How the tests are shared out to several processes: by file, what takes longest first, the scenarios to one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

ROOMS = ("scenarios", "flows", "faults", "", "connectors", "ubl", "receivables")


def room(nodeid: str) -> str:
    path = Path(nodeid.split("::", 1)[0])
    return path.parts[1] if len(path.parts) > 2 else ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {name: place for place, name in enumerate(ROOMS)}
    items.sort(key=lambda item: order.get(room(item.nodeid), len(order)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file's tests share what was made for them; the scenarios share one demo, for which no process need wait."""
    from xdist.scheduler import LoadFileScheduling

    class Shared(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return "scenarios" if room(nodeid) == "scenarios" else str(super()._split_scope(nodeid))

    config.option.loadscopereorder = False
    return Shared(config, log)
