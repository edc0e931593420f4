"""The insolvency register: read from a file, entered by a person, and looked at before every formal step."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from receivables.claims import DebtorKind, Step
from receivables.decide import ClaimStep, decide, last_look
from receivables.insolvency import BadLooks, read_looks
from receivables.ledger import tables
from receivables.ledger.consents import last_looks, note_look
from receivables.ledger.database import reading, writing
from tests.receivables.debtors import claim, debtor, notice
from tests.receivables.ledgers import NOW, add_debtor, add_invoice, fresh_ledger
from tests.receivables.policies import policy

ON = date(2026, 3, 2)
HEAD = "debtor,looked,result,reference\n"
CAREFUL = policy(contact="insolvency_max_age = 7")


def formal(**changes: object):
    """A debtor whose formal reminder is due on ON."""
    begun = claim(
        notices=(
            notice(Step.REMINDER, date(2026, 2, 9), proven=date(2026, 2, 9)),
            notice(Step.CALL, date(2026, 2, 16), proven=date(2026, 2, 17)),
        )
    )
    return debtor(begun, **changes)


def at(facts, on: date = ON):
    return decide(facts, CAREFUL, "BE", lambda country, notice: None, on)


class TestBeforeAFormalStep:
    def test_nothing_formal_goes_out_before_somebody_looked(self) -> None:
        (reason,) = at(formal()).reasons
        assert reason.code == "insolvency_unchecked" and "never yet looked at" in reason.text

    @pytest.mark.parametrize(("age", "goes"), [(0, True), (7, True), (8, False)])
    def test_a_look_holds_as_long_as_the_policy_says(self, age: int, goes: bool) -> None:
        assert bool(at(formal(insolvency_checked=ON - timedelta(days=age))).actions) is goes

    def test_a_friendly_reminder_needs_no_look(self) -> None:
        assert at(debtor(claim())).actions

    def test_the_last_look_asks_too(self) -> None:
        steps = (ClaimStep(1, "2026-0001", Step.FORMAL_REMINDER, 1),)
        assert last_look(formal(insolvency_checked=ON), steps, CAREFUL, "BE", ON) is None
        stale = last_look(formal(insolvency_checked=date(2026, 1, 1)), steps, CAREFUL, "BE", ON)
        assert stale is not None and stale.code == "insolvency_unchecked"

    def test_consumers_have_registers_too(self) -> None:
        reminded = claim(notices=(notice(Step.REMINDER, date(2026, 2, 9), proven=date(2026, 2, 9)),))
        facts = debtor(reminded, kind=DebtorKind.CONSUMER, country="NL")
        found = decide(facts, CAREFUL, "NL", lambda country, notice: None, ON)
        assert [reason.code for reason in found.reasons] == ["insolvency_unchecked"]


class TestTheLedger:
    def test_a_hit_holds_every_claim_and_a_clear_look_is_remembered(self, tmp_path: Path) -> None:
        engine = fresh_ledger(tmp_path)
        with writing(engine) as connection:
            solvent, broke = add_debtor(connection, "K1"), add_debtor(connection, "K2")
            add_invoice(connection, broke, "1", 100_00)
            add_invoice(connection, broke, "2", 100_00)
            assert note_look(connection, solvent, hit=False, by="Ann", reference="RegSol", on=ON, at=NOW) == 0
            assert note_look(connection, broke, hit=True, by="Ann", reference="RegSol 12", on=ON, at=NOW) == 2
        with reading(engine) as connection:
            assert last_looks(connection, 1, 99, ON) == {solvent: ON}
            assert last_looks(connection, 1, 99, ON - timedelta(days=1)) == {}
            holds = connection.execute(select(tables.holds)).all()
        assert {(row.kind, row.owner, row.reason) for row in holds} == {("insolvency", "Ann", "insolvent: RegSol 12")}


class TestTheFile:
    @pytest.mark.parametrize("separator", [",", ";"])
    def test_rows_become_looks(self, separator: str) -> None:
        text = HEAD + "C-1,2026-03-01,clear,\nC-2,2026-03-02,insolvent,RegSol 2026/11\n"
        clear, hit = read_looks(b"\xef\xbb\xbf" + text.replace(",", separator).encode(), "looks.csv", ON)
        assert (clear.debtor, clear.hit, clear.looked) == ("C-1", False, date(2026, 3, 1))
        assert (hit.hit, hit.reference, hit.seller) == (True, "RegSol 2026/11", None)

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            (b"debtor,looked\nC-1,2026-03-01", "row 1: there is no column 'result'"),
            (HEAD.encode() + b",2026-03-01,clear,", "row 2, column debtor: it is empty"),
            (HEAD.encode() + b"C-1,2026-03-01,fine,", "column result: 'fine'; write clear or insolvent"),
            (HEAD.encode() + b"C-1,1/3/2026,clear,", "column looked: '1/3/2026'; write a day as 2026-03-02"),
            (HEAD.encode() + b"C-1,2026-03-03,clear,", "2026-03-03 is still to come"),
            (HEAD.encode() + b"C-1,2026-03-01,insolvent,", "column reference: it is empty"),
            (HEAD.encode() + b"\xff", "is not UTF-8"),
            (b"x" * 5_000_001, "split it"),
            (b"", "row 1: there is no column 'debtor'"),
            (HEAD.encode() + b"C-1", "row 2, column result: ''"),
        ],
    )
    def test_one_wrong_row_is_one_sentence(self, data: bytes, sentence: str) -> None:
        with pytest.raises(BadLooks) as refused:
            read_looks(data, "looks.csv", ON)
        assert sentence in str(refused.value) and "\n" not in str(refused.value)
