"""How a client wants its documents: by its own wish, by law, with copies, and who chose it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar

import pytest

from flows.cli import FINE, UNUSABLE, run
from flows.copies import plan_copies
from flows.prefer import NotPreferred, Wish, prefer
from flows.tasks import Said, answer, listed
from receivables.ledger import claim_data, mail_tables, tables
from receivables.ledger import preferences as kept
from receivables.ledger.database import reading
from tests.connectors.exports import BUSINESS, CONSUMER, document, sentence
from tests.flows.house import MONDAY, House

BuildHouse = Callable[..., House]
ACCOUNTANT = "boekhouder@extern.example"
AGREED = {"ground": "other_format", "by": "A. Peeters", "on": "2025-12-15"}
OUTSIDE_BELGIUM = {
    **BUSINESS,
    "address": {"street": "Plein 2", "postal_code": "3511 AB", "city": "Utrecht", "country": "NL"},
    "registration_number": "99887766",
    "vat_number": None,
}


def client(record: dict[str, Any] = BUSINESS, **changes: Any) -> list[dict[str, Any]]:
    return [{**record, **changes}]


def flags(house: House) -> list[str]:
    (row,) = house.rows(tables.invoices)
    return list(row.flags)


def choices(house: House, ref: str = "C-1") -> list[tuple[str, str | None, str, str, date]]:
    (debtor,) = house.rows(tables.debtors, tables.debtors.c.ref == ref)
    with reading(house.workspace.engine) as connection:
        found = kept.history(connection, debtor.id)
    return [(one.kind, one.way, one.source, one.by, one.on) for one in found]


def said(**changes: Any) -> Wish:
    return Wish(**{"by": "Nadia Willems", "reason": "asked by telephone", "ways": {}} | changes)


class TestTheLawInBelgium:
    @pytest.mark.parametrize("way", ["email", "post"])
    def test_another_wish_is_set_aside_and_the_invoice_goes_by_peppol(self, house: House, way: str) -> None:
        (row,) = house.take_in(document(), customers=client(preference=way)).rows
        assert row.answer == "taken_in" and any(f"'{way}' is set aside" in flag for flag in row.flags)
        house.send()
        assert (house.dispatch().channel, house.dispatch().state) == ("peppol", "delivered")

    @pytest.mark.parametrize(
        ("way", "channel"), [("peppol", "email"), ("peppol_else_email", "email"), ("email", "email"), ("post", "post")]
    )
    def test_who_is_not_there_gets_the_paper_and_the_lookup_is_kept(
        self, build_house: BuildHouse, way: str, channel: str
    ) -> None:
        house = build_house(participants=[])
        house.take_in(document(), customers=client(preference=way))
        house.send()
        assert house.dispatch().channel == channel
        assert any("though the law obliges it to" in flag and f"by {channel}" in flag for flag in flags(house))
        assert "what the network answered when we asked (SML and SMP)" in dict(house.evidence(house.dispatch()))
        assert len(house.journal("invoice.flagged")) == 1

    def test_an_agreed_format_on_record_lets_the_mail_go(self, house: House) -> None:
        (row,) = house.take_in(document(), customers=client(preference="email", peppol_exemption=AGREED)).rows
        assert not any("set aside" in flag for flag in row.flags)
        house.send()
        assert house.dispatch().channel == "email"
        assert choices(house) == [("invoice", "email", "erp", "A. Peeters", date(2025, 12, 15))]

    def test_across_the_border_peppol_alone_means_peppol_alone(self, build_house: BuildHouse) -> None:
        house = build_house(participants=[])
        house.take_in(document(), customers=client(OUTSIDE_BELGIUM, preference="peppol"))
        house.send()
        assert house.received_by("mail") == [] and len(house.tasks("unreachable")) == 1

    def test_a_ground_that_nobody_knows_is_refused_with_those_that_there_are(self) -> None:
        record = {**BUSINESS, "preference": "email", "peppol_exemption": {**AGREED, "ground": "too_busy"}}
        told = sentence(document(), customers=[record])
        assert "peppol_exemption.ground" in told and "other_format" in told

    def test_the_command_refuses_what_the_law_forbids_and_says_why(self, house: House) -> None:
        house.take_in(document())
        with pytest.raises(NotPreferred, match="may not have its invoices by email: since 1 January 2026"):
            prefer(house.workspace, "C-1", said(ways={"invoice": "email"}), MONDAY)
        assert choices(house) == []
        prefer(house.workspace, "C-1", said(ways={"invoice": "email"}, exemption="bankrupt"), MONDAY)
        house.take_in(document(number="2026-8"), name="more.json")
        house.send()
        assert house.dispatches()[-1].channel == "email"


class TestInvoicesByPost:
    @pytest.fixture
    def posted(self, house: House) -> House:
        house.take_in(document(customer="C-2"), customers=client(CONSUMER, preference="post"))
        house.send()
        return house

    def test_the_paper_lies_in_the_folder_once_and_the_index_names_it(self, posted: House) -> None:
        posted.send()
        assert (posted.dispatch().channel, posted.dispatch().state) == ("post", "submitted")
        with (posted.root / "post" / "index.csv").open(encoding="utf-8") as file:
            (line,) = csv.DictReader(file)
        assert line["to"] == "Jan Peeters" and line["address"] == "Laan 3, 2440 Geel"
        (row,) = posted.rows(tables.invoices)
        assert (posted.root / "post" / line["files"]).read_bytes() == posted.workspace.store.get(row.paper)
        assert posted.received_by("mail") == []

    def test_it_is_received_on_the_third_working_day_after_posting(self, posted: House) -> None:
        """Posted on Monday 5 January: received on Thursday 8 January, and the lawful term runs from there."""
        (task,) = listed(posted.workspace, "post")
        assert task.debtor == "C-2"
        answer(posted.workspace, task.id, Said(outcome="done", by="Nadia Willems"), posted.today)
        posted.play_to(date(2026, 1, 7))
        assert posted.dispatch().state == "submitted"
        posted.play_to(date(2026, 1, 8))
        (row,) = posted.rows(tables.invoices)
        assert posted.dispatch().state == "delivered" and row.received == date(2026, 1, 8)

    def test_without_a_street_the_customer_is_told(self) -> None:
        record = {**CONSUMER, "preference": "post", "address": {"city": "Geel", "country": "BE"}}
        assert "the preference is post, so add the street" in sentence(document(customer="C-2"), customers=[record])


class TestLettersByPost:
    def test_the_reminder_goes_by_post_where_the_client_wants_it_so(self, house: House) -> None:
        wants = client(CONSUMER, preference="email", reminder_preference="post")
        house.take_in(document(customer="C-2", due="2026-02-02"), customers=wants)
        house.play_day()
        house.go_to(date(2026, 2, 9))
        house.play_day()
        assert [one.channel for one in house.dispatches()] == ["email", "post"]
        house.assert_each_once()

    def test_it_may_have_no_mail_address_at_all(self, house: House) -> None:
        wants = client(CONSUMER, email=None, preference="post", reminder_preference="post", formal_preference="post")
        record = {**wants[0], "peppol_endpoint": "0208:0202239951"}
        house.take_in(document(customer="C-2", due="2026-02-02"), customers=[record])
        house.send()
        (task,) = listed(house.workspace, "post")
        answer(house.workspace, task.id, Said(outcome="done", by="Nadia Willems"), house.today)
        house.play_to(date(2026, 2, 10))
        assert [one.channel for one in house.dispatches()] == ["post", "post"]
        assert house.tasks("no_address") == []

    def test_no_letter_goes_by_peppol(self, house: House) -> None:
        house.take_in(document())
        with pytest.raises(NotPreferred, match="is no Peppol document"):
            prefer(house.workspace, "C-1", said(ways={"reminder": "peppol"}), MONDAY)


class TestWhoChose:
    def test_what_a_person_chose_holds_until_the_erp_says_something_new(self, house: House) -> None:
        wants = client(OUTSIDE_BELGIUM, preference="peppol_else_email")
        house.take_in(document(), customers=wants)
        prefer(house.workspace, "C-1", said(ways={"invoice": "email"}), MONDAY)
        house.take_in(document(number="2026-8"), customers=wants, name="2.json")
        chosen = {**wants[0], "preference": "peppol", "preference_chosen": {"by": "P. Jacobs", "on": "2026-01-04"}}
        house.take_in(document(number="2026-9"), customers=[chosen], name="3.json")
        assert [one.channel for one in house.dispatches()] == ["to_route", "email", "to_route"]
        assert choices(house) == [
            ("invoice", "email", "person", "Nadia Willems", MONDAY),
            ("invoice", "peppol", "erp", "P. Jacobs", date(2026, 1, 4)),
        ]
        assert [entry.facts["way"] for entry in house.journal("preference.chosen")] == ["email", "peppol"]
        assert "Nadia" not in json.dumps([entry.facts for entry in house.journal("preference.chosen")])

    def test_what_nobody_chose_is_no_row(self, house: House) -> None:
        house.take_in(document())
        assert house.rows(mail_tables.preferences) == []

    def test_the_command_notes_and_lists(self, house: House, capsys: pytest.CaptureFixture[str]) -> None:
        house.take_in(document())
        root = ["--root", str(house.root)]
        who = ["--by", "Nadia Willems", "--reason", "letter of 3 March", "--on", "2026-03-05"]
        assert run(["prefer", "C-1", "--reminder", "post", "--copy", ACCOUNTANT, *who, *root]) == FINE
        assert run(["prefer", "C-1", *root, "--format", "json"]) == FINE
        told = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
        assert [(one["kind"], one["way"], one["by"]) for one in told] == [
            ("reminder", "post", "Nadia Willems"),
            ("invoice", None, "Nadia Willems"),
        ]
        assert told[1]["copies"] == [ACCOUNTANT] and told[0]["reason"] == "letter of 3 March"
        assert run(["prefer", *root]) == FINE
        assert "C-1 Zuid BV  reminder  post" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (["C-1", "--invoice", "email", "--by", "N", "--reason", "r"], "may not have its invoices by email"),
            (["C-1", "--reminder", "post"], "who chose it (--by) and why (--reason)"),
            (["C-9", "--reminder", "post", "--by", "N", "--reason", "r"], "no customer C-9"),
            (["C-1", "--copy", "nobody", "--by", "N", "--reason", "r"], "a copy goes to an e-mail address"),
        ],
    )
    def test_what_cannot_be_is_refused_in_a_sentence(
        self, house: House, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        house.take_in(document())
        assert run(["prefer", *words, "--root", str(house.root)]) == UNUSABLE
        assert told in capsys.readouterr().err
        assert house.rows(mail_tables.preferences) == []


class TestCopies:
    WANTS: ClassVar[dict[str, Any]] = {**BUSINESS, "copies": [{"email": ACCOUNTANT, "of": ["invoice", "reminder"]}]}

    def test_a_copy_follows_delivery_once_and_asks_for_nothing(self, house: House) -> None:
        house.take_in(document(), customers=[self.WANTS])
        assert house.dispatches("copy") == []
        house.send()
        for _ in range(3):
            house.send()
        copy = house.dispatch("copy")
        assert (copy.receiver, copy.state, house.dispatch().channel) == (ACCOUNTANT, "delivered", "peppol")
        (mail,) = (house.root / "mail").iterdir()
        content = mail.read_bytes()
        assert b"2026-7.pdf" in content and b"2026-7.xml" in content and b"image/png" not in content
        assert b"Kopie" in content
        house.assert_each_once()

    def test_what_did_not_arrive_has_no_copy(self, build_house: BuildHouse) -> None:
        house = build_house(bouncing=["jan@peeters.example"])
        wants = {**CONSUMER, "copies": [{"email": ACCOUNTANT}]}
        house.take_in(document(customer="C-2"), customers=[wants])
        house.play_to(date(2026, 1, 12))
        assert house.dispatch("invoice").state == "not_delivered" and house.dispatches("copy") == []

    def test_a_withdrawn_letter_has_no_copy_and_one_that_arrived_has(self, house: House) -> None:
        house.take_in(document(due="2026-02-02"), customers=[self.WANTS])
        house.play_to(date(2026, 2, 16))
        assert "delivered" in [one.state for one in house.dispatches("notice")]
        house.play_to(date(2026, 2, 18))
        letters = [one for one in house.dispatches("copy") if one.subject.startswith("debtor/")]
        assert len(letters) == sum(one.state == "delivered" for one in house.dispatches("notice")) == 1

    def test_a_document_that_is_sent_again_makes_no_second_copy(self, house: House) -> None:
        from receivables.ledger.database import writing
        from receivables.ledger.dispatch import plan_again

        house.take_in(document(), customers=[self.WANTS])
        house.send()
        house.send()
        with writing(house.workspace.engine) as connection:
            plan_again(connection, house.dispatch("invoice").id, by="desk", on=house.today, at=house.clock())
        for _ in range(3):
            house.send()
        assert len(house.dispatches("invoice")) == 2 and len(house.dispatches("copy")) == 1

    def test_what_was_sent_before_copies_were_asked_for_has_none(self, house: House) -> None:
        house.take_in(document())
        house.send()
        house.go_to(date(2026, 1, 7))
        prefer(house.workspace, "C-1", said(copies=[ACCOUNTANT]), house.today)
        house.take_in(document(number="2026-8"), name="more.json")
        house.play_to(date(2026, 1, 9))
        assert [one.subject for one in house.dispatches("copy")] == ["2026-8"]

    def test_a_copy_that_comes_back_is_told_and_changes_nothing(self, build_house: BuildHouse) -> None:
        house = build_house(bouncing=[ACCOUNTANT])
        house.take_in(document(), customers=[self.WANTS])
        house.play_to(date(2026, 1, 8))
        (task,) = house.tasks("copy_lost")
        assert ACCOUNTANT in task
        assert house.dispatch("invoice").state == "delivered" and house.tasks("undelivered") == []

    def test_the_same_pass_again_plans_nothing(self, house: House) -> None:
        house.take_in(document(), customers=[self.WANTS])
        house.send()
        assert [plan_copies(house.workspace, house.today) for _ in range(2)] == [1, 0]

    def test_no_copies_any_more(self, house: House) -> None:
        house.take_in(document(), customers=[self.WANTS])
        prefer(house.workspace, "C-1", said(copies=[]), house.today)
        house.send()
        house.send()
        assert house.dispatches("copy") == []


def test_the_record_of_the_erp_is_kept_with_the_debtor(house: House) -> None:
    house.take_in(document(), customers=client(preference="email", peppol_exemption=AGREED))
    (row,) = house.rows(tables.debtors)
    with reading(house.workspace.engine) as connection:
        assert claim_data.debtor(connection, row.id).details["peppol_exemption"]["by"] == "A. Peeters"
