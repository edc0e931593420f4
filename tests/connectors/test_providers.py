"""The table of access points: each is opened by its name, and says what it can prove in the code and in the docs."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from connectors.peppol import keys, storecove_wire
from connectors.peppol.providers import PROVIDERS
from connectors.ports import Access
from connectors.sandbox.twins import ACCESS_POINTS
from receivables.ledger.life import CAN_PROVE

DELIVERY = (Path(__file__).resolve().parents[2] / "docs" / "delivery.md").read_text(encoding="utf-8")
OWN_URL = "https://ap.example"


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_provider_is_opened_by_the_name_it_bears(name: str) -> None:
    known = PROVIDERS[name]
    assert known.open(Access(url=known.url or OWN_URL, key="k", secret="s", account="1")).name == name


@pytest.mark.parametrize("name", PROVIDERS)
def test_what_a_provider_can_prove_is_declared_and_documented(name: str) -> None:
    proves = CAN_PROVE[f"peppol/{name}"]
    said = {True: "yes", False: "no"}
    row = f"| {said[proves.taken]} | {said[proves.not_taken]} | "
    rows = [line for line in DELIVERY.splitlines() if line.lower().startswith(f"| peppol, {name.lower()} |")]
    assert len(rows) == 1 and row in rows[0]


@pytest.mark.parametrize("name", sorted({*PROVIDERS} - {"e-invoice.be"}))
def test_a_provider_has_its_twin(name: str) -> None:
    assert name in ACCESS_POINTS


@pytest.mark.parametrize("module", [keys, storecove_wire])
def test_the_examples_in_the_documentation_hold(module: object) -> None:
    """A guid that changed would let what was sent under the old one be sent again."""
    done = doctest.testmod(module)  # type: ignore[arg-type]
    assert done.attempted > 0 and done.failed == 0
