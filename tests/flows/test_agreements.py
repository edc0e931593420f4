"""What a customer says is noted once, holds the ladder, and is judged by what the bank tells."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pypdfium2
import pytest

from flows import agreements
from flows.agreements import NotAgreed
from flows.artifacts import followed_up
from flows.cli import UNUSABLE, run
from flows.plans import BadPlan, agree
from flows.telling import day_as_dict, day_as_text
from receivables.claims import HoldKind, ItemKind
from receivables.disputes import Reason
from receivables.ledger import book, lookup, tables
from receivables.ledger.database import writing
from receivables.ledger.histories import promise as history_promise
from tests.connectors.exports import document
from tests.flows.house import MONDAY, After, House

DUE = date(2026, 2, 2)
TOLD = date(2026, 2, 4)  # two days late: the ladder's first step is due on the 9th
DAY = date(2026, 2, 12)
LAST = date(2026, 2, 16)  # Thursday the 12th and two bank days
WHO = "P. Jacobs"
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def late(after: After) -> House:
    return after(go_late)


def go_late(house: House) -> None:
    """One invoice of 242.00, delivered and two days late."""
    house.take_in(document(due=DUE.isoformat()))
    play_on(house, MONDAY + timedelta(days=1), TOLD)


def play_on(house: House, *days: date) -> None:
    for day in days:
        house.go_to(day)
        house.play_day()


def promised(house: House, amount: str | None = None, day: date = DAY) -> agreements.Noted:
    return agreements.promise(
        house.workspace,
        "2026-7",
        day=day,
        amount=Decimal(amount) if amount else None,
        by=WHO,
        channel="phone",
        owner="Nadia",
        on=house.today,
    )


def outcomes(house: House) -> list[str | None]:
    return [row.outcome for row in house.rows(tables.holds)]


def steps(house: House) -> list[str]:
    return [step for step, _, _ in house.notices()]


class TestPromise:
    def test_it_holds_the_ladder_until_two_bank_days_after_its_day(self, late: House) -> None:
        assert promised(late).until == LAST
        play_on(late, date(2026, 2, 9), LAST)
        assert steps(late) == [] and outcomes(late) == [None]

    def test_broken_it_ends_and_the_ladder_goes_on_the_same_day(self, late: House) -> None:
        promised(late)
        play_on(late, LAST, LAST + timedelta(days=1))
        assert outcomes(late) == ["broken"] and steps(late) == ["reminder"]
        assert [row.facts["outcome"] for row in late.journal("hold.promise.ended")] == ["broken"]
        assert "242.00 EUR is due at once" in late.tasks("promise_broken")[0]

    def test_the_day_tells_what_came_to_an_end(self, late: House) -> None:
        promised(late)
        late.go_to(LAST + timedelta(days=1))
        day = late.play_day()
        assert "ended 2026-7: promise broken" in day_as_text(day) and "- 2026-7: promise broken" in followed_up(day)
        assert day_as_dict(day)["ended"] == [["2026-7", "promise", "broken"]]

    def test_kept_it_ends_on_the_day_that_the_money_is_seen(self, late: House) -> None:
        promised(late)
        late.go_to(DAY)
        late.pay("242.00", reference=late.reference())
        late.play_day()
        assert outcomes(late) == ["kept"] and late.open() == {}
        late.play_day()
        assert len(late.journal("hold.promise.ended")) == 1

    def test_a_part_that_was_promised_and_paid_is_kept_and_the_rest_goes_on(self, late: House) -> None:
        promised(late, "100.00", day=TOLD)
        late.go_to(TOLD + timedelta(days=1))
        late.pay("100.00", reference=late.reference())
        late.play_day()
        assert outcomes(late) == ["kept"]
        play_on(late, date(2026, 2, 9))
        assert steps(late) == ["reminder"]

    def test_the_bank_days_are_given_once_in_the_history_too(self, late: House) -> None:
        """Promised by Thursday the 12th; two bank days later, on Monday, it is in time, on Tuesday it is not."""
        assert promised(late).until == LAST
        assert history_promise(LAST, None, None, LAST, LAST) is True
        assert history_promise(LAST, None, None, None, LAST) is None
        assert history_promise(LAST, None, None, LAST + timedelta(days=1), LAST + timedelta(days=1)) is False
        assert history_promise(LAST, None, None, None, LAST + timedelta(days=1)) is False

    def test_without_bank_data_nothing_is_called_broken(self, late: House) -> None:
        promised(late)
        late.go_to(LAST + timedelta(days=1))
        assert agreements.judge(late.workspace, late.today).ended == []

    def test_a_newer_promise_takes_the_place_of_the_older(self, late: House) -> None:
        promised(late)
        late.go_to(TOLD + timedelta(days=1))
        promised(late, day=DAY + timedelta(days=7))
        assert outcomes(late) == ["replaced", None]

    @pytest.mark.parametrize(("amount", "day"), [("300.00", DAY), ("0.00", DAY), (None, DUE)])
    def test_what_cannot_be_promised_is_refused(self, late: House, amount: str | None, day: date) -> None:
        with pytest.raises(NotAgreed):
            promised(late, amount, day)
        assert late.rows(tables.holds) == []


class TestDispute:
    def test_the_whole_stays_out_of_the_ladder_and_its_owner_is_asked(self, late: House) -> None:
        agreements.dispute(late.workspace, "2026-7", Reason.QUALITY, note="wet", owner="Nadia", on=late.today)
        play_on(late, date(2026, 2, 9))
        assert steps(late) == [] and "Zuid BV disputes 2026-7 (quality: wet)" in late.tasks("dispute")[0]

    def test_the_undisputed_part_goes_on(self, late: House) -> None:
        noted = agreements.dispute(
            late.workspace, "2026-7", Reason.PRICE, amount=Decimal("60.50"), owner="Nadia", on=late.today
        )
        assert "the other 181.50 goes on" in noted.follows
        play_on(late, date(2026, 2, 9))
        assert steps(late) == ["reminder"]

    def test_ended_the_ladder_goes_on(self, late: House) -> None:
        agreements.dispute(late.workspace, "2026-7", Reason.PRICE, owner="Nadia", on=late.today)
        late.go_to(date(2026, 2, 9))
        agreements.end(late.workspace, "2026-7", HoldKind.DISPUTE, "rejected", on=late.today)
        late.play_day()
        assert outcomes(late) == ["rejected"] and steps(late) == ["reminder"]

    def test_unanswered_it_expires_and_a_person_is_told(self, late: House) -> None:
        until = date(2026, 2, 13)
        agreements.dispute(late.workspace, "2026-7", Reason.PRICE, until=until, owner="Nadia", on=late.today)
        play_on(late, until, date(2026, 2, 16))
        assert outcomes(late) == ["expired"] and steps(late) == ["reminder"]
        assert "Nadia gave no answer by 2026-02-13" in late.tasks("dispute_expired")[0]


class TestWaiver:
    def test_a_named_person_forgoes_interest_with_a_reason_and_never_more_than_is_open(self, late: House) -> None:
        with writing(late.workspace.engine) as connection:
            found = lookup.invoice(connection, "2026-7")
            at = late.clock()
            book.set_accessory(connection, found.id, ItemKind.INTEREST, 350, on=late.today, at=at)
        with pytest.raises(NotAgreed, match=r"3\.50 of it is open"):
            agreements.waive(
                late.workspace, "2026-7", ItemKind.INTEREST, Decimal("3.51"), by="N", why="w", on=late.today
            )
        with pytest.raises(NotAgreed, match="needs the name"):
            agreements.waive(late.workspace, "2026-7", ItemKind.INTEREST, None, by=" ", why="w", on=late.today)
        agreements.waive(late.workspace, "2026-7", ItemKind.INTEREST, None, by="Nadia", why="goodwill", on=late.today)
        assert late.open() == {"principal": 24200}
        (row,) = late.rows(tables.claim_items, tables.claim_items.c.kind == "interest")
        assert (row.waived, row.waived_by, row.waived_why) == (350, "Nadia", "goodwill")


MARCH, APRIL = date(2026, 3, 2), date(2026, 4, 1)
HALVES = [(MARCH, Decimal("121.00")), (APRIL, Decimal("121.00"))]
NOTICED = date(2026, 3, 5)  # 2 March and two bank days, and the day after


def planned(house: House, **more: object) -> object:
    return agree(house.workspace, ["2026-7"], HALVES, by="Nadia", grace_days=8, on=house.today, **more)  # type: ignore[arg-type]


class TestPlan:
    def test_the_agreement_goes_out_to_be_signed_and_the_ladder_waits(self, late: House) -> None:
        agreed = agree(late.workspace, ["2026-7"], HALVES, by="Nadia", grace_days=8, on=late.today)
        play_on(late, date(2026, 2, 9))
        assert steps(late) == [] and late.dispatch("plan").state.value in ("submitted", "delivered")
        pages = pypdfium2.PdfDocument(io.BytesIO(agreed.paper))
        text = "".join(page.get_textpage().get_text_bounded() for page in pages)
        assert "Afbetalingsplan" in text and "121,00" in text and "Zuid BV" in text
        assert agreed.reference != late.reference() and agreed.risks == ()

    def test_instalments_with_its_reference_keep_it(self, late: House) -> None:
        agreed = agree(late.workspace, ["2026-7"], HALVES, by="Nadia", grace_days=8, on=late.today)
        for day in (MARCH, APRIL):
            late.go_to(day)
            late.pay("121.00", reference=agreed.reference)
            late.play_day()
        assert outcomes(late) == ["kept"] and late.open() == {} and late.dispatches("instalment") == []

    def test_a_missed_one_is_asked_for_and_unpaid_the_plan_lapses_where_the_ladder_stood(self, late: House) -> None:
        play_on(late, date(2026, 2, 9), date(2026, 2, 10))
        planned(late)
        play_on(late, date(2026, 3, 4))
        assert late.dispatches("instalment") == []
        play_on(late, NOTICED)
        assert late.dispatch("instalment").occurrence == "2026-03-02"
        play_on(late, date(2026, 3, 12), date(2026, 3, 13))
        assert outcomes(late) == [None] and len(late.dispatches("instalment")) == 1
        play_on(late, date(2026, 3, 16))
        assert outcomes(late) == ["broken"] and "242.00 EUR is due at once" in late.tasks("plan_broken")[0]
        assert steps(late) == ["reminder"] and [row.kind for row in late.rows(tables.tasks)][-1] == "call"

    def test_the_request_stays_home_if_the_money_came_in_the_meantime(self, late: House) -> None:
        planned(late)
        late.go_to(NOTICED)
        late.read_statements()
        agreements.judge(late.workspace, late.today)
        late.go_to(NOTICED + timedelta(days=1))
        late.pay("121.00", reference=late.reference())
        late.read_statements()
        late.send()
        assert late.dispatch("instalment").state.value == "withdrawn"

    def test_what_does_not_add_up_or_stands_already_is_refused(self, late: House) -> None:
        with pytest.raises(BadPlan, match=r"add up to 121\.00, and 242\.00 is open"):
            agree(late.workspace, ["2026-7"], HALVES[:1], by="N", grace_days=8, on=late.today)
        planned(late)
        late.go_to(TOLD + timedelta(days=1))
        with pytest.raises(BadPlan, match="a plan stands on 2026-7"):
            planned(late)
        assert len(late.dispatches("plan")) == 1

    def test_asking_for_instalments_before_delivery_is_a_sign_of_risk(self, house: House) -> None:
        house.take_in(document(due=DUE.isoformat(), delivery={"date": "2026-01-20"}))
        play_on(house, MONDAY + timedelta(days=1))
        agreed = agree(house.workspace, ["2026-7"], HALVES, by="Nadia", grace_days=8, on=house.today)
        assert "before the delivery of 2026-01-20" in agreed.risks[0] and house.tasks("risk") == list(agreed.risks)


class TestCommands:
    def test_what_is_noted_is_said_in_one_line_or_one_object(self, late: House, capsys: Captured) -> None:
        root = ["--root", str(late.root)]
        said = ["promise", "2026-7", "--on", "2026-02-12", "--by", WHO, "--channel", "phone", "--today", str(TOLD)]
        assert run([*said, *root, "--format", "json"]) == 0
        assert json.loads(capsys.readouterr().out)["until"] == "2026-02-16"
        assert run(["dispute", "2026-7", "--reason", "price", "--amount", "60.50", "--on", str(TOLD), *root]) == 0
        assert "held until 2026-03-06; the other 181.50 goes on" in capsys.readouterr().out

    def test_a_plan_puts_the_agreement_where_it_is_asked_for(
        self, late: House, tmp_path: Path, capsys: Captured
    ) -> None:
        parts = ["--instalment", "2026-03-02=121.00", "--instalment", "2026-04-01=121.00", "--by", "Nadia"]
        answer = run(["plan", "2026-7", *parts, "--out", str(tmp_path), "--on", str(TOLD), "--root", str(late.root)])
        assert answer == 0 and "242.00 EUR in 2 instalments" in capsys.readouterr().out
        assert (tmp_path / "afbetalingsplan.pdf").read_bytes().startswith(b"%PDF")

    @pytest.mark.parametrize(
        ("command", "says"),
        [
            (["plan", "2026-7", "--instalment", "soon=1", "--by", "N"], "write DAY=AMOUNT"),
            (["plan", "2026-7"], "needs its instalments"),
            (["plan", "2026-7", "--instalment", "2026-03-02=1.00", "--by", "N"], "242.00 is open"),
            (["dispute", "2026-7", "--end"], "--end with --outcome"),
            (["dispute", "2026-7", "--end", "--outcome", "rejected"], "has no dispute that stands"),
            (["waive", "2026-7", "--kind", "interest", "--by", "N", "--why", "w"], "cannot be waived"),
            (["dispute", "2026-9", "--reason", "price"], "no invoice 2026-9"),
        ],
    )
    def test_what_cannot_be_is_one_sentence_and_exit_2(
        self, late: House, command: list[str], says: str, capsys: Captured
    ) -> None:
        assert run([*command, "--on", str(TOLD), "--root", str(late.root)]) == UNUSABLE
        out, err = capsys.readouterr()
        assert out == "" and says in err and err.count("\n") == 1
