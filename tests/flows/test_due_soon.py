"""The note before the due date, where the policy wants one: once, friendly, and no step of the ladder."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from flows.workspace import open_workspace
from tests.connectors.exports import document
from tests.flows.house import House
from tests.receivables.policies import policy_text

DUE = date(2026, 2, 6)  # a Friday
NOTED = date(2026, 2, 2)  # four days before


@pytest.fixture
def noting(house: House) -> House:
    (house.root / "policy.toml").write_text(policy_text(courtesy="note_days_before = 4"))
    house.workspace = open_workspace(house.root, now=house.clock)
    house.take_in(document(due=DUE.isoformat()))
    house.play_day()
    return house


def steps(house: House) -> list[tuple[str, date]]:
    return [(one.occurrence.split("/")[0], one.planned) for one in house.dispatches("notice")]


def test_the_note_goes_once_and_the_ladder_begins_as_if_it_had_not(noting: House) -> None:
    noting.play_to(NOTED - timedelta(days=3))
    assert steps(noting) == []
    noting.play_to(DUE + timedelta(days=7))
    assert steps(noting) == [("due_soon", NOTED), ("reminder", DUE + timedelta(days=5))]
    text = noting.workspace.store.get(noting.dispatches("notice")[0].details["text"]).decode()
    assert "nog niets te laat" in text and "6 februari 2026" in text
    assert set(noting.open()) == {"principal"}
    noting.assert_each_once()


def test_who_paid_already_gets_no_note(noting: House) -> None:
    noting.go_to(NOTED - timedelta(days=3))
    noting.pay("242.00", reference=noting.reference())
    noting.play_day()
    noting.play_to(DUE)
    assert steps(noting) == []
