"""Payt: upserts by our numbers, the moments of its credit case, signed calls, and never a message to the debtor."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from connectors.collection.access import AgencyAccess
from connectors.collection.payt import Payt, invoices_of
from connectors.http import NoAnswer
from connectors.ports import Answer, BadWebhook, Found
from connectors.sandbox import Fault, SandboxAddresses
from connectors.sandbox.payt import ADMINISTRATION, TOKEN
from tests.connectors.claim_samples import ZUID, claim, dossier, news
from tests.connectors.conftest import Opened

Open = Callable[..., Opened]
KEY = "vdb/handover/C-1/1"
NOW = datetime(2026, 4, 1, tzinfo=UTC)


def at(addresses: SandboxAddresses, **more: Any) -> Payt:
    given = {"url": addresses.urls["payt"], "key": TOKEN, "account": ADMINISTRATION, "webhook_secret": "hook", **more}
    return Payt(AgencyAccess(**given), httpx.Client(timeout=5, trust_env=False))


def test_what_is_open_goes_beside_what_was_invoiced() -> None:
    (row,) = invoices_of(claim("142.00"))
    assert (row["amount_total"], row["amount_open"], row["due_date"]) == ("242.00", "142.00", "2026-02-02")


def test_again_it_writes_nothing_twice_and_is_found_by_its_numbers(opened: Open) -> None:
    sandbox, addresses = opened()
    partner = at(addresses)
    assert partner.find(KEY, dossier()).found is Found.NOT_TAKEN
    assert [partner.submit(dossier(), "claim.zip", KEY).partner_id for _ in range(2)] == ["2026-7", "2026-7"]
    found = partner.find(KEY, dossier())
    assert found.found is Found.TAKEN and found.submission and found.submission.partner_id == "2026-7"
    assert sandbox.duplicates() == 0 and len(sandbox.received()) == 3


@pytest.mark.parametrize("place", ["/v1/contacts", "/v1/debtors", "/v1/invoices"])
@pytest.mark.parametrize("kind", ["drop", "garbage", "error"])
def test_wherever_an_answer_is_lost_writing_again_completes_it(opened: Open, place: str, kind: Any) -> None:
    sandbox, addresses = opened(faults=[Fault(partner="payt", kind=kind, call=f"POST {place}")])
    partner = at(addresses)
    assert partner.submit(dossier(), "claim.zip", KEY).answer is Answer.UNKNOWN
    if partner.find(KEY, dossier()).found is not Found.TAKEN:
        assert partner.submit(dossier(), "claim.zip", KEY).answer is Answer.DELIVERED
    assert partner.find(KEY, dossier()).found is Found.TAKEN
    assert sandbox.duplicates() == 0


def test_a_record_that_it_refuses_is_a_refusal_though_the_status_is_200() -> None:
    said = {"success": True, "count": 0, "errors": {"C-1": ["Name is too long"]}, "warnings": {}}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=said))
    partner = Payt(AgencyAccess(url="https://api.example", key=TOKEN, account="1"), httpx.Client(transport=transport))
    assert partner.submit(dossier(), "claim.zip", KEY).answer is Answer.REJECTED


def test_the_story_of_a_claim(opened: Open) -> None:
    sandbox, addresses = opened(collections={ZUID: [(3, Decimal("0.50")), (5, Decimal("0.50"))]})
    day = date(2026, 4, 1)
    sandbox.set_date(day)
    partner = at(addresses)
    partner.submit(dossier(), "claim.zip", KEY)
    story = []
    for days in (0, 1, 2, 3, 5):
        sandbox.set_date(day + timedelta(days=days))
        status = partner.status("2026-7")
        story.append((status.state, str(status.collected)))
    assert story == [
        ("handed_over", "0"),
        ("accepted", "0"),
        ("active", "0"),
        ("paid_partly", "121.00"),
        ("paid", "242.00"),
    ]


def test_a_payment_to_us_lowers_what_is_open_there_and_a_recall_blocks_the_follow_up(opened: Open) -> None:
    sandbox, addresses = opened()
    partner = at(addresses)
    partner.submit(dossier(), "claim.zip", KEY)
    assert partner.update("2026-7", news("payment"), "u").answer is Answer.DELIVERED
    sandbox.set_date(sandbox.today() + timedelta(days=2))
    assert partner.status("2026-7").state == "paid_partly"
    assert partner.withdraw("2026-7", news("recall"), "r").answer is Answer.DELIVERED
    assert partner.status("2026-7").state == "paused"
    assert partner.find_update("2026-7", news("payment"), "u").found is Found.NOT_TAKEN


@pytest.mark.parametrize("kind", ["answer", "documents"])
def test_nothing_of_ours_ever_goes_out_as_a_message_to_the_debtor(opened: Open, kind: str) -> None:
    sandbox, addresses = opened()
    partner = at(addresses)
    partner.submit(dossier(), "claim.zip", KEY)
    answer = partner.update("2026-7", news(kind), "u")
    assert answer.answer is Answer.REJECTED and "put them into Payt yourself" in (answer.reason or "")
    assert len(sandbox.received()) == 3


def test_a_wrong_token_is_a_precondition(opened: Open) -> None:
    _, addresses = opened()
    wrong = at(addresses, key="not-the-token").submit(dossier(), "claim.zip", KEY)
    assert wrong.answer is Answer.PRECONDITION and "not-the-token" not in repr(wrong)
    assert at(addresses).check() is None and at(addresses, key="not-the-token").check() is not None
    with pytest.raises(NoAnswer):
        at(addresses).status("unknown")


class TestCalls:
    BODY = json.dumps({"id": "E-1", "event": "case_step_performed"}).encode()

    def test_signed_over_the_raw_body(self, opened: Open) -> None:
        _, addresses = opened()
        right = hmac.new(b"hook", self.BODY, hashlib.sha256).hexdigest()
        event = at(addresses).verify_webhook({"x-payt-signature": right}, self.BODY, NOW)
        assert (event.id, event.kind) == ("E-1", "case_step_performed")

    @pytest.mark.parametrize("secret", [None, "another"])
    def test_not_signed_it_is_refused(self, opened: Open, secret: str | None) -> None:
        _, addresses = opened()
        right = hmac.new(b"hook", self.BODY, hashlib.sha256).hexdigest()
        for given, body in ((right, self.BODY + b" "), ("", self.BODY), (right[:-1] + "g", self.BODY)):
            with pytest.raises(BadWebhook):
                at(addresses).verify_webhook({"x-payt-signature": given}, body, NOW)
        with pytest.raises(BadWebhook):
            at(addresses, webhook_secret=secret).verify_webhook({"x-payt-signature": right}, self.BODY, NOW)
