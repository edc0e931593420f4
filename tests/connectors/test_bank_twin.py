"""The sandbox bank: what it writes is read back by the house, and its balances join."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from connectors.bank.camt053 import read
from connectors.sandbox import Account, Payment, Sandbox

OURS, THEIRS = "BE68539007547034", "NL91ABNA0417164300"
MONDAY, TUESDAY, FRIDAY = date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 9)


def payment(identity: str, booked: date = MONDAY, amount: str = "121.00", **changes: str) -> Payment:
    return Payment(
        id=identity, account=OURS, booked=booked, amount=Decimal(amount), name="Café Zuid", iban=THEIRS, **changes
    )


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    made = Sandbox(tmp_path)
    made.bank.open(Account(iban=OURS, owner="De Kade", opening=Decimal("1000.00")))
    return made


def test_a_statement_is_read_back_as_it_was_booked(sandbox: Sandbox) -> None:
    sandbox.bank.book(
        [
            payment("1", reference="+++090/9337/55493+++"),
            payment("2", amount="60.50", reference="RF18 5390 0754 7034", end_to_end="E2"),
            payment("3", amount="-121.00", return_reason="AM04", text="retour", mandate="M-1"),
        ]
    )
    (file,) = sandbox.bank.write_statements(MONDAY)
    assert file.name == f"camt053-{OURS}-2026-01-05.xml"
    statement = read(file.read_bytes(), file.name)
    assert (statement.opening, statement.closing) == (Decimal("1000.00"), Decimal("1060.50"))
    first, second, third = statement.entries
    assert (first.amount, first.reference, first.counterparty_iban) == (Decimal("121.00"), "090933755493", THEIRS)
    assert (second.reference, second.end_to_end) == ("RF18539007547034", "E2")
    assert (third.amount, third.return_reason, third.counterparty) == (Decimal("-121.00"), "AM04", "Café Zuid")
    assert (third.text, third.mandate) == ("retour", "M-1")


def test_balances_join_over_days_without_a_statement(sandbox: Sandbox) -> None:
    sandbox.bank.book([payment("1")])
    sandbox.bank.write_statements(MONDAY)
    sandbox.bank.book([payment("2", TUESDAY, "10.00")])
    (file,) = sandbox.bank.write_statements(FRIDAY)
    statement = read(file.read_bytes(), file.name)
    assert (statement.sequence, statement.opening, statement.closing) == (2, Decimal("1121.00"), Decimal("1131.00"))
    assert [entry.booked for entry in statement.entries] == [TUESDAY]


def test_the_same_day_again_is_the_same_bytes_also_after_another_start(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.bank.book([payment("1")])
    (file,) = sandbox.bank.write_statements(MONDAY)
    before = file.read_bytes()
    file.unlink()
    sandbox.stop()
    again = Sandbox(tmp_path)
    again.bank.book([payment("1")])  # booked already: nothing happens
    assert again.bank.write_statements(MONDAY)[0].read_bytes() == before
    again.stop()


def test_a_day_that_was_stated_is_closed(sandbox: Sandbox) -> None:
    sandbox.bank.write_statements(TUESDAY)
    with pytest.raises(ValueError, match="stated already"):
        sandbox.bank.book([payment("late", MONDAY)])
    with pytest.raises(ValueError, match="is over"):
        sandbox.bank.write_statements(MONDAY)
    with pytest.raises(ValueError, match="no account"):
        sandbox.bank.book([Payment(id="x", account=THEIRS, booked=FRIDAY, amount=Decimal(1), name="x")])


def test_elements_stand_in_the_order_of_the_schema(sandbox: Sandbox) -> None:
    # ISO 20022 camt.053.001.08, ReportEntry10 and EntryTransaction10
    sandbox.bank.book([payment("1", reference="RF18539007547034", text="x", return_reason="AM04", mandate="M")])
    (file,) = sandbox.bank.write_statements(MONDAY)
    entry = next(etree.fromstring(file.read_bytes()).iter("{*}Ntry"))
    order = [etree.QName(child).localname for child in entry]
    assert order == [
        "NtryRef",
        "Amt",
        "CdtDbtInd",
        "RvslInd",
        "Sts",
        "BookgDt",
        "ValDt",
        "AcctSvcrRef",
        "BkTxCd",
        "NtryDtls",
    ]
    (detail,) = entry.iter("{*}TxDtls")
    assert [etree.QName(child).localname for child in detail] == ["Refs", "RltdPties", "RmtInf", "RtrInf"]
