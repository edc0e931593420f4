"""Letters by post: laid ready once, posted by a person, and no term runs before that."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from flows.tasks import Said, answer, listed
from flows.workspace import open_workspace
from tests.connectors.exports import CONSUMER, document
from tests.flows.house import After, House
from tests.receivables.policies import policy_text

DUE = date(2026, 2, 2)
REMINDED = date(2026, 2, 9)
BOOK_XIX = '[[ladder.steps]]\nstep = "book_xix_notice"\nwait = 5\n'
SHORT = ('[[ladder.steps]]\nstep = "notice_of_default"\nwait = 15\naccessories = true\n', "wait = 15", "wait = 1")


@pytest.fixture
def written(after: After) -> House:
    return after(be_written)


def be_written(house: House) -> None:
    """The free first reminder to a Belgian consumer lies in the print folder; the next rung waits for the law alone."""
    text = policy_text(replace=(BOOK_XIX, f'{BOOK_XIX}channel = "post"\n'))
    (house.root / "policy.toml").write_text(text.replace(SHORT[0], SHORT[0].replace(*SHORT[1:])))
    house.workspace = open_workspace(house.root, now=house.clock)
    house.take_in(document(customer="C-2", due=DUE.isoformat()), customers=[{**CONSUMER, "preference": "email"}])
    house.play_day()
    house.go_to(REMINDED)
    house.play_day()


def test_the_letter_and_the_invoice_lie_in_the_folder_once(written: House) -> None:
    notice = written.dispatch("notice")
    assert (notice.channel, notice.state) == ("post", "submitted")
    written.play_day()
    index = (written.root / "post" / "index.csv").read_text().splitlines()
    assert len(index) == 2 and "Jan Peeters" in index[1] and "Laan 3, 2440 Geel" in index[1]
    files = sorted((written.root / "post").glob("*.pdf"))
    assert [file.read_bytes()[:5] for file in files] == [b"%PDF-", b"%PDF-"]


def test_a_letter_that_nobody_posted_moves_nothing(written: House) -> None:
    written.play_to(REMINDED + timedelta(days=60), every=6)
    assert [(step, state) for step, _, state in written.notices()] == [("book_xix_notice", "submitted")]


def test_the_belgian_term_runs_from_the_third_working_day_after_posting(written: House) -> None:
    """Posted on Friday 13 February: the term runs from Wednesday 18 February up to and including 3 March."""
    written.play_to(date(2026, 2, 13))
    (task,) = listed(written.workspace, "post")
    answer(written.workspace, task.id, Said(outcome="done", by="Nadia Willems"), written.today)
    written.play_to(date(2026, 3, 3))
    assert written.dispatches("notice")[0].state == "delivered"
    written.play_to(date(2026, 3, 4))
    steps = [(one.occurrence.split("/")[0], one.planned) for one in written.dispatches("notice")]
    assert steps == [("book_xix_notice", REMINDED), ("notice_of_default", date(2026, 3, 4))]
    written.assert_each_once()


class TestOvertaken:
    """A letter that was printed and waits on a desk while the money comes in."""

    def test_the_task_says_not_to_post_it(self, written: House) -> None:
        assert listed(written.workspace, "post")[0].text.startswith("Print and post the letter ")
        written.go_to(REMINDED + timedelta(days=1))
        written.pay("242.00", reference=written.reference(), name="Jan Peeters")
        written.play_day()
        (task,) = listed(written.workspace, "post")
        assert task.text.startswith("Do not post the letter ") and "nothing is open any more" in task.text
        answer(written.workspace, task.id, Said(outcome="not_posted", by="Nadia Willems"), written.today)
        written.play_to(REMINDED + timedelta(days=30), every=6)
        assert [(step, state) for step, _, state in written.notices()] == [("book_xix_notice", "not_delivered")]
        assert listed(written.workspace, "undelivered") == []
        written.assert_each_once()

    def test_a_letter_that_was_taken_back_is_written_anew_with_what_is_left(self, written: House) -> None:
        written.go_to(REMINDED + timedelta(days=1))
        written.pay("21.00", reference=written.reference(), name="Jan Peeters")
        written.play_day()
        (task,) = listed(written.workspace, "post")
        assert "of which" in task.text and "still open" in task.text
        answer(written.workspace, task.id, Said(outcome="not_posted", by="Nadia Willems"), written.today)
        written.play_to(REMINDED + timedelta(days=15))
        states = [(one.occurrence.split("/")[0], one.state) for one in written.dispatches("notice")]
        assert states == [("book_xix_notice", "not_delivered"), ("book_xix_notice", "submitted")]
        (again,) = listed(written.workspace, "post")
        assert again.text.startswith("Print and post")

    def test_a_letter_that_had_left_already_counts(self, written: House) -> None:
        written.go_to(REMINDED + timedelta(days=1))
        written.pay("242.00", reference=written.reference(), name="Jan Peeters")
        written.play_day()
        (task,) = listed(written.workspace, "post")
        answer(written.workspace, task.id, Said(outcome="done", by="Nadia Willems"), written.today)
        written.play_to(REMINDED + timedelta(days=10))
        assert written.dispatch("notice").state == "delivered"
