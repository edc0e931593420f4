"""Money in: each statement and each entry once, certain payments booked, everything else visible for a person."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from flows import artifacts, daily, reconcile
from flows.tasks import Said, answer
from receivables.ledger import tables
from receivables.ledger.bank_gaps import known_until as known
from receivables.ledger.database import reading
from tests.connectors import bank_files
from tests.connectors.exports import document
from tests.flows.house import BE_ACCOUNT, House

PAID_ON = date(2026, 1, 20)


@pytest.fixture
def billed(house: House) -> House:
    """An invoice of 242.00 and one of 242.00 more, out since two weeks."""
    house.take_in(document(), document(number="2026-8"))
    house.go_to(PAID_ON)
    return house


def states(house: House) -> list[str]:
    return [row.state for row in house.rows(tables.entries)]


def statement(house: House) -> Path:
    """The statement of the Belgian account, read and moved to `bank/done`."""
    (path,) = (house.root / "bank" / "done").glob(f"*{BE_ACCOUNT}*")
    return path


def test_a_payment_with_the_invoices_reference_settles_it(billed: House) -> None:
    billed.pay("242.00", reference=billed.reference())
    (be, nl) = billed.read_statements()
    assert (dict(be.entries), dict(nl.entries)) == ({"matched": 1}, {})
    assert (billed.open(), billed.open("2026-8")) == ({}, {"principal": 242_00})
    assert billed.story().outcome == "paid_on_time"


def test_the_same_statement_again_books_nothing(billed: House) -> None:
    billed.pay("100.00", reference=billed.reference())
    billed.read_statements()
    before = [billed.rows(table) for table in (tables.entries, tables.allocations, tables.statements, tables.journal)]
    again = billed.workspace.folder("bank/inbox") / "again.xml"
    again.write_bytes(statement(billed).read_bytes())
    assert not reconcile.reconcile_file(billed.workspace, again, billed.today).entries
    after = [billed.rows(table) for table in (tables.entries, tables.allocations, tables.statements, tables.journal)]
    assert after == before and billed.open() == {"principal": 142_00}
    assert not again.exists()


def test_a_part_leaves_the_rest_open_and_the_rest_settles_it(billed: House) -> None:
    billed.pay("100.00", reference=billed.reference())
    billed.read_statements()
    assert billed.open() == {"principal": 142_00}
    billed.go_to(date(2026, 1, 21))
    billed.pay("142.00", reference=billed.reference())
    billed.read_statements()
    assert billed.open() == {}


def test_what_is_paid_too_much_stays_visible_and_is_not_spent_on_another_invoice(billed: House) -> None:
    billed.pay("300.00", reference=billed.reference())
    billed.read_statements()
    assert (billed.open(), billed.open("2026-8")) == ({}, {"principal": 242_00})
    (entry,) = billed.rows(tables.entries)
    assert (entry.state, entry.match["rest"]) == ("proposed", 58_00)


def test_a_second_payment_of_a_settled_invoice_is_for_a_person(billed: House) -> None:
    for day in (20, 21):
        billed.go_to(date(2026, 1, day))
        billed.pay("242.00", reference=billed.reference())
        billed.read_statements()
    assert states(billed)[0] == "matched" and states(billed)[1] in ("proposed", "unmatched")
    assert billed.open("2026-8") == {"principal": 242_00}


def test_the_number_in_words_with_its_amount_is_certain_enough(billed: House) -> None:
    billed.pay("242.00", text="betaling factuur 2026-8, met dank")
    billed.read_statements()
    assert (billed.open(), billed.open("2026-8")) == ({"principal": 242_00}, {})


def test_the_number_in_words_with_another_amount_is_only_proposed(billed: House) -> None:
    billed.pay("200.00", text="betaling factuur 2026-8")
    billed.read_statements()
    assert (states(billed), billed.open("2026-8")) == (["proposed"], {"principal": 242_00})


def test_a_name_and_an_amount_are_proposed_and_never_booked(billed: House) -> None:
    billed.pay("242.00", name="Zuid BV")
    billed.read_statements()
    assert states(billed) == ["proposed"]
    assert (billed.open(), billed.open("2026-8")) == ({"principal": 242_00}, {"principal": 242_00})


def test_money_that_belongs_to_nothing_known_stays_unmatched(billed: House) -> None:
    billed.pay("148.20", name="Assurpluim NV", iban="BE03390045612384")
    billed.read_statements()
    billed.read_statements()
    (entry,) = billed.rows(tables.entries)
    assert (entry.state, entry.amount, entry.counterparty) == ("unmatched", 148_20, "Assurpluim NV")


def test_two_payments_on_one_statement_see_what_the_other_left_open(billed: House) -> None:
    billed.pay("242.00", reference=billed.reference())
    billed.pay("242.00", reference=billed.reference())
    billed.read_statements()
    assert billed.open() == {}
    assert states(billed)[0] == "matched" and states(billed)[1] != "matched"
    booked = sum(row.amount for row in billed.rows(tables.allocations))
    assert booked == 242_00


def test_a_returned_payment_opens_the_invoice_again(billed: House) -> None:
    billed.pay("242.00", reference=billed.reference(), end_to_end="E2E-1")
    billed.read_statements()
    assert billed.open() == {}
    billed.go_to(date(2026, 1, 22))
    billed.pay("-242.00", reference=billed.reference(), end_to_end="E2E-1", return_reason="AM04")
    billed.read_statements()
    assert billed.open() == {"principal": 242_00}


@pytest.mark.parametrize("format", ["coda", "mt940", "csv"])
def test_every_format_books_whatever_the_file_is_called(billed: House, format: str) -> None:
    reference = billed.reference().replace("+", "").replace("/", "")
    data = {
        "coda": bank_files.coda(bank_files.coda_move("242.00", structured=f"101{reference}"), iban=BE_ACCOUNT),
        "mt940": bank_files.swift(":61:2601050105C242,00NTRFNONREF//B1", f":86:/REMI/{reference}"),
        "csv": bank_files.csv_file(f"2026-01-05;242,00;{reference}", columns="reference"),
    }[format]
    path = billed.workspace.folder("bank/inbox") / "download.bin"
    path.write_bytes(data.replace(bank_files.ACCOUNT.encode(), BE_ACCOUNT.encode()))
    (found,) = daily.play(billed.workspace, PAID_ON).statements
    assert (found.problem, dict(found.entries)) == (None, {"matched": 1})
    assert (billed.open(), billed.open("2026-8")) == ({}, {"principal": 242_00})


@pytest.mark.parametrize(
    ("whole", "broken"),
    [(b"</Document>", b""), (b">142.00<", b">142.0x<"), (b'Ccy="EUR"', b'Ccy="???"')],
    ids=["cut off", "no amount", "no currency"],
)
def test_of_a_broken_file_nothing_is_booked(billed: House, whole: bytes, broken: bytes) -> None:
    billed.pay("100.00", reference=billed.reference())
    billed.pay("142.00", reference=billed.reference("2026-8"))
    billed.bank.write_statements(billed.today)
    (path,) = (billed.root / "bank" / "inbox").glob(f"*{BE_ACCOUNT}*")
    path.write_bytes(path.read_bytes().replace(whole, broken))
    found = reconcile.reconcile_file(billed.workspace, path, billed.today)
    assert found.problem and path.name in found.problem
    assert billed.rows(tables.entries) == billed.rows(tables.statements) == billed.rows(tables.allocations) == []
    assert (billed.root / "bank" / "refused" / path.name).is_file() and not path.exists()


def test_a_file_that_is_too_large_is_not_read(billed: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "MAX_FILE", 100)
    found = billed.read_statements()
    assert all("the most that is read is 100" in (one.problem or "") for one in found)
    assert len(list((billed.root / "bank" / "refused").iterdir())) == 2


def test_an_account_that_no_seller_has_is_told(billed: House) -> None:
    billed.pay("10.00")
    billed.bank.write_statements(billed.today)
    (path,) = (billed.root / "bank" / "inbox").glob(f"*{BE_ACCOUNT}*")
    path.write_bytes(path.read_bytes().replace(BE_ACCOUNT.encode(), b"BE56001556781288"))
    found = reconcile.reconcile_file(billed.workspace, path, billed.today)
    assert dict(found.entries) == {"unmatched": 1}
    (task,) = billed.tasks("unknown_account")
    assert "BE56001556781288" in task


class Killed(BaseException):
    """Nothing of ours catches it, as nothing catches a SIGKILL."""


@pytest.mark.parametrize(
    "boundary",
    ["flows.reconcile.keep_statement", "receivables.ledger.money_in.book_entry", "flows.reconcile.move_aside"],
)
def test_a_crash_while_booking_leaves_a_statement_whole_or_unread(
    billed: House, boundary: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise Killed

    billed.pay("100.00", reference=billed.reference())
    billed.pay("142.00", reference=billed.reference("2026-8"))
    with monkeypatch.context() as struck:
        struck.setattr(boundary, die)
        with pytest.raises(Killed):
            billed.read_statements()
    assert len(billed.rows(tables.allocations)) in (0, 2)
    billed.read_statements()
    assert (billed.open(), billed.open("2026-8")) == ({"principal": 142_00}, {"principal": 100_00})
    assert len(billed.rows(tables.statements)) == 2 and len(billed.rows(tables.entries)) == 2


def test_the_payers_account_is_known_afterwards(billed: House) -> None:
    """The debtor's own account with one exact amount is certain enough from the second payment on."""
    billed.pay("242.00", reference=billed.reference(), iban="BE28363118774520")
    billed.read_statements()
    billed.go_to(date(2026, 1, 22))
    billed.pay("242.00", iban="BE28363118774520", name="Z.")
    billed.read_statements()
    assert billed.open("2026-8") == {}
    assert Decimal(billed.rows(tables.entries)[1].match["confidence"]) == Decimal("0.9")


