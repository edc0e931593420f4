"""The books: what is open is what was claimed less what was allocated and waived, whatever came in what order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, func, insert, select

from receivables.claims import ItemKind
from receivables.ledger.book import (
    Beyond,
    book_credit,
    held,
    item,
    open_amounts,
    reverse,
    set_accessory,
    waive,
    write_off,
)
from receivables.ledger.database import WRITES
from receivables.ledger.money_in import book_entry, book_payment, match_and_book, reverse_entry
from receivables.ledger.open_items import open_items
from receivables.ledger.tables import (
    allocations,
    claim_items,
    entries,
    journal,
    payment_request_items,
    payment_requests,
    statements,
)
from receivables.matching import Match, NoMatch, Proposal, Return
from receivables.open_items import Share
from tests.receivables.ledgers import HASH, MONDAY, NOW, add_debtor, add_invoice, fresh_ledger

WHEN: Any = {"on": MONDAY, "at": NOW}
OGM = "123456789002"
IBAN = "BE71096123456769"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return fresh_ledger(tmp_path_factory.mktemp("books"))


@pytest.fixture
def books(ledger: Engine) -> Iterator[Connection]:
    """The ledger with one debtor; what a test books is forgotten after it."""
    with ledger.connect().execution_options(**{WRITES: True}) as connection:
        add_debtor(connection)
        yield connection
        connection.rollback()


def add_entry(connection: Connection, amount: int, **more: Any) -> int:
    """A bank entry of so many cents on an account of the seller."""
    statement_id = connection.scalar(select(statements.c.id))
    if statement_id is None:
        row = {"account": "BE68", "identification": "1", "to_date": MONDAY, "currency": "EUR", "file": HASH}
        statement_id = connection.execute(insert(statements).values(row).returning(statements.c.id)).scalar_one()
    number = connection.scalar(select(func.count()).select_from(entries))
    usual = {
        "statement_id": statement_id,
        "account": "BE68",
        "key": f"e{number}",
        "booked": MONDAY,
        "amount": amount,
        "currency": "EUR",
        "state": "unmatched",
        "match": {},
    }
    return int(connection.execute(insert(entries).values(usual | more).returning(entries.c.id)).scalar_one())


def pays(invoice_id: int, amount: str, kind: ItemKind = ItemKind.PRINCIPAL, **more: Any) -> Match:
    share = Share(invoice_id, kind, Decimal(amount))
    usual: dict[str, Any] = {"debtor_id": 1, "shares": (share,), "reason": "reference", "confidence": Decimal(1)}
    return Match(**usual | more)


def principal(books: Connection, invoice_id: int) -> int:
    return open_amounts(books, [invoice_id])[invoice_id][ItemKind.PRINCIPAL]


def item_id(books: Connection, invoice_id: int, kind: ItemKind = ItemKind.PRINCIPAL) -> int:
    found = item(books, invoice_id, kind)
    assert found is not None
    return int(found.item_id)


def state(books: Connection, entry_id: int) -> str:
    return str(books.scalar(select(entries.c.state).where(entries.c.id == entry_id)))


def told(books: Connection) -> list[str]:
    return list(books.scalars(select(journal.c.kind).order_by(journal.c.id)))


class TestPayments:
    def test_a_part_leaves_the_rest_open(self, books: Connection) -> None:
        one, entry = add_invoice(books, 1, "2026-1", 12_100), add_entry(books, 5_000)
        assert book_payment(books, entry, pays(one, "50.00"), **WHEN) == 0
        assert (principal(books, one), state(books, entry)) == (7_100, "matched")
        assert told(books) == ["payment.allocated"]

    def test_too_much_stays_visible_and_is_the_debtors(self, books: Connection) -> None:
        one, entry = add_invoice(books, 1, "2026-1", 12_100), add_entry(books, 15_000)
        assert book_payment(books, entry, pays(one, "121.00"), **WHEN) == 2_900
        row = books.execute(select(entries).where(entries.c.id == entry)).one()
        assert (row.state, row.debtor_id, row.match["rest"]) == ("proposed", 1, 2_900)

    def test_the_same_entry_again_books_nothing(self, books: Connection) -> None:
        one, entry = add_invoice(books, 1, "2026-1", 12_100), add_entry(books, 5_000)
        for _ in range(3):
            assert book_entry(books, entry, pays(one, "50.00"), **WHEN) == "matched"
        assert principal(books, one) == 7_100

    def test_never_more_than_is_open_nor_than_came_in(self, books: Connection) -> None:
        one, entry = add_invoice(books, 1, "2026-1", 12_100), add_entry(books, 15_000)
        with pytest.raises(Beyond, match="12100 is open there"):
            book_payment(books, entry, pays(one, "121.01"), **WHEN)
        other = add_invoice(books, 1, "2026-2", 20_000)
        with pytest.raises(Beyond, match="it holds 15000"):
            book_payment(books, entry, pays(other, "150.01"), **WHEN)
        assert (principal(books, one), principal(books, other), told(books)) == (12_100, 20_000, [])

    def test_a_booking_that_fails_half_way_books_nothing(self, books: Connection) -> None:
        one, entry = add_invoice(books, 1, "2026-1", 10_000), add_entry(books, 15_000)
        shares = (Share(one, ItemKind.PRINCIPAL, Decimal(100)), Share(one, ItemKind.COSTS, Decimal(50)))
        with pytest.raises(Beyond, match="has no costs"):
            book_payment(books, entry, pays(one, "0", shares=shares), **WHEN)
        assert principal(books, one) == 10_000

    def test_another_currency_is_for_a_person(self, books: Connection) -> None:
        one, entry = add_invoice(books, 1, "2026-1", 10_000), add_entry(books, 10_000, currency="USD")
        with pytest.raises(Beyond, match=r"is in USD, item \d+ in EUR"):
            book_payment(books, entry, pays(one, "100"), **WHEN)

    def test_a_small_rest_is_waived_and_demanded_again_when_the_payment_returns(self, books: Connection) -> None:
        one, entry = add_invoice(books, 1, "2026-1", 10_000), add_entry(books, 9_998)
        waived = (Share(one, ItemKind.PRINCIPAL, Decimal("0.02")),)
        book_payment(books, entry, pays(one, "99.98", waived=waived), **WHEN)
        assert principal(books, one) == 0
        reverse_entry(books, entry, **WHEN)
        assert principal(books, one) == 10_000
        assert told(books)[-2:] == ["payment.reversed", "claim.unwaived"]

    def test_what_a_person_waived_stays_waived_whatever_a_payment_does(self, books: Connection) -> None:
        one, entry = add_invoice(books, 1, "2026-1", 10_000), add_entry(books, 8_998)
        waive(books, item_id(books, one), 1_000, by="An Peeters", why="goodwill", **WHEN)
        waived = (Share(one, ItemKind.PRINCIPAL, Decimal("0.02")),)
        book_payment(books, entry, pays(one, "89.98", waived=waived), **WHEN)
        reverse_entry(books, entry, **WHEN)
        row = books.execute(select(claim_items).where(claim_items.c.invoice_id == one)).one()
        assert (row.waived_by, row.waived_why) == ("An Peeters", "goodwill")

    def test_a_proposal_books_nothing_and_is_told_once(self, books: Connection) -> None:
        one, entry = add_invoice(books, 1, "2026-1", 10_000), add_entry(books, 10_000)
        share = Share(one, ItemKind.PRINCIPAL, Decimal(100))
        likely = Proposal(reason="the name", confidence=Decimal("0.5"), debtor_id=1, shares=(share,))
        for _ in range(2):
            assert book_entry(books, entry, likely, **WHEN) == "proposed"
        assert (principal(books, one), told(books)) == (10_000, ["entry.proposed"])
        assert book_entry(books, entry, pays(one, "100"), **WHEN) == "matched"  # a person confirmed it

    def test_what_is_not_ours_is_ignored_and_what_is_unknown_stays_visible(self, books: Connection) -> None:
        rent, riddle = add_entry(books, -85_000), add_entry(books, 5_000)
        assert book_entry(books, rent, NoMatch(reason="money out", ours=False), **WHEN) == "ignored"
        assert book_entry(books, riddle, NoMatch(reason="nothing fits"), **WHEN) == "unmatched"


class TestReturns:
    def test_reopen_the_claim_where_it_stood(self, books: Connection) -> None:
        one = add_invoice(books, 1, "2026-1", 10_000)
        came, back = add_entry(books, 6_000), add_entry(books, -6_000)
        book_payment(books, came, pays(one, "60"), **WHEN)
        returned = Return(entry_id=came, reason="returned", confidence=Decimal(1))
        assert book_entry(books, back, returned, **WHEN) == "matched"
        assert principal(books, one) == 10_000
        assert (held(books, "payment", came), held(books, "payment", back)) == (0, 0)

    def test_of_an_overpayment_leave_no_credit(self, books: Connection) -> None:
        one = add_invoice(books, 1, "2026-1", 10_000)
        came, back = add_entry(books, 11_000), add_entry(books, -11_000)
        book_payment(books, came, pays(one, "100"), **WHEN)
        returned = Return(entry_id=came, reason="returned", confidence=Decimal(1))
        assert book_entry(books, back, returned, **WHEN) == "matched"
        assert (held(books, "payment", came) or 0) + (held(books, "payment", back) or 0) == 0

    def test_of_what_was_returned_already_are_for_a_person(self, books: Connection) -> None:
        one = add_invoice(books, 1, "2026-1", 10_000)
        came, back, again = add_entry(books, 6_000), add_entry(books, -6_000), add_entry(books, -6_000)
        book_payment(books, came, pays(one, "60"), **WHEN)
        returned = Return(entry_id=came, reason="returned", confidence=Decimal(1))
        book_entry(books, back, returned, **WHEN)
        assert book_entry(books, again, returned, **WHEN) == "proposed"
        assert principal(books, one) == 10_000

    def test_a_wrong_match_is_undone_and_its_money_is_free_again(self, books: Connection) -> None:
        wrong, right = add_invoice(books, 1, "2026-1", 10_000), add_invoice(books, 1, "2026-2", 10_000)
        entry = add_entry(books, 10_000)
        book_payment(books, entry, pays(wrong, "100"), **WHEN)
        assert reverse_entry(books, entry, **WHEN) == 10_000
        assert state(books, entry) == "unmatched"
        book_payment(books, entry, pays(right, "100"), **WHEN)
        assert (principal(books, wrong), principal(books, right)) == (10_000, 0)

    def test_an_allocation_is_undone_once(self, books: Connection) -> None:
        one, entry = add_invoice(books, 1, "2026-1", 10_000), add_entry(books, 10_000)
        book_payment(books, entry, pays(one, "100"), **WHEN)
        allocation = books.scalar(select(allocations.c.id)) or 0
        assert reverse(books, allocation, **WHEN) is not None
        assert reverse(books, allocation, **WHEN) is None
        assert principal(books, one) == 10_000


class TestCreditNotes:
    def test_pay_the_invoice_that_they_name(self, books: Connection) -> None:
        one = add_invoice(books, 1, "2026-1", 10_000)
        note = add_invoice(books, 1, "C-1", 3_000, kind="credit_note", preceding=["2026-1"])
        assert book_credit(books, note, **WHEN) == 0
        assert principal(books, one) == 7_000
        assert book_credit(books, note, **WHEN) == 0  # the same again changes nothing
        assert principal(books, one) == 7_000

    def test_larger_than_what_is_open_leave_a_credit(self, books: Connection) -> None:
        one = add_invoice(books, 1, "2026-1", 10_000)
        book_payment(books, add_entry(books, 9_000), pays(one, "90"), **WHEN)
        note = add_invoice(books, 1, "C-1", 3_000, kind="credit_note", preceding=["2026-1"])
        assert book_credit(books, note, **WHEN) == 2_000
        assert principal(books, one) == 0

    def test_of_another_debtor_or_without_an_invoice_stay_a_credit(self, books: Connection) -> None:
        other = add_debtor(books, "K2")
        add_invoice(books, other, "2026-1", 10_000)
        note = add_invoice(books, 1, "C-1", 3_000, kind="credit_note", preceding=["2026-1", "2025-9"])
        assert book_credit(books, note, **WHEN) == 3_000


class TestAccessories:
    def test_are_open_beside_the_principal_by_name(self, books: Connection) -> None:
        one = add_invoice(books, 1, "2026-1", 10_000)
        set_accessory(books, one, ItemKind.LUMP_SUM, 4_000, **WHEN)
        set_accessory(books, one, ItemKind.INTEREST, 210, **WHEN)
        book_payment(books, add_entry(books, 10_000), pays(one, "100"), **WHEN)
        assert open_amounts(books, [one])[one] == {
            ItemKind.PRINCIPAL: 0,
            ItemKind.LUMP_SUM: 4_000,
            ItemKind.INTEREST: 210,
        }

    def test_grow_with_each_demand_but_never_below_what_was_paid(self, books: Connection) -> None:
        one = add_invoice(books, 1, "2026-1", 10_000)
        first = set_accessory(books, one, ItemKind.INTEREST, 210, **WHEN)
        assert set_accessory(books, one, ItemKind.INTEREST, 300, **WHEN) == first
        book_payment(books, add_entry(books, 250), pays(one, "2.50", ItemKind.INTEREST), **WHEN)
        with pytest.raises(Beyond, match="250 was paid or waived"):
            set_accessory(books, one, ItemKind.INTEREST, 249, **WHEN)
        assert told(books).count("claim.raised") == 2

    def test_the_principal_is_never_set_anew(self, books: Connection) -> None:
        one = add_invoice(books, 1, "2026-1", 10_000)
        with pytest.raises(ValueError, match="is never set anew"):
            set_accessory(books, one, ItemKind.PRINCIPAL, 9_000, **WHEN)


def test_a_waiver_keeps_its_name_out_of_the_journal(books: Connection) -> None:
    one = add_invoice(books, 1, "2026-1", 10_000)
    waive(books, item_id(books, one), 500, by="An Peeters", why="late delivery", **WHEN)
    facts = books.scalar(select(journal.c.facts).where(journal.c.kind == "claim.waived"))
    assert "An Peeters" not in str(facts) and "late delivery" not in str(facts)
    assert principal(books, one) == 9_500
    with pytest.raises(Beyond):
        waive(books, item_id(books, one), 9_501, by="An Peeters", why="", **WHEN)


def test_a_write_off_takes_all_that_is_open(books: Connection) -> None:
    one = add_invoice(books, 1, "2026-1", 10_000)
    set_accessory(books, one, ItemKind.COSTS, 4_000, **WHEN)
    assert write_off(books, one, cause="insolvency", **WHEN) == 14_000
    assert set(open_amounts(books, [one])[one].values()) == {0}
    assert write_off(books, one, cause="insolvency", **WHEN) == 0


def test_a_statement_is_matched_from_what_the_ledger_holds(books: Connection) -> None:
    one = add_invoice(books, 1, "2026-1", 10_000, reference=OGM)
    two, three = add_invoice(books, 1, "2026-2", 7_000), add_invoice(books, 1, "2026-3", 500, reference="090933755493")
    request = {"seller": "BE-A", "debtor_id": 1, "reference": "RF18539007547034", "currency": "EUR"}
    request |= {"demanded": 7_000, "on": MONDAY}
    asked = books.execute(insert(payment_requests).values(request).returning(payment_requests.c.id)).scalar_one()
    demand = {"payment_request_id": asked, "claim_item_id": item_id(books, two), "amount": 7_000}
    books.execute(insert(payment_request_items).values(demand))
    written = [
        add_entry(books, 10_000, reference=OGM, counterparty_iban=IBAN, end_to_end="E1"),
        add_entry(books, 7_000, reference="RF18539007547034"),
        add_entry(books, 500, counterparty_iban=IBAN),
    ]
    assert booked(books, *written) == {"matched": 3}
    assert [principal(books, i) for i in (one, two, three)] == [0, 0, 0]
    assert open_items(books, "BE-A").settled == {"090933755493": 1, OGM: 1}
    assert booked(books, add_entry(books, -10_000, end_to_end="E1", return_reason="MD06")) == {"matched": 1}
    assert principal(books, one) == 10_000
    assert open_items(books, "BE-A").settled == {"090933755493": 1}


def test_within_one_statement_each_entry_sees_what_the_one_before_left(books: Connection) -> None:
    one = add_invoice(books, 1, "2026-1", 10_000, reference=OGM)
    how = {"reference": OGM, "end_to_end": "E1", "counterparty_iban": IBAN}
    first, twice = add_entry(books, 10_000, **how), add_entry(books, 10_000, **how | {"end_to_end": "E2"})
    back, again = add_entry(books, -10_000, end_to_end="E1", return_reason="AC04"), add_entry(books, 10_000, **how)
    assert booked(books, first, twice, back, again) == {"matched": 3, "proposed": 1}
    assert (state(books, twice), principal(books, one)) == ("proposed", 0)


def test_an_account_that_two_sellers_share_serves_both(books: Connection) -> None:
    other = add_debtor(books, seller="NL-B")
    mine = add_invoice(books, 1, "2026-1", 10_000, reference=OGM)
    theirs = add_invoice(books, other, "2026-1", 7_000, reference="RF18539007547034", seller="NL-B")
    paid = [add_entry(books, 7_000, reference="RF18539007547034"), add_entry(books, 10_000, reference=OGM)]
    assert booked(books, *paid, sellers=["BE-A", "NL-B"]) == {"matched": 2}
    assert (principal(books, mine), principal(books, theirs)) == (0, 0)


def booked(books: Connection, *entry_ids: int, sellers: Sequence[str] = ("BE-A",)) -> dict[str, int]:
    rows = [books.execute(select(entries).where(entries.c.id == i)).mappings().one() for i in entry_ids]
    read = [(row["id"], SimpleNamespace(**dict(row) | {"amount": Decimal(row["amount"]) / 100})) for row in rows]
    return dict(match_and_book(books, sellers, read, at=NOW))
