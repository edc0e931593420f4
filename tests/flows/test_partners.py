"""`voldaan connectors`: all partners by kind, who uses them, and whether their credentials work."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.peppol.providers import PROVIDERS
from connectors.sandbox import Fault
from flows.cli import run
from flows.partners import NotConfigured, check, connectors
from flows.settings import FILE
from tests.flows.house import House

BuildHouse = Callable[..., House]
Captured = pytest.CaptureFixture[str]


def told(house: House, capsys: Captured, *arguments: str) -> tuple[int, list[dict[str, object]]]:
    status = run(["connectors", *arguments, "--root", str(house.root), "--format", "json"])
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_list_has_every_kind_and_who_uses_it(house: House, capsys: Captured) -> None:
    status, rows = told(house, capsys)
    assert status == 0
    named = {(row["kind"], row["name"]): row for row in rows}
    assert {name for kind, name in named if kind == "peppol"} == set(PROVIDERS)
    assert named["peppol", "e-invoice.be"]["configured_for"] == ["be"]
    assert named["peppol", "recommand"]["configured_for"] == ["nl"]
    assert named["peppol", "e-invoice.be"]["default_for"] == ["BE"]
    assert "key" in named["peppol", "e-invoice.be"]["needs"]  # type: ignore[operator]
    assert {"mail", "post", "agency", "insurer", "bank", "erp"} <= {kind for kind, _ in named}
    assert {"camt.053", "coda", "mt940", "csv"} == {name for kind, name in named if kind == "bank"}
    run(["connectors", "--root", str(house.root)])
    assert "e-invoice.be" in capsys.readouterr().out


def test_what_works_is_fine_and_nothing_is_sent(house: House, capsys: Captured) -> None:
    for name in ("e-invoice.be", "smtp", "print-folder", "camt.053"):
        status, rows = told(house, capsys, "check", name)
        assert status == 0 and rows and all(row["problem"] is None for row in rows), name
    _, rows = told(house, capsys)
    for row in rows:
        if row["kind"] in ("agency", "insurer") and row["configured_for"]:
            assert told(house, capsys, "check", str(row["name"]))[0] == 0
    assert house.sandbox.received() == ()


def test_each_seller_that_uses_it_is_tried(house: House, capsys: Captured) -> None:
    for name, seller in (("e-invoice.be", "be"), ("recommand", "nl")):
        status, rows = told(house, capsys, "check", name)
        assert status == 0 and [row["seller"] for row in rows] == [seller]


@pytest.mark.parametrize(
    ("partner", "name", "fault"),
    [
        ("access_point", "e-invoice.be", "unauthorized"),
        ("access_point", "e-invoice.be", "error"),
        ("agency", "agency", "unauthorized"),
        ("insurer", "insurer", "unauthorized"),
    ],
)
def test_what_does_not_work_is_said(
    build_house: BuildHouse, capsys: Captured, partner: str, name: str, fault: str
) -> None:
    call = "/api/me/" if partner == "access_point" else "GET"
    house = build_house(faults=[Fault(partner=partner, kind=fault, call=call, last=99)])  # type: ignore[arg-type]
    _, rows = told(house, capsys)
    known = {str(row["kind"]): str(row["name"]) for row in rows if row["configured_for"]}
    status, rows = told(house, capsys, "check", known.get(name, name))
    assert status == 1 and rows[0]["problem"]


def test_a_secret_that_is_missing(house: House, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = house.workspace.settings.seller("be").peppol
    assert chosen is not None and chosen.key.env is not None
    monkeypatch.delenv(chosen.key.env)
    status, rows = told(house, capsys, "check", "e-invoice.be")
    assert status == 1 and chosen.key.env in str(rows[0]["problem"])


def test_a_name_that_nobody_has_and_one_that_nobody_uses(house: House, capsys: Captured) -> None:
    unused = [name for name in PROVIDERS if name not in ("e-invoice.be", "recommand")]
    for name in ("no-such-partner", *unused[:1]):
        assert run(["connectors", "check", name, "--root", str(house.root)]) == 2
        captured = capsys.readouterr()
        assert captured.out == "" and name in captured.err


def test_a_mailbox_that_cannot_be_read_is_said_beside_the_server_that_can(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.settings import Imap, SecretName

    monkeypatch.setenv("MAILBOX", "secret-of-the-mailbox")
    imap = Imap(
        host="127.0.0.1", port=1, user="ar", password=SecretName(env="MAILBOX"), security="none", reports="INBOX"
    )
    mail = house.workspace.settings.mail.model_copy(update={"imap": imap})
    workspace = replace(house.workspace, settings=house.workspace.settings.model_copy(update={"mail": mail}))
    server, mailbox = check(workspace, "smtp")
    assert server.problem is None
    assert mailbox.problem and "secret-of" not in mailbox.problem and "INBOX" in mailbox.tried


def test_what_nobody_verified_at_an_insurer_is_said(house: House, capsys: Captured) -> None:
    _, rows = told(house, capsys)
    marked = {row["name"]: bool(row["provisional"]) for row in rows if row["kind"] == "insurer"}
    assert marked == {
        "Kredietverzekering Sandbox": False,
        "allianz-trade": True,
        "atradius": True,
        "coface": True,
        "file": False,
    }


class TestTheLookup:
    """How receivers are found: listed with its zone, anchors and cache, and tried by itself."""

    def check(self, house: House, capsys: Captured, **network: Any) -> list[tuple[str, str | None]]:
        settings = (house.root / FILE).read_text()
        for name, value in network.items():
            settings = re.sub(rf"(?m)^{name} = .*$", f"{name} = {json.dumps(value)}", settings)
        (house.root / FILE).write_text(settings)
        status, rows = told(house, capsys, "check", "lookup")
        assert status == (1 if any(row["problem"] for row in rows) else 0)
        return [(str(row["tried"]), row["problem"]) for row in rows]  # type: ignore[misc]

    def test_it_is_listed(self, house: House, capsys: Captured) -> None:
        _, rows = told(house, capsys)
        (row,) = [row for row in rows if row["kind"] == "lookup"]
        assert row["configured_for"] == ["be", "nl"]
        network = house.workspace.settings.peppol_network
        assert row["detail"] == f"zone {network.zone}; anchors {network.trust_anchors}; answers kept 60 minutes"

    def test_it_works(self, house: House, capsys: Captured) -> None:
        assert self.check(house, capsys) == [
            ("the trust anchors", None),
            ("the directory of the network, by DNS", None),
        ]

    def test_a_name_server_that_does_not_answer(self, house: House) -> None:
        nowhere = {"nameservers": ("127.0.0.1:1",), "seconds": 0.5}
        network = house.workspace.settings.peppol_network.model_copy(update=nowhere)
        house.set_settings(house.workspace.settings.model_copy(update={"peppol_network": network}))
        anchors, directory = check(house.workspace, "lookup")
        assert anchors.problem is None and "the DNS did not answer for" in (directory.problem or "")

    def test_a_zone_that_is_not_there(self, house: House, capsys: Captured) -> None:
        (_, anchors), (_, directory) = self.check(house, capsys, zone="no.such.zone.example")
        assert anchors is None and "no.such.zone.example" in (directory or "")

    @pytest.mark.parametrize("content", [None, b"", b"not a certificate"])
    def test_no_anchor(self, house: House, capsys: Captured, content: bytes | None) -> None:
        path = house.root / "anchors.pem"
        if content is not None:
            path.write_bytes(content)
        ((tried, problem),) = self.check(house, capsys, trust_anchors=str(path))
        assert tried == "the settings" and "trust anchors" in (problem or "")

    def test_no_anchor_is_named(self, house: House) -> None:
        network = house.workspace.settings.peppol_network.model_copy(update={"trust_anchors": None})
        house.set_settings(house.workspace.settings.model_copy(update={"peppol_network": network}))
        (one,) = check(house.workspace, "lookup")
        assert one.problem and "names no file" in one.problem

    def test_an_anchor_that_has_expired(self, house: House) -> None:
        later = replace(house.workspace, now=lambda: datetime(2099, 1, 1, tzinfo=UTC))
        anchors, _ = check(later, "lookup")
        assert anchors.problem and "is valid on 2099-01-01" in anchors.problem

    def test_where_the_access_points_are_asked_there_is_nothing_to_try(self, house: House, capsys: Captured) -> None:
        network = house.workspace.settings.peppol_network.model_copy(update={"lookup": "provider"})
        house.set_settings(house.workspace.settings.model_copy(update={"peppol_network": network}))
        (row,) = [one for one in connectors(house.workspace) if one.kind == "lookup"]
        assert row.configured_for == () and "access point is asked" in (row.detail or "")
        with pytest.raises(NotConfigured):
            check(house.workspace, "lookup")
