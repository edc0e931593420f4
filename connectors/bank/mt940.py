"""Reads bank statements in MT940 (SWIFT customer statement), as Dutch, German and Belgian banks fill it.

The fields are read by `mt-940`. Field 86 is each bank's own: `/KEY/value` (ABN AMRO, ING, Rabobank), `?20` subfields
(German banks), or plain words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import mt940
from mt940.models import Transactions

from connectors.bank import remittance
from connectors.bank.bookings import REVERSED, BadStatement, distinct, given, joined, short_name, valid_iban, with_key
from connectors.ports import Statement, StatementEntry

FORMAT = "mt940"
START = re.compile(r"^:20:", re.MULTILINE)
TAG = re.compile(r"^:(\d{2}[A-Z]?|NS):")
BOOKING = re.compile(r":61:\d{6}(\d{4}| {4})?R?[DC][A-Z]?\s?\d{1,15},\d{0,2}[A-Z]", re.IGNORECASE)
IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
KEYS = (
    "TRTP|TRCD|IBAN|BIC|NAME|REMI|EREF|MARF|CSID|CNTP|BENM|ORDP|ISDT|PURP|PREF|RTRN|ULTB|ULTD|SVCL|RREF|OCMT|CHGS|EXCH"
    "|ADDR|ID|USTD|STRD|CREF|NRTX"
)
FIELD = re.compile(rf"/({KEYS})/")
GERMAN_RETURNS = {"108", "109", "159"}  # business transaction codes of a returned debit (B2B, CORE) and transfer
WITHOUT_REFERENCE = {"EREF", "PREF", "MAREF", "MARF"}  # field 61 points at field 86


def looks_like(data: bytes) -> bool:
    head = data[:4_000].decode("latin-1").replace("\r", "")
    return START.search(head) is not None and re.search(r"^:(25P?|28C?|60[FM]):", head, re.MULTILINE) is not None


def read_all(data: bytes, name: str) -> tuple[Statement, ...]:
    """Every statement in a file called `name`, its pages put together. Raises BadStatement with the line."""
    text = _own_fields_only(data.decode("utf-8-sig" if _is_utf8(data) else "windows-1252", "replace"))
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith(":61:") and not BOOKING.match(line):
            raise BadStatement(f"{short_name(name)}: line {number}: '{line[:60]}' cannot be read as MT940.")
    try:
        blocks = _parse(text)
    except Exception as problem:
        number, line = first_bad_line(text, _parse)
        raise BadStatement(f"{short_name(name)}: line {number}: '{line[:60]}' cannot be read as MT940.") from problem
    if not blocks:
        raise BadStatement(f"{short_name(name)}: there is no field :20:, with which every MT940 statement begins.")
    return tuple(_whole(pages, short_name(name)) for pages in _by_statement(blocks))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _parse(text: str) -> list[Transactions]:
    found: list[Transactions] = mt940.parse_statements(text, options=mt940.Options.all())
    return found


def _own_fields_only(text: str) -> str:
    """The text without envelopes between statements and without words about the whole statement; lines keep their
    places, so that a line number is the file's.
    """
    kept, inside, closed, dropped = [], False, False, False
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        bare = re.sub(r"^\{.*\{4:$|^\{.*\{4:(?=:20:)", "", line)
        tag = TAG.match(bare)
        if tag and tag.group(1) == "20":
            inside, closed = True, False
        elif bare.startswith("-"):
            inside = False
        elif tag:
            closed = closed or tag.group(1).startswith("62")
        dropped = closed and (tag.group(1) == "86" if tag else dropped)
        kept.append(bare if inside and not dropped else "")
    return "\n".join(kept)


def first_bad_line(text: str, parse: Callable[[str], object]) -> tuple[int, str]:
    """Number and text of the first field that cannot be read: the text before it can."""
    lines = text.split("\n")
    fields = [n for n, line in enumerate(lines) if TAG.match(line)]
    low, high = 0, len(fields)
    while low < high:
        middle = (low + high) // 2
        end = fields[middle + 1] if middle + 1 < len(fields) else len(lines)
        try:
            parse("\n".join(lines[:end]))
        except Exception:
            high = middle
        else:
            low = middle + 1
    place = fields[low] if low < len(fields) else len(lines) - 1
    return place + 1, lines[place]


def _by_statement(blocks: list[Transactions]) -> list[list[Transactions]]:
    """A statement's pages together: every page but the last closes with an intermediate balance (62M)."""
    found: list[list[Transactions]] = []
    for block in blocks:
        more = found and "final_closing_balance" not in found[-1][-1].data
        if more and "intermediate_opening_balance" in block.data:
            found[-1].append(block)
        else:
            found.append([block])
    return found


