"""The policy: how debtors are followed up, on which ladder, how often, how carefully; read from `policy.toml`.

The embedded default (`receivables/policy.toml`) has one ladder per legal regime and works without change. A policy may
have more of them, for a segment (size, behaviour, amount) or for one debtor or invoice by name.
"""

from __future__ import annotations

import tomllib
from datetime import time
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field, ValidationError, model_validator

from receivables.behaviour import Tone
from receivables.calendar import SendWindow
from receivables.claims import DebtorKind
from receivables.credit_check import Beyond
from receivables.mandates import AGAINST_WILL, ENDING, WORDS
from receivables.rungs import MANDATORY, MESSAGES, Country, Ladder, LadderStep, Part

__all__ = [
    "MANDATORY",
    "MESSAGES",
    "BadPolicy",
    "Contact",
    "Country",
    "Courtesy",
    "Credit",
    "Delivery",
    "Ladder",
    "LadderStep",
    "Override",
    "Policy",
    "load_policy",
    "parse_policy",
]


class BadPolicy(ValueError):
    """One sentence: the file, the place in it, what was found and what to write instead."""


class Contact(Part):
    """How often and how carefully a debtor is approached."""

    min_days_between: int = Field(default=5, ge=1, le=60)
    bank_data_max_age: int = Field(default=3, ge=0, le=30)  # business days; older data: nothing is sent
    call_patience: int = Field(default=4, ge=0, le=30)  # business days that a call task may wait
    waive_rest_below: Decimal = Decimal("5.00")
    send_from: time | None = None  # local hours in which messages leave, on business days; left out: at any hour
    send_until: time | None = None
    insolvency_max_age: int | None = Field(default=None, ge=0, le=365)  # days that a look in the register holds
    promise_grace: int = Field(default=2, ge=0, le=10)  # bank days that a promised payment may take
    limitation_warning: int = Field(default=90, ge=7, le=365)  # days ahead of the day on which a claim may lapse
    plan_unsigned_after: int = Field(default=10, ge=1, le=60)  # days after which a plan that nobody signed is a task

    @model_validator(mode="after")
    def hours(self) -> Contact:
        if (self.send_from is None) != (self.send_until is None):
            raise ValueError("give both send_from and send_until, or neither")
        if self.send_from is not None and self.send_until is not None and not self.send_from < self.send_until:
            raise ValueError(
                f"messages leave from {self.send_from} until {self.send_until}: let it end after it starts"
            )
        return self

    @property
    def window(self) -> SendWindow | None:
        """The hours in which messages may leave; None for any hour of a business day."""
        if self.send_from is None or self.send_until is None:
            return None
        return SendWindow(self.send_from, self.send_until)


class Courtesy(Part):
    """What is said beside the ladder, each off unless it is switched on."""

    note_days_before: int | None = Field(default=None, ge=1, le=30)  # a note, so many days before the due date
    note_minimum: Decimal = Field(default=Decimal(0), ge=0)
    thank_within: int | None = Field(default=None, ge=1, le=30)  # a thank-you, at most so many days after the payment
    instalment_days_before: int | None = Field(default=None, ge=1, le=14)  # a note ahead of an instalment of a plan


class Delivery(Part):
    """How long a document may be under way, and what a refusal over the network does."""

    patience: int = Field(default=3, ge=1, le=30)  # days that an accepted document may stay undelivered
    dispute_days: int = Field(default=30, ge=1, le=90)  # days that the buyer's refusal holds the ladder, unless ended


class DirectDebit(Part):
    """Whether a direct debit that came back is collected again. Off unless `collect_again` says how often."""

    collect_again: int = Field(default=0, ge=0, le=2)  # times for one invoice
    collect_again_after: int = Field(default=7, ge=1, le=60)  # calendar days after the return, at least
    collect_again_for: tuple[str, ...] = ("AM04",)  # ISO 20022 reason codes

    @model_validator(mode="after")
    def hopeful(self) -> DirectDebit:
        if wrong := sorted({*self.collect_again_for} & (ENDING | AGAINST_WILL)):
            raise ValueError(f"{wrong[0]} means that {WORDS[wrong[0]]}: leave it out, it cannot be collected again")
        return self


class Credit(Part):
    """What is asked of a sale beyond cover or beyond our own limit, and of a customer who pays badly."""

    beyond_cover: Beyond = "flag"
    firm: Beyond = "flag"


class Intake(Part):
    """What becomes of an invoice for a customer who is blocked: taken in and flagged, or refused."""

    blocked: Literal["flag", "refuse"] = "flag"


