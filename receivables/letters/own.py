"""A house's own letters: TOML files beside the embedded ones, each text going before ours; checked when they are read.

A folder holds files named as ours are: `nl_BE.toml`, `nl_NL.toml`, `fr.toml`, `de.toml`, `en.toml`, with `[[letter]]`
tables alone. A text may replace one step for one country, kind of debtor or tone, or be a letter of the house's own,
under the name that a rung of the policy gives as `template`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from receivables.claims import DebtorKind
from receivables.letters.texts import COUNTRIES, LANGUAGES, PLACEHOLDERS, MissingText, fields, file_of

OwnTexts = Mapping[str, Sequence[Mapping[str, Any]]]  # the rows of each file, by its name
NONE: OwnTexts = {}
LARGEST = 500_000  # bytes of one file
# What a letter cannot do without, because the law wants its words in the text itself.
NEEDED: Mapping[str, frozenset[str]] = {
    "fourteen_day_letter": frozenset({"term_sentence", "costs_sentence"}),  # art. 6:96(6) BW
    "book_xix_notice": frozenset({"term_sentence", "penalty_sentence", "registration"}),  # art. XIX.2 WER
    "retention_reclaim": frozenset({"retention_clause", "goods"}),
    "reclaim_estate": frozenset({"retention_clause", "goods"}),
    "right_of_reclaim": frozenset({"statement", "goods"}),  # art. 7:39(1) BW
    "right_of_reclaim_estate": frozenset({"statement", "goods"}),
}


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")

    step: str = Field(min_length=1, max_length=60)
    subject: str = Field(min_length=1, max_length=200)
    before: str = Field(min_length=1)
    after: str = Field(min_length=1)
    country: Literal["BE", "NL"] | None = None
    kinds: list[DebtorKind] | None = None
    tone: Literal["friendly", "neutral", "firm"] | None = None
    warm: bool = False


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    letter: list[_Row]


def read_own(folder: Path) -> OwnTexts:
    """The texts of `folder`. Raises MissingText with one sentence: the file, the letter in it, what to write."""
    names = {file_of(language, country) for language in LANGUAGES for country in COUNTRIES}
    if not folder.is_dir():
        raise MissingText(f"there is no folder {folder.name} with letters; make it, or leave `letters` out")
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(folder.glob("*.toml")):
        if path.name not in names:
            raise MissingText(f"{folder.name}/{path.name}: letters stand in {', '.join(sorted(names))}")
        rows = read_file(path)
        for number, row in enumerate(rows, start=1):
            check(f"{folder.name}/{path.name}, letter {number}", row)
        found[path.name] = [row.model_dump(mode="json", exclude_none=True) for row in rows]
    return found


def read_file(path: Path) -> list[_Row]:
    try:
        if path.stat().st_size > LARGEST:
            raise MissingText(f"{path.name} is larger than {LARGEST} bytes; letters are short")
        return _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).letter
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise MissingText(f"{path.name} cannot be read: {problem}") from problem
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise MissingText(f"{path.name}: {place}: {first['msg']}") from problem


def check(place: str, row: _Row) -> None:
    """Raises MissingText where a text asks for what no letter has, or lacks what the law wants."""
    try:
        named = {name for part in (row.subject, row.before, row.after) for name in fields(part)}
    except ValueError as problem:
        raise MissingText(f"{place}: the braces do not match ({problem}); write {{{{ for a brace") from problem
    if unknown := sorted(named - PLACEHOLDERS):
        raise MissingText(f"{place} asks for {{{unknown[0]}}}, which no letter has")
    if lacking := sorted(NEEDED.get(row.step, frozenset()) - named):
        raise MissingText(f"{place} ({row.step}) lacks {{{lacking[0]}}}, which the law wants in it; add it")
