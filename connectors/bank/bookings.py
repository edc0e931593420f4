"""What every statement format needs: keys that tell bookings apart, sums that join, one sentence for a bad file."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from pathlib import PurePath

from stdnum import iban as iban_number

from connectors.ports import StatementEntry

NO_REFERENCE = {"", "0", "NONREF", "NOTPROVIDED", "NOT PROVIDED", "NOREF", "NONE"}
REVERSED = "reversal"


class BadStatement(ValueError):
    """The file is no statement that can be booked; the message is one sentence naming the file and the place in it."""


def short_name(name: str) -> str:
    return PurePath(name).name[:100] or "statement"


def given(text: str | None) -> str | None:
    """A reference that says something; banks fill an empty field with words of their own."""
    return None if text is None or text.strip().upper() in NO_REFERENCE else text.strip()


def valid_iban(text: str | None) -> str | None:
    """The IBAN in its compact form, or None where its check digits are wrong."""
    return str(iban_number.compact(text)) if text and iban_number.is_valid(text, check_country=False) else None


def joined(opening: Decimal, booked: Decimal, closing: Decimal, currency: str) -> str | None:
    """Why a statement that does not add up is refused; None where it does."""
    if opening + booked == closing:
        return None
    return (
        f"does not join: {opening} opening and {booked} booked make {opening + booked} {currency},"
        f" but the closing balance says {closing}"
    )


def with_key(entry: StatementEntry, bank_reference: str | None, place: str = "") -> StatementEntry:
    """The key says nothing of the file or the statement: the same booking delivered again has the same key."""
    if bank_reference:
        return replace(entry, key=f"{entry.booked.isoformat()}:{bank_reference}{place}")
    content = "\x1f".join(
        str(part)
        for part in (
            entry.account,
            entry.booked,
            entry.value_date,
            entry.amount,
            entry.currency,
            entry.counterparty,
            entry.counterparty_iban,
            entry.reference,
            entry.text,
            entry.end_to_end,
            entry.mandate,
        )
    )
    return replace(entry, key=f"{entry.booked.isoformat()}:{hashlib.sha256(content.encode()).hexdigest()[:32]}")


def distinct(entries: Iterable[StatementEntry]) -> tuple[StatementEntry, ...]:
    """Bookings that are alike in everything are told apart by their order within the day."""
    seen: Counter[str] = Counter()
    result = []
    for entry in entries:
        seen[entry.key] += 1
        count = seen[entry.key]
        result.append(entry if count == 1 else replace(entry, key=f"{entry.key}#{count}"))
    return tuple(result)
