"""A payment plan beyond its instalments: free conditions, the note ahead of one, and the customer's signature."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from flows.cli import UNUSABLE, run
from flows.plans import Agreed, BadPlan, agree
from flows.workspace import open_workspace
from receivables.ledger import tables
from tests.flows.house import House
from tests.flows.test_agreements import APRIL, HALVES, MARCH, TOLD, Captured, late, play_on
from tests.flows.test_debit_refused import mails_in
from tests.receivables.policies import policy_text

__all__ = ["late"]  # a fixture

CONDITION = "Nieuwe leveringen  worden contant betaald; 2 % korting vervalt."


def planned(house: House, *, conditions: Sequence[str] = (), grace_days: int = 8) -> Agreed:
    return agree(
        house.workspace,
        ["2026-7"],
        HALVES,
        by="Nadia",
        grace_days=grace_days,
        on=house.today,
        conditions=conditions,
    )


def paper_text(paper: bytes) -> str:
    pages = pypdfium2.PdfDocument(io.BytesIO(paper))
    return " ".join(" ".join(page.get_textpage().get_text_bounded().split()) for page in pages)


def policy_with(house: House, **changes: str) -> None:
    text = policy_text()
    for table, line in changes.items():
        text = text.replace(f"[{table}]\n", f"[{table}]\n{line}\n")
    (house.root / "policy.toml").write_text(text)
    house.workspace = open_workspace(house.root, now=house.clock)


class TestConditions:
    def test_they_stand_in_the_agreement_in_print_and_in_the_mail_and_are_kept(self, late: House) -> None:
        agreed = planned(late, conditions=[CONDITION, "De aannemer tekent mee."])
        said = "1. Nieuwe leveringen worden contant betaald; 2 % korting vervalt."
        assert agreed.conditions[0] == said[3:]
        text = paper_text(agreed.paper)
        assert "Daarnaast spraken wij af:" in text and said in text and "2. De aannemer tekent mee." in text
        late.send()
        (mail,) = [m for m in mails_in(late) if "Daarnaast" in m]
        assert said in " ".join(mail.split())
        assert late.rows(tables.holds)[0].details["conditions"] == list(agreed.conditions)

    def test_without_any_the_agreement_says_nothing_of_them(self, late: House) -> None:
        assert "Daarnaast" not in paper_text(planned(late).paper)

    def test_the_days_of_grace_are_those_that_were_agreed(self, late: House) -> None:
        assert "binnen 14 dagen na onze schriftelijke vraag" in paper_text(planned(late, grace_days=14).paper)

    @pytest.mark.parametrize(
        ("conditions", "sentence"),
        [([" "], "a condition has 1 to 400"), (["x" * 401], "this one has 401"), (["x"] * 11, "11 conditions are too")],
    )
    def test_what_cannot_be_printed_is_refused(self, late: House, conditions: list[str], sentence: str) -> None:
        with pytest.raises(BadPlan, match=sentence):
            planned(late, conditions=conditions)


class TestAhead:
    @pytest.fixture
    def early(self, late: House) -> House:
        policy_with(late, courtesy="instalment_days_before = 3")
        planned(late)
        return late

    def test_a_note_goes_out_once_before_each_instalment(self, early: House) -> None:
        play_on(early, date(2026, 2, 26))
        assert early.dispatches("instalment_note") == []
        play_on(early, date(2026, 2, 27), MARCH)
        (note,) = early.dispatches("instalment_note")
        assert (note.occurrence, note.planned, note.state) == ("2026-03-02", date(2026, 2, 27), "delivered")
        (mail,) = [m for m in mails_in(early) if "volgende termijn" in m]
        assert "121,00" in mail and "2 maart 2026" in mail
        early.assert_each_once()

    def test_a_missed_week_sends_no_note_about_a_day_that_came(self, early: House) -> None:
        play_on(early, MARCH)
        assert early.dispatches("instalment_note") == []

    def test_none_where_it_was_paid_ahead(self, early: House) -> None:
        early.go_to(date(2026, 2, 20))
        early.pay("121.00", reference=early.reference())
        early.play_day()
        play_on(early, date(2026, 2, 27))
        assert early.dispatches("instalment_note") == []

    def test_it_stays_home_if_the_money_comes_before_it_leaves(self, early: House) -> None:
        from flows.agreements import judge

        early.go_to(date(2026, 2, 27))
        early.read_statements()
        judge(early.workspace, early.today)
        early.go_to(date(2026, 2, 28))
        early.pay("121.00", reference=early.reference())
        early.read_statements()
        early.send()
        assert early.dispatch("instalment_note").state == "withdrawn"

    def test_off_by_default(self, late: House) -> None:
        planned(late)
        play_on(late, date(2026, 2, 27))
        assert late.dispatches("instalment_note") == []


class TestSignature:
    def sign(self, house: House, paper: Path, *more: str) -> int:
        said = ["plan", "2026-7", "--signed", str(paper), "--signed-by", "P. Jacobs", "--root", str(house.root)]
        return run([*said, "--on", house.today.isoformat(), *more])

    @pytest.fixture
    def paper(self, tmp_path: Path) -> Path:
        path = tmp_path / "scan.pdf"
        path.write_bytes(b"%PDF-signed")
        return path

    def test_it_is_kept_with_who_and_when_and_as_evidence(self, late: House, paper: Path, capsys: Captured) -> None:
        planned(late)
        play_on(late, TOLD + timedelta(days=1), TOLD + timedelta(days=6))
        assert self.sign(late, paper, "--signed-on", "2026-02-06") == 0
        kept = late.rows(tables.holds)[0].details["signed"]
        assert (kept["by"], kept["on"]) == ("P. Jacobs", "2026-02-06") and kept["file"] in capsys.readouterr().out
        assert late.workspace.store.get(kept["file"]) == b"%PDF-signed"
        (entry,) = late.journal("plan.signed")
        assert entry.facts == {"file": kept["file"], "signed": "2026-02-06"}, "no name in the journal"
        assert any(content == b"%PDF-signed" for _, content in late.evidence(late.dispatch("plan")))

    def test_unsigned_it_becomes_a_task_that_the_signature_closes(self, late: House, paper: Path) -> None:
        planned(late)
        play_on(late, TOLD + timedelta(days=9))
        assert late.tasks("plan_unsigned") == []
        play_on(late, TOLD + timedelta(days=12), TOLD + timedelta(days=13))
        (text,) = late.tasks("plan_unsigned")
        assert "has not signed the payment plan of 2026-02-04 on 2026-7" in text
        assert self.sign(late, paper) == 0
        (task,) = late.rows(tables.tasks, tables.tasks.c.kind == "plan_unsigned")
        assert (task.done, task.outcome) == (late.today, "signed")

    def test_signed_in_time_nobody_is_asked(self, late: House, paper: Path) -> None:
        planned(late)
        play_on(late, TOLD + timedelta(days=1))
        assert self.sign(late, paper) == 0
        play_on(late, TOLD + timedelta(days=20))
        assert late.tasks("plan_unsigned") == []

    @pytest.mark.parametrize(
        ("more", "sentence"),
        [
            (["--signed-on", "2027-01-01"], "is yet to come"),
            (["--signed-on", "2026-01-01"], "lies before the agreement"),
            (["--signed-by", " "], "say who signed it"),
        ],
    )
    def test_what_cannot_be_is_one_sentence(
        self, late: House, paper: Path, more: list[str], sentence: str, capsys: Captured
    ) -> None:
        planned(late)
        said: list[Any] = ["plan", "2026-7", "--signed", str(paper), "--root", str(late.root)]
        if "--signed-by" not in more:
            said += ["--signed-by", "P. Jacobs"]
        assert run([*said, "--on", late.today.isoformat(), *more]) == UNUSABLE
        assert sentence in capsys.readouterr().err

    def test_a_paper_that_is_not_there_is_one_sentence(self, late: House, tmp_path: Path, capsys: Captured) -> None:
        planned(late)
        assert self.sign(late, tmp_path / "none.pdf") == UNUSABLE
        assert "cannot be kept" in capsys.readouterr().err

    def test_no_plan_no_signature(self, late: House, paper: Path, capsys: Captured) -> None:
        assert self.sign(late, paper) == UNUSABLE
        assert "no plan stands on 2026-7" in capsys.readouterr().err


def test_the_second_instalment_is_announced_too(late: House) -> None:
    policy_with(late, courtesy="instalment_days_before = 3")
    agreed = planned(late)
    late.go_to(MARCH)
    late.pay("121.00", reference=agreed.reference)
    late.play_day()
    play_on(late, APRIL - timedelta(days=3), APRIL - timedelta(days=2))
    assert [one.occurrence for one in late.dispatches("instalment_note")] == [APRIL.isoformat()]
