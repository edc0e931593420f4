"""Direct debits that the bank refuses before they settle (pain.002), and those that are collected once more."""

from __future__ import annotations

from datetime import date, timedelta
from email import policy
from email.parser import BytesParser
from typing import Any

import pytest

from flows.insure import insure
from flows.reconcile import Reconciled, reconcile
from flows.tasks import Said, answer, listed
from flows.workspace import open_workspace
from receivables.claims import HoldKind
from receivables.ladder import BadPolicy, parse_policy
from receivables.ledger import tables
from tests.connectors import exports
from tests.connectors.exports import CONSUMER, document
from tests.connectors.status_reports import batch, report, transaction
from tests.flows.house import House
from tests.flows.test_collect import CREDITOR, DUE, MANDATE, Bill, bill, collected, run, texts
from tests.flows.test_collect import message as written
from tests.receivables.policies import policy_text

__all__ = ["bill"]  # a fixture

TOLD = date(2026, 2, 2)
AGAIN = "[direct_debit]\ncollect_again = 1\ncollect_again_after = 7\n"


def willing_policy(more: str = "") -> str:
    return policy_text(replace=("[direct_debit]\n", AGAIN + more))


def told(house: House, data: bytes) -> Reconciled:
    return reconcile(house.workspace, data, "status.xml", house.today)


@pytest.fixture
def submitted(bill: Bill) -> House:
    """One collection with the bank, and its report two days before the money would move."""
    house = bill(collected(lines=[exports.line(quantity=20)]))
    run(house)
    house.go_to(TOLD)
    return house


def only(house: House) -> Any:
    (row,) = house.rows(tables.collections)
    return row


def mails_in(house: House) -> list[str]:
    """The text of every mail that left."""
    mails = [
        BytesParser(policy=policy.default).parsebytes(p.read_bytes()) for p in (house.root / "mail").rglob("*.eml")
    ]
    return [body.get_content() for mail in mails if (body := mail.get_body(("plain",))) is not None]


class TestRefused:
    def test_one_collection_opens_the_claim_and_counts_for_the_insurer(self, submitted: House) -> None:
        one = only(submitted)
        assert insure(submitted.workspace, submitted.today).planned == []
        found = told(submitted, report(one.message, [batch(one.batch, transaction(one.end_to_end))]))
        assert (found.problem, dict(found.entries), found.asked) == (None, {"refused": 1}, ())
        row = only(submitted)
        assert (row.state, row.reason, row.returned) == ("refused", "AM04", TOLD)
        (hold,) = submitted.rows(tables.holds)
        assert (hold.ended, hold.outcome) == (TOLD, "refused")
        assert (
            "was refused before it settled (AM04: there was not enough money)" in submitted.tasks("debit_returned")[0]
        )
        assert [entry.facts["reason"] for entry in submitted.journal("debit.refused")] == ["AM04"]
        assert insure(submitted.workspace, DUE + timedelta(days=3)).planned == ["C-1"]

    def test_the_same_report_again_changes_nothing(self, submitted: House) -> None:
        one = only(submitted)
        data = report(one.message, [batch(one.batch, transaction(one.end_to_end))])
        told(submitted, data)
        again = told(submitted, data)
        assert (dict(again.entries), again.asked) == ({}, ())
        assert len(submitted.journal("debit.refused")) == 1

    def test_it_is_dropped_in_the_banks_inbox_like_a_statement(self, submitted: House) -> None:
        one = only(submitted)
        inbox = submitted.workspace.folder("bank/inbox")
        (inbox / "answer.xml").write_bytes(report(one.message, [batch(one.batch, transaction(one.end_to_end))]))
        day = submitted.play_day()
        assert day.counts["refused"] == 1 and (submitted.root / "bank" / "done" / "answer.xml").exists()

    def test_a_part_leaves_the_rest_under_way(self, bill: Bill) -> None:
        own = {"by": "direct_debit", "mandate": MANDATE | {"reference": "M-2"}}
        house = bill(collected(), document(number="2026-8", payment=own))
        first, second = run(house).new
        told(
            house,
            report(house.rows(tables.collections)[0].message, [batch(first.batch, transaction(first.end_to_end))]),
        )
        states = {row.end_to_end: row.state for row in house.rows(tables.collections)}
        assert states == {first.end_to_end: "refused", second.end_to_end: "submitted"}
        house.go_to(DUE)
        house.pay("242.00", end_to_end=first.batch)  # the bank books the batch without what it refused
        house.read_statements()
        assert (house.open(first.number), house.open(second.number)) == ({"principal": 242_00}, {})

    def test_a_reason_that_ends_the_mandate_ends_it(self, submitted: House) -> None:
        one = only(submitted)
        told(submitted, report(one.message, [batch(one.batch, transaction(one.end_to_end, code="AC04"))]))
        (mandate,) = submitted.rows(tables.mandates)
        assert mandate.ended == TOLD and "closed" in mandate.why_ended

    def test_the_first_is_first_again_after_a_refusal(self, bill: Bill) -> None:
        house = bill(collected(), collected("2026-9", due="2026-03-04"))
        (one,) = run(house).new
        told(house, report(one.batch.rsplit("-", 2)[0], [batch(one.batch, transaction(one.end_to_end))]))
        house.go_to(date(2026, 2, 27))
        assert {new.number: new.sequence for new in run(house).new} == {"2026-9": "FRST"}


