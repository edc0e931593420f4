"""Disputes: why a customer does not agree, what has to be done about it, and how it may end. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from receivables.claims import ZERO

HOLD_DAYS = 30  # where nobody said until when
ANSWER_WITHIN = 5  # business days


class BadDispute(ValueError):
    """What was said about a dispute cannot be so; one sentence."""


class Reason(StrEnum):
    """Why a customer disputes an invoice."""

    NOT_ORDERED = "not_ordered"
    NOT_DELIVERED = "not_delivered"
    QUALITY = "quality"
    PRICE = "price"
    DOUBLE = "double"
    ALREADY_PAID = "already_paid"
    WRONG_ADDRESSEE = "wrong_addressee"
    MISSING_REFERENCE = "missing_reference"
    OTHER = "other"


class Outcome(StrEnum):
    """How a dispute ended: for the customer, for the seller, half-way, taken back, or unanswered in time."""

    UPHELD = "upheld"
    REJECTED = "rejected"
    AGREED = "agreed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


WORK: dict[Reason, str] = {
    Reason.NOT_ORDERED: "find the order or the signed offer, and send it",
    Reason.NOT_DELIVERED: "find the proof of delivery, and send it; without one, deliver or credit",
    Reason.QUALITY: "have the goods or the work looked at, and offer repair, replacement or a credit",
    Reason.PRICE: "compare with the agreed price, and send the agreement or credit the difference",
    Reason.DOUBLE: "compare with the other invoice, and credit one of the two if it is the same",
    Reason.ALREADY_PAID: "ask for the proof of payment, and look for it among the unmatched bank entries",
    Reason.WRONG_ADDRESSEE: "find out who ordered, credit this invoice and send it to the right party",
    Reason.MISSING_REFERENCE: "ask which reference or cost centre is missing, and send the invoice again with it",
    Reason.OTHER: "ask what is wrong; then answer it, or credit the invoice and send a right one",
}


def words(reason: Reason, note: str) -> str:
    """'not delivered: two boxes were missing'."""
    name = reason.value.replace("_", " ")
    return f"{name}: {note.strip()}" if note.strip() else name


def task(reason: Reason, name: str, number: str, note: str) -> str:
    """What the owner of the dispute is asked to do."""
    return f"{name} disputes {number} ({words(reason, note)}): {WORK[reason]}."


def last_day(since: date, until: date | None) -> date:
    """The day until which a dispute holds. Raises BadDispute for one that has passed."""
    found = until or since + timedelta(days=HOLD_DAYS)
    if found < since:
        raise BadDispute(f"{found} has passed; give a later day until which the dispute holds")
    return found


def scope(amount: Decimal | None, open_principal: Decimal) -> Decimal | None:
    """The disputed part of the principal, None for all of it. Raises BadDispute where it cannot be that much."""
    if open_principal <= ZERO:
        raise BadDispute("nothing is open on it any more: there is nothing to dispute")
    if amount is None or amount == open_principal:
        return None
    if not ZERO < amount < open_principal:
        raise BadDispute(f"{amount} cannot be disputed: {open_principal} of the principal is open")
    return amount
