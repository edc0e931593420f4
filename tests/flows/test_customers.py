"""A corrected address in a later export: it counts from then on, changes nothing that was made, and sends nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from connectors.sandbox.faults import Fault
from connectors.sandbox.network import Participant
from flows import customers
from flows.resend import Wish, resend
from flows.tasks import listed
from receivables.ledger import tables
from tests.connectors.exports import BUSINESS, CONSUMER, document
from tests.flows.house import ZUID, House
from ubl.read import read

BuildHouse = Callable[..., House]
JAN, NEW = "jan@peeters.example", "jan@nieuw.example"
MOVED = {**CONSUMER, "email": NEW, "address": {**CONSUMER["address"], "street": "Nieuwe Laan 9"}, "language": "fr"}
GLN = "0088:5412345000013"
PUBLIC = {**BUSINESS, "kind": "public", "preference": "peppol"}


def debtor(house: House, ref: str = "C-2") -> Any:
    (row,) = house.rows(tables.debtors, tables.debtors.c.ref == ref)
    return row


def test_a_row_that_is_known_brings_the_customer_up_to_date_and_sends_nothing(house: House) -> None:
    house.take_in(document(customer="C-2"))
    house.send()
    house.send()
    before, sent = house.rows(tables.invoices), house.dispatches()
    taken = house.take_in(document(customer="C-2"), customers=[MOVED], name="2.json")
    assert [row.answer for row in taken.rows] == ["already_taken_in"]
    row = debtor(house)
    assert (row.email, row.language, row.details["address"]["street"]) == (NEW, "fr", "Nieuwe Laan 9")
    for _ in range(2):
        house.send()
    assert (house.rows(tables.invoices), house.dispatches()) == (before, sent)
    assert len(house.received_by("mail")) == 1


def test_the_journal_says_what_changed_and_the_store_what_it_was(house: House) -> None:
    house.take_in(document(customer="C-2"))
    house.take_in(document(customer="C-2"), customers=[MOVED], name="2.json")
    (entry,) = house.journal("debtor.changed")
    assert entry.subject == "debtor:be/C-2" and set(entry.facts["fields"]) == {"language", "email", "details"}
    had = json.loads(house.workspace.store.get(entry.facts["had"]))
    assert (had["email"], had["language"], had["details"]["address"]["street"]) == (JAN, "nl", "Laan 3")
    assert JAN not in json.dumps([row.facts for row in house.rows(tables.journal)])


def test_an_export_with_the_customer_alone_is_enough(house: House) -> None:
    house.take_in(document(customer="C-2"))
    house.take_in(customers=[MOVED, {**BUSINESS, "ref": "C-77"}], name="2.json")
    assert debtor(house).email == NEW
    assert house.rows(tables.debtors, tables.debtors.c.ref == "C-77") == [], "nothing was invoiced to it yet"


def test_the_same_file_again_changes_nothing_back(house: House) -> None:
    house.take_in(document(customer="C-2"))
    house.take_in(document(customer="C-2"), customers=[MOVED], name="2.json")
    house.take_in(document(customer="C-2"), name="again.json")
    assert debtor(house).email == NEW and len(house.journal("debtor.changed")) == 1


def test_a_sellers_own_customer_goes_before_that_of_every_seller(house: House) -> None:
    house.take_in(document(customer="C-2"), document(number="N-1", seller="nl", customer="C-2"))
    house.take_in(customers=[{**CONSUMER, "email": NEW}, {**CONSUMER, "seller": "nl"}], name="2.json")
    assert {row.seller: row.email for row in house.rows(tables.debtors)} == {"be": NEW, "nl": JAN}


def test_after_a_crash_the_next_run_takes_over_the_rest(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    house.take_in(document(customer="C-2"))
    with monkeypatch.context() as struck:
        struck.setattr(customers, "take_over", die)
        with pytest.raises(Killed):
            house.take_in(document(customer="C-2"), customers=[MOVED], name="2.json")
    house.take_in(document(customer="C-2"), customers=[MOVED], name="2.json")
    assert debtor(house).email == NEW and len(house.journal("debtor.changed")) == 1


class TestWhatIsPlannedAndHasNotLeft:
    def test_a_mail_goes_to_the_new_address_once(self, house: House) -> None:
        house.take_in(document(customer="C-2"))
        first = house.dispatch()
        house.take_in(document(customer="C-2"), customers=[MOVED], name="2.json")
        planned = house.dispatch()
        assert (planned.id, planned.occurrence, planned.state) == (first.id, "1", "planned")
        assert planned.receiver == NEW and planned.details["message_id"] == first.details["message_id"]
        house.send()
        house.send()
        (mail,) = (house.root / "mail").iterdir()
        assert f"To: {NEW}".encode() in mail.read_bytes() and JAN.encode() not in mail.read_bytes().split(b"\n\n")[0]
        assert house.dispatch().state == "delivered"
        (entry,) = house.journal("dispatch.replanned")
        assert set(entry.facts["changed"]) == {"receiver", "content", "details"}
        house.assert_each_once()

    def test_one_that_a_full_mailbox_put_off_too(self, build_house: BuildHouse) -> None:
        house = build_house(faults=[Fault(partner="mail", kind="error", call="DATA")])
        house.take_in(document(customer="C-2"))
        house.send()
        assert house.dispatch().state == "planned"
        house.take_in(document(customer="C-2"), customers=[MOVED], name="2.json")
        house.clock.later = timedelta(hours=1)
        house.send()
        house.send()
        assert (house.dispatch().receiver, house.dispatch().state) == (NEW, "delivered")
        assert len(house.received_by("mail")) == 1

    def test_the_document_bears_the_new_peppol_address_and_is_else_the_same(self, build_house: BuildHouse) -> None:
        house = build_house(participants=[Participant(id=GLN)])
        house.take_in(document(), customers=[PUBLIC])
        house.send()
        assert len(listed(house.workspace, "unreachable")) == 1
        before = read(house.workspace.store.get(house.dispatch().content))
        house.take_in(document(), customers=[{**PUBLIC, "peppol_endpoint": GLN}], name="2.json")
        house.send()
        house.send()
        sent = house.dispatch()
        assert (sent.channel, sent.receiver, sent.state, sent.occurrence) == ("peppol", GLN, "delivered", "1")
        after = read(house.workspace.store.get(sent.content))
        assert str(after.buyer.endpoint) == GLN and after.lines == before.lines and after.payment == before.payment
        assert len(house.journal("invoice.readdressed")) == 1

    def test_one_that_is_routed_and_waits_is_routed_anew(self, build_house: BuildHouse) -> None:
        fault = Fault(partner="access_point", kind="too_many", call="/ubl")
        house = build_house(participants=[Participant(id=ZUID), Participant(id=GLN)], faults=[fault])
        house.take_in(document())
        house.send()
        assert (house.dispatch().channel, house.dispatch().state) == ("peppol", "planned")
        house.take_in(document(), customers=[{**BUSINESS, "peppol_endpoint": GLN}], name="2.json")
        assert (house.dispatch().channel, house.dispatch().receiver) == ("to_route", GLN)
        house.clock.later = timedelta(hours=1)
        house.send()
        house.send()
        assert (house.dispatch().receiver, house.dispatch().state) == (GLN, "delivered")
        assert len(house.received_by("access_point")) == 1

    def test_a_letter_by_post_gets_a_new_envelope(self, house: House) -> None:
        by_post = {**CONSUMER, "preference": "post"}
        house.take_in(document(customer="C-2"), customers=[by_post])
        house.take_in(document(customer="C-2"), customers=[{**MOVED, "preference": "post"}], name="2.json")
        house.send()
        index = (house.root / "post" / "index.csv").read_text()
        assert "Nieuwe Laan 9" in index and "Laan 3" not in index

    def test_a_reminder_too(self, house: House) -> None:
        house.take_in(document(customer="C-2"))
        house.send()
        house.send()
        house.go_to(date(2026, 2, 9))
        house.follow_up()
        assert house.dispatch("notice").receiver == JAN
        house.take_in(customers=[MOVED], name="2.json")
        assert (house.dispatch("notice").receiver, house.dispatch("notice").state) == (NEW, "planned")
        house.send()
        assert len(house.received_by("mail")) == 2
        house.assert_each_once()

    def test_an_address_that_a_person_gave_stays(self, house: House) -> None:
        house.take_in(document(customer="C-2"))
        resend(house.workspace, "2026-7", Wish(to="her@thuis.example", by="Nadia", reason="asked"), house.today)
        house.take_in(document(customer="C-2"), customers=[MOVED], name="2.json")
        assert house.dispatch().receiver == "her@thuis.example"


def test_what_came_back_stays_so_and_is_sent_again_to_the_new_address(build_house: BuildHouse) -> None:
    """As the operator's page promises: correct the address in the ERP, then send again."""
    house = build_house(bouncing=[JAN])
    house.take_in(document(customer="C-2"))
    house.send()
    house.send()
    house.take_in(document(customer="C-2"), customers=[MOVED], name="2.json")
    house.send()
    assert [one.state for one in house.dispatches()] == ["not_delivered"]
    assert resend(house.workspace, "2026-7", Wish(), house.today).receiver == NEW
    house.send()
    house.send()
    assert [(one.receiver, one.state) for one in house.dispatches()] == [(JAN, "not_delivered"), (NEW, "delivered")]


