"""The credit insurer: a report of overdue accounts, acknowledged with a reference."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from connectors.filing import OverdueReport
from connectors.insurance.insurer import HttpInsurer, body_of
from connectors.ports import Answer, Found
from connectors.sandbox import INSURER_TOKEN, Fault, SandboxAddresses
from tests.connectors.conftest import Opened

Open = Callable[..., Opened]
REPORT = OverdueReport(
    policy="P-1",
    category="OVD",
    buyer_id="B-77",
    buyer_name="Café Zuid",
    buyer_country="BE",
    invoices=(("2026-001", date(2026, 2, 4), Decimal("121.00")), ("2026-004", date(2026, 2, 9), Decimal("60.50"))),
    currency="EUR",
)


def insurer_at(addresses: SandboxAddresses, token: str = INSURER_TOKEN, seconds: float = 5) -> HttpInsurer:
    http = httpx.Client(timeout=seconds, trust_env=False)
    return HttpInsurer(addresses.urls["insurer"], token, http=http)


def test_a_report_is_acknowledged_at_once(opened: Open) -> None:
    sandbox, addresses = opened()
    insurer = insurer_at(addresses)
    taken = insurer.submit(REPORT, "seller/insurer/B-77")
    assert (taken.answer, taken.partner_id) == (Answer.DELIVERED, "OD-00001")
    assert taken.proofs[0].level == "acknowledged by the credit insurer"
    assert insurer.status("OD-00001").answer is Answer.DELIVERED
    assert [receipt.key for receipt in sandbox.received()] == ["seller/insurer/B-77"]


def test_the_report_names_original_due_dates_and_exact_amounts() -> None:
    sent = json.loads(body_of(REPORT))
    assert sent["overdueCategoryTypeCode"] == "OVD"
    assert sent["overdues"][0] == {
        "invoiceNumber": "2026-001",
        "originalDueDate": "2026-02-04",
        "openAmount": "121.00",
    }


@pytest.mark.parametrize(
    ("kind", "found"), [("drop", Found.TAKEN), ("error", Found.NOT_TAKEN), ("garbage", Found.TAKEN)]
)
def test_a_lost_answer_is_settled_by_the_key(opened: Open, kind: Any, found: Found) -> None:
    sandbox, addresses = opened(faults=[Fault(partner="insurer", kind=kind, call="POST /overdues")])
    insurer = insurer_at(addresses)
    assert insurer.submit(REPORT, "key & more").answer is Answer.UNKNOWN
    assert insurer.find("key & more").found is found
    assert insurer.find("key").found is Found.NOT_TAKEN
    assert sandbox.duplicates() == 0


def test_one_report_per_key(opened: Open) -> None:
    sandbox, addresses = opened()
    insurer = insurer_at(addresses)
    assert [insurer.submit(REPORT, "key").partner_id for _ in range(2)] == ["OD-00001"] * 2
    assert sandbox.duplicates() == 1
    assert insurer.submit(replace(REPORT, category="EXP"), "key").answer is Answer.REJECTED


@pytest.mark.parametrize(
    "changes",
    [
        {"category": "XXX"},
        {"policy": ""},
        {"buyer_id": ""},
        {"invoices": ()},
        {"invoices": (("1", date(2026, 1, 1), Decimal(0)),)},
    ],
)
def test_a_report_that_is_not_right_is_rejected(opened: Open, changes: dict[str, Any]) -> None:
    sandbox, addresses = opened()
    assert insurer_at(addresses).submit(replace(REPORT, **changes), "key").answer is Answer.REJECTED
    assert sandbox.received() == ()


def test_refusals_and_silence(opened: Open) -> None:
    faults = [
        Fault(partner="insurer", kind="too_many", call="POST", retry_after=9),
        Fault(partner="insurer", kind="slow", call="POST", first=2, last=2, seconds=0.6),
        Fault(partner="insurer", kind="error", call="GET", last=2),
    ]
    _, addresses = opened(faults=faults)
    insurer = insurer_at(addresses)
    assert (insurer.submit(REPORT, "key").answer, insurer.status("OD-1").answer) == (Answer.TRANSIENT, Answer.UNKNOWN)
    assert insurer_at(addresses, seconds=0.2).submit(REPORT, "key").answer is Answer.UNKNOWN
    assert insurer.find("key").found is Found.NOT_ASKED
    wrong = insurer_at(addresses, token="a-secret-token").submit(REPORT, "key")
    assert wrong.answer is Answer.PRECONDITION and "a-secret-token" not in repr(wrong)
    assert HttpInsurer("http://127.0.0.1:1", "t").submit(REPORT, "key").answer is Answer.TRANSIENT


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("RECEIVED", Answer.SUBMITTED),
        ("ACKNOWLEDGED", Answer.DELIVERED),
        ("REJECTED", Answer.REJECTED),
        ("?", Answer.UNKNOWN),
    ],
)
def test_what_the_insurers_words_mean(status: str, answer: Answer) -> None:
    said = {"reference": "R-1", "key": "key", "status": status, "message": "policy ended"}
    transport = httpx.MockTransport(lambda request: httpx.Response(201 if request.method == "POST" else 200, json=said))
    insurer = HttpInsurer("https://insurer.example", "t", http=httpx.Client(transport=transport))
    assert (insurer.submit(REPORT, "key").answer, insurer.status("R-1").answer) == (answer, answer)
