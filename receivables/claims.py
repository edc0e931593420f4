"""The words of a claim's life, and the facts about one debtor that every decision is made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)
NOT_POSTED = "not_posted"  # how the task of a letter by post ends that did not leave; begins the dispatch's reason


class DebtorKind(StrEnum):
    BUSINESS = "business"
    CONSUMER = "consumer"
    PUBLIC = "public"


class Step(StrEnum):
    """The ladder's neutral codes, and the two courtesies beside it; labels per country and language stand with the
    letters.
    """

    REMINDER = "reminder"
    CALL = "call"
    FORMAL_REMINDER = "formal_reminder"
    NOTICE_OF_DEFAULT = "notice_of_default"
    FOURTEEN_DAY_LETTER = "fourteen_day_letter"
    BOOK_XIX_NOTICE = "book_xix_notice"
    HANDOVER = "handover"
    DUE_SOON = "due_soon"  # before the due date
    THANK_YOU = "thank_you"  # after the payment of what had to be asked for


class ClaimState(StrEnum):
    OPEN = "open"
    PART_PAID = "part_paid"
    SETTLED = "settled"
    CREDITED = "credited"
    WRITTEN_OFF = "written_off"


class ItemKind(StrEnum):
    """What stands open on an invoice, each kind paid or waived by name."""

    PRINCIPAL = "principal"
    INTEREST = "interest"
    LUMP_SUM = "lump_sum"
    COSTS = "costs"


class HoldKind(StrEnum):
    DISPUTE = "dispute"
    PROMISE = "promise"
    PLAN = "plan"
    DIRECT_DEBIT = "direct_debit"
    INSOLVENCY = "insolvency"
    DATA_STALE = "data_stale"
    MANUAL = "manual"


class HandoverState(StrEnum):
    PREPARED = "prepared"
    HANDED_OVER = "handed_over"
    NEEDS_INFO = "needs_info"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    ACTIVE = "active"
    PAUSED = "paused"
    DISPUTED = "disputed"
    PAID_PARTLY = "paid_partly"
    PAID = "paid"
    UNCOLLECTABLE = "uncollectable"
    LEGAL = "legal"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


GIVEN_BACK = (HandoverState.REJECTED, HandoverState.WITHDRAWN)  # the claim is ours again


class Outcome(StrEnum):
    """Where the story of an invoice ended, or stands."""

    PAID_ON_TIME = "paid_on_time"
    PAID_LATE = "paid_late"
    PAID_AFTER_REMINDER = "paid_after_reminder"
    CREDITED = "credited"
    DISPUTED = "disputed"
    ON_PLAN = "on_plan"
    HANDED_OVER = "handed_over"
    COLLECTED = "collected"
    INSURER_NOTIFIED = "insurer_notified"
    INDEMNIFIED = "indemnified"
    WRITTEN_OFF = "written_off"
    REFUSED = "refused"
    OPEN = "open"


class DispatchState(StrEnum):
    """The life of an outward effect; `receivables.ledger.dispatch` holds the declared transitions."""

    PLANNED = "planned"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    DELIVERED = "delivered"
    NOT_DELIVERED = "not_delivered"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    AWAITING_PERSON = "awaiting_person"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why the ladder waits: always with owner, reason and expiry. `amount` None covers the whole claim."""

    kind: HoldKind
    owner: str
    reason: str
    since: date
    until: date  # the last day on which it holds
    amount: Decimal | None = None

    def covers(self, on: date) -> bool:
        return self.since <= on <= self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One step taken for one claim, and how far its delivery is proven."""

    step: Step
    occurrence: int
    on: date  # planned for
    state: DispatchState
    proven: date | None = None  # the day on which receipt is proven; legal terms run from here
    channel: str = "email"
    mended: bool = False  # it did not arrive, and may go again: another address, or it was never posted


class Consent(StrEnum):
    """What a person said about a step that needs approval."""

    ASKED = "asked"
    GIVEN = "given"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidInvoice:
    """One invoice of the past: what it was for, and when the last of it came."""

    number: str
    due: date
    paid: date
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """How a debtor paid and what was promised and disputed; what payment behaviour is judged by."""

    paid: tuple[PaidInvoice, ...] = ()
    promises_kept: int = 0
    promises_broken: int = 0
    disputes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFacts:
    """What is open on one invoice. Amounts are in `currency`."""

    invoice_id: int
    number: str
    issued: date
    printed_due: date  # BT-9
    lawful_due: date
    insurer_due: date
    currency: str
    principal: Decimal
    open_principal: Decimal
    open_accessories: Decimal = ZERO
    holds: tuple[Hold, ...] = ()
    notices: tuple[Notice, ...] = ()
    received: date | None = None  # proven receipt of the invoice by the buyer's side
    delivery: DispatchState = DispatchState.PLANNED
    handed_over: bool = False
    goods: bool = False
    consents: tuple[tuple[Step, Consent], ...] = ()  # the newest word of a person on each step that needs one


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtorFacts:
    """All that `decide` may look at for one debtor of one seller."""

    debtor_id: int
    ref: str
    name: str
    kind: DebtorKind
    country: str
    language: str
    seller: str
    seller_country: str
    claims: tuple[ClaimFacts, ...]
    open_credits: Decimal = ZERO  # credit notes and unallocated payments of this debtor
    last_contact: date | None = None  # last notice of any kind
    bank_data_until: date | None = None  # booked statements reach to here
    customer_since: date | None = None
    ladder: str | None = None  # override of the segment's ladder
    reachable: tuple[str, ...] = ("email",)  # channels a notice can take
    size: str = "sme"
    history: History | None = None  # None: not looked up, so nothing is concluded from it
    contacts: tuple[tuple[str, str], ...] = ()  # (role, e-mail address) beside the general one
    by_post: frozenset[str] = frozenset()  # kinds of letters that the client wants by post: reminder, formal_notice
    insolvency_checked: date | None = None  # the register was last looked at, without a hit