def daily_csv(house: House, name: str, *rows: str, opening: str, closing: str) -> reconcile.Reconciled:
    """A statement as CSV of the rows `booked;amount;text`, with its balances."""
    data = bank_files.csv_file(*(f"{row};{opening};{closing}" for row in rows), columns="text;opening;closing")
    path = house.workspace.folder("bank/inbox") / name
    path.write_bytes(data.replace(bank_files.ACCOUNT.encode(), BE_ACCOUNT.encode()))
    return reconcile.reconcile_file(house.workspace, path, house.today)


def known_until(house: House) -> date | None:
    with reading(house.workspace.engine) as connection:
        return known(connection, [BE_ACCOUNT]).get(BE_ACCOUNT)


class TestAMissingDay:
    MONDAY, TUESDAY, WEDNESDAY = (
        ("1.csv", "2026-01-19;100;2026-7"),
        ("2.csv", "2026-01-20;50;2026-7"),
        ("3.csv", "2026-01-21;92;2026-7"),
    )

    def read(self, house: House, day: tuple[str, str], opening: str, closing: str) -> reconcile.Reconciled:
        return daily_csv(house, day[0], day[1], opening=opening, closing=closing)

    def test_is_told_and_the_data_reach_no_further(self, billed: House) -> None:
        assert self.read(billed, self.MONDAY, "0", "100").gaps == ()
        (told,) = self.read(billed, self.WEDNESDAY, "150", "242").gaps
        assert "the balance closed at 100.00 and opened at 150.00" in told
        assert known_until(billed) == date(2026, 1, 19)
        (task,) = billed.tasks("statement_gap")
        assert task.startswith(told)
        assert told in artifacts.reconciled(billed.workspace, [reconcile.Reconciled("3.csv", gaps=(told,))])

    def test_that_comes_later_closes_the_gap(self, billed: House) -> None:
        self.read(billed, self.MONDAY, "0", "100")
        self.read(billed, self.WEDNESDAY, "150", "242")
        assert self.read(billed, self.TUESDAY, "100", "150").gaps == ()
        assert known_until(billed) == date(2026, 1, 21)
        (gap,) = [row for row in billed.rows(tables.tasks) if row.kind == "statement_gap"]
        assert (gap.done, gap.outcome) == (billed.today, "the statement came")

    def test_is_closed_by_a_person_who_knows_that_nothing_is_missing(self, billed: House) -> None:
        self.read(billed, self.MONDAY, "0", "100")
        self.read(billed, self.WEDNESDAY, "150", "242")
        (gap,) = [row for row in billed.rows(tables.tasks) if row.kind == "statement_gap"]
        answer(billed.workspace, gap.id, Said(outcome="done", by="Nadia Willems"), billed.today)
        assert known_until(billed) == date(2026, 1, 21)

    def test_that_overlaps_books_nothing_twice(self, billed: House) -> None:
        """Monday alone, then Monday and Tuesday in one file: Monday's payment is known."""
        self.read(billed, self.MONDAY, "0", "100")
        both = daily_csv(billed, "both.csv", self.MONDAY[1], self.TUESDAY[1], opening="0", closing="150")
        assert (sum(both.entries.values()), both.gaps, len(billed.rows(tables.entries))) == (1, (), 2)
        again = daily_csv(billed, "again.csv", self.TUESDAY[1], self.WEDNESDAY[1], opening="100", closing="242")
        assert (sum(again.entries.values()), again.gaps, len(billed.rows(tables.entries))) == (1, (), 3)


