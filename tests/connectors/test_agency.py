"""The collection agency: signed hand-over, what each answer means, and a script of what it collects."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from connectors.collection.agency import SignedAgency, signature
from connectors.http import NoAnswer
from connectors.ports import Answer, Found
from connectors.sandbox import AGENCY_CLIENT, AGENCY_SECRET, Fault, SandboxAddresses
from receivables.claims import HandoverState
from tests.connectors.conftest import Opened

Open = Callable[..., Opened]


def dossier(reference: str = "C-7", total: str = "1000.00", **changes: Any) -> bytes:
    claim = {"reference": "K-1", "total": total, "currency": "EUR", "debtor": {"reference": reference}} | changes
    files = {"claim.json": json.dumps(claim).encode()}
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in (files | {"SHA256SUMS": sums.encode()}).items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def agency_at(
    addresses: SandboxAddresses, secret: str = AGENCY_SECRET, seconds: float = 5, **more: Any
) -> SignedAgency:
    http = httpx.Client(timeout=seconds, trust_env=False)
    return SignedAgency(addresses.urls["agency"], AGENCY_CLIENT, secret, http=http, **more)


def test_the_signature_is_over_moment_request_key_and_body() -> None:
    # HMAC-SHA256, key "s", message "1767600000.POST./claims.k.zip", computed with openssl dgst
    expected = "84997b390b105e4782fcdadeec39e0f9d69147a061ff3312f6181f97238a8ff4"
    assert signature("s", 1767600000, "POST", "/claims", "k", b"zip") == f"t=1767600000,v1={expected}"
    others = {
        signature("s", 1767600001, "POST", "/claims", "k", b"zip"),
        signature("s", 1767600000, "GET", "/claims", "k", b"zip"),
        signature("s", 1767600000, "POST", "/claims/1", "k", b"zip"),
        signature("s", 1767600000, "POST", "/claims", "l", b"zip"),
        signature("s", 1767600000, "POST", "/claims", "k", b"zap"),
        signature("z", 1767600000, "POST", "/claims", "k", b"zip"),
    }
    assert signature("s", 1767600000, "POST", "/claims", "k", b"zip") not in others and len(others) == 6


def test_a_claim_is_taken_accepted_worked_on_and_collected(opened: Open) -> None:
    script = {"C-7": [(10, Decimal("0.40")), (30, Decimal("0.60"))]}
    sandbox, addresses = opened(collections=script)
    day = date(2026, 4, 1)
    sandbox.set_date(day)
    agency = agency_at(addresses)
    taken = agency.submit(dossier(), "claim K-1.zip", "seller/handover/K-1")
    assert taken.answer is Answer.DELIVERED and taken.partner_id == "AG-00001"
    assert taken.proofs[0].level == "received by the collection agency"
    assert (sandbox.folder / "agency" / "AG-00001.zip").read_bytes() == dossier()

    story = []
    for days in (0, 1, 2, 10, 30):
        sandbox.set_date(day + timedelta(days=days))
        status = agency.status("AG-00001")
        story.append((status.state, status.collected, status.fees))
    assert story == [
        (HandoverState.HANDED_OVER, 0, 0),
        (HandoverState.ACCEPTED, 0, 0),
        (HandoverState.ACTIVE, 0, 0),
        (HandoverState.PAID_PARTLY, Decimal("400.00"), Decimal("40.00")),
        (HandoverState.PAID, Decimal("1000.00"), Decimal("100.00")),
    ]


def test_a_claim_may_be_turned_down(opened: Open) -> None:
    sandbox, addresses = opened(rejecting=["C-7"])
    agency = agency_at(addresses)
    agency.submit(dossier(), "a.zip", "key")
    sandbox.set_date(sandbox.today() + timedelta(days=1))
    status = agency.status("AG-00001")
    assert (status.state, status.collected) == (HandoverState.REJECTED, 0) and status.message


@pytest.mark.parametrize(
    ("kind", "found"), [("drop", Found.TAKEN), ("error", Found.NOT_TAKEN), ("garbage", Found.TAKEN)]
)
def test_a_lost_answer_is_settled_by_the_key(opened: Open, kind: Any, found: Found) -> None:
    sandbox, addresses = opened(faults=[Fault(partner="agency", kind=kind, call="POST /claims")])
    agency = agency_at(addresses)
    assert agency.submit(dossier(), "a.zip", "seller/handover/K 1&x").answer is Answer.UNKNOWN
    finding = agency.find("seller/handover/K 1&x")
    assert finding.found is found
    if finding.submission:
        assert finding.submission.answer is Answer.DELIVERED and finding.submission.partner_id == "AG-00001"
    assert agency.find("seller/handover/K 1").found is Found.NOT_TAKEN
    assert sandbox.duplicates() == 0


def test_the_agency_keeps_one_claim_per_key_and_says_that_it_came_twice(opened: Open) -> None:
    sandbox, addresses = opened()
    agency = agency_at(addresses)
    assert [agency.submit(dossier(), "a.zip", "key").partner_id for _ in range(2)] == ["AG-00001"] * 2
    assert sandbox.duplicates() == 1
    assert agency.submit(dossier(total="2.00"), "a.zip", "key").answer is Answer.REJECTED


@pytest.mark.parametrize(
    "claim",
    [
        b"",
        b"PK\x05\x06" + bytes(18),  # an empty archive
        b"no zip",
        dossier(total="a lot"),
        dossier(debtor=None),
        dossier().replace(b"1000.00", b"9000.00"),  # changed after the manifest was made
    ],
)
def test_what_is_no_dossier_is_rejected(opened: Open, claim: bytes) -> None:
    sandbox, addresses = opened()
    answer = agency_at(addresses).submit(claim, "a.zip", "key")
    assert answer.answer is Answer.REJECTED and "422" in (answer.reason or "")
    assert sandbox.received() == ()


def test_a_wrong_secret_and_an_old_signature_are_preconditions(opened: Open) -> None:
    sandbox, addresses = opened()
    wrong = agency_at(addresses, secret="not-the-secret").submit(dossier(), "a.zip", "key")
    old = agency_at(addresses, clock=lambda: datetime(2020, 1, 1, tzinfo=UTC)).submit(dossier(), "a.zip", "key")
    assert (wrong.answer, old.answer) == (Answer.PRECONDITION, Answer.PRECONDITION)
    assert "not-the-secret" not in repr(wrong)
    assert sandbox.received() == ()


def test_too_many_and_slow(opened: Open) -> None:
    faults = [
        Fault(partner="agency", kind="too_many", call="POST", retry_after=9),
        Fault(partner="agency", kind="slow", call="POST", first=2, last=2, seconds=0.6),
    ]
    _, addresses = opened(faults=faults)
    first = agency_at(addresses).submit(dossier(), "a.zip", "key")
    assert (first.answer, first.retry_after) == (Answer.TRANSIENT, 9)
    assert agency_at(addresses, seconds=0.2).submit(dossier(), "a.zip", "key").answer is Answer.UNKNOWN


def test_what_cannot_be_asked_is_said(opened: Open) -> None:
    _, addresses = opened(faults=[Fault(partner="agency", kind="error", call="GET", last=2)])
    agency = agency_at(addresses)
    with pytest.raises(NoAnswer, match="agency answered 500"):
        agency.status("AG-00001")
    assert agency.find("key").found is Found.NOT_ASKED
    with pytest.raises(NoAnswer, match="404: Claim not found"):
        agency.status("AG-99999")
    down = SignedAgency("http://127.0.0.1:1", "c", "s")
    assert down.submit(dossier(), "a.zip", "key").answer is Answer.TRANSIENT
    assert down.find("key").found is Found.NOT_ASKED


@pytest.mark.parametrize(
    "changes",
    [{"key": "other"}, {"sha256": "0" * 64}, {"state": "invented"}, {"collected": "-1"}, {"collected": "NaN"}],
)
def test_a_receipt_of_something_else_is_unknown(changes: dict[str, str]) -> None:
    claim = {"id": "AG-1", "key": "key", "sha256": hashlib.sha256(b"zip").hexdigest(), "state": "handed_over"}
    transport = httpx.MockTransport(lambda request: httpx.Response(201, json=claim | changes))
    agency = SignedAgency("https://agency.example/v1", "c", "s", http=httpx.Client(transport=transport))
    assert agency.submit(b"zip", "a.zip", "key").answer is Answer.UNKNOWN
