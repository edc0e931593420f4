"""The ladder: which step follows which, how long after, by whom; read from `policy.toml`, checked against the law.

The embedded default (`receivables/policy.toml`) has one ladder per legal regime and works without change.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from receivables.claims import DebtorKind, Step

Country = Literal["BE", "NL"]

MANDATORY: Mapping[tuple[str, DebtorKind], Step] = {
    ("NL", DebtorKind.CONSUMER): Step.FOURTEEN_DAY_LETTER,  # art. 6:96 lid 6 BW
    ("BE", DebtorKind.CONSUMER): Step.BOOK_XIX_NOTICE,  # art. XIX.2 WER
}
MESSAGES = frozenset(
    {
        Step.REMINDER,
        Step.FORMAL_REMINDER,
        Step.NOTICE_OF_DEFAULT,
        Step.FOURTEEN_DAY_LETTER,
        Step.BOOK_XIX_NOTICE,
    }
)


class BadPolicy(ValueError):
    """One sentence: the file, the place in it, what was found and what to write instead."""


class LadderStep(BaseModel):
    """One rung. `wait`: calendar days after the due date (first rung) or after the previous step's proven delivery."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: Step
    wait: int = Field(ge=0, le=365)
    approval: bool = False  # a person approves before it goes out
    accessories: bool = False  # interest, lump sum and costs are demanded from this step on
    minimum: Decimal = Decimal(0)  # a smaller open sum waits here


class Ladder(BaseModel):
    """The rungs for one legal regime, in the order in which they are climbed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    country: Country
    debtors: tuple[DebtorKind, ...]
    steps: tuple[LadderStep, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def lawful(self) -> Ladder:
        codes = [rung.step for rung in self.steps]
        if len(set(codes)) != len(codes):
            raise ValueError(f"ladder '{self.name}' has a step twice; name each step once")
        if Step.HANDOVER in codes and codes[-1] is not Step.HANDOVER:
            raise ValueError(f"ladder '{self.name}' goes on after 'handover'; put it last")
        for kind in self.debtors:
            self._require(codes, MANDATORY.get((self.country, kind)))
        if self.country == "BE" and DebtorKind.CONSUMER in self.debtors and codes[0] is not Step.BOOK_XIX_NOTICE:
            raise ValueError(f"ladder '{self.name}' must begin with 'book_xix_notice': it is the free first reminder")
        return self

    def _require(self, codes: list[Step], step: Step | None) -> None:
        if step is None or step in codes:
            return
        raise ValueError(f"ladder '{self.name}' lacks '{step}', which the law of {self.country} requires; add it")

    def rung(self, step: Step) -> LadderStep:
        return next(rung for rung in self.steps if rung.step is step)

    def after(self, taken: frozenset[Step]) -> LadderStep | None:
        """The rung above the highest one taken; None at the top."""
        highest = max((i for i, rung in enumerate(self.steps) if rung.step in taken), default=-1)
        return self.steps[highest + 1] if highest + 1 < len(self.steps) else None


class Contact(BaseModel):
    """How often and how carefully a debtor is approached."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_days_between: int = Field(default=5, ge=1, le=60)
    bank_data_max_age: int = Field(default=3, ge=0, le=30)  # business days; older data: nothing is sent
    call_patience: int = Field(default=4, ge=0, le=30)  # business days that a call task may wait
    waive_rest_below: Decimal = Decimal("5.00")


class Policy(BaseModel):
    """A versioned policy. `ladder_for` never falls through: each regime has a ladder or the policy is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = Field(min_length=1)
    contact: Contact = Contact()
    ladders: tuple[Ladder, ...] = Field(alias="ladder", min_length=1)

    @model_validator(mode="after")
    def complete(self) -> Policy:
        names = [ladder.name for ladder in self.ladders]
        if len(set(names)) != len(names):
            raise ValueError("two ladders have one name; give each its own")
        for country in ("BE", "NL"):
            for kind in DebtorKind:
                if self._segment(country, kind) is None:
                    raise ValueError(f"no ladder for {kind} debtors under the law of {country}; add one")
        return self

    def _segment(self, country: str, kind: DebtorKind) -> Ladder | None:
        return next((x for x in self.ladders if x.country == country and kind in x.debtors), None)

    def ladder_for(self, country: str, kind: DebtorKind, override: str | None = None) -> Ladder:
        """The ladder of a debtor under the law of `country`; `override` names one that keeps the same law's steps."""
        segment = self._segment(country, kind)
        if segment is None:
            raise BadPolicy(f"policy {self.version} has no ladder for {kind} debtors under the law of {country}")
        if override is None:
            return segment
        named = next((x for x in self.ladders if x.name == override), None)
        if named is None or named.country != country or kind not in named.debtors:
            return segment
        return named


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
        return Policy.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as problem:
        raise BadPolicy(f"{name} is not TOML: {problem}") from problem
    except ValidationError as problem:
        raise BadPolicy(_sentence(name, text, problem)) from problem


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
