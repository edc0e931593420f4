"""Sellers with another access point than e-invoice.be: which one is opened, and each document exactly once by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from connectors.sandbox.faults import Fault
from connectors.sandbox.recommand import KEY, SECRET, company_of
from connectors.sandbox.scrada import COMPANY, PASSWORD
from connectors.sandbox.scrada import KEY as SCRADA_KEY
from flows.demo_settings import table
from flows.settings import FILE, BadSettings
from flows.workspace import open_workspace
from tests.connectors.exports import document
from tests.flows.house import House

BuildHouse = Callable[..., House]
SELLER = "0208:0901234522"


def by(house: House, values: dict[str, Any], key: str, secret: str, patch: pytest.MonkeyPatch) -> House:
    """The house again, every seller at another access point: `values` of its table, with these secrets."""
    patch.setenv("VOLDAAN_TEST_KEY", key)
    patch.setenv("VOLDAAN_TEST_SECRET", secret)
    written = (house.root / FILE).read_text()
    start = written.index("[seller.peppol]")
    end = written.index("[[", start)
    secrets = 'key = { env = "VOLDAAN_TEST_KEY" }\nsecret = { env = "VOLDAAN_TEST_SECRET" }'
    section = f"{table('[seller.peppol]', **values)}\n{secrets}\n\n"
    whole = written.replace(written[start:end], section)
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
    name = partner.__name__
    call = {"recommand": "/send", "scrada": "outbound/document"}[name]
    house = partner(build_house(faults=[Fault(partner=name, kind=kind, call=call)] if kind else []), monkeypatch)
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
