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
    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
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


class TitleStatus(_Part):
    """Whether the goods on an invoice are still the seller's."""

    standing: Literal["protected", "doubtful", "not_protected", "no_clause", "no_goods"]
    why: str
    clause: str | None = Field(None, description="the sentence on the invoice")
    article: str | None = None
    goods: tuple[str, ...] = Field((), description="what was delivered: quantity, unit and description of each line")
    delivered: date | None = None
    place: str | None = Field(None, description="where the goods were delivered")
    reclaim_until: date | None = Field(None, description="last day of the Dutch right of reclaim (recht van reclame)")
    reclaim: str | None = Field(None, description="how that day was found; says so where the terms are not verified")


class Deadline(_Part):
    """A last day given by the law."""

    last_day: date
    article: str
    explanation: str
    verified: bool = Field(description="false where the term was not read in its source")


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
    title: TitleStatus | None = None
    limitation: Deadline | None = Field(None, description="the earliest day on which the claim may lapse")
    order: str | None = Field(None, description="the customer's purchase order, as the ERP gave it")
    delivery_note: str | None = None
    files: tuple[str, ...] = Field(description="paths in this archive")


class CreditNote(_Part):
    """A credit note to the same debtor that was set against one of the invoices, or names one."""

    number: str
    issued: date
    amount: Decimal
    invoices: tuple[str, ...] = Field(description="the invoices it names")
    files: tuple[str, ...]


class Terms(_Part):
    """The general terms that the debtor accepted; without proof of that a clause in them is worth little."""

    version: str
    accepted: date
    proof: str | None
    url: str | None = Field(None, description="where this version can be read; its file is attached to the invoices")


class Agreement(_Part):
    """A promise, plan, dispute or other reason to wait, whether it stands or has ended."""

    kind: str
    invoice: str
    since: date
    until: date
    ended: date | None
    outcome: str | None
    reason: str
    amount: Decimal | None = Field(None, description="left out: the whole claim")
    instalments: tuple[tuple[date, Decimal], ...] = ()


class Contact(_Part):
    """One contact with the debtor beside the notices: a call, a letter about a plan."""

    on: date
    kind: str
    text: str
    outcome: str | None = None
    files: tuple[str, ...] = ()


class EvidenceItem(_Part):
    """One item of proof, and exactly what it proves."""

    file: str
    about: str = Field(description="the invoice, or the step with its date")
    kind: str
    proves: str


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
    lacks: tuple[str, ...] = Field((), description="the same as codes")
    terms: Terms | None = None
    credit_notes: tuple[CreditNote, ...] = ()
    agreements: tuple[Agreement, ...] = Field((), description="promises, plans and disputes with their course")
    contacts: tuple[Contact, ...] = ()
    evidence: tuple[EvidenceItem, ...] = ()

    @property
    def files(self) -> set[str]:
        """Every path in the archive that the claim names."""
        named = [part.files for part in self.invoices] + [part.files for part in self.steps]
        named += [part.files for part in self.credit_notes] + [part.files for part in self.contacts]
        return {path for files in named for path in files} | {item.file for item in self.evidence}