def test_a_reminder_that_came_back_goes_out_anew_without_a_new_invoice(build_house: BuildHouse) -> None:
    house = build_house()
    house.take_in(document(customer="C-2"))
    house.send()
    house.send()
    house.sandbox.bouncing(JAN)
    house.go_to(date(2026, 2, 9))
    house.play_day()
    house.play_to(date(2026, 2, 11))
    assert [one.state for one in house.dispatches("notice")] == ["not_delivered"]
    house.take_in(customers=[MOVED], name="2.json")
    house.play_to(date(2026, 2, 13))
    assert [(one.receiver, one.state) for one in house.dispatches("notice")][1:] == [(NEW, "delivered")]


def test_what_had_no_address_is_planned_once_there_is_one(house: House) -> None:
    nowhere = {**BUSINESS, "kind": "consumer", "registration_number": None, "vat_number": None, "preference": "peppol"}
    house.take_in(document(), customers=[nowhere])
    assert house.dispatches() == [] and len(listed(house.workspace, "no_address")) == 1
    house.take_in(document(), customers=[{**nowhere, "phone": "1"}], name="2.json")
    assert house.dispatches() == []
    house.take_in(document(), customers=[{**nowhere, "peppol_endpoint": ZUID}], name="3.json")
    house.send()
    house.send()
    assert (house.dispatch().receiver, house.dispatch().state) == (ZUID, "delivered")
    assert listed(house.workspace, "no_address") == []
