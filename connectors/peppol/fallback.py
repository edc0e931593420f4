"""Registrations that a government made in a company's stead: known to the network, and nobody there to receive."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Known = Literal["smp_host", "endpoint_host", "certificate", "description"]


class Registration(BaseModel):
    """A dated row: `field` of the answer contains `text`. `mark` is V where the government says so itself, else U."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    field: Known
    text: str = Field(min_length=4)
    since: date = Field(alias="from")
    mark: Literal["V", "U"] = "U"
    source: str


def registrations(own: Path | None = None) -> tuple[Registration, ...]:
    """Our rows, and those of the installation's file `own`. Raises ValueError with one sentence."""
    shipped = files("connectors.peppol").joinpath("fallback_registrations.toml").read_text("utf-8")
    return (*_rows(shipped), *(_rows(_read(own)) if own else ()))


def matching(rows: Iterable[Registration], facts: Mapping[Known, str]) -> Registration | None:
    """The row that one of `facts` fits, if any."""
    return next((row for row in rows if row.text.casefold() in facts.get(row.field, "").casefold()), None)


def _rows(text: str) -> tuple[Registration, ...]:
    try:
        found = tomllib.loads(text).get("registration", [])
        return tuple(Registration.model_validate(row) for row in found)
    except ValidationError as problem:
        first = problem.errors()[0]
        raise ValueError(f"registration.{'.'.join(map(str, first['loc']))}: {first['msg']}") from problem


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise ValueError(f"{path} cannot be read: {problem}") from problem
