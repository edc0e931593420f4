"""Before every send the network is asked: what each answer leads to, and what is kept of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from connectors.sandbox.faults import Fault
from connectors.sandbox.network import Participant
from connectors.sandbox.registration import Registered
from flows import routing
from flows.cli import run
from flows.settings import FILE
from receivables.ledger import tables
from tests.connectors.exports import BUSINESS, document
from tests.flows.house import MONDAY, ZUID, House
from ubl.read import read

BuildHouse = Callable[..., House]
OR_MAIL = {**BUSINESS, "preference": "peppol_else_email"}
ZUID_VAT = "9925:BE0903456713"
TUESDAY = MONDAY + timedelta(days=1)


def there(how: Registered) -> dict[str, Any]:
    return {"participants": [Participant(id=ZUID, registered=how)]}


def forget(house: House) -> None:
    """What the network said is not kept any more, as in another process."""
    house.workspace.__dict__.pop("peppol_network", None)


@pytest.mark.parametrize("how", ["expired", "other_process", "not_at_smp", "by_government_smp"])
def test_a_definite_no_leads_to_email_and_the_answer_is_kept(build_house: BuildHouse, how: Registered) -> None:
    house = build_house(**there(how))
    house.take_in(document(), customers=[OR_MAIL])
    house.send()
    assert (house.dispatch().channel, house.dispatch().state) == ("email", "delivered")
    assert house.received_by("access_point") == []
    records = [json.loads(content) for level, content in house.evidence(house.dispatch()) if "SML and SMP" in level]
    assert [record["participant"] for record in records] == [ZUID, ZUID_VAT]


@pytest.mark.parametrize("how", ["tampered", "other_participant", "redirect_to_stranger", "no_such_host", "no_xml"])
def test_unknown_never_leads_to_email(build_house: BuildHouse, how: Registered) -> None:
    house = build_house(**there(how))
    house.take_in(document(), customers=[OR_MAIL])
    house.send()
    house.send()
    assert (house.dispatch().channel, house.dispatch().state) == ("to_route", "planned")
    assert house.sandbox.received() == () and house.tasks("unanswered") == []
    house.go_to(TUESDAY)
    house.send()
    (task,) = house.tasks("unanswered")
    assert "2026-7 waits since 2026-01-05" in task
    told = [level for level, _ in house.evidence(house.dispatch()) if "SML and SMP" in level]
    assert len(told) == 1, "the same answer is kept once"


@pytest.mark.parametrize("partner", ["dns", "smp"])
def test_an_answer_that_comes_after_all_sends_it_and_closes_the_question(build_house: BuildHouse, partner: str) -> None:
    house = build_house(faults=[Fault(partner=partner, kind="error", last=1_000_000)])
    house.take_in(document(), customers=[OR_MAIL])
    house.send()
    house.go_to(TUESDAY)
    house.send()
    assert len(house.tasks("unanswered")) == 1 and house.sandbox.received() == ()
    house.sandbox._faults._faults.clear()
    house.send()
    assert (house.dispatch().channel, house.received_by("mail")) == ("peppol", [])
    (task,) = house.rows(tables.tasks, tables.tasks.c.kind == "unanswered")
    assert (task.done, task.outcome) == (TUESDAY, "answered")
    house.assert_each_once()


def test_the_signed_answer_proves_why_it_went_by_peppol(house: House) -> None:
    house.take_in(document())
    house.send()
    kept = dict(house.evidence(house.dispatch()))
    assert b"SignatureValue" in kept["signed by the receiver's SMP"]


def test_who_leaves_the_network_before_the_send_is_routed_anew(build_house: BuildHouse) -> None:
    """Routed to Peppol, not sent for a while; then the directory no longer knows the receiver."""
    house = build_house(faults=[Fault(partner="access_point", kind="too_many", call="/send", retry_after=60)])
    house.take_in(document(), customers=[OR_MAIL])
    house.send()
    assert house.dispatch().channel == "peppol"
    assert house.sandbox._discovery._directory
    house.sandbox._discovery._directory._records.clear()
    house.clock.later = timedelta(hours=2)
    house.send()
    assert house.received_by("access_point") == []
    house.clock.later = timedelta(hours=12)
    house.send()
    house.send()
    assert (house.dispatch().channel, house.dispatch().state) == ("email", "delivered")
    assert house.received_by("access_point") == []
    house.assert_each_once()


def test_an_answer_that_is_lost_before_the_send_puts_it_off(build_house: BuildHouse) -> None:
    house = build_house(faults=[Fault(partner="access_point", kind="too_many", call="/send", retry_after=60)])
    house.take_in(document(), customers=[OR_MAIL])
    house.send()
    house.sandbox._faults._faults.append(Fault(partner="smp", kind="error", last=1))
    house.clock.later = timedelta(hours=2)
    assert house.send()["unreached"] == 1
    assert (house.dispatch().channel, house.dispatch().state, house.received_by("mail")) == ("peppol", "planned", [])
    house.clock.later = timedelta(hours=12)
    house.send()
    assert house.received_by("access_point") == ["0208:0901234522 2026-7"]
    house.assert_each_once()


class TestTheOtherBelgianAddress:
    """Registered under its VAT number alone: the document is written anew for that address before it leaves."""

    def test_it_is_sent_there_and_says_so(self, build_house: BuildHouse) -> None:
        house = build_house(participants=[ZUID_VAT])
        house.take_in(document())
        (before,) = house.rows(tables.invoices)
        house.send()
        sent = house.dispatch()
        assert (sent.channel, sent.receiver, sent.state) == ("peppol", ZUID_VAT, "delivered")
        was, now = (read(house.workspace.store.get(each)) for each in (before.ubl, sent.content))
        assert (str(was.buyer.endpoint), str(now.buyer.endpoint)) == (ZUID, ZUID_VAT)
        (after,) = house.rows(tables.invoices)
        assert (after.ubl, after.content_hash) == (sent.content, before.content_hash)
        assert after.paper != before.paper and sent.content.encode() not in house.workspace.store.get(before.paper)
        (entry,) = house.journal("invoice.readdressed")
        assert entry.facts["had"] == before.ubl and entry.facts["now"] == after.ubl
        house.assert_each_once()

    def test_the_export_again_changes_nothing(self, build_house: BuildHouse) -> None:
        house = build_house(participants=[ZUID_VAT])
        house.take_in(document())
        house.send()
        assert house.take_in(document()).rows[0].answer == "already_taken_in"
        house.send()
        house.assert_each_once()

    def test_an_enterprise_number_that_is_unknown_does_not_lead_to_the_other(self, build_house: BuildHouse) -> None:
        participants = [Participant(id=ZUID, registered="tampered"), Participant(id=ZUID_VAT)]
        house = build_house(participants=participants)
        house.take_in(document(), customers=[OR_MAIL])
        house.send()
        assert house.dispatch().channel == "to_route" and house.sandbox.received() == ()

    def test_a_crash_between_writing_and_planning_changes_nothing(
        self, build_house: BuildHouse, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        house = build_house(participants=[ZUID_VAT])
        house.take_in(document())
        (before,) = house.rows(tables.invoices)

        class Killed(BaseException):
            pass

        def die(*_: object, **__: object) -> None:
            raise Killed

        with monkeypatch.context() as struck:
            struck.setattr(routing, "_replan", die)
            with pytest.raises(Killed):
                house.send()
        assert house.rows(tables.invoices) == [before]
        house.send()
        assert house.dispatch().receiver == ZUID_VAT
        house.assert_each_once()


def test_without_trust_anchors_nothing_is_sent_and_the_settings_are_named(house: House) -> None:
    (house.root / FILE).write_text(
        "\n".join(line for line in (house.root / FILE).read_text().splitlines() if not line.startswith("trust_anchors"))
    )
    from flows.workspace import open_workspace

    house.workspace = open_workspace(house.root, now=house.clock)
    house.take_in(document())
    house.send()
    (task,) = house.tasks("blocked")
    assert "peppol_network.trust_anchors" in task and 'lookup = "provider"' in task
    assert house.sandbox.received() == ()


class TestCommand:
    def ask(self, house: House, *arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, Any]:
        capsys.readouterr()
        status = run(["lookup", *arguments, "--root", str(house.root), "--on", "2026-01-05", "--format", "json"])
        return status, json.loads(capsys.readouterr().out)

    def test_who_can_receive(self, house: House, capsys: pytest.CaptureFixture[str]) -> None:
        status, answer = self.ask(house, "BE 0903.456.713", capsys=capsys)
        assert (status, answer["reach"], answer["participant"]) == (0, "can_receive", ZUID)
        assert answer["endpoint"] == "https://as4.sandbox.test/as4" and answer["expires"].startswith("2049-12-31")

    def test_who_cannot(self, house: House, capsys: pytest.CaptureFixture[str]) -> None:
        status, answer = self.ask(house, "KvK 12345678", capsys=capsys)
        assert (status, answer["reach"], answer["why"]) == (1, "not_registered", "not_in_directory")

    def test_of_two_noes_the_one_that_says_more_is_told(
        self, build_house: BuildHouse, capsys: pytest.CaptureFixture[str]
    ) -> None:
        house = build_house(**there("expired"))
        status, answer = self.ask(house, ZUID, capsys=capsys)
        assert (status, answer["why"]) == (1, "expired")
        assert [each["participant"] for each in answer["tried"]] == [ZUID, ZUID_VAT]

    def test_who_is_unknown(self, build_house: BuildHouse, capsys: pytest.CaptureFixture[str]) -> None:
        house = build_house(**there("tampered"))
        assert self.ask(house, ZUID, capsys=capsys)[0] == 2

    def test_as_text(self, house: House, capsys: pytest.CaptureFixture[str]) -> None:
        capsys.readouterr()
        assert run(["lookup", "0903.456.713", "--document-type", "credit_note", "--root", str(house.root)]) == 0
        told = capsys.readouterr().out
        assert told.startswith(f"can_receive: {ZUID} can receive this document\n  SMP: https://smp.sandbox.test")

    @pytest.mark.parametrize("arguments", [["hello"], ["0208:0903456713", "--document-type", "letter"]])
    def test_what_cannot_be_asked(self, house: House, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["lookup", *arguments, "--root", str(house.root)]) == 2
        assert capsys.readouterr().err.startswith("voldaan: '")