class TestTheFileWasNotTaken:
    @pytest.mark.parametrize("whole", [True, False], ids=["message", "batch"])
    def test_nothing_counts_and_it_is_collected_anew_under_another_id(self, submitted: House, whole: bool) -> None:
        one = only(submitted)
        parts = [] if whole else [batch(one.batch, status="RJCT", code="DT01")]
        found = told(submitted, report(one.message, parts, status="RJCT" if whole else "PART", code="FF01"))
        assert found.entries == {"refused": 1} and "did not take" in found.asked[0]
        assert (only(submitted).state, only(submitted).returned) == ("void", None)
        assert insure(submitted.workspace, submitted.today).planned == []
        (new,) = run(submitted).new
        assert new.end_to_end != one.end_to_end and new.sequence == "FRST"
        assert run(submitted).new == []

    def test_what_the_bank_has_already_is_left_to_a_person(self, submitted: House) -> None:
        one = only(submitted)
        found = told(submitted, report(one.message, status="RJCT", code="AM05"))
        assert "has already" in found.asked[0] and only(submitted).state == "submitted"
        assert run(submitted).new == []

    def test_what_is_not_ours_is_told(self, submitted: House) -> None:
        found = told(submitted, report("DD-other", [batch("B", transaction("E-other"))]))
        assert found.asked == ("The bank refuses E-other (AM04), which is no direct debit of ours.",)
        assert submitted.tasks("debit_refused") == list(found.asked)
        assert only(submitted).state == "submitted"

    def test_a_refusal_of_what_was_paid_is_told(self, submitted: House) -> None:
        one = only(submitted)
        submitted.go_to(DUE)
        submitted.pay("2420.00", end_to_end=one.end_to_end)
        submitted.read_statements()
        found = told(submitted, report(one.message, [batch(one.batch, transaction(one.end_to_end))]))
        assert "says was paid" in found.asked[0] and only(submitted).state == "paid"


@pytest.fixture
def willing(bill: Bill) -> House:
    """The policy collects once more for want of money; the debit of 4 February was paid and came back on the 9th."""
    house = bill(collected())
    (house.root / "policy.toml").write_text(willing_policy())
    house.workspace = open_workspace(house.root, now=house.clock)
    end_to_end = run(house).new[0].end_to_end
    house.go_to(DUE)
    house.pay("242.00", end_to_end=end_to_end)
    house.play_day()
    house.go_to(date(2026, 2, 9))
    house.pay("-242.00", end_to_end=end_to_end, return_reason="AM04")
    return house


