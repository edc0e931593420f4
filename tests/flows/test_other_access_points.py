"""Sellers with another access point than e-invoice.be: which one is opened, and each document exactly once by it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from connectors.peppol.keys import guid_of
from connectors.peppol.phoss_ap import PhossAp
from connectors.peppol.storecove import Storecove
from connectors.ports import Answer, Reach, Submission
from connectors.sandbox.faults import Fault
from connectors.sandbox.network import Participant
from connectors.sandbox.recommand import KEY, SECRET, company_of
from connectors.sandbox.sandbox import API_KEY
from connectors.sandbox.scrada import COMPANY, PASSWORD
from connectors.sandbox.scrada import KEY as SCRADA_KEY
from flows.demo_settings import table
from flows.settings import FILE, BadSettings
from flows.workspace import open_workspace
from receivables.ledger import tables
from tests.connectors.exports import document
from tests.flows.house import MONDAY, ZUID, House

BuildHouse = Callable[..., House]
SELLER = "0208:0901234522"


def by(house: House, values: dict[str, Any], key: str, secret: str, patch: pytest.MonkeyPatch) -> House:
    """The house again, every seller at another access point: `values` of its table, with these secrets."""
    patch.setenv("VOLDAAN_TEST_KEY", key)
    patch.setenv("VOLDAAN_TEST_SECRET", secret)
    written = (house.root / FILE).read_text()
    secrets = 'key = { env = "VOLDAAN_TEST_KEY" }\nsecret = { env = "VOLDAAN_TEST_SECRET" }'
    section = f"{table('[seller.peppol]', **values)}\n{secrets}\n\n"
    whole = re.sub(r"(?s)\[seller\.peppol\].*?(?=\[\[)", lambda _: section, written)
    (house.root / FILE).write_text(whole)
    house.workspace = open_workspace(house.root, now=house.clock)
    return house


def recommand(house: House, patch: pytest.MonkeyPatch) -> House:
    url = house.addresses.urls["recommand"] + "/api/v1"
    values = {"provider": "recommand", "url": url, "account": company_of(SELLER)}
    return by(house, values, KEY, SECRET, patch)


def scrada(house: House, patch: pytest.MonkeyPatch) -> House:
    values = {"provider": "scrada", "url": house.addresses.urls["scrada"] + "/v1", "account": COMPANY}
    return by(house, values, SCRADA_KEY, PASSWORD, patch)


def peppyrus(house: House, patch: pytest.MonkeyPatch) -> House:
    return by(house, {"provider": "peppyrus", "url": house.addresses.urls["peppyrus"]}, API_KEY, "none", patch)


def storecove(house: House, patch: pytest.MonkeyPatch) -> House:
    values = {"provider": "storecove", "url": house.addresses.urls["storecove"], "account": "1"}
    return by(house, values, API_KEY, "none", patch)


def phoss_ap(house: House, patch: pytest.MonkeyPatch) -> House:
    patch.setattr(PhossAp, "lookup", lambda *_: (Reach.CAN_RECEIVE, None))  # it answers no question of that kind
    return by(house, {"provider": "phoss-ap", "url": house.addresses.urls["phoss-ap"]}, API_KEY, "none", patch)


CALLS = {
    "recommand": "/send",
    "scrada": "outbound/document",
    "peppyrus": "POST /v1/message",
    "storecove": "POST /api/v2/document_submissions",
    "phoss-ap": "POST /api/outbound/submit",
}


def test_the_sellers_country_names_the_access_point_where_nobody_does(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    by(house, {"account": "c_1"}, KEY, SECRET, monkeypatch)
    with pytest.raises(BadSettings, match="no export has told yet"):
        house.workspace.peppol("nl")
    house.take_in(document(), document(number="N-1", seller="nl"))
    assert [house.workspace.peppol(seller).name for seller in ("be", "nl")] == ["e-invoice.be", "recommand"]


@pytest.mark.parametrize(
    ("partner", "kind", "state", "received"),
    [
        (recommand, None, "delivered", 1),
        (recommand, "drop", "delivered", 1),
        (recommand, "garbage", "delivered", 1),
        (recommand, "half_done", "awaiting_person", 1),
        (recommand, "error", "awaiting_person", 0),
        (recommand, "too_many", "delivered", 1),
        (recommand, "unauthorized", "delivered", 1),
        (scrada, None, "delivered", 1),
        (scrada, "drop", "awaiting_person", 1),
        (scrada, "garbage", "awaiting_person", 1),
        (scrada, "error", "awaiting_person", 0),
        (scrada, "too_many", "delivered", 1),
        (scrada, "unauthorized", "delivered", 1),
        (peppyrus, None, "delivered", 1),
        (peppyrus, "drop", "delivered", 1),
        (peppyrus, "garbage", "delivered", 1),
        (peppyrus, "error", "awaiting_person", 0),
        (peppyrus, "too_many", "delivered", 1),
        (peppyrus, "unauthorized", "delivered", 1),
        (storecove, None, "delivered", 1),
        (storecove, "drop", "submitted", 1),  # taken, but its id was lost with the answer
        (storecove, "garbage", "submitted", 1),
        (storecove, "error", "delivered", 1),
        (storecove, "too_many", "delivered", 1),
        (storecove, "unauthorized", "delivered", 1),
        (phoss_ap, None, "delivered", 1),
        (phoss_ap, "drop", "delivered", 1),
        (phoss_ap, "garbage", "delivered", 1),
        (phoss_ap, "error", "delivered", 1),
        (phoss_ap, "too_many", "delivered", 1),
        (phoss_ap, "unauthorized", "delivered", 1),
    ],
)
def test_what_becomes_of_a_document_at_each_failure(
    build_house: BuildHouse,
    monkeypatch: pytest.MonkeyPatch,
    partner: Callable[[House, pytest.MonkeyPatch], House],
    kind: Any,
    state: str,
    received: int,
) -> None:
    name = partner.__name__.replace("_", "-")
    fault = Fault(partner=name, kind=kind, call=CALLS[name])
    house = partner(build_house(faults=[fault] if kind else []), monkeypatch)
    house.take_in(document())
    for hours in (0, 1, 2, 3):
        house.clock.later = timedelta(hours=hours)
        house.send()
    assert house.dispatch().state == state
    assert house.received_by(name) == [f"{SELLER} 2026-7"] * received
    house.assert_each_once()


def test_the_receipt_of_the_buyers_access_point_is_kept(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    recommand(house, monkeypatch).take_in(document())
    house.send()
    sent = house.dispatch()
    kept = dict(house.evidence(sent))
    assert b"eb:Receipt" in kept["received by the buyer's access point"]
    assert kept["the UBL as sent, by the access point's word"] == house.workspace.store.get(sent.content)


def test_what_storecove_says_only_in_its_queue_settles_the_document(
    build_house: BuildHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = storecove(build_house(participants=[Participant(id=ZUID, fails_after=2)]), monkeypatch)
    house.take_in(document())
    house.send()
    house.go_to(MONDAY + timedelta(days=1))
    house.send()
    assert house.dispatch().state == "submitted"
    house.go_to(MONDAY + timedelta(days=2))
    house.send()
    assert house.dispatch().state == "not_delivered"
    assert "Rejected by the receiver's access point" in (house.dispatch().reason or "")
    said = [level for level, content in house.evidence(house.dispatch()) if b'"failed"' in content]
    assert "said by storecove in its queue" in said


def test_what_storecove_mailed_was_not_delivered(build_house: BuildHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """The receiver loses its own registration between the question and the delivery."""
    house = storecove(build_house(participants=[Participant(id=ZUID, mailed=True)]), monkeypatch)
    monkeypatch.setattr(Storecove, "lookup", lambda *_: (Reach.CAN_RECEIVE, None))
    house.take_in(document())
    house.send()
    assert house.dispatch().state == "not_delivered"
    assert "which is no delivery by Peppol" in (house.dispatch().reason or "")
    (invoice,) = house.rows(tables.invoices)
    assert invoice.received is None, "nothing runs from a mail that Storecove sent"


def test_what_storecove_wrote_is_compared_with_ours(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    storecove(house, monkeypatch).take_in(document())
    house.send()
    house.send()
    (fetched,) = house.journal("dispatch.proof_fetched")
    assert fetched.facts["as_sent"] == "same_document"


def test_a_provider_that_was_changed_is_not_asked_about_the_others_documents(
    build_house: BuildHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is lost, then the seller moves to another access point: its 'never heard of it' proves nothing."""
    house = build_house(faults=[Fault(partner="access_point", kind="drop", call="/send")])
    house.take_in(document())
    house.send()
    assert house.dispatch().state == "unknown"
    before = (house.root / FILE).read_text()
    peppyrus(house, monkeypatch)
    house.clock.later += timedelta(hours=1)
    house.send()
    assert house.dispatch().state == "unknown" and house.received_by("peppyrus") == []
    assert any("went to e-invoice.be" in text for text in house.tasks())
    (house.root / FILE).write_text(before)
    house.workspace = open_workspace(house.root, now=house.clock)
    house.clock.later += timedelta(hours=1)
    house.send()
    assert house.dispatch().state in ("submitted", "delivered") and len(house.received_by("access_point")) == 1


