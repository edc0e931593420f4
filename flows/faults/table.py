"""The table partner × fault → outcome, for a person and for the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from flows.faults.world import Outcome

SIGNS = "delivered · lost · twice · left to a person"


def cell(outcome: Outcome) -> str:
    """Four figures in the order of SIGNS; what was left to a person without need is marked."""
    if outcome.skipped is not None:
        return "–"
    needless = f" ({len(outcome.needless)} needless)" if outcome.needless else ""
    return f"{outcome.delivered} · {outcome.lost} · {outcome.twice} · {len(outcome.awaiting)}{needless}"


def markdown(outcomes: Sequence[Outcome]) -> list[str]:
    """One row per partner, one column per fault, as Markdown has tables."""
    faults = list(dict.fromkeys(outcome.fault for outcome in outcomes))
    cells = {(outcome.provider, outcome.fault): cell(outcome) for outcome in outcomes}
    rows = [["partner", *faults], ["---"] * (len(faults) + 1)]
    for provider in dict.fromkeys(outcome.provider for outcome in outcomes):
        rows.append([provider, *(cells.get((provider, fault), "") for fault in faults)])
    return [f"| {' | '.join(row)} |" for row in rows]


def named(outcomes: Iterable[Outcome]) -> list[str]:
    """Each one that was left to a person, and why a fault was not played."""
    told = []
    for outcome in outcomes:
        where = f"{outcome.provider}, {outcome.fault}"
        if outcome.skipped is not None:
            told.append(f"{where}: not played: {outcome.skipped}")
        told += [
            f"{where}: {key} waits for a person" + (", who was not needed" if key in outcome.needless else "")
            for key in outcome.awaiting
        ]
    return told


def as_dict(outcome: Outcome) -> dict[str, Any]:
    return {**asdict(outcome), "kept": outcome.kept}
