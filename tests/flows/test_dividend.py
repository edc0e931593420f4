"""What the administrator of an estate pays: known by name or reference, booked by a person, also after a write-off."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from flows.cli import UNUSABLE, run
from flows.write_off import write_off
from receivables.ledger import tables
from tests.connectors.exports import document
from tests.flows.house import APPROVER, House
from tests.flows.test_insolvency import CURATOR, insolvent, late  # noqa: F401 - late: a fixture

Captured = pytest.CaptureFixture[str]
MAES: dict[str, Any] = {"name": "Mr. E. MAES", "iban": "BE43068999999501"}
OTHER: dict[str, Any] = {"name": "Derdenrekening", "iban": "BE43068999999501"}


def command(house: House, *words: str) -> int:
    return run([*words, "--root", str(house.root), "--on", str(house.today)])


def paid(house: House, amount: str, **details: Any) -> Any:
    """The estate pays some months later; the entry as the statement left it."""
    house.go_to(house.today + timedelta(days=90))
    house.pay(amount, **details)
    house.read_statements()
    return house.rows(tables.entries)[-1]


def given_up(house: House) -> None:
    write_off(house.workspace, "2026-7", by=APPROVER, reason="empty estate", on=house.today, cause="insolvency")


@pytest.fixture
def failed(late: House) -> House:  # noqa: F811
    insolvent(late)
    return late


class TestKnown:
    @pytest.mark.parametrize(
        "details",
        [
            MAES,
            {**OTHER, "text": "dividend faillissement RegSol 20260212"},
            {**OTHER, "text": "uitdeling 20260212 Zuid"},
            {**OTHER, "text": "RegSol/2026/0212"},
        ],
    )
    def test_by_the_administrators_name_or_the_reference_it_is_proposed(
        self, failed: House, details: dict[str, Any]
    ) -> None:
        entry = paid(failed, "48.40", **details)
        assert entry.state == "proposed" and "insolvency" in entry.match["reason"]
        assert [share[2] for share in entry.match["shares"]] == [4840] and failed.open() == {"principal": 24200}

    def test_an_administrator_of_two_estates_needs_the_reference(self, failed: House) -> None:
        failed.take_in(document(number="2026-8", customer="C-3", issued="2026-02-16", due="2026-03-18"))
        other = ["--result", "insolvent", "--reference", "RegSol 20260214", "--opened", "2026-02-14", "--by", "Nadia"]
        assert command(failed, "insolvency", "note", "C-3", *other) == 0
        assert command(failed, "insolvency", "administrator", "C-3", *CURATOR) == 0
        assert paid(failed, "48.40", **MAES).state == "unmatched"
        assert paid(failed, "48.40", **MAES, text="RegSol 20260214").match["shares"][0][2] == 4840

    def test_another_reference_says_nothing(self, failed: House) -> None:
        entry = paid(failed, "48.40", **OTHER, text="RegSol 20260213")
        assert entry.state == "unmatched"

    def test_accepted_it_lowers_what_is_open_and_is_told_in_open_items(self, failed: House, capsys: Captured) -> None:
        entry = paid(failed, "48.40", **MAES)
        assert command(failed, "match", "accept", str(entry.id), "--by", APPROVER) == 0
        assert failed.open() == {"principal": 19360}
        capsys.readouterr()
        assert command(failed, "open-items", "--format", "json") == 0
        (debtor,) = map(json.loads, capsys.readouterr().out.splitlines())
        assert (debtor["open"], debtor["items"][0]["open"]) == ("193.60", "193.60")


class TestAfterAWriteOff:
    def test_a_person_books_it_and_it_is_shown_as_recovered(self, failed: House, capsys: Captured) -> None:
        given_up(failed)
        entry = paid(failed, "48.40", **MAES)
        assert entry.state == "proposed" and "written off" in entry.match["reason"]
        assert command(failed, "match", "accept", str(entry.id), "--by", APPROVER) == UNUSABLE
        assert command(failed, "match", "assign", str(entry.id), "2026-7", "--by", APPROVER) == 0
        assert "48.40 of it recovered after it was written off" in capsys.readouterr().out
        assert failed.open() == {} and failed.story().outcome == "written_off"
        assert [row.facts["amount"] for row in failed.journal("claim.recovered")] == [4840]
        assert command(failed, "explain", "2026-7") == 0
        assert "recovered after it was written off: 48.40 EUR of the principal" in capsys.readouterr().out
        failed.assert_each_once()

    def test_the_rest_too_and_no_cent_more(self, failed: House, capsys: Captured) -> None:
        given_up(failed)
        first = paid(failed, "200.00", **MAES)
        assert command(failed, "match", "assign", str(first.id), "2026-7", "--by", APPROVER) == 0
        second = paid(failed, "50.00", **MAES)
        asked = [f"2026-7={sum_}" for sum_ in ("50.00", "42.00")]
        assert command(failed, "match", "assign", str(second.id), asked[0], "--by", APPROVER) == UNUSABLE
        assert len(failed.journal("claim.recovered")) == 1, "what cannot be booked leaves nothing behind"
        assert command(failed, "match", "assign", str(second.id), asked[1], "--by", APPROVER) == 0
        assert failed.open() == {} and failed.story().outcome == "paid_after_reminder"

    def test_a_wrong_match_taken_back_is_written_off_again(self, failed: House) -> None:
        given_up(failed)
        entry = paid(failed, "48.40", **MAES)
        for _ in range(2):
            assert command(failed, "match", "assign", str(entry.id), "2026-7", "--by", APPROVER) == 0
            assert command(failed, "match", "undo", str(entry.id), "--by", APPROVER) == 0
            assert failed.open() == {} and failed.story().outcome == "written_off"
        written = failed.rows(tables.allocations, tables.allocations.c.source == "write_off")
        assert sum(row.amount for row in written) == 24200
