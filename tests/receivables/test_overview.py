"""What is open by age and debtor, and in which week money is expected: by plan, promise, due date and habit."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from receivables.claims import HoldKind, ItemKind, PaidInvoice
from receivables.cover import InsurancePolicy
from receivables.ledger.book import allocate, item, set_accessory, waive
from receivables.ledger.database import reading, writing
from receivables.ledger.holds import end_hold, open_hold
from receivables.ledger.overview import open_items
from receivables.overview import BUCKETS, OpenItem, bucket, by_debtor, expectation, habit, outlook
from tests.receivables.ledgers import NOW, add_debtor, add_invoice, fresh_ledger

MONDAY = date(2026, 6, 1)
DUE = date(2026, 5, 4)


def entry(**changes: object) -> OpenItem:
    usual: dict[str, object] = {
        "seller": "S",
        "debtor": "K1",
        "name": "Korenbloem",
        "number": "1",
        "currency": "EUR",
        "issued": date(2026, 4, 4),
        "due": DUE,
        "open": Decimal("1000.00"),
    }
    return OpenItem(**(usual | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("days", "name"),
    [
        (-5, "not_due"),
        (0, "not_due"),
        (1, "1-30"),
        (30, "1-30"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (90, "61-90"),
        (91, "over_90"),
    ],
)
def test_ageing_counts_the_days_after_the_due_date(days: int, name: str) -> None:
    assert bucket(DUE, DUE + timedelta(days=days)) == name


def test_a_habit_is_the_median_of_the_last_twelve_invoices() -> None:
    def paid(day: int, late: int) -> PaidInvoice:
        when = date(2026, 1, 1) + timedelta(days=day)
        return PaidInvoice(number=str(day), due=when - timedelta(days=late), paid=when, amount=Decimal(1))

    assert habit([]) is None
    assert habit([paid(1, 5), paid(2, 9), paid(3, 90)]) == 9
    assert habit([paid(0, 99), paid(1, 99), *(paid(day, 3) for day in range(2, 14))]) == 3


class TestExpectation:
    def test_by_due_date_and_habit(self) -> None:
        assert expectation(entry(usually_late=12), None, ()) == ((DUE + timedelta(days=12), Decimal(1000)),)
        assert expectation(entry(), None, ()) == ((DUE, Decimal(1000)),)

    def test_what_is_disputed_is_not_expected(self) -> None:
        assert expectation(entry(disputed=Decimal(1000)), None, ()) == ()
        assert expectation(entry(disputed=Decimal(300)), None, ()) == ((DUE, Decimal(700)),)

    def test_a_promise_and_a_plan_go_before_the_habit(self) -> None:
        friday = date(2026, 6, 5)
        assert expectation(entry(usually_late=40), friday, ()) == ((friday, Decimal(1000)),)
        plan = [(friday, Decimal(400)), (friday + timedelta(days=30), Decimal(600))]
        assert expectation(entry(), None, plan) == tuple(plan)

    def test_weeks_begin_on_monday_and_what_lies_behind_has_no_day(self) -> None:
        days = (MONDAY - timedelta(days=1), MONDAY, MONDAY + timedelta(days=6), MONDAY + timedelta(days=70))
        items = [entry(expected=((day, Decimal(10)),)) for day in days]
        found = outlook(items, MONDAY)
        assert found.weeks[0] == (MONDAY, Decimal(20)) and len(found.weeks) == 8
        assert (found.later, found.no_day) == (Decimal(10), Decimal(10))


def test_debtors_come_with_their_sums_the_largest_overdue_first() -> None:
    not_due = entry(debtor="K2", due=MONDAY, open=Decimal(9000))
    rows = by_debtor([not_due, entry(), entry(number="2", due=date(2026, 3, 2), open=Decimal(50))], MONDAY)
    assert [(row.debtor, row.open) for row in rows] == [("K1", Decimal(1050)), ("K2", Decimal(9000))]
    assert rows[0].aged == dict.fromkeys(BUCKETS, Decimal(0)) | {"1-30": Decimal(1000), "over_90": Decimal(50)}
    assert rows[0].next_due == date(2026, 3, 2) and [i.number for i in rows[0].items] == ["2", "1"]


class TestFromTheLedger:
    """One debtor, four invoices of 1000.00 due on 4 February 2026, looked at on several days."""

    @pytest.fixture
    def read(self, tmp_path: Path):  # type: ignore[no-untyped-def]
        engine = fresh_ledger(tmp_path)
        with writing(engine) as connection:
            debtor = add_debtor(connection)
            ids = [add_invoice(connection, debtor, f"I{n}", 100_000) for n in range(4)]
            for n, invoice_id in enumerate(ids[1:], 1):
                kind = (HoldKind.DISPUTE, HoldKind.PROMISE, HoldKind.PLAN)[n - 1]
                details = (
                    {},
                    {"amount": 100_000, "day": "2026-03-06"},
                    {"instalments": [["2026-03-06", 40_000], ["2026-04-03", 60_000]]},
                )[n - 1]
                open_hold(
                    connection,
                    invoice_id,
                    kind,
                    owner="N",
                    reason="said",
                    since=date(2026, 2, 10),
                    until=date(2026, 5, 1),
                    at=NOW,
                    amount=25_000 if kind is HoldKind.DISPUTE else None,
                    details=details,
                )
            on = date(2026, 2, 20)
            interest = set_accessory(connection, ids[0], ItemKind.INTEREST, 1_500, on=on, at=NOW)
            waive(connection, interest, 500, by="N", why="w", on=date(2026, 3, 20), at=NOW)
            principal = item(connection, ids[0], ItemKind.PRINCIPAL)
            assert principal is not None
            allocate(connection, principal.item_id, "write_off", ids[0], 100_000, on=date(2026, 3, 25), at=NOW)
            end_hold(connection, ids[1], HoldKind.DISPUTE, outcome="rejected", on=date(2026, 3, 27), at=NOW)
        policy = InsurancePolicy(number="P", insurer="I", seller="BE-A", insured_percentage=Decimal(80))

        def look(on: date) -> dict[str, OpenItem]:
            with reading(engine) as connection:
                return {found.number: found for found in open_items(connection, on, policies=[policy])}

        return look

    def test_disputed_promised_planned_and_insured_stand_apart(self, read) -> None:  # type: ignore[no-untyped-def]
        found = read(date(2026, 3, 2))
        assert {n: (i.disputed, i.promised, i.on_plan, i.insured) for n, i in found.items()} == {
            "I0": (0, 0, 0, 800),
            "I1": (250, 0, 0, 600),
            "I2": (0, 1000, 0, 800),
            "I3": (0, 0, 1000, 800),
        }
        assert found["I2"].expected == ((date(2026, 3, 6), Decimal(1000)),)
        assert found["I3"].expected == ((date(2026, 3, 6), Decimal(400)), (date(2026, 4, 3), Decimal(600)))
        assert found["I0"].accessories == Decimal("15.00")

    def test_every_day_reads_as_it_was(self, read) -> None:  # type: ignore[no-untyped-def]
        assert read(date(2026, 1, 4)) == {}
        assert read(date(2026, 2, 9))["I1"].disputed == 0 and read(date(2026, 2, 9))["I0"].accessories == 0
        later = read(date(2026, 3, 27))
        assert later["I1"].disputed == 0
        assert (later["I0"].open, later["I0"].accessories) == (0, Decimal("10.00"))  # interest outlives the principal
