"""Debitura: the case's fields, found by our reference, the documents and messages once, and what its words mean."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from connectors.collection.access import AgencyAccess
from connectors.collection.debitura import Debitura, carried, case_of, reference_of
from connectors.collection.statuses import DEBITURA, DEBITURA_CLOSED, of_debitura, of_payt
from connectors.http import NoAnswer
from connectors.ports import Answer, Attachment, BadWebhook, Found, News
from connectors.sandbox import Fault, SandboxAddresses
from connectors.sandbox.debitura import KEY, USER
from receivables.claim_update import ClaimUpdate
from receivables.claims import HandoverState
from receivables.dossier import claim_in
from tests.connectors.claim_samples import ZUID, dossier, news
from tests.connectors.conftest import Opened

Open = Callable[..., Opened]
OUR_KEY = "vdb/handover/C-1/1"


def at(addresses: SandboxAddresses, **more: Any) -> Debitura:
    url = addresses.urls["debitura"] + "/v1"
    access = AgencyAccess(**{"url": url, "client": USER, "key": KEY, "webhook_secret": "path-secret", **more})
    return Debitura(access, httpx.Client(timeout=5, trust_env=False))


def test_the_fields_of_a_case_are_the_claims(opened: Open) -> None:
    body = case_of(claim_in(dossier()), reference_of(OUR_KEY), None)
    assert len(body["creditorReference"]) <= 50
    assert (body["currencyCode"], body["amountToRecover"], body["debtor"]["type"]) == ("EUR", 242.0, "Company")
    assert (body["debtor"]["zipCode"], body["debtor"]["city"]) == ("9000", "Gent")
    assert body["debtor"]["companyRegistrationNumber"] == "0903456713" and body["isTest"] is False
    assert "2026-7 (242.00 EUR, due 2026-02-02)" in body["claimDescription"]


def test_a_case_is_opened_once_and_found_by_our_reference(opened: Open) -> None:
    sandbox, addresses = opened()
    partner = at(addresses)
    assert partner.find(OUR_KEY).found is Found.NOT_TAKEN
    taken = partner.submit(dossier(), "claim.zip", OUR_KEY)
    assert taken.answer is Answer.DELIVERED
    found = partner.find(OUR_KEY)
    assert found.found is Found.TAKEN and found.submission and found.submission.partner_id == taken.partner_id
    assert sandbox.duplicates() == 0


@pytest.mark.parametrize(
    ("kind", "found"), [("drop", Found.TAKEN), ("error", Found.NOT_TAKEN), ("garbage", Found.TAKEN)]
)
def test_a_lost_answer_is_settled_by_our_reference(opened: Open, kind: Any, found: Found) -> None:
    _, addresses = opened(faults=[Fault(partner="debitura", kind=kind, call="POST /v1/cases")])
    partner = at(addresses)
    assert partner.submit(dossier(), "claim.zip", OUR_KEY).answer is Answer.UNKNOWN
    assert partner.find(OUR_KEY).found is found


def test_another_dossier_under_the_same_key_is_never_a_second_case(opened: Open) -> None:
    _, addresses = opened()
    partner = at(addresses)
    partner.submit(dossier(), "claim.zip", OUR_KEY)
    assert partner.submit(dossier("100.00"), "claim.zip", OUR_KEY).answer is Answer.UNKNOWN


def test_a_wrong_key_is_a_precondition_and_is_not_repeated(opened: Open) -> None:
    _, addresses = opened()
    wrong = at(addresses, key="not-the-key").submit(dossier(), "claim.zip", OUR_KEY)
    assert wrong.answer is Answer.PRECONDITION and "not-the-key" not in repr(wrong)
    assert at(addresses).check() is None and "401" in str(at(addresses, key="other").check())


def test_documents_and_messages_arrive_once_though_an_answer_is_lost(opened: Open) -> None:
    faults = [
        Fault(partner="debitura", kind="drop", call="/files", first=3, last=3),
        Fault(partner="debitura", kind="drop", call="POST /v1/cases/0b7f3c1e-0000-4000-8000-000000000001/chats"),
    ]
    sandbox, addresses = opened(faults=faults)
    partner = at(addresses)
    case = partner.submit(dossier(), "claim.zip", OUR_KEY).partner_id or ""
    files = (
        Attachment(filename="invoices/2026-7.pdf", mime="application/pdf", content=b"%PDF"),
        Attachment(filename="invoices/2026-7.xml", mime="application/xml", content=b"<Invoice/>"),
        Attachment(filename="SHA256SUMS.sig", mime="application/octet-stream", content=b"\x30\xff\x00"),
    )
    told = news("documents", files)
    for _ in range(3):
        if partner.update(case, told, "key-2").answer is Answer.DELIVERED:
            break
    assert partner.find_update(case, told, "key-2").found is Found.TAKEN
    counted = Counter(receipt.key for receipt in sandbox.received())
    assert max(counted.values()) == 1 and len(counted) == 1 + 3 + 1
    assert partner.find_update(case, told, "key-3").found is Found.NOT_TAKEN


def test_files_that_it_does_not_take_go_in_a_form_that_it_takes() -> None:
    files = (
        Attachment(filename="a/b.xml", mime="application/xml", content=b"<x/>"),
        Attachment(filename="b.sig", mime="application/octet-stream", content=b"\xff\xfe"),
        Attachment(filename="c.PDF", mime="application/pdf", content=b"%PDF"),
    )
    assert [name for name, _ in carried(files, "T")] == ["T-a-b.xml.txt", "T-b.sig.base64.txt", "T-c.PDF"]


def test_the_story_of_a_case(opened: Open) -> None:
    script = {ZUID: [(3, Decimal("0.50")), (5, Decimal("0.50"))]}
    sandbox, addresses = opened(collections=script)
    day = date(2026, 4, 1)
    sandbox.set_date(day)
    partner = at(addresses)
    case = partner.submit(dossier(), "claim.zip", OUR_KEY).partner_id or ""
    story = []
    for days in (0, 1, 3, 5):
        sandbox.set_date(day + timedelta(days=days))
        status = partner.status(case)
        story.append((status.state, status.collected))
    assert story == [
        ("handed_over", Decimal(0)),
        ("active", Decimal(0)),
        ("paid_partly", Decimal("121.0")),
        ("paid", Decimal("242.0")),
    ]


def test_a_recall_is_only_heard_until_the_case_is_closed_and_its_close_code_is_asked_about(opened: Open) -> None:
    _, addresses = opened()
    partner = at(addresses)
    case = partner.submit(dossier(), "claim.zip", OUR_KEY).partner_id or ""
    assert partner.withdraw(case, news("recall"), "key-9").answer is Answer.SUBMITTED
    status = partner.status(case)
    assert (status.state, status.word) == ("", "Closed ClosedByCreditor")


def test_every_word_of_its_lifecycle_has_a_meaning_and_no_other_word_has_one() -> None:
    documented = """PendingContractSigning PendingVerificationInternal PendingVerification NeedsAdditionalDetails Leads
        LeadsQuoteGiven Active Paused Merged"""
    assert set(DEBITURA) == set(documented.split())
    assert of_debitura("Pending verification", None, None, False) is None, "only as written, spaces aside"
    assert of_debitura("Needs Additional Details", None, None, False) is HandoverState.NEEDS_INFO
    assert of_debitura("Closed", "Paid", None, True) is HandoverState.PAID
    assert of_debitura("Closed", "No Payment", None, False) is DEBITURA_CLOSED["NoPayment"]
    assert of_debitura("Closed", "Bankrupt", None, False) is None
    assert of_debitura("Active", None, "Yes, the claim is disputed", False) is HandoverState.DISPUTED
    assert of_debitura("Archived", None, None, False) is None


@pytest.mark.parametrize(
    ("moments", "opened_", "state"),
    [
        ({}, "100", None),
        ({"started_at": "2026-01-01"}, "100", HandoverState.ACCEPTED),
        ({"started_at": "x", "summons_1_at": "x"}, "100", HandoverState.ACTIVE),
        ({"started_at": "x", "summons_2_at": "x"}, "40", HandoverState.PAID_PARTLY),
        ({"started_at": "x", "forwarded_to_bailiff_at": "x"}, "40", HandoverState.LEGAL),
        ({"started_at": "x", "paused_at": "x"}, "40", HandoverState.PAUSED),
        ({"started_at": "x", "deactivated_at": "x"}, "0", HandoverState.PAID),
        ({"started_at": "x", "deactivated_at": "x"}, "40", HandoverState.CLOSED),
    ],
)
def test_the_moments_of_a_payt_case(moments: dict[str, str], opened_: str, state: HandoverState | None) -> None:
    assert of_payt(moments, Decimal(opened_), Decimal(100)) is state


@pytest.mark.parametrize(
    ("token", "body"), [("", b"{}"), ("wrong", b"{}"), ("path-secret", b"no json"), ("path-secret", b"[1]")]
)
def test_a_call_without_the_secret_in_its_address_is_nobodys(opened: Open, token: str, body: bytes) -> None:
    _, addresses = opened()
    from datetime import UTC, datetime

    with pytest.raises(BadWebhook):
        at(addresses).verify_webhook({"x-path-token": token}, body, datetime(2026, 4, 1, tzinfo=UTC))


def test_a_call_names_its_case(opened: Open) -> None:
    from datetime import UTC, datetime

    _, addresses = opened()
    body = json.dumps({"id": "E1", "eventType": "case.updated", "caseId": "C9"}).encode()
    event = at(addresses).verify_webhook({"x-path-token": "path-secret"}, body, datetime(2026, 4, 1, tzinfo=UTC))
    assert (event.id, event.kind, event.partner_id) == ("E1", "case.updated", "C9")


@pytest.mark.parametrize("reply", [(500, "{}"), (200, "<html>"), (200, '{"id": "other"}'), (404, "{}")])
def test_a_status_that_cannot_be_read_is_no_answer(reply: tuple[int, str]) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(reply[0], text=reply[1]))
    partner = Debitura(AgencyAccess(url="https://api.example", key="k" * 12), httpx.Client(transport=transport))
    with pytest.raises(NoAnswer):
        partner.status("C1")


def test_an_update_says_in_one_sentence_what_it_is() -> None:
    update = ClaimUpdate(
        kind="payment",
        reference="r",
        on=date(2026, 4, 2),
        currency="EUR",
        amount=Decimal("100.00"),
        paid_on=date(2026, 4, 1),
        open=Decimal("142.00"),
    )
    assert update.sentence == ("The debtor paid 100.00 EUR to us directly, booked on 2026-04-01. Open now: 142.00 EUR.")
    assert isinstance(news("payment"), News)
