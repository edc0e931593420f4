"""CODA, MT940 and CSV beside CAMT.053: one door, told apart by content; a broken file is one sentence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.bank import mt940
from connectors.bank.bookings import BadStatement
from connectors.bank.statement_file import read_all
from connectors.ports import Statement, StatementEntry
from tests.connectors import test_camt053
from tests.connectors.bank_files import ACCOUNT, coda, coda_move, csv_file, swift

OGM, RF = "090933755493", "RF18539007547034"
PAYER = "NL91ABNA0417164300"
MONDAY = date(2026, 1, 5)


def only(data: bytes, name: str = "statement") -> Statement:
    (found,) = read_all(data, name)
    return found


def booked(data: bytes) -> StatementEntry:
    (found,) = only(data).entries
    return found


class TestTheFormatIsToldByTheContent:
    @pytest.mark.parametrize(
        ("data", "format"),
        [
            (test_camt053.file(test_camt053.entry("121.00")), "camt.053"),
            (coda(coda_move("121.00")), "coda"),
            (swift(":61:2601050105C121,00NTRFNONREF//B1"), "mt940"),
            (csv_file("2026-01-05;121,00"), "csv"),
        ],
        ids=["camt", "coda", "mt940", "csv"],
    )
    def test_whatever_the_file_is_called(self, data: bytes, format: str) -> None:
        found = only(data, "download.txt")
        assert (found.format, found.account, found.entries[0].amount) == (format, ACCOUNT, Decimal("121.00"))
        assert (found.to_date, found.entries[0].booked) == (MONDAY, MONDAY)

    @pytest.mark.parametrize("data", [b"", b"  \n", b"PDF-1.4 something", b"name,total\na,1\n", b"\x00\x01\x02"])
    def test_anything_else_is_one_sentence(self, data: bytes) -> None:
        with pytest.raises(BadStatement, match=r"^a\.cod: "):
            read_all(data, "/somewhere/a.cod")

    def test_an_amount_finer_than_a_cent_is_refused(self) -> None:
        with pytest.raises(BadStatement, match=r"a\.cod: statement 2026/005: 121\.005 EUR is finer than"):
            read_all(coda(coda_move("121.005")), "a.cod")

    @given(st.binary(max_size=400))
    def test_no_bytes_break_it(self, data: bytes) -> None:
        with pytest.raises(BadStatement):
            read_all(data, "a")


class TestCoda:
    def test_balances_sequence_and_the_payer(self) -> None:
        found = only(coda(coda_move("121.00", name="Café Zuid", iban=PAYER, text="factuur 2026-7"), opening="100.00"))
        assert (found.identification, found.sequence) == ("2026/005", 5)
        assert (found.opening, found.closing) == (Decimal("100.00"), Decimal("221.00"))
        (entry,) = found.entries
        assert (entry.counterparty, entry.counterparty_iban, entry.text) == ("Café Zuid", PAYER, "factuur 2026-7")
        assert (entry.value_date, entry.key) == (date(2026, 1, 6), "2026-01-05:BANKREF0000000000001")

    @pytest.mark.parametrize(("kind", "written", "known"), [("101", OGM, OGM), ("100", RF, RF), ("102", OGM, OGM)])
    def test_a_structured_communication(self, kind: str, written: str, known: str) -> None:
        entry = booked(coda(coda_move("121.00", structured=kind + written)))
        assert (entry.reference, entry.text) == (known, None)

    def test_a_reference_in_free_text(self) -> None:
        assert booked(coda(coda_move("121.00", text="+++090/9337/55493+++ merci"))).reference == OGM

    def test_a_returned_direct_debit_has_its_mandate_and_reason(self) -> None:
        """Type 127: date, type, scheme, paid, creditor, mandate, communication, R-transaction and reason."""
        debit = "127" + "050126" + "1" + "1" + "2" + "BE69ZZZ0123456789".ljust(35) + "M-77".ljust(35) + " " * 62
        entry = booked(coda(coda_move("-121.00", structured=debit + "2" + "AM04", end_to_end="E2E-1")))
        assert (entry.mandate, entry.return_reason, entry.end_to_end) == ("M-77", "AM04 return", "E2E-1")

    def test_an_old_account_number_becomes_its_iban(self) -> None:
        assert only(coda(coda_move("121.00"), old_account="539007547034")).account == ACCOUNT

    def test_several_days_in_one_file(self) -> None:
        data = coda(coda_move("121.00")) + coda(coda_move("1.00"), opening="121.00", sequence=6)
        assert [one.sequence for one in read_all(data, "a")] == [5, 6]

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            (lambda d: d[:-129], r"line 6: .*cut off"),
            (
                lambda d: d.replace(b"0000000000121000", b"0000000000121001", 1),
                r"line \d: .*(contradicts|does not join)",
            ),
            (lambda d: d.replace(b"050126", b"990126"), r"line \d: record \d.? cannot be read"),
            (lambda d: d.replace(b"\n8", b"\n8" + b"x" * 10), r"line 6: .*no CODA record"),
            (lambda d: d.replace(b"\n2100010000", b"\nX100010000"), r"line 3: 'X100010000.*' is no CODA record"),
        ],
        ids=["cut off", "sum", "day", "too long", "no record"],
    )
    def test_a_broken_file_is_one_sentence_with_its_line(self, change: object, sentence: str) -> None:
        assert callable(change)
        with pytest.raises(BadStatement, match=sentence):
            read_all(change(coda(coda_move("121.00"))), "a.cod")


class TestMt940:
    def test_balances_sequence_and_period(self) -> None:
        found = only(swift(":61:2601060105C121,00NTRFNONREF//B1", opening="100,00"))
        assert (found.sequence, found.opening, found.closing) == (5, Decimal("100.00"), Decimal("221.00"))
        assert (found.entries[0].key, found.entries[0].value_date) == ("2026-01-05:B1", date(2026, 1, 6))

    @pytest.mark.parametrize(
        "details",
        [
            f"/TRTP/SEPA OVERBOEKING/IBAN/{PAYER}/BIC/ABNANL2A/NAME/Zuid BV/REMI/2026-7 +++090/9337/55493+++/EREF/E1",
            f"/EREF/E1//CNTP/{PAYER}/ABNANL2A/Zuid BV///REMI/USTD//2026-7 +++090/9337/55493+++/",
            f"/EREF/E1/ORDP//NAME/Zuid BV/IBAN/{PAYER}/REMI/2026-7 +++090/9337/55493+++",
            f"166?00GUTSCHRIFT?20EREF+E1?21SVWZ+2026-7 +++090/9337?22/55493+++?31{PAYER}?32Zuid BV",
        ],
        ids=["abn amro", "ing", "rabobank", "german"],
    )
    def test_each_banks_own_field_86(self, details: str) -> None:
        lines = [details[n : n + 65] for n in range(0, len(details), 65)]
        entry = booked(swift(":61:2601050105C121,00NTRFEREF//B1", ":86:" + "\r\n".join(lines)))
        assert (entry.counterparty, entry.counterparty_iban) == ("Zuid BV", PAYER)
        assert (entry.reference, entry.end_to_end) == (OGM, "E1")
        assert "2026-7" in (entry.text or "")

    def test_a_structured_reference_of_ing(self) -> None:
        entry = booked(swift(":61:2601050105C121,00NTRFEREF//B1", f":86:/EREF/E1//REMI/STRD/CUR/{RF}/"))
        assert entry.reference == RF

    def test_plain_words(self) -> None:
        entry = booked(swift(":61:2601050105C121,00NTRFNONREF//B1", f":86:{PAYER} ZUID BV", f"REF {RF[:9]}", RF[9:]))
        assert (entry.counterparty_iban, entry.text) == (PAYER, f"{PAYER} ZUID BV REF {RF[:9]} {RF[9:]}")

    def test_a_returned_debit_takes_back_what_came_in(self) -> None:
        details = ":86:/RTRN/MS03//EREF/E2E-1//MARF/M-77//CNTP/NL91ABNA0417164300/ABNANL2A/Zuid BV///REMI/USTD//x/"
        entry = booked(swift(":61:2601050105D121,00NRTIEREF//B1", details))
        assert (entry.amount, entry.return_reason) == (Decimal("-121.00"), "MS03")
        assert (entry.end_to_end, entry.mandate) == ("E2E-1", "M-77")

    def test_a_reversal_is_negative(self) -> None:
        entry = booked(swift(":61:2601050105RC121,00NTRFNONREF//B1", total="-121,00"))
        assert (entry.amount, entry.return_reason) == (Decimal("-121.00"), "reversal")

    def test_pages_of_one_statement_are_put_together(self) -> None:
        first = swift(":61:2601050105C100,00NTRFNONREF//B1").replace(b":62F:", b":62M:")
        second = swift(":61:2601050105C21,00NTRFNONREF//B2", opening="100,00").replace(b":60F:", b":60M:")
        found = only(first + second)
        assert (found.closing, [each.key for each in found.entries]) == (
            Decimal("121.00"),
            ["2026-01-05:B1", "2026-01-05:B2"],
        )

    def test_words_about_the_whole_statement_are_no_ones_payment(self) -> None:
        data = swift(":61:2601050105C121,00NTRFNONREF//B1", ":86:factuur 2026-7", after=":86:END OF STATEMENT\r\nBYE")
        assert booked(data).text == "factuur 2026-7"

    def test_a_swift_envelope_and_a_currency_behind_the_account(self) -> None:
        data = swift(":61:2601050105C121,00NTRFNONREF//B1").replace(b"47034\r\n", b"47034EUR\r\n", 1)
        enveloped = b"{1:F01BANKBEBBXXXX}{2:I940BANKBEBBXXXXN}{4:\r\n" + data + b"-}\r\n"
        assert only(enveloped).account == ACCOUNT
        assert len(read_all(enveloped + enveloped.replace(b"00005", b"00006"), "a")) == 2

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            (lambda d: d.replace(b"C121,00N", b"C1x1,00N"), r"line 5: ':61:.*' cannot be read as MT940"),
            (lambda d: d.replace(b"C121,00N", b"C122,00N"), "the balance does not join: 0"),
            (lambda d: d.split(b":62F:")[0], "has no :62F:"),
            (lambda d: d.replace(b":25:BE68", b":25:BE69"), "field :25: is 'BE69"),
            (lambda d: d.replace(b":60F:C26", b":60F:C99"), r"(line 4|does not join)"),
        ],
        ids=["amount", "sum", "cut off", "account", "day"],
    )
    def test_a_broken_file_is_one_sentence_with_its_place(self, change: object, sentence: str) -> None:
        assert callable(change)
        data = change(swift(":61:2601050105C121,00NTRFNONREF//B1"))
        if b":60F:C99" in data:
            data = data.replace(b":60F:C990105", b":60F:C991305")
        with pytest.raises(BadStatement, match=sentence):
            read_all(data, "a.sta")

    def test_the_first_bad_field_is_found_however_many_there_are(self) -> None:
        def parse(text: str) -> None:
            if "bad" in text:
                raise ValueError

        text = "\n".join(f":61:{'bad' if n in (17, 40) else 'good'}" for n in range(50))
        assert mt940.first_bad_line(text, parse) == (18, ":61:bad")


class TestCsv:
    def test_every_column(self) -> None:
        columns = "statement;sequence;from;opening;closing;value_date;counterparty;counterparty_iban;reference;text"
        columns += ";end_to_end;mandate;bank_reference;return_reason;charges"
        values = f"S5;5;2026-01-01;100.00;221,00;2026-01-06;Zuid BV;{PAYER};+++090/9337/55493+++;dank;E1;M-1;B1;;3.50"
        found = only(csv_file(f"2026-01-05;121.00;{values}", columns=columns))
        assert (found.identification, found.sequence, found.from_date) == ("S5", 5, date(2026, 1, 1))
        assert (found.opening, found.closing) == (Decimal("100.00"), Decimal("221.00"))
        (entry,) = found.entries
        assert (entry.reference, entry.counterparty_iban, entry.mandate) == (OGM, PAYER, "M-1")
        assert (entry.key, entry.charges) == ("2026-01-05:B1", Decimal("3.50"))

    def test_commas_and_quotes(self) -> None:
        data = f'account,booked,amount,currency,text\n{ACCOUNT},2026-01-05,121.00,EUR,"2026-7, met dank"\n'.encode()
        assert booked(b"\xef\xbb\xbf" + data).text == "2026-7, met dank"

    def test_two_alike_bookings_are_two(self) -> None:
        keys = [each.key for each in only(csv_file("2026-01-05;1,00", "2026-01-05;1,00")).entries]
        assert len(set(keys)) == 2

    def test_a_statement_without_bookings(self) -> None:
        found = only(csv_file(";;2026-01-05;7,00;7,00", columns="to;opening;closing"))
        assert (found.entries, found.to_date, found.closing) == ((), MONDAY, Decimal("7.00"))

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            (csv_file("2026-01-05;12x"), r"line 2: column amount is '12x'; expected an amount like 1210.00"),
            (csv_file("05/01/2026;1"), r"line 2: column booked is '05/01/2026'; expected a day like 2026-01-31"),
            (csv_file("2026-01-05;1", "2026-01-06;2;3"), r"line 3: the row has not the 4 fields"),
            (csv_file("2026-01-05;1").replace(b"BE68", b"BE69"), r"line 2: column account is 'BE69"),
            (csv_file("2026-01-05;1").replace(b"currency", b"ccy"), "line 1: column currency is missing"),
            (csv_file("2026-01-05;1;x", columns="colour"), "line 1: column 'colour' is not known"),
            (csv_file("2026-01-05;1;0;2", columns="opening;closing"), "line 2: column closing does not join: 0"),
            (csv_file("2026-01-05;1;\xff").replace("\xff".encode(), b"\xff"), "line 2: this is not UTF-8"),
            (csv_file(), "there is no row after the columns"),
        ],
        ids=["amount", "day", "fields", "account", "missing", "unknown", "sum", "encoding", "empty"],
    )
    def test_a_broken_file_is_one_sentence_with_its_line(self, data: bytes, sentence: str) -> None:
        with pytest.raises(BadStatement, match=sentence):
            read_all(data, "a.csv")
