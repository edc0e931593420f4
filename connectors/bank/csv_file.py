"""Reads bank statements as CSV in the format that docs/bank-files.md describes: one row for each booking.

For banks and systems that give nothing better. UTF-8, comma or semicolon, days as 2026-01-31, amounts as 1210.00 with a
minus for money out; the columns stand in the first row, in any order.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from decimal import Decimal

from connectors.bank import remittance
from connectors.bank.bookings import BadStatement, distinct, given, joined, short_name, valid_iban, with_key
from connectors.ports import Statement, StatementEntry

FORMAT = "csv"
REQUIRED = ("account", "booked", "amount", "currency")
OPTIONAL = (
    "statement",
    "sequence",
    "from",
    "to",
    "opening",
    "closing",
    "value_date",
    "counterparty",
    "counterparty_iban",
    "reference",
    "text",
    "end_to_end",
    "mandate",
    "bank_reference",
    "return_reason",
    "charges",
)
AMOUNT = re.compile(r"-?\d{1,15}([.,]\d{1,2})?")
LONGEST_FIELD = 10_000
Row = dict[str, str]


def looks_like(data: bytes) -> bool:
    columns = re.split(r'[",;\s]+', data[:2_000].decode("utf-8-sig", "replace").splitlines()[0].lower()) if data else []
    return {"account", "booked", "amount"} <= set(columns)


class Place:
    """One row of the file, and refusals that name it."""

    def __init__(self, name: str, line: int, row: Row) -> None:
        self.name, self.line, self.row = short_name(name), line, row

    def text(self, column: str) -> str | None:
        return (self.row.get(column) or "").strip() or None

    def bad(self, column: str, wanted: str) -> BadStatement:
        found = self.text(column)
        said = f"is '{found[:40]}'" if found else "is empty"
        return BadStatement(f"{self.name}: line {self.line}: column {column} {said}; expected {wanted}.")

    def day(self, column: str) -> date | None:
        text = self.text(column)
        try:
            return None if text is None else date.fromisoformat(text)
        except ValueError:
            raise self.bad(column, "a day like 2026-01-31") from None

    def amount(self, column: str) -> Decimal | None:
        text = self.text(column)
        if text is None:
            return None
        if not AMOUNT.fullmatch(text):
            raise self.bad(column, "an amount like 1210.00, with a minus for money out")
        return Decimal(text.replace(",", "."))


def read_all(data: bytes, name: str) -> tuple[Statement, ...]:
    """The statements of a file called `name`: its rows by account and statement. Raises BadStatement with the line."""
    groups: dict[tuple[str, str], list[Place]] = {}
    for place in _rows(data, name):
        account = valid_iban(place.text("account"))
        if account is None:
            raise place.bad("account", "the IBAN of the account that the statement is of")
        groups.setdefault((account, place.text("statement") or ""), []).append(place)
    if not groups:
        raise BadStatement(f"{short_name(name)}: line 1: there is no row after the columns; this file holds nothing.")
    return tuple(_statement(account, statement, rows) for (account, statement), rows in groups.items())


def _rows(data: bytes, name: str) -> list[Place]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        raise BadStatement(f"{short_name(name)}: line {line}: this is not UTF-8; save the file as UTF-8.") from problem
    first = text.split("\n", 1)[0]
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)
    columns = [column.strip().lower() for column in reader.fieldnames or ()]
    reader.fieldnames = columns
    for column in REQUIRED:
        if column not in columns:
            raise BadStatement(f"{short_name(name)}: line 1: column {column} is missing; it is needed in every row.")
    for column in columns:
        if column not in REQUIRED + OPTIONAL:
            known = ", ".join(REQUIRED + OPTIONAL)
            raise BadStatement(f"{short_name(name)}: line 1: column '{column[:40]}' is not known; known are {known}.")
    found = []
    try:
        for row in reader:
            if None in row or None in row.values():
                raise BadStatement(
                    f"{short_name(name)}: line {reader.line_num}: the row has not the {len(columns)} fields of line 1."
                )
            found.append(Place(name, reader.line_num, row))
    except csv.Error as problem:
        raise BadStatement(f"{short_name(name)}: line {reader.line_num}: {problem}.") from problem
    return found


def _statement(account: str, statement: str, rows: list[Place]) -> Statement:
    """Balances and period stand on any of the statement's rows; a row without amount says nothing else."""
    entries = distinct(_entry(row, account) for row in rows if row.text("amount"))
    first = rows[0]
    currency = _currency(first)
    for row in rows:
        if _currency(row) != currency:
            raise row.bad("currency", f"{currency}, as in line {first.line}: an account has one")
    opening = next((found for row in rows if (found := row.amount("opening")) is not None), None)
    closing = next((found for row in rows if (found := row.amount("closing")) is not None), None)
    total = sum((entry.amount for entry in entries), Decimal(0))
    if opening is not None and closing is not None and (wrong := joined(opening, total, closing, currency)):
        raise BadStatement(f"{first.name}: line {rows[-1].line}: column closing {wrong}.")
    days = [entry.booked for entry in entries]
    until = next((day for row in rows if (day := row.day("to"))), None) or max(days, default=None)
    if until is None:
        raise first.bad("to", "the last day of the statement, as it has no bookings")
    start = next((day for row in rows if (day := row.day("from"))), None)
    sequence = next((text for row in rows if (text := row.text("sequence"))), "")
    return Statement(
        account=account,
        identification=statement[:50] or f"{start or min(days, default=until)} {until}",
        sequence=int(sequence) if sequence.isascii() and sequence.isdecimal() else None,
        from_date=start,
        to_date=until,
        currency=currency,
        opening=opening,
        closing=closing,
        format=FORMAT,
        entries=entries,
    )


def _currency(row: Place) -> str:
    text = row.text("currency")
    if text is None or not re.fullmatch(r"[A-Z]{3}", text):
        raise row.bad("currency", "three letters like EUR")
    return text


def _entry(row: Place, account: str) -> StatementEntry:
    booked, amount = row.day("booked"), row.amount("amount")
    if booked is None:
        raise row.bad("booked", "the day of booking")
    assert amount is not None
    iban = row.text("counterparty_iban")
    if iban is not None and valid_iban(iban) is None:
        raise row.bad("counterparty_iban", "an IBAN with right check digits, or nothing")
    stated, text = row.text("reference"), row.text("text")
    reference = remittance.structured(stated, None) if stated else None
    if stated and reference is None:
        text = f"{text or ''} {stated}".strip()
    entry = StatementEntry(
        key="",
        account=account,
        booked=booked,
        amount=amount,
        currency=_currency(row),
        value_date=row.day("value_date"),
        counterparty=row.text("counterparty"),
        counterparty_iban=valid_iban(iban),
        reference=reference or (remittance.in_text([text]) if text else None),
        text=text,
        end_to_end=given(row.text("end_to_end")),
        mandate=given(row.text("mandate")),
        return_reason=row.text("return_reason"),
        charges=row.amount("charges") or Decimal(0),
    )
    return with_key(entry, given(row.text("bank_reference")))
