"""The journal: gapless, chained, and a changed past is named by its first broken entry."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, insert, select, update

from receivables.ledger.database import reading, writing
from receivables.ledger.journal import Verification, append, entries_about, head, seal, verify
from receivables.ledger.tables import journal
from tests.receivables.ledgers import MONDAY, NOW, fresh_ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Engine:
    return fresh_ledger(tmp_path)


def write(ledger: Engine, number: int, first: int = 1) -> None:
    with writing(ledger) as connection:
        for n in range(first, first + number):
            facts = {"amount": n * 100, "nested": {"b": [1, None, True], "a": "é"}}
            append(connection, at=NOW, on=MONDAY, kind="invoice.paid", subject=f"invoice:BE-A/{n}", facts=facts)


def verified(ledger: Engine, known: tuple[int, str] | None = None) -> Verification:
    with reading(ledger) as connection:
        return verify(connection, known)


def test_what_was_appended_is_sealed_in_order_and_holds(ledger: Engine) -> None:
    write(ledger, 3)
    assert seal(ledger) == 3
    write(ledger, 2, first=4)
    assert seal(ledger) == 2
    assert seal(ledger) == 0
    assert verified(ledger) == Verification(True, 5, None, "the chain of 5 entries holds")
    with reading(ledger) as connection:
        assert connection.scalars(select(journal.c.seq).order_by(journal.c.id)).all() == [1, 2, 3, 4, 5]


def test_an_empty_journal_holds(ledger: Engine) -> None:
    assert verified(ledger).ok


def test_what_awaits_sealing_is_told(ledger: Engine) -> None:
    write(ledger, 2)
    assert verified(ledger).sentence == "the chain of 0 entries holds; 2 more await sealing"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("facts", {"amount": 1}),
        ("kind", "invoice.waived"),
        ("subject", "invoice:BE-A/9"),
        ("on", MONDAY + timedelta(days=1)),
        ("at", NOW + timedelta(seconds=1)),
        ("hash", "f" * 64),
    ],
)
def test_any_change_to_a_sealed_entry_is_found_where_it_is(ledger: Engine, column: str, value: object) -> None:
    write(ledger, 5)
    seal(ledger)
    with writing(ledger) as connection:
        connection.execute(update(journal).where(journal.c.seq == 3).values({column: value}))
    found = verified(ledger)
    assert (found.ok, found.first_broken, found.entries) == (False, 3, 2)
    assert found.sentence.startswith("entry 3 does not fit its hash")


def test_an_entry_taken_out_is_missed(ledger: Engine) -> None:
    write(ledger, 5)
    seal(ledger)
    with writing(ledger) as connection:
        connection.execute(delete(journal).where(journal.c.seq == 2))
    assert verified(ledger) == Verification(False, 1, 2, "entry 2 is missing: the next one kept is 3")


def test_an_end_cut_off_is_missed_by_who_noted_the_head(ledger: Engine) -> None:
    write(ledger, 5)
    seal(ledger)
    with reading(ledger) as connection:
        noted = head(connection)
    with writing(ledger) as connection:
        connection.execute(delete(journal).where(journal.c.seq > 3))
    assert verified(ledger).ok  # nothing inside the chain can show it
    assert verified(ledger, noted) == Verification(False, 3, 4, "entry 4 is missing: the chain once reached entry 5")


def test_a_chain_written_anew_is_not_the_one_that_was_noted(ledger: Engine) -> None:
    write(ledger, 3)
    seal(ledger)
    with reading(ledger) as connection:
        noted = head(connection)
    with writing(ledger) as connection:
        connection.execute(update(journal).values(seq=None, hash=None))
        connection.execute(update(journal).where(journal.c.id == 2).values(facts={"amount": 1}))
    seal(ledger)
    assert verified(ledger).ok
    assert verified(ledger, noted).first_broken == 3


def test_several_sealers_number_without_gap_or_double(ledger: Engine) -> None:
    def work(first: int) -> None:
        for n in range(5):
            write(ledger, 2, first=first + 2 * n)
            seal(ledger)

    threads = [threading.Thread(target=work, args=(1 + 10 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verified(ledger) == Verification(True, 40, None, "the chain of 40 entries holds")


def test_more_than_one_batch_is_sealed(ledger: Engine) -> None:
    with writing(ledger) as connection:
        rows = [{"at": NOW, "on": MONDAY, "kind": "k", "subject": "s", "facts": {"n": n}} for n in range(4_500)]
        connection.execute(insert(journal), rows)
    assert seal(ledger) == 4_500
    assert verified(ledger).ok


def test_an_amount_is_never_a_float(ledger: Engine) -> None:
    with writing(ledger) as connection, pytest.raises(ValueError, match=r"holds the float 1\.5"):
        append(connection, at=NOW, on=MONDAY, kind="k", subject="s", facts={"a": [{"b": 1.5}]})


def test_the_story_of_one_subject_comes_oldest_first(ledger: Engine) -> None:
    write(ledger, 3)
    with writing(ledger) as connection:
        append(connection, at=NOW - timedelta(days=1), on=MONDAY, kind="earlier", subject="invoice:BE-A/2", facts={})
    with reading(ledger) as connection:
        assert [entry.kind for entry in entries_about(connection, "invoice:BE-A/2")] == ["earlier", "invoice.paid"]
