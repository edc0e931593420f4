"""The rules of SEPA direct debit: which mandate may be used how, from which day on, and what a refusal means.

Sources: EPC016-06 (CORE rulebook) and EPC222-07 (B2B rulebook): pre-notification of 14 calendar days unless agreed
otherwise, refund right of eight weeks for CORE and none for B2B, sequence types; ISO 20022 external reason codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, Protocol

from receivables.calendar import add_bank_days, is_bank_day

SequenceType = Literal["FRST", "RCUR", "OOFF", "FNAL"]
NOTICE_DAYS = 14  # calendar days between pre-notification and collection, unless agreed shorter
LEAD_BANK_DAYS = 1  # the file is with the bank one bank day before the collection
LATELY = timedelta(days=30)  # a return of longer ago is not collected again by itself
IDLE_MONTHS = 36  # a mandate unused so long has lapsed
REFUND_DAYS = {"core": 56, "b2b": 0}  # a debtor's right to have an authorised collection back
WORDS = {
    "AC01": "the account number is wrong",
    "AC04": "the account is closed",
    "AC06": "the account is blocked",
    "AC13": "the account is a consumer's, which B2B does not allow",
    "AG01": "direct debit is not allowed on this account",
    "AM04": "there was not enough money",
    "AM05": "collected twice",
    "BE05": "the bank does not know our creditor identifier",
    "DT01": "the day of collection is wrong",
    "MD01": "there is no mandate",
    "MD06": "the customer took the money back",
    "MD07": "the customer has died",
    "MS02": "the customer refused",
    "MS03": "the bank gave no reason",
    "RC01": "the bank identifier is wrong",
    "RR04": "a regulation forbids it",
    "SL01": "the customer's bank blocks it on the customer's word",
}
AGAINST_WILL = {"MD06", "MS02", "SL01"}  # the customer said no: collecting again would be against its word
ENDING = {"AC01", "AC04", "AC06", "AC13", "AG01", "MD01", "MD07", "SL01"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """A debtor's permission to collect. `last` is the day of its final collection, where one is agreed."""

    id: int
    reference: str
    creditor_id: str
    iban: str | None
    signed: date | None
    scheme: Literal["core", "b2b"]
    once: bool
    notice_days: int
    last: date | None = None
    ended: date | None = None
    paid: tuple[date, ...] = ()  # collections that stood
    pending: tuple[date, ...] = ()  # collections of which the bank has said nothing yet
    returned: tuple[date, ...] = ()  # collections that settled and came back


@dataclass(frozen=True, slots=True, kw_only=True)
class Collectable:
    """An invoice to be collected. `notified`: the day on which the customer got it, which is the pre-notification.

    For one that came back and is collected again, `due` is the day that was announced, `notified` that of the notice.
    """

    invoice_id: int
    number: str
    currency: str
    due: date
    notified: date | None
    open: Decimal


def ends_mandate(code: str | None) -> bool:
    """Whether nothing may be collected any more under the mandate that came back with this reason."""
    return code in ENDING


class Again(Protocol):
    """How often, how long after a return and for which reasons an invoice is collected again: the policy's words."""

    @property
    def collect_again(self) -> int: ...
    @property
    def collect_again_after(self) -> int: ...
    @property
    def collect_again_for(self) -> tuple[str, ...]: ...


def again_on(mandate: Mandate, reason: str | None, times: int, returned: date, policy: Again, on: date) -> date | None:
    """The day on which a collection that came back for the `times`-th time is made once more; None where it is not.

    The customer is told anew, as long before as the mandate says, and the file goes to the bank a bank day before.
    """
    if times > policy.collect_again or reason not in policy.collect_again_for or on > returned + LATELY:
        return None
    if unusable(mandate, on) is not None:
        return None
    waited = returned + timedelta(days=policy.collect_again_after)
    notified = on + timedelta(days=mandate.notice_days)
    return bank_day(max(waited, notified, add_bank_days(on, LEAD_BANK_DAYS + 1)))


def bank_day(day: date) -> date:
    """`day`, or the next day on which banks work."""
    while not is_bank_day(day):
        day += timedelta(days=1)
    return day


def unusable(mandate: Mandate, on: date) -> str | None:
    """Why nothing may be collected under the mandate on `on`, in words; None where it may."""
    if mandate.ended is not None and mandate.ended <= on:
        return f"mandate {mandate.reference} ended on {mandate.ended}"
    if mandate.iban is None:
        return f"mandate {mandate.reference} has no IBAN: add it in the ERP"
    if mandate.signed is None:
        return f"mandate {mandate.reference} has no day of signature: add it in the ERP"
    if mandate.signed > on:
        return f"mandate {mandate.reference} is signed on {mandate.signed}, after {on}"
    if mandate.once and (mandate.paid or mandate.pending):
        return f"mandate {mandate.reference} was for one collection, which was made"
    newest = max((*mandate.paid, *mandate.pending, *mandate.returned, mandate.signed))
    if (on.year - newest.year) * 12 + on.month - newest.month >= IDLE_MONTHS:
        return f"mandate {mandate.reference} was not used for {IDLE_MONTHS} months and has lapsed"
    return None


def collection_day(mandate: Mandate, invoice: Collectable, on: date) -> date:
    """The first day on which `invoice` may be collected: due, notified long enough, the file in time at the bank."""
    assert invoice.notified is not None
    notified = invoice.notified + timedelta(days=mandate.notice_days)
    return bank_day(max(invoice.due, notified, add_bank_days(on, LEAD_BANK_DAYS)))


def sequence(mandate: Mandate, day: date) -> SequenceType:
    """OOFF once; FRST until a collection settled, though it came back, or is under way; FNAL from the last day; else
    RCUR. One that was refused before it settled was none (EPC016-06).
    """
    if mandate.once:
        return "OOFF"
    if mandate.last is not None and day >= mandate.last:
        return "FNAL"
    return "RCUR" if mandate.paid or mandate.pending or mandate.returned else "FRST"
