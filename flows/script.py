"""What the outside does in a rehearsal, read from a script file: who pays, disputes, promises, and what is decided."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from connectors.sandbox.bank import Format


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Payment(_Part):
    """Money into a seller's account: for an invoice, for a debtor's last payment request, or for something else."""

    on: date
    invoice: str | None = None
    demand: str | None = None  # debtor
    seller: str | None = None
    amount: Decimal | None = None
    how: Literal["reference", "text", "bare"]
    text: str | None = None
    name: str
    iban: str

    @model_validator(mode="after")
    def for_something(self) -> Payment:
        if (self.invoice, self.demand, self.seller).count(None) != 2:
            raise ValueError("a payment names one of invoice, demand and seller")
        if self.seller is not None and self.amount is None:
            raise ValueError("a payment for nothing known needs an amount")
        return self


class Dispute(_Part):
    on: date
    invoice: str
    owner: str
    reason: str
    until: date


class Answer(_Part):
    """What a buyer answers over Peppol about an invoice that it got (Invoice Response)."""

    on: date
    invoice: str
    code: Literal["AB", "IP", "UQ", "CA", "RE", "AP", "PD"]
    reasons: tuple[str, ...] = ()  # OPStatusReason: REF, PRI, …
    words: str = ""


class Promise(Dispute):
    pass


class Instalment(_Part):
    on: date
    amount: Decimal | None = None  # the rest of all that is open


class Plan(_Part):
    on: date
    invoice: str
    owner: str
    reason: str
    instalments: tuple[Instalment, ...] = Field(min_length=1)


class Decision(_Part):
    debtor: str
    decision: Literal["approve", "refuse"]
    after_days: int
    reason: str
    approver: str
    role: str


class Insolvency(_Part):
    """A bankrupt customer: what the operator notes on `on`, reclaims at once, and files on `file_on`."""

    on: date
    debtor: str
    opened: date
    reference: str
    owner: str
    administrator: dict[str, str]
    reclaim: tuple[str, ...] = ()
    file_on: date


class WriteOff(_Part):
    on: date
    invoice: str
    owner: str
    reason: str


class Collection(_Part):
    debtor: str
    days: int
    share: Decimal


class Cover(_Part):
    debtor: str
    buyer_id: str
    limit: Decimal


class Delivers(_Part):
    """In which format the bank delivers the statements of a seller's account, and from which day on."""

    seller: str
    format: Format
    since: date


class InsurerFacts(_Part):
    """How long the insurer and its policy take, in days: a rehearsal's policy waits less than a real one."""

    waiting_period: int = 150
    decides: int = 7
    pays: int = 10


class SandboxFacts(_Part):
    """What the partners' twins are told."""

    bouncing: tuple[str, ...]
    participants: tuple[str, ...]
    agency: tuple[Collection, ...]
    cover: tuple[Cover, ...]
    insurer: InsurerFacts = InsurerFacts()
    bank: tuple[Delivers, ...] = ()

    def formats_of(self, seller: str) -> tuple[tuple[date, Format], ...]:
        """Oldest first, as `connectors.sandbox.bank.Account` takes them."""
        return tuple(sorted((one.since, one.format) for one in self.bank if one.seller == seller))


class Script(_Part):
    first_day: date
    last_day: date
    payment: tuple[Payment, ...]
    answer: tuple[Answer, ...] = ()
    dispute: tuple[Dispute, ...] = ()
    promise: tuple[Promise, ...] = ()
    plan: tuple[Plan, ...] = ()
    insolvency: tuple[Insolvency, ...] = ()
    write_off: tuple[WriteOff, ...] = ()
    decision: tuple[Decision, ...] = ()
    sandbox: SandboxFacts
    expected: dict[str, str]
    expected_channel: dict[str, str]


def load_script(path: Path) -> Script:
    return Script.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
