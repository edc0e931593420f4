"""Bank statements in CAMT.053: what is booked, to whom it belongs, and which files are refused and why."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.bank.camt053 import BadStatement, read, read_all
from connectors.ports import StatementEntry

ACCOUNT = "BE68539007547034"
OGM, RF = "090933755493", "RF18539007547034"


def balance(code: str, amount: str, day: str = "2026-01-05") -> str:
    sign = "DBIT" if amount.startswith("-") else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{amount.lstrip('-')}</Amt>"
        f"<CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def entry(
    amount: str = "121.00",
    *details: str,
    status: str = "<Sts>BOOK</Sts>",
    reference: str = "B1",
    extra: str = "",
    currency: str = "EUR",
) -> str:
    sign = "DBIT" if amount.startswith("-") else "CRDT"
    bank = f"<AcctSvcrRef>{reference}</AcctSvcrRef>" if reference else ""
    inside = "".join(f"<TxDtls>{detail}</TxDtls>" for detail in details)
    return (
        f"<Ntry><Amt Ccy='{currency}'>{amount.lstrip('-')}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{extra}{status}"
        f"<BookgDt><Dt>2026-01-05</Dt></BookgDt><ValDt><Dt>2026-01-06</Dt></ValDt>{bank}"
        f"<NtryDtls>{inside}</NtryDtls></Ntry>"
    )


def file(
    *entries: str, opening: str = "100.00", closing: str = "221.00", version: int = 2, iban: str = ACCOUNT
) -> bytes:
    return (
        f"<?xml version='1.0'?><Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version:02d}'>"
        "<BkToCstmrStmt><GrpHdr><MsgId>M</MsgId></GrpHdr>"
        f"<Stmt><Id>S1</Id><ElctrncSeqNb>5</ElctrncSeqNb><CreDtTm>2026-01-06T02:00:00</CreDtTm>"
        f"<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{balance('OPBD', opening)}{balance('CLBD', closing)}{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def payer(name: str = "Café Zuid", iban: str = "NL91ABNA0417164300", modern: bool = False) -> str:
    named = f"<Pty><Nm>{name}</Nm></Pty>" if modern else f"<Nm>{name}</Nm>"
    account = f"<DbtrAcct><Id><IBAN>{iban}</IBAN></Id></DbtrAcct>"
    return f"<RltdPties><Dbtr>{named}</Dbtr>{account}</RltdPties>"


def structured(reference: str, issuer: str) -> str:
    kind = f"<Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry><Issr>{issuer}</Issr></Tp>"
    return f"<RmtInf><Strd><CdtrRefInf>{kind}<Ref>{reference}</Ref></CdtrRefInf></Strd></RmtInf>"


def free(*lines: str) -> str:
    return "<RmtInf>" + "".join(f"<Ustrd>{line}</Ustrd>" for line in lines) + "</RmtInf>"


def only(data: bytes) -> StatementEntry:
    (found,) = read(data, "a.xml").entries
    return found


# --- what is read --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", range(2, 9))
def test_every_version_from_02_to_08(version: int) -> None:
    status = "<Sts><Cd>BOOK</Cd></Sts>" if version >= 7 else "<Sts>BOOK</Sts>"
    detail = payer(modern=version >= 8) + structured(OGM, "BBA")
    statement = read(file(entry("121.00", detail, status=status), version=version), "a.xml")
    assert (statement.account, statement.identification, statement.sequence) == (ACCOUNT, "S1", 5)
    assert (statement.opening, statement.closing) == (Decimal("100.00"), Decimal("221.00"))
    assert statement.to_date == date(2026, 1, 5)
    assert statement.entries == (
        StatementEntry(
            key="2026-01-05:B1",
            account=ACCOUNT,
            booked=date(2026, 1, 5),
            amount=Decimal("121.00"),
            currency="EUR",
            value_date=date(2026, 1, 6),
            counterparty="Café Zuid",
            counterparty_iban="NL91ABNA0417164300",
            reference=OGM,
        ),
    )


def test_an_rf_of_iso_and_an_ogm_in_free_text() -> None:
    assert only(file(entry("121.00", structured(RF, "ISO")))).reference == RF
    hidden = only(file(entry("121.00", free("facture +++090/93", "37/55493+++ merci"))))
    assert (hidden.reference, hidden.text) == (OGM, "facture +++090/93 37/55493+++ merci")


def test_a_reference_with_a_wrong_check_digit_stays_visible_as_text() -> None:
    found = only(file(entry("121.00", structured("090933755494", "BBA"))))
    assert (found.reference, found.text) == (None, "090933755494")


def test_two_references_in_one_payment_are_left_to_the_text() -> None:
    both = structured(OGM, "BBA").replace("</RmtInf>", "") + structured(RF, "ISO").replace("<RmtInf>", "")
    found = only(file(entry("121.00", both)))
    assert (found.reference, found.text) == (None, f"{OGM} {RF}")


def test_a_batch_is_divided_into_its_transactions() -> None:
    details = [
        f"<Refs><EndToEndId>E{n}</EndToEndId></Refs><AmtDtls><TxAmt><Amt Ccy='EUR'>{amount}</Amt></TxAmt></AmtDtls>"
        + structured(reference, issuer)
        for n, amount, reference, issuer in ((1, "100.00", OGM, "BBA"), (2, "21.00", RF, "ISO"))
    ]
    first, second = read(file(entry("121.00", *details)), "a.xml").entries
    assert (first.amount, first.reference, first.end_to_end, first.key) == (100, OGM, "E1", "2026-01-05:B1/1")
    assert (second.amount, second.reference, second.end_to_end, second.key) == (21, RF, "E2", "2026-01-05:B1/2")


@pytest.mark.parametrize("amounts", [("100.00", "20.00"), ("100.00", "")])
def test_a_batch_that_cannot_be_divided_is_one_entry(amounts: tuple[str, str]) -> None:
    details = [(f"<Amt Ccy='EUR'>{amount}</Amt>" if amount else "") + free(f"factuur {amount}") for amount in amounts]
    found = only(file(entry("121.00", *details)))
    assert (found.amount, found.reference) == (Decimal("121.00"), None)
    assert found.text is not None and "factuur 100.00" in found.text


def test_a_payment_in_another_currency_counts_in_the_accounts() -> None:
    foreign = "<AmtDtls><InstdAmt><Amt Ccy='USD'>131.00</Amt></InstdAmt></AmtDtls>" + payer()
    assert (only(file(entry("121.00", foreign))).amount, only(file(entry("121.00", foreign))).currency) == (121, "EUR")


def test_a_returned_direct_debit_names_the_debtor_and_the_reason() -> None:
    detail = (
        "<Refs><EndToEndId>E1</EndToEndId><MndtId>M-7</MndtId></Refs><RltdPties><Dbtr><Nm>Café Zuid</Nm></Dbtr>"
        f"<Cdtr><Nm>De Kade</Nm></Cdtr><CdtrAcct><Id><IBAN>{ACCOUNT}</IBAN></Id></CdtrAcct></RltdPties>"
        "<RtrInf><Rsn><Cd>AM04</Cd></Rsn><AddtlInf>INSUFFICIENT FUNDS</AddtlInf></RtrInf>"
    )
    found = only(file(entry("-121.00", detail), closing="-21.00"))
    assert (found.amount, found.return_reason) == (Decimal("-121.00"), "AM04 INSUFFICIENT FUNDS")
    assert (found.counterparty, found.mandate, found.end_to_end) == ("Café Zuid", "M-7", "E1")


def test_a_reversal_keeps_the_direction_that_is_booked() -> None:
    found = only(file(entry("-121.00", payer(), extra="<RvslInd>true</RvslInd>"), closing="-21.00"))
    assert (found.amount, found.return_reason, found.counterparty) == (Decimal("-121.00"), "reversal", "Café Zuid")


def test_what_we_pay_names_whom_we_pay() -> None:
    parties = "<RltdPties><Dbtr><Nm>De Kade</Nm></Dbtr><Cdtr><Nm>Drukker</Nm></Cdtr></RltdPties>"
    assert only(file(entry("-21.00", parties), closing="79.00")).counterparty == "Drukker"


def test_an_entry_that_is_not_booked_is_no_money() -> None:
    pending = entry("50.00", status="<Sts>PDNG</Sts>", reference="B2")
    assert [found.amount for found in read(file(entry(), pending), "a.xml").entries] == [Decimal("121.00")]


def test_a_day_without_entries_is_a_statement() -> None:
    statement = read(file(closing="100.00"), "a.xml")
    assert (statement.entries, statement.to_date) == ((), date(2026, 1, 5))


def test_several_statements_in_one_file() -> None:
    data = file(entry())
    both = data.replace(b"</Stmt>", b"</Stmt>" + data[data.index(b"<Stmt>") : data.index(b"</BkTo")], 1)
    assert len(read_all(both, "a.xml")) == 2
    with pytest.raises(BadStatement, match="holds 2 statements"):
        read(both, "a.xml")


# --- keys ----------------------------------------------------------------------------------------------------------


def test_the_same_booking_has_the_same_key_in_another_file() -> None:
    one = file(
        entry("121.00", payer() + free("a"), reference=""), entry("10.00", free("b"), reference="X9"), closing="231.00"
    )
    other = file(
        entry("10.00", free("b"), reference="X9"), entry("121.00", payer() + free("a"), reference=""), closing="231.00"
    ).replace(b"<Id>S1</Id>", b"<Id>S1-again</Id>")
    assert {e.key for e in read(one, "a.xml").entries} == {e.key for e in read(other, "b.xml").entries}


@pytest.mark.parametrize("reference", ["", "NONREF", "NOTPROVIDED"])
def test_bookings_that_are_alike_have_different_keys(reference: str) -> None:
    twins = file(*[entry("60.50", payer(), reference=reference)] * 2)
    first, second = read(twins, "a.xml").entries
    assert first.key != second.key and replace(first, key="") == replace(second, key="")


def test_a_bank_reference_used_twice_does_not_hide_a_payment() -> None:
    entries = read(file(entry("100.00"), entry("21.00")), "a.xml").entries
    assert len({found.key for found in entries}) == 2


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "a.xml: The file is empty"),
        (b":20:STARTUMS", "a.xml: The file is not well-formed XML"),
        (b"<Document/>", "a.xml: the root element is Document, expected Document of camt.053"),
        (file(version=9), "the root element is {urn:iso:std:iso:20022:tech:xsd:camt.053.001.09}Document"),
        (file(entry()).replace(b"camt.053", b"camt.052"), "camt.052"),
        (
            file(entry(), closing="222.00"),
            "a.xml: Document/BkToCstmrStmt/Stmt/Bal does not join: 100.00 opening and 121.00 booked make 221.00 EUR,"
            " but the closing balance says 222.00.",
        ),
        (
            file(entry("121,00")),
            "a.xml: Document/BkToCstmrStmt/Stmt/Ntry/Amt is '121,00'; expected an amount like 1210.00, without sign.",
        ),
        (file(entry("1e2")), "Ntry/Amt is '1e2'"),
        (file(entry("NaN")), "Ntry/Amt is 'NaN'"),
        (file(entry(currency="EURO")), "currency in Ccy"),
        (file(entry(currency="USD")), "expected an amount in EUR, the currency of the account, not in USD"),
        (file(entry().replace("CRDT", "CREDIT")), "Ntry/CdtDbtInd is 'CREDIT'; expected CRDT or DBIT."),
        (
            file(entry().replace("2026-01-05", "05/01/2026")),
            "BookgDt/Dt is '05/01/2026'; expected a date like 2026-01-31.",
        ),
        (file(entry().replace("2026-01-05", "2026-02-30")), "BookgDt/Dt is '2026-02-30'"),
        (file(entry().replace("<BookgDt><Dt>2026-01-05</Dt></BookgDt>", "")), "BookgDt/Dt is missing"),
        (
            file(iban="BE68539007547035"),
            "Acct/Id/IBAN is 'BE68539007547035'; expected an IBAN with right check digits.",
        ),
        (file(entry()).replace(b"<?xml version='1.0'?>", b"<!DOCTYPE x [<!ENTITY a 'b'>]>"), "DOCTYPE"),
        (file(entry("121.00", "<x>" * 100 + "</x>" * 100)), "nested more than 60 deep"),
        (file()[: file().index(b"<Stmt>")] + b"</BkToCstmrStmt></Document>", "holds no statement"),
    ],
)
def test_what_is_refused_says_where_and_what_to_write(data: bytes, sentence: str) -> None:
    with pytest.raises(BadStatement) as refused:
        read(data, "/inbox/../a.xml")
    assert sentence in str(refused.value) and str(refused.value).startswith("a.xml: ")


def test_the_second_entry_is_named_by_its_place() -> None:
    with pytest.raises(BadStatement, match=r"Stmt/Ntry\[2\]/CdtDbtInd"):
        read(file(entry("100.00"), entry("21.00").replace("CRDT", "?")), "a.xml")


@given(st.data())
def test_no_damage_to_a_file_raises_anything_else(data: st.DataObject) -> None:
    raw = bytearray(file(entry("121.00", payer() + structured(OGM, "BBA"))))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=8))
    with suppress(BadStatement):
        read_all(bytes(raw), "a.xml")


@pytest.mark.parametrize(
    ("amount", "detail", "charges"),
    [
        ("113.50", "<AmtDtls><InstdAmt><Amt Ccy='EUR'>121.00</Amt></InstdAmt></AmtDtls>", "7.50"),
        ("113.50", "<AmtDtls><InstdAmt><Amt Ccy='USD'>141.00</Amt></InstdAmt></AmtDtls>", "0"),
        ("113.50", "<Chrgs><Rcrd><Amt Ccy='EUR'>7.50</Amt><ChrgInclInd>true</ChrgInclInd></Rcrd></Chrgs>", "7.50"),
        ("113.50", "<Chrgs><Rcrd><Amt Ccy='EUR'>7.50</Amt><ChrgInclInd>false</ChrgInclInd></Rcrd></Chrgs>", "0"),
        ("-124.50", "<Chrgs><Rcrd><Amt Ccy='EUR'>3.50</Amt><ChrgInclInd>true</ChrgInclInd></Rcrd></Chrgs>", "3.50"),
        ("121.00", "", "0"),
    ],
)
def test_what_banks_kept_on_the_way(amount: str, detail: str, charges: str) -> None:
    closing = str(Decimal("100.00") + Decimal(amount))
    assert only(file(entry(amount, detail + payer()), closing=closing)).charges == Decimal(charges)


def test_direct_debits_booked_in_one_sum_are_known_by_their_batch() -> None:
    data = file(entry("121.00", "<Refs><PmtInfId>DD1-FRST-260204</PmtInfId></Refs>"))
    assert only(data).end_to_end == "DD1-FRST-260204"
    whole = file(entry("121.00")).replace(b"<NtryDtls>", b"<NtryDtls><Btch><PmtInfId>DD1</PmtInfId></Btch>")
    assert only(whole).end_to_end == "DD1"