def test_the_same_day_in_another_format_books_nothing_twice(billed: House) -> None:
    billed.pay("242.00", reference=billed.reference())
    billed.read_statements()
    reference = billed.reference()
    coda = bank_files.coda(
        bank_files.coda_move("242.00", structured=f"101{reference}", day="200126"), iban=BE_ACCOUNT, day="200126"
    )
    path = billed.workspace.folder("bank/inbox") / "same.cod"
    path.write_bytes(coda)
    assert not reconcile.reconcile_file(billed.workspace, path, billed.today).entries
    assert len(billed.rows(tables.entries)) == 1


def test_a_statement_that_comes_again_with_more_in_it_brings_the_rest(billed: House) -> None:
    """A bank that corrects a statement, or numbers anew each year, uses an old name for new bookings."""
    rows = "statement;bank_reference"
    first = bank_files.csv_file("2026-01-19;100;S1;B1", columns=rows)
    more = bank_files.csv_file("2026-01-19;100;S1;B1", "2026-01-19;42;S1;B2", columns=rows)
    for data, new in ((first, 1), (more, 1), (more, 0)):
        found = reconcile.reconcile(
            billed.workspace, data.replace(b"BE68539007547034", BE_ACCOUNT.encode()), "a", PAID_ON
        )
        assert sum(found.entries.values()) == new
    assert [row.identification for row in billed.rows(tables.statements)] == ["S1", "S1 (2)"]
