"""The sandbox bank: what it writes is read back by the house, and its balances join."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from connectors.bank.camt053 import read
from connectors.bank.statement_file import read_all
from connectors.sandbox import Account, Payment, Sandbox
from connectors.sandbox.bank import Format

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


FORMATS: tuple[Format, ...] = ("camt.053", "coda", "mt940")
EVERY_KIND = [
    payment("1", reference="+++090/9337/55493+++"),
    payment("2", amount="60.50", reference="RF18 5390 0754 7034", end_to_end="E2"),
    payment(
        "3", amount="7195.87", text="facture 2026-0107, Société à Liège, avec toutes nos excuses pour ce long retard"
    ),
    payment("4", amount="99.99", text="2026-7", end_to_end="2026-7-1-1", mandate="M-1"),
    payment("5", amount="-99.99", text="2026-7", end_to_end="2026-7-1-1", mandate="M-1", return_reason="AM04"),
    payment("6", amount="-60.50", end_to_end="E2", return_reason="AC01"),
    payment("7", amount="-12.00", text="kosten"),
]


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_says_the_same(sandbox: Sandbox, format_: Format) -> None:
    iban = "NL12RABO0312876540" if format_ == "mt940" else "BE15735041238930"
    sandbox.bank.open(Account(iban=iban, owner="De Kade", opening=Decimal("10.00"), formats=((MONDAY, format_),)))
    sandbox.bank.book(replace(one, account=iban, id=f"x{one.id}") for one in EVERY_KIND)
    file = next(f for f in sandbox.bank.write_statements(MONDAY) if iban in f.name)
    (statement,) = read_all(file.read_bytes(), file.name)
    assert (statement.format, statement.account, statement.sequence) == (format_, iban, 1)
    assert (statement.opening, statement.closing) == (Decimal("10.00"), Decimal("7314.87"))
    told = [
        (e.amount, e.reference, e.end_to_end, e.mandate, (e.return_reason or "")[:4], e.counterparty_iban, e.booked)
        for e in statement.entries
    ]
    assert told == [
        (Decimal("121.00"), "090933755493", None, None, "", THEIRS, MONDAY),
        (Decimal("60.50"), "RF18539007547034", "E2", None, "", THEIRS, MONDAY),
        (Decimal("7195.87"), None, None, None, "", THEIRS, MONDAY),
        (Decimal("99.99"), None, "2026-7-1-1", "M-1", "", THEIRS, MONDAY),
        (Decimal("-99.99"), None, "2026-7-1-1", "M-1", "AM04", THEIRS, MONDAY),
        (Decimal("-60.50"), None, "E2", None, "AC01", THEIRS, MONDAY),
        (Decimal("-12.00"), None, None, None, "", THEIRS, MONDAY),
    ]
    assert "2026-0107" in (statement.entries[2].text or "")
    assert {e.counterparty for e in statement.entries} <= {"Café Zuid", "Cafe Zuid"}
    assert len({e.key for e in statement.entries}) == len(EVERY_KIND)


def test_the_balances_join_where_the_bank_goes_over_to_another_format(sandbox: Sandbox) -> None:
    iban = "BE15735041238930"
    over = ((MONDAY, "coda"), (TUESDAY, "camt.053"), (FRIDAY, "mt940"))
    sandbox.bank.open(Account(iban=iban, owner="De Kade", formats=over))
    found = []
    for day in (MONDAY, TUESDAY, FRIDAY):
        sandbox.bank.book([replace(payment(f"{day}", day), account=iban)])
        file = next(f for f in sandbox.bank.write_statements(day) if iban in f.name)
        found += read_all(file.read_bytes(), file.name)
    assert [one.format for one in found] == ["coda", "camt.053", "mt940"]
    assert [one.opening for one in found[1:]] == [one.closing for one in found[:-1]]


def test_a_coda_record_has_its_128_characters(sandbox: Sandbox) -> None:
    # Febelfin, 'Coded statement of account' version 2: every record, and the number of those between 0 and 9
    iban = "BE15735041238930"
    sandbox.bank.open(Account(iban=iban, owner="De Kade", formats=((MONDAY, "coda"),)))
    sandbox.bank.book(replace(one, account=iban) for one in EVERY_KIND)
    content = next(f for f in sandbox.bank.write_statements(MONDAY) if iban in f.name).read_bytes()
    records = content.decode("windows-1252").split("\r\n")[:-1]
    assert {len(record) for record in records} == {128}
    assert [record[:2] for record in records] == ["00", "12", *["21", "22", "23"] * 7, "80", "9 "]
    assert int(records[-1][16:22]) == len(records) - 2


def test_an_mt940_line_fits_the_network(sandbox: Sandbox) -> None:
    # SWIFT, 'Category 9 - Customer Statement Message': field 86 has six lines of 65 characters of set X
    iban = "NL12RABO0312876540"
    sandbox.bank.open(Account(iban=iban, owner="De Kade", formats=((MONDAY, "mt940"),)))
    sandbox.bank.book([replace(payment("long", text="Müller & Söhne " * 40), account=iban)])
    lines = next(f for f in sandbox.bank.write_statements(MONDAY) if iban in f.name).read_text("ascii").splitlines()
    details = lines[next(n for n, line in enumerate(lines) if line.startswith(":86:")) : -2]
    assert 1 < len(details) <= 6
    assert all(len(line.removeprefix(":86:")) <= 65 for line in details)
