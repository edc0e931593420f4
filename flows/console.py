"""What every command shares: how it answers, complains and ends. Loads nothing that takes time."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

FINE, NO, UNUSABLE = 0, 1, 2

Format = Annotated[
    Literal["json", "text"],
    Parameter(help="text for people; json writes one object a line and nothing else."),
]
Root = Annotated[
    Path | None,
    Parameter(help="Folder of the installation, with voldaan.toml; else the one in VOLDAAN_ROOT, else this folder."),
]
BusinessDay = Annotated[date | None, Parameter(help="Business day as YYYY-MM-DD; left out: today.")]


class Unusable(ValueError):
    """What was asked cannot be done with this input; the message is one sentence for the user."""


def exact(_: object, tokens: Sequence[Any]) -> Decimal:
    """A decimal number as it was typed; ValueError for anything else, NaN and infinity among it."""
    typed = str(tokens[0].value)
    try:
        number = Decimal(typed)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(f"{typed!r} is no number: write it as 1000.00")
    return number


Number = Annotated[Decimal, Parameter(converter=exact)]


def readable(path: Path) -> Path:
    """The path itself; Unusable where no file can be read there."""
    try:
        path.open("rb").close()
    except OSError as problem:
        raise Unusable(f"{path} cannot be read: {problem.strerror or problem}") from problem
    return path


def say(answer: Any) -> None:
    """A text as it stands, anything else as one line of JSON."""
    line = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False, default=plain)
    sys.stdout.write(f"{line}\n")


def plain(value: Any) -> Any:
    """What JSON does not know: frozen classes as objects, everything else (days, decimals, paths) as text."""
    from dataclasses import asdict, is_dataclass

    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


def complain(sentence: str) -> None:
    sys.stderr.write(f"voldaan: {' '.join(sentence.split())}\n")
