"""Limits: read from a portal's file, kept as they were decided, told for any day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from receivables.ledger import limits
from receivables.ledger.database import reading, writing
from receivables.ledger.journal import verify
from receivables.ledger.limits import CoverDecision
from receivables.limits_file import BadLimits, read_limits
from tests.receivables.ledgers import NOW, add_debtor, fresh_ledger

HEAD = "policy,customer,limit,since,until,state\n"
GRANTED = CoverDecision(
    policy="P-1", debtor_id=1, state="granted", amount=2_000_000, currency="EUR", since=date(2026, 1, 1)
)


def test_a_file_of_the_portal_is_read():
    rows = read_limits(
        (HEAD + "P-1,C-1,25000.00,2026-01-01,2026-12-31,\nP-1,C-2,0,2026-02-01,,withdrawn\n").encode(), "l"
    )
    assert [(r.customer, r.state, r.limit, r.until) for r in rows] == [
        ("C-1", "granted", Decimal("25000.00"), date(2026, 12, 31)),
        ("C-2", "withdrawn", Decimal(0), None),
    ]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("P-1,,100,2026-01-01,,", "row 2, column customer: it is empty"),
        ("P-1,C-1,1e99,2026-01-01,,", "row 2, column limit: '1e99'; write an amount as 25000.00"),
        ("P-1,C-1,-5,2026-01-01,,", "row 2, column limit"),
        ("P-1,C-1,10.005,2026-01-01,,", "row 2, column limit"),
        ("P-1,C-1,NaN,2026-01-01,,", "row 2, column limit"),
        ("P-1,C-1,100,1/2/26,,", "row 2, column since: '1/2/26'; write a day as 2026-03-02"),
        ("P-1,C-1,100,2026-02-01,2026-01-01,", "row 2, column until: 2026-01-01 lies before 2026-02-01"),
        ("P-1,C-1,100,2026-02-01,,maybe", "row 2, column state: 'maybe'; write one of granted"),
    ],
)
def test_a_wrong_row_is_named_with_what_to_write(row: str, words: str):
    with pytest.raises(BadLimits, match=r"l\.csv") as told:
        read_limits((HEAD + row + "\n").encode(), "l.csv")
    assert words in str(told.value)


def test_what_is_no_such_file_is_refused():
    for data in (b"\xff\xfe", b"customer\nC-1\n", b"x" * 5_000_001):
        with pytest.raises(BadLimits):
            read_limits(data, "l.csv")


def test_decisions_are_kept_once_and_told_for_any_day(tmp_path: Path):
    ledger = fresh_ledger(tmp_path)
    gone = CoverDecision(policy="P-1", debtor_id=1, state="withdrawn", amount=0, currency="EUR", since=date(2026, 4, 1))
    with writing(ledger) as connection:
        add_debtor(connection)
        told = [
            limits.note_decision(connection, d, on=date(2026, 1, 5), at=NOW) for d in (GRANTED, GRANTED, gone, gone)
        ]
    assert told == [True, False, True, False]
    with reading(ledger) as connection:
        known = limits.decisions(connection, "P-1", 1)
        assert verify(connection).ok
    days = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 3, 31), date(2026, 4, 1))
    assert [limits.limit_on(known, day) for day in days] == [None, 2_000_000, 2_000_000, 0]


def test_a_limit_ends_and_an_application_leaves_it_in_force():
    ending = CoverDecision(**{**fields(GRANTED), "until": date(2026, 6, 30)})
    asked = CoverDecision(**{**fields(GRANTED), "state": "pending", "amount": 0, "since": date(2026, 3, 1)})
    assert [limits.limit_on([ending, asked], day) for day in (date(2026, 6, 30), date(2026, 7, 1))] == [2_000_000, 0]


def fields(decision: CoverDecision) -> dict[str, object]:
    return {name: getattr(decision, name) for name in CoverDecision.__dataclass_fields__}
