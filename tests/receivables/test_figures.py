"""The figures of one May, computed by hand in docs/figures.md, and read again for any past month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import Connection, Engine, insert

from receivables import figures
from receivables.claims import HoldKind, ItemKind
from receivables.figures import Document, Facts, Figures, Month, Movement, Recovered, Report
from receivables.ledger import tables
from receivables.ledger.book import allocate, book_credit, item, reverse, waive
from receivables.ledger.database import reading, writing
from receivables.ledger.history import facts_until
from receivables.ledger.holds import end_hold, open_hold
from tests.receivables.ledgers import HASH, NOW, add_debtor, add_invoice, fresh_ledger

APRIL, MAY, JUNE = Month(2026, 4), Month(2026, 5), Month(2026, 6)


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The invoices A to F of docs/figures.md, with all that befell them until June."""
    engine = fresh_ledger(tmp_path_factory.mktemp("figures"))
    with writing(engine) as connection:
        Books(connection).fill()
    yield engine
    engine.dispose()


class Books:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.debtor = add_debtor(connection)
        self.entries = 0
        row = insert(tables.statements).values(
            account="BE1", identification="1", to_date=day("06-30"), currency="EUR", file=HASH
        )
        self.statement = connection.execute(row.returning(tables.statements.c.id)).scalar_one()

    def invoice(self, number: str, payable: int, issued: str, due: str, **more: object) -> int:
        on = day(issued)
        return add_invoice(
            self.connection,
            self.debtor,
            number,
            payable * 100,
            issued=on,
            printed_due=day(due),
            taken_in=on,
            **more,
        )

    def pay(self, invoice: int, amount: int, on: str, booked: str | None = None) -> int:
        self.entries += 1
        row = insert(tables.entries).values(
            statement_id=self.statement,
            account="BE1",
            key=str(self.entries),
            booked=day(booked or on),
            amount=amount * 100,
            currency="EUR",
            state="matched",
            match={},
        )
        entry = self.connection.execute(row.returning(tables.entries.c.id)).scalar_one()
        found = item(self.connection, invoice, ItemKind.PRINCIPAL)
        assert found is not None
        return allocate(self.connection, found.item_id, "payment", entry, amount * 100, on=day(on), at=NOW)

    def notice(self, invoice: int, step: str, on: str) -> None:
        row = insert(tables.dispatches).values(
            seller="BE-A",
            kind="notice",
            subject=f"{invoice}",
            occurrence=f"{step}/{on}",
            channel="email",
            receiver="k@klant.example",
            content=HASH,
            details={},
            state="delivered",
            planned=day(on),
            submitted=day(on),
            settled=day(on),
        )
        dispatch = self.connection.execute(row.returning(tables.dispatches.c.id)).scalar_one()
        self.connection.execute(
            insert(tables.notice_items).values(dispatch_id=dispatch, invoice_id=invoice, step=step, occurrence=1)
        )

    def promise(self, invoice: int, amount: int, since: str, ended: str, outcome: str) -> None:
        open_hold(
            self.connection,
            invoice,
            HoldKind.PROMISE,
            owner="N",
            reason="said",
            since=day(since),
            until=day(ended),
            at=NOW,
            details={"amount": amount * 100},
        )
        end_hold(self.connection, invoice, HoldKind.PROMISE, outcome=outcome, on=day(ended), at=NOW)

    def fill(self) -> None:
        a = self.invoice("A", 1000, "03-10", "04-09")
        b = self.invoice("B", 2000, "03-20", "04-19")
        c = self.invoice("C", 3000, "04-15", "05-15")
        d = self.invoice("D", 4000, "05-05", "06-04")
        e = self.invoice("E", 1500, "04-01", "05-01")
        f = self.invoice("F", 2500, "04-02", "05-02")
        self.pay(a, 1000, "04-09")
        self.pay(b, 500, "04-29")
        self.pay(f, 2500, "04-30")
        self.notice(b, "reminder", "04-24")
        self.notice(b, "formal_reminder", "05-04")
        self.pay(b, 1500, "05-09")
        note = self.invoice("N", 500, "05-10", "05-10", kind="credit_note", preceding=["E"])
        book_credit(self.connection, note, on=day("05-10"), at=NOW)
        self.notice(e, "reminder", "05-06")
        self.promise(e, 1000, "05-07", "05-19", "broken")
        self.promise(c, 3000, "05-18", "05-20", "kept")
        self.pay(c, 3000, "05-20")
        self.dispute(d)
        self.notice(d, "reminder", "06-09")
        last = self.pay(d, 4000, "06-12", booked="06-08")
        found = item(self.connection, e, ItemKind.PRINCIPAL)
        assert found is not None
        waive(self.connection, found.item_id, 100_000, by="N", why="w", on=day("06-20"), at=NOW)
        reverse(self.connection, last, on=day("06-25"), at=NOW)

    def dispute(self, invoice: int) -> None:
        open_hold(
            self.connection,
            invoice,
            HoldKind.DISPUTE,
            owner="N",
            reason="price",
            since=day("05-11"),
            until=day("06-30"),
            at=NOW,
        )
        end_hold(self.connection, invoice, HoldKind.DISPUTE, outcome="rejected", on=day("05-29"), at=NOW)


def of(ledger: Engine, month: Month) -> Figures:
    with reading(ledger) as connection:
        return figures.figures(facts_until(connection, month.last), month)


@pytest.fixture(scope="module")
def may(ledger: Engine) -> Figures:
    return of(ledger, MAY)


def rounded(value: Decimal | None, digits: str = "0.01") -> str:
    assert value is not None
    return str(value.quantize(Decimal(digits)))


