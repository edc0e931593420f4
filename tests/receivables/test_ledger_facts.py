"""The facts that every decision is made from: complete, as they stand on the day, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert, update

from receivables.claims import DebtorFacts, DispatchState, HoldKind, ItemKind, Step
from receivables.ledger.book import book_credit, set_accessory
from receivables.ledger.database import WRITES
from receivables.ledger.dispatch import plan
from receivables.ledger.facts import debtor_facts
from receivables.ledger.money_in import book_payment
from receivables.ledger.tables import (
    approvals,
    debtors,
    dispatches,
    handover_items,
    handovers,
    holds,
    invoices,
    notice_items,
    sellers,
    statements,
)
from receivables.ledger.tasks import close_task, open_task
from tests.receivables.ledgers import HASH, MONDAY, NOW, add_debtor, add_invoice, fresh_ledger
from tests.receivables.test_ledger_book import add_entry, pays

WHEN: Any = {"on": MONDAY, "at": NOW}
ACCOUNTS = {"BE-A": ["BE68"], "NL-B": ["NL91"]}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return fresh_ledger(tmp_path_factory.mktemp("facts"))


@pytest.fixture
def books(ledger: Engine) -> Iterator[Connection]:
    with ledger.connect().execution_options(**{WRITES: True}) as connection:
        for ref, country in (("BE-A", "BE"), ("NL-B", "NL")):
            row = {"ref": ref, "name": ref, "country": country, "law": country, "details": {}}
            connection.execute(insert(sellers).values(row))
        yield connection
        connection.rollback()


def facts(books: Connection, on: date = MONDAY, **which: Any) -> list[DebtorFacts]:
    return list(debtor_facts(books, on, accounts=ACCOUNTS, **which))


def only(books: Connection, on: date = MONDAY) -> DebtorFacts:
    (found,) = facts(books, on)
    return found


def statement(books: Connection, account: str, to: date) -> None:
    row = {"account": account, "identification": f"{to}", "to_date": to, "currency": "EUR", "file": HASH}
    books.execute(insert(statements).values(row))


def notice(books: Connection, invoice_id: int, occurrence: int = 1, **changed: Any) -> int:
    found = plan(
        books,
        seller="BE-A",
        kind="notice",
        subject="1",
        occurrence=f"reminder/{invoice_id}/{occurrence}",
        channel="email",
        receiver="k1@klant.example",
        content=HASH,
        details={},
        **WHEN,
    )
    row = {"dispatch_id": found, "invoice_id": invoice_id, "step": "reminder", "occurrence": occurrence}
    books.execute(insert(notice_items).values(row))
    if changed:
        books.execute(update(dispatches).where(dispatches.c.id == found).values(changed))
    return found


def test_a_debtor_with_its_open_claims(books: Connection) -> None:
    debtor = add_debtor(books, customer_since=date(2020, 5, 1), ladder="gentle")
    one = add_invoice(books, debtor, "2026-1", 12_100, goods=True, received=date(2026, 1, 6))
    found = only(books)
    assert (found.ref, found.seller, found.seller_country, found.ladder) == ("K1", "BE-A", "BE", "gentle")
    (claim,) = found.claims
    assert (claim.invoice_id, claim.principal, claim.open_principal) == (one, Decimal("121.00"), Decimal("121.00"))
    assert (claim.goods, claim.received, claim.handed_over) == (True, date(2026, 1, 6), False)
    assert claim.delivery == DispatchState.PLANNED


def test_who_owes_nothing_is_not_there(books: Connection) -> None:
    settled, owing = add_debtor(books, "K1"), add_debtor(books, "K2")
    paid = add_invoice(books, settled, "2026-1", 10_000)
    add_invoice(books, owing, "2026-2", 10_000)
    add_debtor(books, "K3")
    book_payment(books, add_entry(books, 10_000), pays(paid, "100"), **WHEN)
    assert [found.ref for found in facts(books)] == ["K2"]


def test_interest_alone_is_still_owed(books: Connection) -> None:
    one = add_invoice(books, add_debtor(books), "2026-1", 10_000)
    set_accessory(books, one, ItemKind.INTEREST, 250, **WHEN)
    book_payment(books, add_entry(books, 10_000), pays(one, "100"), **WHEN)
    (claim,) = only(books).claims
    assert (claim.open_principal, claim.open_accessories) == (Decimal("0.00"), Decimal("2.50"))


def test_one_seller_or_one_debtor_alone(books: Connection) -> None:
    first = add_debtor(books, "K1")
    second, other = add_debtor(books, "K2"), add_debtor(books, "K1", seller="NL-B")
    for number, debtor in enumerate((first, second, other)):
        add_invoice(books, debtor, f"2026-{number}", 100, seller="NL-B" if debtor == other else "BE-A")
    assert [found.debtor_id for found in facts(books)] == [first, second, other]
    assert [found.debtor_id for found in facts(books, seller="BE-A")] == [first, second]
    assert [found.debtor_id for found in facts(books, debtor_id=second)] == [second]


def test_a_seller_that_nobody_described_is_an_error(books: Connection) -> None:
    debtor = add_debtor(books, seller="XX")
    add_invoice(books, debtor, "2026-1", 100, seller="XX")
    with pytest.raises(ValueError, match="seller 'XX' is not in the ledger"):
        facts(books)


class TestHolds:
    def hold(self, books: Connection, **more: Any) -> DebtorFacts:
        one = add_invoice(books, add_debtor(books), "2026-1", 10_000)
        usual = {"invoice_id": one, "kind": "dispute", "owner": "An", "reason": "quality", "since": date(2026, 2, 1)}
        usual |= {"until": date(2026, 3, 31), "details": {}}
        books.execute(insert(holds).values(usual | more))
        return only(books)

    def test_active(self, books: Connection) -> None:
        (hold,) = self.hold(books, amount=4_000).claims[0].holds
        assert (hold.kind, hold.amount, hold.covers(MONDAY)) == (HoldKind.DISPUTE, Decimal("40.00"), True)

    def test_expired(self, books: Connection) -> None:
        (hold,) = self.hold(books, until=MONDAY - timedelta(days=1)).claims[0].holds
        assert not hold.covers(MONDAY)

    def test_ended_by_a_person_before_its_time(self, books: Connection) -> None:
        (hold,) = self.hold(books, ended=MONDAY).claims[0].holds
        assert hold.covers(MONDAY - timedelta(days=1)) and not hold.covers(MONDAY)


class TestNotices:
    def test_with_their_state_and_proof(self, books: Connection) -> None:
        one = add_invoice(books, add_debtor(books), "2026-1", 10_000)
        notice(books, one, state="delivered", proven=date(2026, 3, 3), submitted=MONDAY)
        found = only(books)
        (taken,) = found.claims[0].notices
        assert (taken.step, taken.occurrence, taken.on) == (Step.REMINDER, 1, MONDAY)
        assert (taken.state, taken.proven, taken.mended) == (DispatchState.DELIVERED, date(2026, 3, 3), False)
        assert found.last_contact == MONDAY

    def test_a_withdrawn_one_was_no_contact(self, books: Connection) -> None:
        one = add_invoice(books, add_debtor(books), "2026-1", 10_000)
        notice(books, one, state="withdrawn")
        found = only(books)
        assert (found.last_contact, found.claims[0].notices[0].state) == (None, DispatchState.WITHDRAWN)

    def test_about_a_settled_invoice_was_a_contact_all_the_same(self, books: Connection) -> None:
        debtor = add_debtor(books)
        settled = add_invoice(books, debtor, "2026-1", 10_000)
        add_invoice(books, debtor, "2026-2", 10_000)
        notice(books, settled, state="submitted", submitted=MONDAY)
        book_payment(books, add_entry(books, 10_000), pays(settled, "100"), **WHEN)
        assert only(books).last_contact == MONDAY

    def test_a_bounce_takes_the_address_away_until_it_is_mended(self, books: Connection) -> None:
        debtor = add_debtor(books)
        one = add_invoice(books, debtor, "2026-1", 10_000)
        notice(books, one, state="not_delivered")
        found = only(books)
        assert (found.reachable, found.claims[0].notices[0].mended) == ((), False)
        books.execute(update(debtors).where(debtors.c.id == debtor).values(email="new@klant.example"))
        found = only(books)
        assert (found.reachable, found.claims[0].notices[0].mended) == (("email",), True)

    def test_an_address_that_works_again_is_reachable(self, books: Connection) -> None:
        one = add_invoice(books, add_debtor(books), "2026-1", 10_000)
        notice(books, one, 1, state="not_delivered")
        notice(books, one, 2, state="delivered")
        assert only(books).reachable == ("email",)

    def test_a_call_is_open_until_somebody_made_it(self, books: Connection) -> None:
        debtor = add_debtor(books)
        one = add_invoice(books, debtor, "2026-1", 10_000)
        asked = {"kind": "call", "text": "call", "debtor_id": debtor, "invoice_id": one, "on": MONDAY}
        open_task(books, key="call:1:1", **asked)
        (call,) = only(books).claims[0].notices
        assert (call.step, call.state, call.proven) == (Step.CALL, DispatchState.PLANNED, None)
        close_task(books, "call:1:1", outcome="promised", on=MONDAY + timedelta(days=1))
        found = only(books)
        assert found.claims[0].notices[0].proven == found.last_contact == MONDAY + timedelta(days=1)

    def test_the_invoice_itself_goes_by_its_latest_dispatch(self, books: Connection) -> None:
        add_invoice(books, add_debtor(books), "2026-1", 10_000)
        usual: dict[str, Any] = {"seller": "BE-A", "kind": "invoice", "subject": "2026-1", "channel": "peppol"}
        usual |= {"receiver": "0208:1", "content": HASH, "details": {}, **WHEN}
        first = plan(books, occurrence="1", **usual)
        books.execute(update(dispatches).where(dispatches.c.id == first).values(state="not_delivered"))
        assert only(books).claims[0].delivery == DispatchState.NOT_DELIVERED
        second = plan(books, occurrence="1~2", **usual)
        books.execute(update(dispatches).where(dispatches.c.id == second).values(state="submitted"))
        assert only(books).claims[0].delivery == DispatchState.SUBMITTED


class TestHandOver:
    def ask(self, books: Connection, invoice_id: int, state: str) -> int:
        asked = {"key": "h1", "kind": "handover", "debtor_id": 1, "shown": HASH, "content": HASH, "state": state}
        asked |= {"details": {"invoices": [invoice_id]}, "requested": MONDAY, "attempts": 0}
        return int(books.execute(insert(approvals).values(asked).returning(approvals.c.id)).scalar_one())

    def test_that_awaits_approval_is_a_step_under_way(self, books: Connection) -> None:
        one = add_invoice(books, add_debtor(books), "2026-1", 10_000)
        self.ask(books, one, "pending")
        assert [n.step for n in only(books).claims[0].notices] == [Step.HANDOVER]

    @pytest.mark.parametrize(("state", "away"), [("prepared", True), ("active", True), ("closed", True)])
    def test_keeps_the_claim_from_our_ladder(self, books: Connection, state: str, away: bool) -> None:
        assert self.at_partner(books, state) is away

    @pytest.mark.parametrize("state", ["rejected", "withdrawn"])
    def test_that_was_given_back_is_ours_again(self, books: Connection, state: str) -> None:
        assert self.at_partner(books, state) is False

    def at_partner(self, books: Connection, state: str) -> bool:
        one = add_invoice(books, add_debtor(books), "2026-1", 10_000)
        row = {"debtor_id": 1, "approval_id": self.ask(books, one, "approved"), "partner": "agency", "state": state}
        row |= {"currency": "EUR", "demanded": 10_000, "on": MONDAY}
        handover = books.execute(insert(handovers).values(row).returning(handovers.c.id)).scalar_one()
        books.execute(insert(handover_items).values(handover_id=handover, invoice_id=one))
        return only(books).claims[0].handed_over


class TestCredits:
    def test_are_credit_notes_and_money_that_is_not_allocated(self, books: Connection) -> None:
        debtor = add_debtor(books)
        one = add_invoice(books, debtor, "2026-1", 10_000)
        add_invoice(books, debtor, "2026-2", 10_000)
        note = add_invoice(books, debtor, "C-1", 3_000, kind="credit_note", preceding=[])
        book_payment(books, add_entry(books, 10_500), pays(one, "100", debtor_id=debtor), **WHEN)
        assert only(books).open_credits == Decimal("35.00")
        books.execute(update(invoices).where(invoices.c.id == note).values(preceding=["2026-2"]))
        book_credit(books, note, **WHEN)
        assert only(books).open_credits == Decimal("5.00")

    def test_in_another_currency_do_not_count(self, books: Connection) -> None:
        debtor = add_debtor(books)
        add_invoice(books, debtor, "2026-1", 10_000)
        add_invoice(books, debtor, "C-1", 3_000, kind="credit_note", currency="USD")
        assert only(books).open_credits == 0


class TestBankData:
    def test_reach_to_the_oldest_of_the_accounts(self, books: Connection) -> None:
        add_invoice(books, add_debtor(books), "2026-1", 10_000)
        assert only(books).bank_data_until is None
        statement(books, "BE68", date(2026, 2, 26))
        statement(books, "BE68", date(2026, 2, 27))
        assert only(books).bank_data_until == date(2026, 2, 27)
        two = {"BE-A": ["BE68", "BE69"]}
        assert next(debtor_facts(books, MONDAY, accounts=two)).bank_data_until is None
        statement(books, "BE69", date(2026, 2, 20))
        assert next(debtor_facts(books, MONDAY, accounts=two)).bank_data_until == date(2026, 2, 20)

    def test_of_an_unknown_seller_are_missing(self, books: Connection) -> None:
        add_invoice(books, add_debtor(books), "2026-1", 10_000)
        assert next(debtor_facts(books, MONDAY, accounts={})).bank_data_until is None


def test_a_hundred_debtors_cost_no_more_queries_than_one(books: Connection) -> None:
    def queries() -> int:
        seen = []
        listen = ("before_cursor_execute", lambda *args: seen.append(args[2]))
        event.listen(books.engine, *listen)
        try:
            facts(books)
        finally:
            event.remove(books.engine, *listen)
        return len(seen)

    add_invoice(books, add_debtor(books, "first"), "2025-1", 100)
    alone = queries()
    for number in range(100):
        one = add_invoice(books, add_debtor(books, f"K{number}"), f"2026-{number}", 100)
        notice(books, one)
    assert queries() == alone
    assert len(facts(books)) == 101
