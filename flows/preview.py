"""`voldaan follow-up --preview`: what would go out when, if nothing is paid. Nothing is sent or written down."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from flows.demands import regime_of
from flows.facts import all_facts
from flows.follow_up import lawful_clock
from flows.workspace import Workspace
from receivables.foresee import Foreseen, look_ahead
from receivables.law.regime import RegimeError
from receivables.ledger import claim_data
from receivables.ledger.database import reading

MOST_DAYS = 400
SPAN = re.compile(r"(\d{1,3})([dw]?)")


class BadSpan(ValueError):
    """The length of a preview that cannot be read; one sentence."""


def days_of(span: str) -> int:
    """'60d' or '8w' in days, at most 400."""
    found = SPAN.fullmatch(span.strip())
    days = int(found[1]) * (7 if found[2] == "w" else 1) if found else 0
    if not 1 <= days <= MOST_DAYS:
        raise BadSpan(f"'{span}' is no span of 1 to {MOST_DAYS} days; write it as 60d or 8w")
    return days


def preview(workspace: Workspace, on: date, days: int) -> list[Foreseen]:
    """Every step of the next `days`, oldest first; debtors under a law that is not held here are left out."""
    found: list[Foreseen] = []
    with reading(workspace.engine) as connection:
        laws: dict[str, str] = {}
        for facts in all_facts(connection, workspace, on):
            if facts.seller not in laws:
                laws[facts.seller] = claim_data.seller(connection, facts.seller).law
            try:
                country = regime_of(facts, laws[facts.seller], on).country
            except RegimeError:
                continue
            found += look_ahead(facts, workspace.policy, country, lawful_clock, on, days)
    return sorted(found, key=lambda one: (one.on, one.debtor, one.number))


def as_dict(one: Foreseen) -> dict[str, Any]:
    return asdict(one)


def as_text(found: Sequence[Foreseen], on: date, days: int) -> str:
    lines = [
        f"{one.on}  {one.debtor:<10} {one.step:<20} {one.number:<14} {one.amount:>12} {one.currency}  {one.name}"
        for one in found
    ]
    end = f"{len(found)} steps in the {days} days from {on}, if nothing is paid and every proof comes."
    return "\n".join([*lines, end])
