"""A thank-you where the policy wants one: once, after a payment that had to be asked for, to who owes nothing more."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from flows.workspace import open_workspace
from tests.connectors.exports import document
from tests.flows.house import House

DUE = date(2026, 2, 2)
REMINDED = date(2026, 2, 9)


@pytest.fixture
def asked(house: House) -> House:
    """Two invoices, reminded of together; the policy thanks within five days."""
    policy = house.root / "policy.toml"
    policy.write_text(policy.read_text().replace("[courtesy]\n", "[courtesy]\nthank_within = 5\n", 1))
    house.workspace = open_workspace(house.root, now=house.clock)
    house.take_in(document(due=DUE.isoformat()), document(number="2026-8", due=DUE.isoformat()))
    house.play_day()
    house.go_to(REMINDED)
    house.play_day()
    house.go_to(REMINDED + timedelta(days=1))
    return house


def thanks(house: House) -> list[str]:
    return [one.occurrence for one in house.dispatches("thank_you")]


def test_who_paid_all_is_thanked_once(asked: House) -> None:
    asked.pay("242.00", reference=asked.reference())
    asked.play_day()
    asked.go_to(asked.today + timedelta(days=1))
    asked.pay("242.00", reference=asked.reference("2026-8"))
    asked.play_day()
    assert thanks(asked) == ["thank_you/2026-8"]
    asked.play_day()
    asked.play_to(asked.today + timedelta(days=9))
    assert thanks(asked) == ["thank_you/2026-8"] and asked.dispatch("thank_you").state == "delivered"
    asked.assert_each_once()


def test_who_still_owes_something_is_not(asked: House) -> None:
    asked.pay("242.00", reference=asked.reference())
    asked.play_day()
    assert thanks(asked) == []


def test_who_pays_unasked_is_not(house: House) -> None:
    house.take_in(document(due=DUE.isoformat()))
    house.play_day()
    house.go_to(date(2026, 1, 20))
    house.pay("242.00", reference=house.reference())
    house.play_day()
    assert thanks(house) == []
