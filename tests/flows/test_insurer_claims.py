"""From the arrears to what the insurer pays: filed once, booked beside the claim, shared when the debtor pays."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from connectors.sandbox.faults import Fault
from connectors.sandbox.insurers import InsurerScript
from flows.insurer_answers import NotNoted, note_paid
from flows.insurer_requests import NotAsked, extend, file_by_hand
from flows.overview import as_csv, as_dicts, as_markdown, as_text, overview
from flows.tasks import Said, answer, listed
from receivables.claims import HoldKind
from receivables.dossier import verify
from receivables.ledger import indemnities, insurance_tables, insurer_claims, tables
from receivables.ledger.database import reading
from tests.flows.house import House
from tests.flows.insured import (
    DUE,
    INSURER_IBAN,
    NOTIFIED,
    acknowledged,
    insure_and_send,
    invoice,
    with_policy,
)

BuildHouse = Callable[..., House]
CLAIMED = NOTIFIED + timedelta(days=14)


@pytest.fixture
def claimed(house: House) -> House:
    """The claim was filed when the waiting period of two weeks was over."""
    with_policy(house, waiting_period=14, accounts=f'["{INSURER_IBAN}"]')
    acknowledged(house)
    house.go_to(CLAIMED)
    insure_and_send(house)
    return house


def claim_of(house: House) -> insurer_claims.InsurerClaim:
    with reading(house.workspace.engine) as connection:
        (only,) = insurer_claims.claims(connection)
    return only


def position(house: House) -> tuple[int, int, int]:
    """(open, borne by the insurer, own risk) in cents."""
    with reading(house.workspace.engine) as connection:
        (only,) = indemnities.positions(connection).values()
    return only.open, only.borne, only.own_risk


def days_on(house: House, days: int) -> None:
    house.go_to(house.today + timedelta(days=days))
    insure_and_send(house)


def pay(house: House, amount: str, **details: str) -> None:
    house.pay(amount, **details)
    house.read_statements()
    insure_and_send(house)


def test_nothing_is_claimed_while_the_waiting_period_runs(house: House) -> None:
    with_policy(house, waiting_period=14)
    acknowledged(house)
    house.go_to(CLAIMED - timedelta(days=1))
    assert insure_and_send(house).claimed == []
    assert house.dispatches("insurer_claim") == []


def test_the_claim_is_filed_once_with_a_dossier_that_proves_itself(claimed: House) -> None:
    sent = claimed.dispatch("insurer_claim")
    assert verify(claimed.workspace.store.get(sent.content)).ok
    with zipfile.ZipFile(io.BytesIO(claimed.workspace.store.get(sent.content))) as archive:
        told = json.loads(archive.read("claim.json"))
    assert (told["principal"], told["total"]) == ("605.00", "605.00"), "a policy pays no interest and no costs"
    found = claim_of(claimed)
    assert (found.claimed, found.expected, found.cause) == (60500, 54450, "protracted_default")
    days_on(claimed, 1)
    days_on(claimed, 1)
    assert len(claimed.dispatches("insurer_claim")) == 1
    assert len([key for key in claimed.received_by("insurer") if "insurer_claim" in key]) == 1


def test_our_own_letters_stop_while_the_insurer_collects(claimed: House) -> None:
    (held,) = claimed.rows(tables.holds, tables.holds.c.ended.is_(None))
    assert (held.kind, held.owner) == (HoldKind.MANUAL, "Kredietverzekering Sandbox")


def test_it_is_paid_at_ninety_percent_and_the_debtor_still_owes_all(claimed: House) -> None:
    days_on(claimed, 7)
    assert claim_of(claimed).state == "approved" and claim_of(claimed).approved == 54450
    days_on(claimed, 3)
    assert claim_of(claimed).state == "paid"
    assert claimed.open() == {"principal": 60500}, "open = invoiced − credited − paid − written off"
    assert position(claimed) == (60500, 54450, 6050)
    story = claimed.story()
    assert (story.outcome, story.open) == ("indemnified", 60500)
    days_on(claimed, 1)
    assert len(claimed.rows(insurance_tables.indemnifications)) == 1, "asked again, nothing is booked twice"
    claimed.assert_each_once()


def test_what_was_indemnified_stands_apart_in_what_is_open(claimed: House) -> None:
    paid_on = claimed.today + timedelta(days=10)
    days_on(claimed, 7)
    days_on(claimed, 3)
    pay(claimed, "100.00", reference=claimed.reference())

    def seen(on: date) -> tuple[str, str, str]:
        found = overview(claimed.workspace, on)
        (row,) = csv.DictReader(io.StringIO(as_csv(found)))
        (debtor,) = as_dicts(found)
        assert list(row)[-1] == list(debtor)[-1] == "indemnified", "published shapes grow at their end"
        assert str(debtor["indemnified"]) == row["indemnified"] == str(debtor["items"][0]["indemnified"])
        return row["open"], row["indemnified"], as_text(found).splitlines()[3].split()[-1]

    assert seen(paid_on - timedelta(days=1))[:2] == ("605.00", "0.00")
    assert seen(paid_on) == ("505.00", "454.50", "454.50"), "90.00 of what came in since is the insurer's"
    assert as_markdown(overview(claimed.workspace, paid_on)).splitlines()[4].endswith("| 454.50 |")


def test_the_insurers_money_pays_no_invoice_whatever_its_text_names(claimed: House) -> None:
    days_on(claimed, 10)
    text = f"Schade CL-00002 {claimed.reference()} 2026-7"
    pay(claimed, "544.50", name="Verzekeraar", iban=INSURER_IBAN, text=text)
    assert claimed.open() == {"principal": 60500}
    (entry,) = claimed.rows(tables.entries, tables.entries.c.amount == 54450)
    assert (entry.state, entry.match["reason"]) == ("matched", "indemnification")
    (paid,) = claimed.rows(insurance_tables.indemnifications)
    assert paid.entry_id == entry.id
    assert claimed.tasks("insurer_money") == []


def test_money_that_comes_before_the_insurers_word_waits_for_it(claimed: House) -> None:
    days_on(claimed, 8)
    pay(claimed, "544.50", name="Verzekeraar", iban=INSURER_IBAN, text="factuur 2026-7")
    (entry,) = claimed.rows(tables.entries, tables.entries.c.amount == 54450)
    assert entry.state == "unmatched" and claimed.open() == {"principal": 60500}
    days_on(claimed, 2)
    (entry,) = claimed.rows(tables.entries, tables.entries.c.amount == 54450)
    assert entry.state == "matched"


def test_money_that_never_comes_is_asked_for(claimed: House) -> None:
    days_on(claimed, 10)
    days_on(claimed, 20)
    (task,) = claimed.tasks("insurer_money")
    assert "544.50 EUR" in task and "no bank entry brought it" in task


def test_what_the_debtor_pays_afterwards_is_shared(claimed: House) -> None:
    days_on(claimed, 10)
    pay(claimed, "300.00", reference=claimed.reference())
    assert claimed.open() == {"principal": 30500}
    assert position(claimed) == (30500, 27450, 3050)
    (task,) = claimed.tasks("insurer_share")
    assert "300.00 EUR came in on 2026-7" in task and "270.00 of it is the insurer's" in task
    days_on(claimed, 1)
    pay(claimed, "305.00", reference=claimed.reference())
    assert position(claimed) == (0, 0, 0)
    assert claimed.story().outcome == "indemnified"
    claimed.assert_each_once()


def test_a_payment_that_goes_back_takes_its_share_with_it(claimed: House) -> None:
    from receivables.ledger.database import writing
    from receivables.ledger.money_in import reverse_entry

    days_on(claimed, 10)
    pay(claimed, "300.00", reference=claimed.reference())
    (entry,) = claimed.rows(tables.entries, tables.entries.c.amount == 30000)
    with writing(claimed.workspace.engine) as connection:
        reverse_entry(connection, entry.id, on=claimed.today, at=claimed.clock())
    insure_and_send(claimed)
    assert position(claimed) == (60500, 54450, 6050)
    assert [row.share for row in claimed.rows(insurance_tables.recoveries)] == [27000, -27000]


def test_a_payment_while_the_claim_is_examined_is_told_to_the_insurer(claimed: House) -> None:
    days_on(claimed, 1)
    pay(claimed, "100.00", reference=claimed.reference())
    (task,) = claimed.tasks("insurer_info")
    assert "100.00 EUR less is open on claim CL-00002" in task


def test_less_than_the_policy_should_pay_is_asked_about(build_house: BuildHouse) -> None:
    house = build_house(insurance=InsurerScript(percentage=Decimal(80)))
    with_policy(house, waiting_period=14)
    acknowledged(house)
    house.go_to(CLAIMED)
    insure_and_send(house)
    days_on(house, 10)
    (task,) = house.tasks("insurer_difference")
    assert "it paid 484.00, the policy should pay 544.50 EUR" in task
    assert position(house) == (60500, 48400, 12100)


def test_a_limit_caps_what_is_expected(build_house: BuildHouse) -> None:
    house = build_house(insurance=InsurerScript(limits={"BUYER-1": Decimal(500)}))
    with_policy(house, waiting_period=14)
    acknowledged(house)
    house.go_to(CLAIMED)
    insure_and_send(house)
    assert claim_of(house).expected == 45000


def test_a_limit_that_was_withdrawn_later_still_covers_what_was_delivered_before(build_house: BuildHouse) -> None:
    script = InsurerScript(limits={"BUYER-1": Decimal(20000)}, withdrawn={"BUYER-1": date(2026, 3, 2)})
    house = build_house(insurance=script)
    with_policy(house, waiting_period=14)
    acknowledged(house)
    house.go_to(CLAIMED)
    insure_and_send(house)
    assert claim_of(house).expected == 54450


def test_a_refused_claim_is_ours_again(build_house: BuildHouse) -> None:
    house = build_house(insurance=InsurerScript())
    with_policy(house, waiting_period=14)
    acknowledged(house)
    house.go_to(CLAIMED)
    insure_and_send(house)
    object.__setattr__(house.sandbox._insurer, "script", InsurerScript(refused=("BUYER-1",)))  # it changes its mind
    days_on(house, 7)
    assert claim_of(house).state == "rejected"
    assert house.rows(tables.holds, tables.holds.c.ended.is_(None)) == []
    (task,) = house.tasks("insurer_rejected")
    assert "the policy does not cover this buyer" in task and "It is ours again" in task
    assert house.story().outcome == "insurer_notified"


@pytest.mark.parametrize("kind", ["drop", "error", "garbage", "too_many"])
def test_a_lost_answer_about_a_claim_is_asked_for(build_house: BuildHouse, kind: str) -> None:
    house = build_house(faults=[Fault(partner="insurer", kind=kind, call="POST /claims")])  # type: ignore[arg-type]
    with_policy(house, waiting_period=14)
    acknowledged(house)
    house.go_to(CLAIMED)
    insure_and_send(house)
    for _ in range(4):
        house.send()
        house.clock.later += timedelta(hours=1)
    days_on(house, 1)
    assert claim_of(house).state == "accepted"
    assert len([key for key in house.received_by("insurer") if "insurer_claim" in key]) == 1
    house.assert_each_once()


class TestByPersons:
    def test_a_person_files_where_the_policy_says_so(self, house: House) -> None:
        with_policy(house, waiting_period=14, filing='"person"', claim_within=30)
        acknowledged(house)
        with pytest.raises(NotAsked, match="may be filed from 2026-05-07"):
            file_by_hand(house.workspace, "C-1", None, house.today)
        house.go_to(CLAIMED)
        insure_and_send(house)
        (task,) = [t for t in listed(house.workspace) if t.kind == "insurer_claim"]
        assert task.due == CLAIMED + timedelta(days=30) and "voldaan insurer claim C-1" in task.text
        assert "claim 1 is filed" in file_by_hand(house.workspace, "C-1", None, house.today)
        assert [t for t in listed(house.workspace) if t.kind == "insurer_claim"] == []
        house.send()
        assert house.dispatch("insurer_claim").partner_id == "CL-00002"

    def test_a_claim_that_nobody_files_in_time_is_an_alarm(self, house: House) -> None:
        with_policy(house, waiting_period=14, filing='"person"', claim_within=30)
        acknowledged(house)
        house.go_to(CLAIMED + timedelta(days=30))
        insure_and_send(house)
        assert house.tasks("insurer_missed") == []
        days_on(house, 1)
        (task,) = house.tasks("insurer_missed")
        assert "the right to it may have lapsed" in task

    def test_an_insurer_who_is_told_by_file(self, house: House) -> None:
        with_policy(house, partner='"file"', waiting_period=14, url=None, key=None)
        acknowledged(house)
        (task,) = [t for t in listed(house.workspace) if t.kind == "insurer_file"]
        assert task.due == DUE + timedelta(days=90) and "insurer/CI-2026-001/" in task.text
        folder = house.root / "insurer" / "CI-2026-001"
        assert {path.suffix for path in folder.iterdir()} == {".csv", ".json", ".pdf"}
        assert next(folder.glob("*.pdf")).read_bytes().startswith(b"%PDF")
        house.send()
        assert house.dispatch("overdue_report").state == "submitted", "laid ready is not told"
        answer(house.workspace, task.id, Said(outcome="done", by="Nadia Willems"), house.today)
        house.send()
        assert house.dispatch("overdue_report").state == "delivered"
        house.go_to(CLAIMED)
        insure_and_send(house)
        (task,) = [t for t in listed(house.workspace) if t.kind == "insurer_file"]
        answer(house.workspace, task.id, Said(outcome="done", by="Nadia Willems"), house.today)
        days_on(house, 1)
        done = note_paid(house.workspace, 1, Decimal("544.50"), reference="SCH-1", last=True, on=house.today)
        assert done.state == "paid" and position(house) == (60500, 54450, 6050)

    def test_more_than_was_claimed_is_not_noted(self, claimed: House) -> None:
        with pytest.raises(NotNoted, match=r"at most 605\.00 EUR is left"):
            note_paid(claimed.workspace, 1, Decimal("605.01"), reference="", last=True, on=claimed.today)
        with pytest.raises(NotNoted, match="there is no claim 7"):
            note_paid(claimed.workspace, 7, Decimal("1.00"), reference="", last=True, on=claimed.today)


class TestRequests:
    def test_an_extension_moves_the_clock_only_when_it_is_agreed(self, build_house: BuildHouse) -> None:
        house = build_house(insurance=InsurerScript(referred=2))
        house.take_in(invoice())
        house.go_to(date(2026, 3, 2))
        why = "payment run in May"
        told = extend(
            house.workspace, "C-1", date(2026, 5, 29), by="Nadia", why=why, numbers=None, seller=None, on=house.today
        )
        assert "asked to extend 2026-7 until 2026-05-29" in told
        house.send()
        assert house.dispatch("overdue_report").state == "submitted"
        house.go_to(date(2026, 3, 4))
        house.send()
        assert house.dispatch("overdue_report").state == "delivered"
        house.go_to(NOTIFIED)
        assert insure_and_send(house).planned == [], "not late before 29 May"
        house.go_to(date(2026, 6, 18))
        assert insure_and_send(house).planned == ["C-1"]

    def test_a_refused_extension_is_told_and_moves_nothing(self, build_house: BuildHouse) -> None:
        house = build_house(insurance=InsurerScript(referred=1, refused=("BUYER-1",)))
        house.take_in(invoice())
        house.go_to(date(2026, 3, 2))
        until = date(2026, 5, 29)
        extend(house.workspace, "C-1", until, by="N", why="w", numbers=["2026-7"], seller=None, on=house.today)
        house.send()
        days_on(house, 1)
        days_on(house, 1)
        (task,) = house.tasks("insurer_rejected")
        assert "refused the request (EXP)" in task
        house.go_to(NOTIFIED)
        assert insure_and_send(house).planned == ["C-1"]

    def test_what_is_not_late_cannot_be_extended(self, house: House) -> None:
        house.take_in(invoice())
        with pytest.raises(NotAsked, match="nothing that is late"):
            extend(house.workspace, "C-1", DUE, by="N", why="w", numbers=None, seller=None, on=house.today)

    def test_a_plan_beyond_the_extension_period_is_put_to_the_insurer_once(self, house: House) -> None:
        house.take_in(invoice())
        house.hold("2026-7", HoldKind.PLAN, until=date(2026, 9, 30))
        house.go_to(date(2026, 3, 2))
        assert insure_and_send(house).requested == ["C-1"]
        days_on(house, 1)
        asked = house.dispatch("overdue_report")
        assert (asked.details["category"], asked.details["until"]) == ("RES", "2026-09-30")
        house.go_to(NOTIFIED)
        assert insure_and_send(house).planned == [], "the insurer agreed to the plan"