class TestWorkedExample:
    """The sums in the comments are those of docs/figures.md."""

    def test_what_is_owed_and_overdue(self, may: Figures) -> None:
        assert (may.owed, may.overdue, may.sales) == (5000, 1000, 3500)  # D 4000 + E 1000; E; D 4000 less N 500

    def test_days_sales_outstanding(self, may: Figures) -> None:
        assert rounded(may.dso) == "34.07"  # 5000 / 13500 × 92
        assert rounded(may.best_dso) == "27.26"  # 4000 / 13500 × 92
        assert rounded(may.days_delinquent) == "6.81"

    def test_countback_takes_off_whole_months_newest_first(self, may: Figures) -> None:
        assert rounded(may.countback) == "37.43"  # 3500 are May's 31 days; 1500 / 7000 × 30

    def test_days_beyond_terms(self, may: Figures) -> None:
        assert rounded(may.beyond_terms) == "10.00"  # (1500 × 20 + 3000 × 5) / 4500

    def test_collection_effectiveness(self, may: Figures) -> None:
        assert rounded(may.effectiveness, "0.0001") == "0.8182"  # (6000 + 3500 − 5000) / (6000 + 3500 − 4000)

    def test_on_time(self, may: Figures) -> None:
        assert (may.on_time.hits, may.on_time.of) == (1, 3)  # F; C and E were late
        assert rounded(may.on_time.rate_of_amount, "0.0001") == "0.3846"  # 2500 / 6500

    def test_promises(self, may: Figures) -> None:
        assert (may.promises.hits, may.promises.of) == (1, 2)
        assert rounded(may.promises.rate_of_amount) == "0.75"  # 3000 / 4000

    def test_dispute_days(self, may: Figures) -> None:
        assert may.dispute_days == 18  # 11 to 29 May

    def test_recovered_per_step(self, may: Figures) -> None:
        first, second = may.recovered
        assert first == Recovered("reminder", 2, Decimal(3500), Decimal(500), 5)  # B 2000 and E 1500; B paid 500
        assert second == Recovered("formal_reminder", 1, Decimal(1500), Decimal(1500), 5)

    def test_no_notice_of_may_was_wrong(self, may: Figures) -> None:
        assert (may.false_dunning.hits, may.false_dunning.of) == (0, 2)


class TestAnyPastMonth:
    def test_what_became_known_later_changes_nothing(self, ledger: Engine) -> None:
        """April as it was: B, C and E open, though all three were settled since."""
        april = of(ledger, APRIL)
        assert (april.owed, april.overdue) == (6000, 1500)
        assert april.on_time.rate == Decimal("0.5")  # A in time, B not
        assert april.promises.rate is None and april.dispute_days is None

    def test_june_sees_the_waiver_the_reversal_and_a_reminder_after_the_money(self, ledger: Engine) -> None:
        june = of(ledger, JUNE)
        assert june.owed == 4000  # E waived; D paid and the payment undone
        assert (june.false_dunning.hits, june.false_dunning.of) == (0, 1)  # D is open again: the reminder was right

    def test_a_reminder_that_went_out_after_the_money_was_wrong(self, ledger: Engine) -> None:
        with reading(ledger) as connection:
            known = facts_until(connection, date(2026, 6, 15))
        found = figures.false_dunning(known.asked, known.book, known.held, JUNE)
        assert (found.hits, found.of) == (1, 1)  # paid on 8 June, reminded on the 9th, booked on the 12th

    def test_before_anything_was_invoiced_every_rate_is_unknown(self, ledger: Engine) -> None:
        february = of(ledger, Month(2026, 2))
        assert february.owed == 0 and february.dso is None and february.countback is None
        assert february.effectiveness is None and february.on_time.rate is None and february.insurer.rate is None


class TestSingleFigures:
    def test_a_dispute_a_promise_or_a_plan_makes_a_later_notice_wrong_and_the_same_day_does_not(self) -> None:
        document = Document(1, day("05-01"), day("05-10"), Decimal(100))
        for since, hits in (("05-19", 1), ("05-20", 0)):
            held = figures.Held(1, "plan", day(since), day("06-30"), None, None, Decimal(100))
            found = figures.false_dunning([figures.Asked(1, "reminder", day("05-20"))], [document], [held], MAY)
            assert found.hits == hits

    def test_the_insurer_is_told_in_time_or_not_and_what_never_left_counts_on_its_deadline(self) -> None:
        reports = [
            Report(day("05-20"), day("05-10")),
            Report(day("05-01"), day("05-04")),
            Report(day("05-31"), None),
            Report(day("06-10"), None),
        ]
        found = figures.in_time(reports, MAY)
        assert (found.hits, found.of) == (1, 3)

    def test_a_payment_that_bounced_was_not_on_time(self) -> None:
        bounced = (
            Movement(day("05-08"), day("05-08"), Decimal(100), "payment"),
            Movement(day("05-12"), day("05-12"), Decimal(-100), "payment"),
        )
        assert (
            figures.on_time([Document(1, day("05-01"), day("05-10"), Decimal(100), movements=bounced)], MAY).hits == 0
        )

    def test_countback_ends_where_the_books_begin(self) -> None:
        """A start balance larger than all that was ever sold: the days of the books, and no more."""
        book = (
            Document(1, day("05-01"), day("05-10"), Decimal(100)),
            Document(2, day("06-01"), day("06-10"), Decimal(1)),
        )
        assert figures.figures(Facts(book=book), JUNE).countback == 61

    def test_months_run_over_the_year(self) -> None:
        assert str(Month(2026, 1).later(-1)) == "2025-12" and Month(2024, 2).days == 29
