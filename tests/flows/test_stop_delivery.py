"""The ERP is told to stop deliveries at the end of the extension period, once per change, and to go on."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import jsonschema
import pytest

from connectors.sandbox.insurers import InsurerScript
from flows.insolvency import keep_looks
from receivables.insolvency import Look
from receivables.ledger import tables
from schemas.__main__ import schema
from tests.flows.house import House
from tests.flows.insured import DUE, insure_and_send, invoice

BuildHouse = Callable[..., House]
STOP = DUE + timedelta(days=60)  # Friday 3 April


def signals(house: House) -> list[dict[str, Any]]:
    """What lies in the ERP's folder, in the order of the ledger."""
    told = {}
    for path in (house.root / "erp" / "out").glob("*.json"):
        signal = json.loads(path.read_text())
        jsonschema.validate(signal, schema("delivery-stop.schema.json"))
        told[signal["id"]] = signal
    return [told[dispatch.key] for dispatch in house.dispatches("stop_delivery")]


def test_deliveries_stop_when_the_extension_period_ends_and_go_on_when_it_is_paid(house: House) -> None:
    house.take_in(invoice())
    house.go_to(STOP - timedelta(days=1))
    assert insure_and_send(house).stopped == []
    for days in (0, 3, 4):
        house.go_to(STOP + timedelta(days=days))
        insure_and_send(house)
    (stop,) = signals(house)
    assert (stop["action"], stop["reasons"], stop["effective"]) == ("stop", ["extension_over"], "2026-04-04")
    assert stop["customer"] == "C-1" and stop["policies"] == ["CI-2026-001"]
    house.pay("605.00", reference=house.reference())
    house.read_statements()
    assert insure_and_send(house).stopped == ["C-1"]
    assert [signal["action"] for signal in signals(house)] == ["stop", "release"]
    house.go_to(house.today + timedelta(days=1))
    assert insure_and_send(house).stopped == []


def test_a_withdrawn_limit_stops_what_is_to_be_delivered(build_house: BuildHouse) -> None:
    script = InsurerScript(limits={"BUYER-1": Decimal(20000)}, withdrawn={"BUYER-1": date(2026, 3, 2)})
    house = build_house(insurance=script)
    house.take_in(invoice(due=date(2026, 6, 1)))
    insure_and_send(house)
    assert signals(house) == []
    house.go_to(date(2026, 3, 2))
    insure_and_send(house)
    (stop,) = signals(house)
    assert (stop["reasons"], stop["effective"]) == (["limit_withdrawn"], "2026-03-02")


def test_an_insolvency_is_told_to_the_insurer_and_to_the_erp(house: House) -> None:
    house.take_in(invoice(quantity=1, due=date(2026, 6, 1)))  # below the minimum and not yet due: told all the same
    house.go_to(date(2026, 3, 2))
    look = Look("C-1", house.today, True, "RegSol 2026/114")
    keep_looks(house.workspace, [look], "Nadia Willems")
    keep_looks(house.workspace, [look], "Nadia Willems")
    (task,) = house.tasks("insurer_notify")
    assert "must know by 2026-03-12" in task
    house.send()
    report = house.dispatch("overdue_report")
    assert (report.state, report.details["category"], report.details["deadline"]) == ("delivered", "INS", "2026-03-12")
    insure_and_send(house)
    assert [signal["reasons"] for signal in signals(house)] == [["insolvency"]]
    (asked,) = house.rows(tables.tasks, tables.tasks.c.kind == "insurer_notify")
    assert asked.outcome == "acknowledged"
    claim = house.dispatch("insurer_claim")
    assert claim.details["cause"] == "insolvency", "an insolvency needs no waiting period"
    house.assert_each_once()


@pytest.mark.parametrize("policies", ["for businesses only", "none"])
def test_an_insolvency_of_a_customer_whom_nobody_insures_is_told_to_the_erp(house: House, policies: str) -> None:
    house.take_in(invoice(number="2026-9", customer="C-2"))
    if policies == "none":
        house.set_settings(house.workspace.settings.model_copy(update={"insurances": ()}))
    house.go_to(date(2026, 3, 2))
    keep_looks(house.workspace, [Look("C-2", house.today, True, "RegSol 2026/115")], "Nadia Willems")
    for _ in range(2):
        insure_and_send(house)
    (stop,) = signals(house)
    assert (stop["customer"], stop["reasons"], stop["policies"]) == ("C-2", ["insolvency"], [])
    assert stop["effective"] == "2026-03-02" and not house.dispatches("overdue_report")


def test_an_insolvency_that_the_insurer_does_not_acknowledge_is_an_alarm(build_house: BuildHouse) -> None:
    house = build_house(insurance=InsurerScript(refused=("BUYER-1",), referred=1))
    house.take_in(invoice())
    house.go_to(date(2026, 3, 2))
    keep_looks(house.workspace, [Look("C-1", house.today, True, "RegSol 2026/114")], "Nadia Willems")
    house.send()
    for day in (date(2026, 3, 12), date(2026, 3, 13)):
        house.go_to(day)
        insure_and_send(house)
        assert bool(house.tasks("insurer_missed")) == (day > date(2026, 3, 12))
