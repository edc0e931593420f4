"""The documentation's table of partners is the code's."""

from __future__ import annotations

from pathlib import Path

from connectors.collection.partners import PARTNERS
from receivables.completeness import IN_WORDS
from receivables.ledger.life import CAN_PROVE

DOCS = Path(__file__).parents[2] / "docs" / "partners.md"


def test_partner_needs_and_what_we_send() -> None:
    rows = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{name}` | {', '.join(f'`{one}`' for one in known.settings)} "
        f"| {'; '.join(IN_WORDS[need] for need in known.needs) or '–'} "
        f"| {known.sends} | {known.tells} | {known.verified} |"
        for name, known in PARTNERS.items()
    ]


def test_what_each_can_prove_is_declared() -> None:
    assert {known.proves for known in PARTNERS.values()} <= set(CAN_PROVE)
