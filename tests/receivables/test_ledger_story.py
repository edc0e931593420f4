"""What is told of one invoice: everything that befell it, in order, each in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert

from receivables.claims import ItemKind
from receivables.ledger import journal
from receivables.ledger.book import set_accessory, write_off
from receivables.ledger.database import WRITES
from receivables.ledger.dispatch import withdraw
from receivables.ledger.money_in import book_payment, reverse_entry
from receivables.ledger.story import story
from receivables.ledger.tables import approvals, handover_items, handovers, reasons, refusals
from tests.receivables.ledgers import HASH, MONDAY, NOW, add_debtor, add_invoice, fresh_ledger
from tests.receivables.test_ledger_book import add_entry, pays
from tests.receivables.test_ledger_facts import notice

WHEN: Any = {"on": MONDAY, "at": NOW}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return fresh_ledger(tmp_path_factory.mktemp("stories"))


@pytest.fixture
def books(ledger: Engine) -> Iterator[Connection]:
    with ledger.connect().execution_options(**{WRITES: True}) as connection:
        add_debtor(connection)
        yield connection
        connection.rollback()


def said(books: Connection, number: str = "2026-1") -> list[str]:
    return [event.text for event in story(books, "BE-A", number).events]


def refuse(books: Connection, number: str) -> None:
    row = {"seller": "BE-A", "number": number, "debtor": "K9", "file": HASH, "row": 4, "content_hash": HASH}
    row |= {"sentence": "row 4, column vat_rate: 25 is no rate; write 21, 12 or 6", "on": MONDAY}
    books.execute(insert(refusals).values(row))
    subject = journal.about_invoice("BE-A", number)
    journal.append(books, kind="invoice.refused", subject=subject, facts={"row": 4, "content": HASH}, **WHEN)


class TestStory:
    def test_of_the_money(self, books: Connection) -> None:
        one, entry = add_invoice(books, 1, "2026-1", 10_000), add_entry(books, 6_000)
        book_payment(books, entry, pays(one, "60"), **WHEN)
        reverse_entry(books, entry, **WHEN)
        set_accessory(books, one, ItemKind.LUMP_SUM, 4_000, **WHEN)
        write_off(books, one, cause="insolvency", **WHEN)
        assert said(books) == [
            "paid: 60.00 EUR on the principal",
            "payment undone: -60.00 EUR, open again",
            "lump sum demanded: 40.00 EUR",
            "written off: 100.00 EUR of the principal",
            "written off: 40.00 EUR of the lump sum",
            "written off in all: 140.00 EUR (insolvency)",
        ]

    def test_of_its_reminders_and_not_of_others(self, books: Connection) -> None:
        one, two = add_invoice(books, 1, "2026-1", 10_000), add_invoice(books, 1, "2026-2", 10_000)
        mine = notice(books, one)
        notice(books, two)
        withdraw(books, mine, reason="paid", **WHEN)
        assert said(books) == ["reminder by email: to be sent", "reminder by email: withdrawn at the last look"]

    def test_of_a_hand_over(self, books: Connection) -> None:
        one = add_invoice(books, 1, "2026-1", 10_000)
        asked = {"key": "handover/BE-A/K1/1", "kind": "handover", "debtor_id": 1, "shown": HASH, "content": HASH}
        asked |= {"state": "approved", "details": {"invoices": [one]}, "requested": MONDAY, "attempts": 0}
        approval = books.execute(insert(approvals).values(asked).returning(approvals.c.id)).scalar_one()
        row = {"debtor_id": 1, "approval_id": approval, "partner": "incasso", "state": "active", "currency": "EUR"}
        row |= {"demanded": 10_000, "on": MONDAY}
        handed = books.execute(insert(handovers).values(row).returning(handovers.c.id)).scalar_one()
        books.execute(insert(handover_items).values(handover_id=handed, invoice_id=one))
        for kind, subject, facts in (
            ("approval.asked", "approval:handover/BE-A/K1/1", {}),
            ("approval.approved", "approval:handover/BE-A/K1/1", {}),
            ("handover.active", f"handover:BE-A/K1/{handed}", {"collected": 0}),
            ("handover.paid_partly", f"handover:BE-A/K1/{handed}", {"collected": 2_500}),
        ):
            journal.append(books, kind=kind, subject=subject, facts=facts, **WHEN)
        assert said(books) == [
            "hand-over: put before a person for approval",
            "hand-over: approved",
            "incasso: active",
            "incasso: paid partly, 25.00 EUR collected so far",
        ]

    def test_ends_with_why_nothing_is_done(self, books: Connection) -> None:
        one = add_invoice(books, 1, "2026-1", 10_000)
        why = {"invoice_id": one, "reason": "hold_dispute", "text": "dispute: quality (until 2026-04-01)"}
        books.execute(insert(reasons).values(why | {"since": MONDAY}))
        found = story(books, "BE-A", "2026-1")
        assert (found.reason, found.since) == ("dispute: quality (until 2026-04-01)", MONDAY)

    def test_of_a_refused_row_says_what_to_write(self, books: Connection) -> None:
        refuse(books, "2026-9")
        (sentence,) = said(books, "2026-9")
        assert sentence == "refused at intake: row 4, column vat_rate: 25 is no rate; write 21, 12 or 6"

    def test_of_what_nobody_ever_saw(self, books: Connection) -> None:
        with pytest.raises(LookupError, match="has no invoice 2026-404"):
            story(books, "BE-A", "2026-404")

    def test_tells_a_kind_of_entry_that_it_does_not_know_by_its_own_words(self, books: Connection) -> None:
        add_invoice(books, 1, "2026-1", 10_000)
        for kind in ("hold.dispute", "hold.dispute.ended", "mandate.signed"):
            facts: dict[str, journal.Json] = {"until": "2026-04-01", "outcome": "agreed"}
            journal.append(books, kind=kind, subject=journal.about_invoice("BE-A", "2026-1"), facts=facts, **WHEN)
        assert said(books) == ["held for dispute until 2026-04-01", "dispute ended: agreed", "mandate signed"]
