"""Writes a statement in MT940 (SWIFT 'Customer Statement Message') as Dutch banks do: field 86 in `/KEY/value`."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal

from connectors.sandbox.bank_formats.sheet import Payment, Sheet

WIDE, LINES = 65, 6  # of field 86
OUTSIDE = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")  # SWIFT's character set X


def write(sheet: Sheet) -> bytes:
    lines = [
        f":20:940S{sheet.day:%y%m%d}",
        f":25:{sheet.iban} {sheet.currency}",
        f":28C:{sheet.sequence:05}/001",
        f":60F:{balance(sheet.opening, sheet.before, sheet.currency)}",
    ]
    for payment in sheet.payments:
        lines += [line61(payment), *field86(payment)]
    lines += [f":62F:{balance(sheet.closing, sheet.day, sheet.currency)}", "-"]
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def line61(payment: Payment) -> str:
    """Value date, day of booking, mark (R: a reversal), amount, kind, the customer's and the bank's reference."""
    returned = "R" if payment.return_reason else ""
    mark = returned + ("C" if (payment.amount > 0) != bool(returned) else "D")
    kind = ("NDDT" if payment.mandate else "NTRF") if not returned else "NRTI"
    booked = f"{payment.booked:%y%m%d}{payment.booked:%m%d}"
    return f":61:{booked}{mark}{amount(payment.amount)}{kind}EREF//{payment.bank_reference}"


def field86(payment: Payment) -> list[str]:
    said = f"STRD/CUR/{payment.bare_reference}" if payment.bare_reference else None
    if payment.text:
        said = f"USTD//{plain(' '.join(filter(None, (payment.text, payment.bare_reference))))}"
    parts = [
        ("EREF", payment.end_to_end or "NOTPROVIDED"),
        ("MARF", payment.mandate),
        ("CNTP", f"{payment.iban or ''}//{plain(payment.name)}//"),
        ("REMI", said),
        ("RTRN", payment.return_reason),
    ]
    words = "".join(f"/{key}/{value}/" if value else "" for key, value in parts)[: WIDE * LINES]
    first, *others = [words[n : n + WIDE] for n in range(0, len(words), WIDE)]
    return [f":86:{first}", *others]


def balance(value: Decimal, day: date, currency: str) -> str:
    return f"{'D' if value < 0 else 'C'}{day:%y%m%d}{currency}{amount(value)}"


def amount(value: Decimal) -> str:
    return f"{abs(value):.2f}".replace(".", ",")


def plain(words: str) -> str:
    """In SWIFT's character set; a slash would begin a new field."""
    ascii_ = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
    return " ".join(OUTSIDE.sub(" ", ascii_).replace("/", " ").split())
