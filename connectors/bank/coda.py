"""Reads Belgian bank statements in CODA (Febelfin's coded statement of account, version 2).

The records are read by `febelfin-coda`. What it does not look at is checked here: that every record has its 128
characters, that the file was not cut off, and that the balances join, each with the line where it goes wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from coda import CODA
from stdnum import iban as iban_number

from connectors.bank import remittance
from connectors.bank.bookings import BadStatement, distinct, given, joined, short_name, valid_iban, with_key
from connectors.ports import Statement, StatementEntry

FORMAT = "coda"
RECORD = 128  # characters
FIRST_RECORD = re.compile(rb"0{5}\d{9}[ -~]{113}2")
RTRANSACTIONS = {"1": "reject", "2": "return", "3": "refund", "4": "reversal", "5": "cancellation"}
STRUCTURED = {"100", "101", "102", "103"}
DIRECT_DEBIT = "127"


def looks_like(data: bytes) -> bool:
    return FIRST_RECORD.match(data) is not None


class Lines:
    """The records one by one; `number` is the line that is being read."""

    def __init__(self, data: bytes, name: str) -> None:
        self.name, self.number, self.found = short_name(name), 0, data.decode("windows-1252", "replace").splitlines()

    def __iter__(self) -> Iterator[str]:
        for number, line in enumerate(self.found, start=1):
            self.number = number
            if not line.strip("\x1a "):
                continue
            if len(line) > RECORD or not line[0].isdecimal():
                raise self.bad(f"'{line[:20]}' is no CODA record: expected {RECORD} characters that begin with a digit")
            yield line.ljust(RECORD)

    def bad(self, what: str) -> BadStatement:
        return BadStatement(f"{self.name}: line {self.number}: {what}.")


def read_all(data: bytes, name: str) -> tuple[Statement, ...]:
    """Every statement in a file called `name`; a bank puts one for each account and day in it. Raises BadStatement."""
    lines = Lines(data, name)
    try:
        found = CODA(lines).statements
    except BadStatement:
        raise
    except AssertionError as problem:
        raise lines.bad("this record contradicts the ones before it: a sum, a count or a sequence number") from problem
    except (ValueError, ArithmeticError, LookupError, AttributeError, TypeError) as problem:
        record = lines.found[lines.number - 1][:2] if lines.found else ""
        raise lines.bad(f"record {record} cannot be read: a date, an amount or its place is wrong") from problem
    if not found or any(one.number_records is None for one in found):
        raise lines.bad("the file ends without its trailer (record 9): it was cut off; fetch it again")
    return tuple(_statement(one, lines) for one in found)


def _statement(found: Any, lines: Lines) -> Statement:
    account, currency = _account(found, lines), str(found.account_currency)
    opening, closing = Decimal(found.old_balance), Decimal(found.new_balance)
    moves = sum((Decimal(move.amount) for move in found.moves), Decimal(0))
    if wrong := joined(opening, moves, closing, currency):
        raise lines.bad(f"the balance {wrong}")
    sequence, until = str(found.new_sequence).strip(), found.new_balance_date
    return Statement(
        account=account,
        identification=f"{until:%Y}/{sequence or until.isoformat()}",
        sequence=int(sequence) if sequence.isdecimal() and int(sequence) else None,
        from_date=None,
        to_date=until,
        currency=currency,
        opening=opening,
        closing=closing,
        format=FORMAT,
        entries=distinct(_entry(part, move, account, currency) for move in found.moves for part in _parts(move)),
    )


def _account(found: Any, lines: Lines) -> str:
    """The IBAN; made from the twelve digits of an old Belgian account number where the bank still gives that."""
    account = str(found.account).strip()
    if re.fullmatch(r"\d{12}", account):
        account = f"BE{iban_number.calc_check_digits(f'BE00{account}')}{account}"
    known = valid_iban(account)
    if known is None:
        raise lines.bad(f"the account '{account[:40]}' (record 1) is no IBAN")
    return known


def _parts(move: Any) -> list[Any]:
    """The transactions of a batch where they add up to it and each says something of its own, else the one booking."""
    details = move.moves
    told = all((each.communication or "").strip() or each.counterparty_name for each in details)
    return details if len(details) > 1 and told and sum(each.amount for each in details) == move.amount else [move]


def _entry(part: Any, move: Any, account: str, currency: str) -> StatementEntry:
    """One booking, or one transaction of it."""
    kind, said = part.communication_type, str(part._communication or "")
    text = " ".join((part.communication or "").split()) or None
    booked: date = part.entry_date or move.entry_date
    mandate, reason = None, _reason(part.r_transaction, part.r_reason)
    if kind == DIRECT_DEBIT:
        mandate, reason = given(said[48:83]), reason or _reason(said[145:146], said[146:150])
    reference = remittance.structured(text, None) if text and kind in STRUCTURED else None
    if reference is None and text:
        reference = remittance.in_text([text])
    iban = str(part.counterparty_account or "").split(" ")[0]
    entry = StatementEntry(
        key="",
        account=account,
        booked=booked,
        amount=Decimal(part.amount),
        currency=currency,
        value_date=part.value_date,
        counterparty=given(part.counterparty_name),
        counterparty_iban=valid_iban(iban),
        reference=reference,
        text=None if reference and kind in STRUCTURED else text,
        end_to_end=given(part.customer_reference),
        mandate=mandate,
        return_reason=reason,
    )
    place = "" if part is move else f"/{move.moves.index(part) + 1}"
    return with_key(entry, given(str(move.bank_reference)), place)


def _reason(kind: str | None, code: str | None) -> str | None:
    """Code and word of a debit or transfer that did not stand (ISO 20022 external return reasons)."""
    word = RTRANSACTIONS.get((kind or "").strip())
    return f"{code} {word}" if word and re.fullmatch(r"[A-Z]{2}\d{2}", code or "") else None
