"""`claim.json`: a claim in neutral words for a collection partner; `schemas/claim.schema.json` is made from it.

Amounts are decimal strings in `currency`; dates are ISO 8601.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Party(_Part):
    """A creditor or a debtor."""

    name: str
    kind: Literal["business", "consumer", "public"] = "business"
    country: str = Field(min_length=2, max_length=2, description="ISO 3166-1 alpha-2")
    address: str = Field(description="street, postal code and city on one line")
    registration: str | None = Field(None, description="KBO, KvK or another register's number, as 'scheme:value'")
    vat: str | None = None
    email: str | None = None
    phone: str | None = None
    iban: str | None = Field(None, description="the creditor's account for payments")
    reference: str | None = Field(None, description="the customer's number at the creditor")
    language: str | None = None


class Payment(_Part):
    on: date
    amount: Decimal
    source: Literal["payment", "credit", "collected", "write_off"]


class InterestLine(_Part):
    """One stretch at one rate. `days` over 365, `base` is what bore interest."""

    start: date
    end: date
    days: int
    rate: Decimal = Field(description="percent a year")
    base: Decimal
    amount: Decimal


class ClaimedInvoice(_Part):
    number: str
    issued: date
    printed_due: date
    lawful_due: date
    received: date | None = Field(description="the day on which receipt is proven")
    gross: Decimal
    open: Decimal
    payments: tuple[Payment, ...] = ()
    interest: Decimal
    interest_lines: tuple[InterestLine, ...]
    goods: bool
    retention_of_title: str | None = Field(
        None, description="the clause on the invoice, where goods were sold under it"
    )
    files: tuple[str, ...] = Field(description="paths in this archive")


class TakenStep(_Part):
    """One notice, and what its delivery evidence proves."""

    step: str
    invoices: tuple[str, ...]
    on: date
    channel: str
    proven: date | None
    proof: str
    files: tuple[str, ...]


class Costs(_Part):
    amount: Decimal
    vat: Decimal
    lump_sum: Decimal
    articles: tuple[str, ...]
    explanation: tuple[str, ...]


class ClaimFile(_Part):
    """What a partner needs to act: who, how much and why, what was done, and which file in the archive shows it."""

    format: Literal["voldaan-claim/1"] = "voldaan-claim/1"
    reference: str = Field(description="our reference of this claim")
    on: date = Field(description="the day to which interest is reckoned")
    currency: str
    law: Literal["BE", "NL"]
    creditor: Party
    debtor: Party
    invoices: tuple[ClaimedInvoice, ...] = Field(min_length=1)
    principal: Decimal
    interest: Decimal
    costs: Costs
    total: Decimal
    interest_articles: tuple[str, ...]
    provisional: bool = Field(description="true where a statutory rate was not yet confirmed for the whole period")
    steps: tuple[TakenStep, ...]
    holds: tuple[str, ...] = Field((), description="disputes, promises and plans, ended ones included")
    missing: tuple[str, ...] = Field((), description="what the file lacks, in words")
