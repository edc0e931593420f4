"""Claims near their limitation are listed and told well ahead of the day, once, while they are open."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest

from flows.cli import run
from flows.lapsing import listed, warn
from flows.overview import as_csv, as_markdown, overview
from tests.connectors.exports import document
from tests.flows.house import House

DUE = date(2026, 2, 2)
LAST = date(2036, 2, 2)  # ten years, a Belgian business debtor: art. 2262bis old Civil Code
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def old(house: House) -> House:
    house.take_in(document(due=DUE.isoformat()), document(number="2026-8", due="2028-01-31"))
    return house


def test_a_person_is_told_once_ahead_of_the_day(old: House) -> None:
    (one,) = listed(old.workspace, LAST)
    assert one.found.last_day == LAST and one.claim.number == "2026-7"
    assert warn(old.workspace, LAST - timedelta(days=91)) == 0
    assert warn(old.workspace, LAST - timedelta(days=90)) == 1
    assert warn(old.workspace, LAST - timedelta(days=89)) == 0
    (text,) = old.tasks("limitation")
    assert "2026-7 of Zuid BV may lapse on 2036-02-02" in text


def test_what_was_paid_does_not_lapse(old: House) -> None:
    old.pay("242.00", reference=old.reference())
    old.read_statements()
    assert warn(old.workspace, LAST) == 0


def test_the_list_of_open_items_shows_it(old: House, capsys: Captured) -> None:
    assert run(["open-items", "--on", LAST.isoformat(), "--root", str(old.root)]) == 0
    assert "Near their limitation\n2026-7 of Zuid BV may lapse on 2036-02-02" in capsys.readouterr().out
    found = overview(old.workspace, LAST)
    row, other = csv.DictReader(io.StringIO(as_csv(found)))
    assert (row["may_lapse"], other["may_lapse"]) == ("2036-02-02", "")
    page = as_markdown(found)
    assert "| 2026-7 | 2036-02-02 |" in page and "Zuid" not in page


def test_before_that_nothing_is_said(old: House, capsys: Captured) -> None:
    assert run(["open-items", "--on", "2026-03-02", "--root", str(old.root)]) == 0
    assert "limitation" not in capsys.readouterr().out
