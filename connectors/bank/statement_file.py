"""One door for bank statements: the format is told by what the file holds, never by how it is called."""

from __future__ import annotations

from decimal import Decimal

from connectors.bank import camt053, coda, csv_file, mt940
from connectors.bank.bookings import BadStatement, short_name
from connectors.ports import Statement
from receivables.money import to_minor

ZERO = Decimal(0)

KNOWN = "CAMT.053 or pain.002 (XML), CODA, MT940 or CSV with the columns account, booked, amount, currency"


def read_all(data: bytes, name: str) -> tuple[Statement, ...]:
    """Every statement in a file called `name`, whole and adding up. Raises BadStatement with one sentence."""
    if len(data) > camt053.MAX_BYTES:
        raise BadStatement(f"{short_name(name)}: the file has {len(data)} bytes; the most is {camt053.MAX_BYTES}.")
    found = read_any(data, name)
    for statement in found:
        for amount in (statement.opening, statement.closing, *(entry.amount for entry in statement.entries)):
            check_amount(amount or ZERO, statement, name)
    return found


def check_amount(amount: Decimal, statement: Statement, name: str) -> None:
    try:
        to_minor(amount, statement.currency)
    except ValueError as problem:
        raise BadStatement(f"{short_name(name)}: statement {statement.identification}: {problem}.") from problem


def read_any(data: bytes, name: str) -> tuple[Statement, ...]:
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise BadStatement(f"{short_name(name)}: the file is empty.")
    if start.startswith(b"<") or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return camt053.read_all(data, name)
    if coda.looks_like(start):
        return coda.read_all(data, name)
    if mt940.looks_like(start):
        return mt940.read_all(data, name)
    if csv_file.looks_like(start):
        return csv_file.read_all(data, name)
    raise BadStatement(f"{short_name(name)}: line 1: this is no bank statement that can be read; expected {KNOWN}.")