class TestCollectedAgain:
    def test_it_is_announced_fourteen_days_before_and_then_collected_once(self, willing: House) -> None:
        assert willing.play_day().collected_again == ["2026-7"]
        notice = willing.dispatch("debit_notice")
        assert (notice.state, notice.submitted or notice.settled) == ("delivered", willing.today)
        mails = [m for m in mails_in(willing) if "M-1" in m]
        assert len(mails) == 1 and CREDITOR in mails[0] and "23 februari 2026" in mails[0] and "242,00" in mails[0]
        assert willing.notices() == []
        willing.play_to(date(2026, 2, 13))
        assert run(willing).new == [] and "2026-02-23" in run(willing).waiting[0].why
        willing.play_to(date(2026, 2, 20))
        done = run(willing)
        (new,) = done.new
        assert (new.collected, new.sequence, new.amount) == (date(2026, 2, 23), "RCUR", 242_00)
        assert len({row.end_to_end for row in willing.rows(tables.collections)}) == 2
        assert texts(written(done.files[0]), "ReqdColltnDt") == ["2026-02-23"]
        assert run(willing).new == []
        willing.go_to(date(2026, 2, 23))
        willing.pay("242.00", end_to_end=new.end_to_end)
        willing.play_day()
        assert willing.open() == {}
        willing.assert_each_once()

    def test_a_second_return_is_not_collected_a_third_time(self, willing: House) -> None:
        willing.play_day()
        willing.play_to(date(2026, 2, 20))
        (new,) = run(willing).new
        willing.play_to(date(2026, 2, 23))
        willing.go_to(date(2026, 2, 24))
        willing.pay("242.00", end_to_end=new.end_to_end)
        willing.play_day()
        willing.go_to(date(2026, 2, 26))
        willing.pay("-242.00", end_to_end=new.end_to_end, return_reason="AM04")
        assert willing.play_day().collected_again == []
        assert len(willing.dispatches("debit_notice")) == 1
        assert "The ladder goes on." in willing.tasks("debit_returned")[-1]

    def test_what_was_paid_meanwhile_is_neither_announced_nor_collected(self, willing: House) -> None:
        willing.play_day()
        willing.go_to(date(2026, 2, 16))
        willing.pay("242.00", reference=willing.reference())
        willing.play_day()
        willing.play_to(date(2026, 2, 20))
        assert run(willing).new == []

    def test_a_dispute_stops_it(self, willing: House) -> None:
        willing.play_day()
        willing.hold("2026-7", HoldKind.DISPUTE, date(2026, 3, 30))
        willing.play_to(date(2026, 2, 20))
        assert run(willing).new == []

    def test_nothing_is_collected_before_the_customer_was_told(self, willing: House) -> None:
        """Without an e-mail address a person tells it; closing the task is the day of the notice."""
        customers = [exports.BUSINESS | {"mandate": MANDATE, "email": None}, CONSUMER]
        willing.take_in(collected(), document(number="2026-8"), customers=customers, name="no-mail.json")
        willing.play_day()
        (task,) = listed(willing.workspace, "debit_notice")
        assert "is collected again on 2026-02-23" in task.text
        willing.play_to(date(2026, 2, 20))
        assert "has not left yet" in run(willing).waiting[0].why
        answer(willing.workspace, task.id, Said(outcome="done", by="Nadia Willems"), willing.today)
        assert "2026-03-06" in run(willing).waiting[0].why

    @pytest.mark.parametrize("code", ["MD06", "MS03", "AC04"])
    def test_other_reasons_are_not(self, bill: Bill, code: str) -> None:
        house = bill(collected())
        (house.root / "policy.toml").write_text(willing_policy())
        house.workspace = open_workspace(house.root, now=house.clock)
        one = run(house).new[0]
        house.go_to(DUE)
        house.pay("242.00", end_to_end=one.end_to_end)
        house.play_day()
        house.go_to(date(2026, 2, 9))
        house.pay("-242.00", end_to_end=one.end_to_end, return_reason=code)
        assert house.play_day().collected_again == []

    def test_by_default_nothing_is_collected_again(self, bill: Bill) -> None:
        house = bill(collected())
        one = run(house).new[0]
        house.go_to(DUE)
        told(house, report(house.rows(tables.collections)[0].message, [batch(one.batch, transaction(one.end_to_end))]))
        assert house.play_day().collected_again == []

    @pytest.mark.parametrize("code", ["MD01", "MD06", "AC04"])
    def test_a_policy_cannot_collect_against_the_customers_word(self, code: str) -> None:
        with pytest.raises(BadPolicy, match="cannot be collected again"):
            parse_policy(willing_policy(f'collect_again_for = ["AM04", "{code}"]\n'), "policy.toml")
