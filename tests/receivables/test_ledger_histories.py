"""Histories in any order: what is open is always what a bookkeeper would reckon, claim by claim and in total."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from receivables.claims import ItemKind
from receivables.ledger.book import (
    BY_TOLERANCE,
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
from receivables.ledger.money_in import book_entry, book_payment, reverse_entry
from receivables.ledger.tables import allocations, claim_items, entries, journal
from receivables.matching import Return
from receivables.open_items import Share
from tests.receivables.ledgers import add_debtor, add_invoice, fresh_ledger
from tests.receivables.test_ledger_book import WHEN, add_entry, item_id, pays, state, told


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return fresh_ledger(tmp_path_factory.mktemp("histories"))


moves = st.lists(
    st.tuples(
        st.sampled_from(
            ["pay", "credit", "waive", "raise", "write_off", "reverse", "pay_interest", "return", "undo", "small_rest"]
        ),
        st.integers(min_value=1, max_value=15_000),
        st.integers(min_value=0, max_value=2),
    ),
    max_size=14,
)
NUMBERS = ("2026-1", "2026-2", "2026-3")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(claimed=st.lists(st.integers(1, 20_000), min_size=3, max_size=3), history=moves)
def test_in_every_history_the_sums_hold(
    ledger: Engine, claimed: list[int], history: list[tuple[str, int, int]]
) -> None:
    """open = invoiced − credited − paid − waived − written off, per claim and in total, after every move, by the plain
    arithmetic of a bookkeeper; the journal alone tells the same; and the same history again gives the same ledger.
    """
    assert played(ledger, claimed, history) == played(ledger, claimed, history)


def played(ledger: Engine, claimed: list[int], history: list[tuple[str, int, int]]) -> list[Any]:
    """The ledger after the history, without the ids that a second playing may give otherwise."""
    with ledger.connect().execution_options(**{WRITES: True}) as books:
        add_debtor(books)
        ids = [add_invoice(books, 1, number, amount) for number, amount in zip(NUMBERS, claimed, strict=True)]
        tallies: list[Counter[str]] = [Counter(invoiced=amount) for amount in claimed]
        for number, (what, amount, which) in enumerate(history):
            with suppress(Beyond):
                for where, change in play(books, ids, which, what, amount, number).items():
                    tallies[ids.index(where)].update(change)
            opens = open_amounts(books, ids)
            for invoice_id, tally in zip(ids, tallies, strict=True):
                gone = tally["paid"] + tally["credited"] + tally["waived"] + tally["written_off"]
                assert sum(opens[invoice_id].values()) == tally["invoiced"] - gone
                assert all(left >= 0 for left in opens[invoice_id].values())
            whole = sum((tally for tally in tallies), Counter[str]())
            assert sum(sum(each.values()) for each in open_amounts(books).values()) == whole["invoiced"] - sum(
                whole[word] for word in ("paid", "credited", "waived", "written_off")
            )
            assert by_journal(books, ids, claimed) == by_item(books, ids)
            assert sum(held(books, "payment", i) for i in books.scalars(select(entries.c.id)).all()) >= 0
        found = [open_amounts(books, ids), told(books), [state(books, i) for i in books.scalars(select(entries.c.id))]]
        found.append([tuple(row)[2:5] for row in books.execute(select(allocations).order_by(allocations.c.id))])
        books.rollback()
    return found


def by_item(books: Connection, ids: list[int]) -> dict[int, int]:
    """What is open on each item, as the tables have it."""
    rows = books.execute(select(claim_items.c.id, claim_items.c.invoice_id, claim_items.c.kind))
    opened = open_amounts(books, ids)
    return {row.id: opened[row.invoice_id][ItemKind(row.kind)] for row in rows if row.invoice_id in ids}


def by_journal(books: Connection, ids: list[int], claimed: list[int]) -> dict[int, int]:
    """What is open on each item by the journal and the invoices alone: no allocation, no claim item is looked at."""
    left = {item_id(books, one): amount for one, amount in zip(ids, claimed, strict=True)}
    raised, given = dict(left), {}
    for entry in books.execute(select(journal.c.kind, journal.c.facts).order_by(journal.c.id)):
        facts = entry.facts
        if entry.kind == "claim.raised":
            left[facts["item"]] = left.get(facts["item"], 0) + facts["amount"] - raised.get(facts["item"], 0)
            raised[facts["item"]] = facts["amount"]
        elif entry.kind == "claim.waived":
            left[facts["item"]] -= facts["amount"]
        elif entry.kind == "claim.unwaived":
            left[facts["item"]] += facts["amount"]
        elif entry.kind.endswith(".allocated"):
            given[facts["allocation"]] = facts["item"]
            left[facts["item"]] -= facts["amount"]
        elif entry.kind.endswith(".reversed"):
            left[given[facts["reverses"]]] -= facts["amount"]
    return left


def play(
    books: Connection, ids: list[int], which: int, what: str, amount: int, number: int
) -> dict[int, dict[str, int]]:
    """One move of a history on one claim, and what it should have changed on which."""
    one = ids[which]
    left = open_amounts(books, [one])[one][ItemKind.PRINCIPAL]
    if what in ("pay", "small_rest"):
        part = min(amount, left)
        rest = left - part if what == "small_rest" and 0 < left - part <= 500 else 0
        waived = (Share(one, ItemKind.PRINCIPAL, Decimal(rest) / 100),) if rest else ()
        payment = pays(one, str(Decimal(part) / 100), waived=waived)
        book_payment(books, add_entry(books, amount), payment, **WHEN)
        return {one: {"paid": part, "waived": rest}}
    if what == "pay_interest":
        cents = str(Decimal(amount) / 100)
        book_payment(books, add_entry(books, amount), pays(one, cents, ItemKind.INTEREST), **WHEN)
        return {one: {"paid": amount}}
    if what == "credit":
        note = add_invoice(books, 1, f"C-{number}", amount, kind="credit_note", preceding=[NUMBERS[which]])
        return {one: {"credited": amount - book_credit(books, note, **WHEN)}}
    if what == "waive":
        waive(books, item_id(books, one), amount, by="An Peeters", why="goodwill", **WHEN)
        return {one: {"waived": amount}}
    if what == "raise":
        before = item(books, one, ItemKind.INTEREST)
        was = 0
        if before is not None:
            was = books.execute(select(claim_items.c.amount).where(claim_items.c.id == before.item_id)).scalar_one()
        set_accessory(books, one, ItemKind.INTEREST, amount, **WHEN)
        return {one: {"invoiced": amount - was}}
    if what == "write_off":
        return {one: {"written_off": write_off(books, one, cause="old", **WHEN)}}
    return gone_back(books, what)


def gone_back(books: Connection, what: str) -> dict[int, dict[str, int]]:
    """The newest allocation is reversed, or its whole payment returned by the bank or undone as a wrong match."""
    row = books.execute(select(allocations).order_by(allocations.c.id.desc())).first()
    if row is None or row.reverses is not None:
        return {}
    claim = books.execute(select(claim_items).where(claim_items.c.id == row.claim_item_id)).one()
    unwaived = claim.waived if claim.waived_by == BY_TOLERANCE else 0
    word = {"payment": "paid", "credit": "credited", "write_off": "written_off"}[row.source]
    if row.source != "payment" or what == "reverse":
        assert reverse(books, row.id, **WHEN) is not None
    elif what == "return":
        whole = books.scalar(select(entries.c.amount).where(entries.c.id == row.source_id)) or 0
        back = add_entry(books, -whole, return_reason="AM04")
        found = Return(entry_id=row.source_id, reason="returned", confidence=Decimal(1))
        assert book_entry(books, back, found, **WHEN) == "matched"
    else:
        assert reverse_entry(books, row.source_id, **WHEN) == row.amount
    return {claim.invoice_id: {word: -row.amount, "waived": -unwaived}}
