"""Writes a statement in CODA version 2 (Febelfin, 'Coded statement of account'): records of 128 characters.

Records 0 and 1, a movement's 2.1 to 2.3, 8 and 9. Places below are counted from 1, as Febelfin's tables count them.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import Decimal

from connectors.sandbox.bank_formats.sheet import Payment, Sheet

LINE = 128
COMMUNICATION = (53, 53, 43)  # characters of it in the records 2.1, 2.2 and 2.3
TRANSFER_IN, TRANSFER_OUT = "00150000", "00101000"  # type, family, transaction, category
COLLECTED, UNPAID = "00550000", "00503000"
RETURN = "2"  # place 113 of record 2.2: what kind of R-transaction


def write(sheet: Sheet) -> bytes:
    moves = [record for number, one in enumerate(sheet.payments, start=1) for record in movement(number, one, sheet)]
    number = f"{sheet.sequence % 1000:03}"
    within = [
        f"1{structure(sheet.iban)}{number}{account(sheet)}{amount(sheet.opening)}{day(sheet.before)}"
        f"{text(sheet.owner, 26)}{'':35}{number}",
        *moves,
        f"8{number}{account(sheet)}{amount(sheet.closing)}{day(sheet.day)}{'':64}0",
    ]
    records = [header(sheet), *within, trailer(sheet, len(within))]
    return "".join(f"{record}\r\n" for record in records).encode("windows-1252")


def header(sheet: Sheet) -> str:
    """Record 0: day of making, bank, application 05, addressee, version 2."""
    bank = sheet.iban[4:7] if sheet.iban.startswith("BE") else "000"
    return (
        f"00000{day(sheet.day)}{bank}05 {'':7}{'SANDBOX':<10}{text(sheet.owner, 26)}{'SANDBEBB':<11}"
        f"{'0':0<11} 00000{'':16}{'':16}{'':7}2"
    )


def structure(iban: str) -> str:
    """2: IBAN of a Belgian account; 3: of a foreign one."""
    return "2" if iban.startswith("BE") else "3"


def account(sheet: Sheet) -> str:
    return f"{sheet.iban:<34}{sheet.currency}"


def movement(number: int, payment: Payment, sheet: Sheet) -> list[str]:
    """Records 2.1 to 2.3; the communication runs through all three."""
    said = communication(payment)
    first, second = COMMUNICATION[0] + 1, COMMUNICATION[0] + 1 + COMMUNICATION[1]
    start = f"{number:04}0000"
    refused = RETURN if payment.return_reason and not payment.mandate else ""
    reason = payment.return_reason if refused else ""
    return [
        f"21{start}{payment.bank_reference:<21}{amount(payment.amount)}{day(payment.booked)}{code(payment)}"
        f"{said[:first]}{day(payment.booked)}{sheet.sequence % 1000:03}01 0",
        f"22{start}{said[first:second]}{text(payment.end_to_end or '', 35)}{'':11}{'':3}{refused:1}{reason:4}"
        f"{'':4}{'':4}1 0",
        f"23{start}{payment.iban or '':<34}{sheet.currency}{text(payment.name, 35)}{said[second:]}0 0",
    ]


def code(payment: Payment) -> str:
    if payment.mandate:
        return UNPAID if payment.return_reason else COLLECTED
    return TRANSFER_IN if payment.amount > 0 else TRANSFER_OUT


def communication(payment: Payment) -> str:
    """Place 62 says whether it is structured: direct debit (127), OGM (101), RF (100), or free text."""
    whole = 1 + sum(COMMUNICATION)
    if payment.mandate:
        kind = f"{RETURN}{payment.return_reason}" if payment.return_reason else f"0{'':4}"
        collected = f"{day(payment.booked)}010{'':35}{text(payment.mandate, 35)}{text(payment.text or '', 62)}"
        return f"1127{collected}{kind}"[:whole].ljust(whole)
    if payment.bare_reference and not payment.text:
        type_ = "100" if payment.bare_reference.startswith("RF") else "101"
        return f"1{type_}{payment.bare_reference}".ljust(whole)
    words = " ".join(filter(None, (payment.text, payment.reference)))
    return "0" + text(words, whole - 1)


def trailer(sheet: Sheet, records: int) -> str:
    """Record 9: how many records between header and trailer, what went out, what came in, the last file."""
    out = -sum((p.amount for p in sheet.payments if p.amount < 0), Decimal(0))
    into = sum((p.amount for p in sheet.payments if p.amount > 0), Decimal(0))
    return f"9{'':15}{records:06}{amount(out)[1:]}{amount(into)[1:]}{'':75}2"


def amount(value: Decimal) -> str:
    """Sign (0 credit, 1 debit), twelve digits and three decimals."""
    return ("1" if value < 0 else "0") + f"{abs(value) * 1000:015.0f}"


def day(value: date) -> str:
    return f"{value:%d%m%y}"


def text(words: str, wide: int) -> str:
    """In the banks' character set: letters without accents."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
    return " ".join(plain.split())[:wide].ljust(wide)