def _whole(pages: list[Transactions], name: str) -> Statement:
    first, last = pages[0].data, pages[-1].data
    written = str(first.get("account_identification") or "")
    account = _account(written)
    if account is None:
        raise BadStatement(f"{name}: field :25: is '{written[:40]}'; expected the account's IBAN.")
    opening = first.get("final_opening_balance") or first.get("intermediate_opening_balance")
    closing = last.get("final_closing_balance") or last.get("intermediate_closing_balance")
    if opening is None or closing is None:
        missing = ":60F:, the opening" if opening is None else ":62F:, the closing"
        raise BadStatement(f"{name}: statement {first.get('statement_number', '')} has no {missing} balance.")
    currency, until = str(closing.amount.currency), date(closing.date.year, closing.date.month, closing.date.day)
    entries = [_entry(each.data, account, currency, until) for page in pages for each in page if each.data.get("date")]
    total = sum((entry.amount for entry in entries), Decimal(0))
    if wrong := joined(opening.amount.amount, total, closing.amount.amount, currency):
        raise BadStatement(f"{name}: statement {first.get('statement_number', '')} of {account}: the balance {wrong}.")
    number = str(first.get("statement_number") or "").lstrip("0")
    return Statement(
        account=account,
        identification=f"{first.get('transaction_reference', '')} {number} {until}".strip(),
        sequence=int(number) if number else None,
        from_date=None,
        to_date=until,
        currency=currency,
        opening=opening.amount.amount,
        closing=closing.amount.amount,
        format=FORMAT,
        entries=distinct(entries),
    )


def _account(written: str) -> str | None:
    """The IBAN in field 25, beside which banks write a BIC and a currency."""
    bare = re.sub(r"[\s.]", "", written.upper())
    for part in (*bare.split("/"), bare):
        for candidate in (part, part[:-3]):
            if IBAN.fullmatch(candidate) and (known := valid_iban(candidate)):
                return known
    return None


def _entry(data: dict[str, Any], account: str, currency: str, until: date) -> StatementEntry:
    value = date(data["date"].year, data["date"].month, data["date"].day)
    booked = data.get("entry_date")
    status = str(data.get("status") or "").upper()
    entry = StatementEntry(
        key="",
        account=account,
        booked=date(booked.year, booked.month, booked.day) if booked else min(value, until),
        amount=data["amount"].amount,
        currency=currency,
        value_date=value,
        return_reason=REVERSED if status.startswith("R") else None,
    )
    if data.get("purpose") is not None or data.get("transaction_code"):
        filled = _german(entry, data)
    else:
        filled = _dutch_or_plain(entry, str(data.get("transaction_details") or ""))
    customer = given(data.get("customer_reference"))
    if filled.end_to_end is None and customer not in WITHOUT_REFERENCE:
        filled = replace(filled, end_to_end=customer)
    return with_key(filled, given(data.get("bank_reference")))


def _german(entry: StatementEntry, data: dict[str, Any]) -> StatementEntry:
    purpose = " ".join(str(data.get("purpose") or "").split())
    returned = str(data.get("transaction_code") or "") in GERMAN_RETURNS
    code = given(data.get("return_debit_notes")) or given(data.get("posting_text")) or "returned"
    name = " ".join(filter(None, (data.get("applicant_name"), data.get("recipient_name"))))
    return replace(
        entry,
        counterparty=given(name),
        counterparty_iban=valid_iban(data.get("applicant_iban") or data.get("gvc_applicant_iban")),
        reference=remittance.in_text([purpose]),
        text=purpose or None,
        end_to_end=given(data.get("end_to_end_reference")),
        mandate=given(data.get("additional_position_reference")),
        return_reason=code if returned else entry.return_reason,
    )


def _dutch_or_plain(entry: StatementEntry, details: str) -> StatementEntry:
    lines = [line.strip() for line in details.split("\n") if line.strip()]
    fields = _fields("".join(lines))
    if not fields:
        found = next((known for each in IBAN.findall(" ".join(lines)) if (known := valid_iban(each))), None)
        text = " ".join(lines) or None
        return replace(entry, text=text, reference=remittance.in_text(lines), counterparty_iban=found)
    iban, _, name = _counterparty(fields)
    said = fields.get("REMI", "")
    stated = re.sub(r"^(STRD|USTD)/+|^CUR/", "", said).strip("/ ")
    reference = remittance.structured(stated.rsplit("/", 1)[-1], None) if said.startswith("STRD") else None
    return replace(
        entry,
        counterparty=given(name),
        counterparty_iban=valid_iban(iban),
        reference=reference or remittance.in_text([stated]) or remittance.in_text(lines),
        text=stated or given(fields.get("OCMT")),
        end_to_end=given(fields.get("EREF")),
        mandate=given(fields.get("MARF")),
        return_reason=given(fields.get("RTRN")) or entry.return_reason,
    )


def _fields(text: str) -> dict[str, str]:
    """`/KEY/value` pairs; within REMI the words USTD and STRD say how it is written and stay part of the value."""
    starts = [m for m in FIELD.finditer(text) if m.group(1) not in ("USTD", "STRD")]
    found: dict[str, str] = {}
    for n, start in enumerate(starts):
        end = starts[n + 1].start() if n + 1 < len(starts) else len(text)
        found.setdefault(start.group(1), text[start.end() : end].strip("/ "))
    return found


def _counterparty(fields: dict[str, str]) -> tuple[str, str, str]:
    """IBAN, BIC and name: in one field (ING), in fields of their own (ABN AMRO), or after ORDP and BENM (Rabobank)."""
    if "CNTP" in fields:
        iban, bic, name, *_ = (*fields["CNTP"].split("/"), "", "", "")
        return iban, bic, name
    return fields.get("IBAN", ""), fields.get("BIC", ""), fields.get("NAME", "")
