"""What a credit insurer is told or asked: arrears, a claim, an application for a limit, goods that were taken back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

Invoiced = tuple[str, date, Decimal]  # number, original due date, open amount
FilingKind = Literal["overdue", "claim", "cover", "goods"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueReport:
    """A notification of arrears. `category`: OVD report, EXP extension, RES rescheduling, INS insolvency (our word).

    `until`: the day that an extension asks for, or on which a plan ends; `instalments` of that plan.
    """

    policy: str
    category: str
    buyer_id: str
    buyer_name: str
    buyer_country: str
    invoices: tuple[Invoiced, ...]
    currency: str
    until: date | None = None
    instalments: tuple[tuple[date, Decimal], ...] = ()
    reason: str | None = None
    letter: bytes = field(default=b"", repr=False)  # PDF, for an insurer who is told on paper
    kind: FilingKind = "overdue"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFiling:
    """A claim for indemnification, with the dossier (a ZIP that proves itself)."""

    policy: str
    buyer_id: str
    buyer_name: str
    buyer_country: str
    invoices: tuple[Invoiced, ...]
    currency: str
    cause: str  # protracted_default, insolvency
    loss_on: date
    overdue: str | None  # the insurer's own id of the notification that went before
    filename: str
    dossier: bytes = field(repr=False)
    letter: bytes = field(default=b"", repr=False)  # PDF, for an insurer who is told on paper
    kind: FilingKind = "claim"

    @property
    def claimed(self) -> Decimal:
        return sum((amount for _, _, amount in self.invoices), Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverRequest:
    """An application for a limit on one buyer."""

    policy: str
    buyer_id: str
    buyer_name: str
    buyer_country: str
    amount: Decimal
    currency: str
    reference: str  # the customer's number in the ERP
    letter: bytes = field(default=b"", repr=False)  # PDF, for an insurer who is told on paper
    kind: FilingKind = "cover"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsReclaimed:
    """Unpaid goods that the policy holder takes back. `basis`: clause or right_of_reclaim; `until`: asked for by."""

    policy: str
    buyer_id: str
    buyer_name: str
    buyer_country: str
    invoices: tuple[Invoiced, ...]
    currency: str
    goods: tuple[str, ...]
    basis: str
    since: date
    until: date
    paper: bytes = field(repr=False)  # PDF, the letter that reclaimed them
    letter: bytes = field(default=b"", repr=False)  # PDF, for an insurer who is told on paper
    kind: FilingKind = "goods"


Filing = OverdueReport | ClaimFiling | CoverRequest | GoodsReclaimed
