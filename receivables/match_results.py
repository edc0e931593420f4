"""The answers to 'whose money is it', and what is known of a bank entry when it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from receivables.claims import ZERO
from receivables.open_items import Share

SMALL_REST = "small rest"


class BankEntry(Protocol):
    """One booked transaction, as `connectors.ports.StatementEntry` brings it. Amount is positive for money in."""

    @property
    def booked(self) -> date: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def currency(self) -> str: ...
    @property
    def counterparty(self) -> str | None: ...
    @property
    def counterparty_iban(self) -> str | None: ...
    @property
    def reference(self) -> str | None: ...
    @property
    def text(self) -> str | None: ...
    @property
    def end_to_end(self) -> str | None: ...
    @property
    def mandate(self) -> str | None: ...
    @property
    def return_reason(self) -> str | None: ...
    @property
    def charges(self) -> Decimal | None: ...


@dataclass(frozen=True, slots=True)
class Netted:
    """A part of a credit note that the payer set off against an invoice."""

    credit_note_id: int
    invoice_id: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Certain enough to book. `shares` are allocated, `netted` too, from credit notes; `waived` is forgone, and why.

    `rest` stays over as the debtor's credit; a person looks at it unless it is `small`. `debtor_id` is None where the
    bank paid a whole batch of our direct debits in one sum.
    """

    debtor_id: int | None
    shares: tuple[Share, ...]
    reason: str
    confidence: Decimal  # 0 to 1
    rest: Decimal = ZERO
    small: bool = False
    waived: tuple[Share, ...] = ()
    waived_why: str = SMALL_REST
    netted: tuple[Netted, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Money that came in earlier went back: the booking of `entry_id` is reversed, on these invoices or on all."""

    entry_id: int
    reason: str
    confidence: Decimal
    invoice_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """For a person: likely, not certain. `shares` is what booking it would do; nothing is booked."""

    reason: str
    confidence: Decimal
    debtor_id: int | None = None
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoMatch:
    """Nothing known fits; it stays visible as unmatched. `ours` is False for money out that was never a receivable."""

    reason: str
    ours: bool = True


Result = Match | Return | Proposal | NoMatch