class TestStorecoveWithoutItsId:
    """The answer was lost, and the same send again says 'guid already seen': taken, but its own id is not known."""

    @pytest.fixture
    def taken(self, build_house: BuildHouse, monkeypatch: pytest.MonkeyPatch) -> House:
        house = build_house(faults=[Fault(partner="storecove", kind="drop", call=CALLS["storecove"])])
        storecove(house, monkeypatch).take_in(document())
        for _ in range(2):
            house.send()
            house.clock.later += timedelta(minutes=10)
        assert house.dispatch().state == "submitted" and house.dispatch().partner_id is None
        return house

    def test_after_the_patience_of_the_policy_it_is_one_task_that_names_the_guid(self, taken: House) -> None:
        taken.play_to(date(2026, 1, 7))
        assert taken.tasks("not_yet_delivered") == []
        taken.play_to(date(2026, 1, 14))
        (task,) = taken.tasks("not_yet_delivered")
        assert f"idempotencyGuid {guid_of(taken.dispatch().key)}" in task and "None" not in task
        assert len(taken.received_by("storecove")) == 1

    def test_its_evidence_is_asked_for_under_our_guid_and_an_answer_ends_it(
        self, taken: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        taken.play_to(date(2026, 1, 9))
        asked: list[str] = []

        def told(_: Storecove, partner_id: str) -> Submission:
            asked.append(partner_id)
            return Submission(answer=Answer.DELIVERED, partner_id=partner_id)

        monkeypatch.setattr(Storecove, "status", told)
        taken.send()
        assert asked == [guid_of(taken.dispatch().key)] and taken.dispatch().state == "delivered"
        (task,) = taken.rows(tables.tasks, tables.tasks.c.kind == "not_yet_delivered")
        assert task.outcome == "delivered"