class Override(Part):
    """A person's choice for one debtor or one invoice: another ladder, another tone. Always with name and reason."""

    debtor: str | None = None  # the customer's number in the ERP
    invoice: str | None = None
    seller: str | None = None  # left out: of any seller
    ladder: str | None = None
    tone: Tone | None = None
    by: str = Field(min_length=1)
    why: str = Field(min_length=1)

    @model_validator(mode="after")
    def one_subject(self) -> Override:
        if (self.debtor is None) == (self.invoice is None):
            raise ValueError("name either a debtor or an invoice")
        if self.ladder is None and self.tone is None:
            raise ValueError("say which ladder or which tone")
        if self.invoice is not None and self.tone is not None:
            raise ValueError("the tone is the debtor's, whom one letter addresses; set it there")
        return self

    def names(self, seller: str, *, debtor: str | None = None, invoice: str | None = None) -> bool:
        same = (self.debtor, self.invoice) == (debtor, invoice)
        return same and self.seller in (None, seller)


class Policy(Part):
    """A versioned policy. `ladder_for` never falls through: each regime has a ladder or the policy is refused."""

    version: str = Field(min_length=1)
    contact: Contact = Contact()
    courtesy: Courtesy = Courtesy()
    delivery: Delivery = Delivery()
    direct_debit: DirectDebit = DirectDebit()
    credit: Credit = Credit()
    intake: Intake = Intake()
    ladders: tuple[Ladder, ...] = Field(alias="ladder", min_length=1)
    overrides: tuple[Override, ...] = Field(default=(), alias="override")

    @model_validator(mode="after")
    def complete(self) -> Policy:
        names = [ladder.name for ladder in self.ladders]
        if len(set(names)) != len(names):
            raise ValueError("two ladders have one name; give each its own")
        for country in get_args(Country):
            for kind in DebtorKind:
                if self._usual(country, kind) is None:
                    raise ValueError(f"no ladder for {kind} debtors under the law of {country}; add one")
        return self

    def _usual(self, country: str, kind: DebtorKind) -> Ladder | None:
        """The regime's ladder without conditions."""
        return next((x for x in self.ladders if x.country == country and kind in x.debtors and not x.conditional), None)

    def ladder_for(
        self,
        country: str,
        kind: DebtorKind,
        override: str | None = None,
        *,
        size: str = "sme",
        tone: str = "neutral",
        amount: Decimal | None = None,
    ) -> Ladder:
        """The ladder of a debtor under the law of `country`; `override` names one that keeps the same law's steps.

        Else the first ladder in the file with conditions that all fit, else the regime's one without conditions.
        """
        usual = self._usual(country, kind)
        if usual is None:
            raise BadPolicy(f"policy {self.version} has no ladder for {kind} debtors under the law of {country}")
        ours = [x for x in self.ladders if x.country == country and kind in x.debtors]
        named = next((x for x in ours if override is not None and x.name == override), None)
        if named is not None:
            return named
        return next((x for x in ours if x.conditional and x.fits(size, tone, amount)), usual)

    def override_of(self, seller: str, *, debtor: str | None = None, invoice: str | None = None) -> Override | None:
        """What a person chose for this debtor, or this invoice."""
        if not self.overrides:
            return None
        return next((o for o in self.overrides if o.names(seller, debtor=debtor, invoice=invoice)), None)


def load_policy(path: Path | None = None) -> Policy:
    """The policy in `path`, or the embedded default; BadPolicy with one sentence where it cannot be used."""
    if path is None:
        return parse_policy(resources.files("receivables").joinpath("policy.toml").read_text(), "policy.toml")
    try:
        return parse_policy(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as problem:
        raise BadPolicy(f"{path.name} cannot be read: {problem}") from problem


def parse_policy(text: str, name: str) -> Policy:
    try:
        policy = Policy.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as problem:
        raise BadPolicy(f"{name} is not TOML: {problem}") from problem
    except ValidationError as problem:
        raise BadPolicy(_sentence(name, text, problem)) from problem
    for number, override in enumerate(policy.overrides):
        if override.ladder is not None and override.ladder not in {ladder.name for ladder in policy.ladders}:
            line = _line(text, ("override", number, "ladder"))
            raise BadPolicy(f"{name}, line {line}: there is no ladder '{override.ladder}'; name one of this file")
    return policy


def _sentence(name: str, text: str, problem: ValidationError) -> str:
    first = problem.errors()[0]
    place = ".".join(str(part) for part in first["loc"]) or "the policy"
    message = first["msg"].removeprefix("Value error, ")
    return f"{name}, line {_line(text, first['loc'])}: {place}: {message}"


def _line(text: str, loc: tuple[Any, ...]) -> int:
    """The line of the table or key that pydantic's `loc` names, counted from 1."""
    lines = [line.strip() for line in text.splitlines()]
    at, path = 0, ""
    for part, index in zip(loc, [*loc[1:], None], strict=False):
        if not isinstance(part, str):
            continue
        path = f"{path}.{part}" if path else part
        heads = (f"[[{path}]]", f"[{path}]")
        found = [n for n in range(at, len(lines)) if lines[n] in heads or lines[n].split("=")[0].strip() == part]
        wanted = index if isinstance(index, int) and index < len(found) else 0
        at = found[wanted] if found else at
    return at + 1
