"""Retention of title: the sentence in the governing law's form and the buyer's language.

Its place is the single note of an invoice (BT-22).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from ubl.invoice import Invoice

LAWS = ("BE", "NL", "DE", "FR")
LANGUAGES = ("nl", "fr", "de", "en")


class NoClause(LookupError):
    """There is no retention-of-title sentence for this law and language; the message says what there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One sentence with where it comes from. `mark` is V where the rule was read in the source, M where it was not."""

    law: str  # ISO 3166-1 alpha-2 of the governing law
    language: str
    text: str
    article: str
    since: date  # from when the law stands so
    source: str
    mark: str


def clause(law: str, language: str, reference_to_terms: str | None = None) -> Clause:
    """The sentence of `law` (BE, NL, DE, FR) in `language` (nl, fr, de, en).

    `reference_to_terms` names the terms that the buyer accepted, in that language ('onze voorwaarden van 1 maart
    2025'). Raises NoClause.
    """
    data = sentences()
    row = next((row for row in data["clause"] if row["law"] == law), None)
    if row is None or language not in data["terms"]:
        raise NoClause(
            f"There is no retention-of-title sentence for the law '{law}' in '{language}'; "
            f"there are {', '.join(LAWS)} in {', '.join(LANGUAGES)}."
        )
    return Clause(
        law=law,
        language=language,
        text=row[language].replace("{terms}", one_line(reference_to_terms or data["terms"][language])),
        article=row["article"],
        since=row["from"],
        source=row["source"],
        mark=row["mark"],
    )


def with_retention(
    invoice: Invoice, law: str, language: str, goods: bool, reference_to_terms: str | None = None
) -> Invoice:
    """`invoice` with the sentence at the end of its note, on a line of its own.

    Unchanged where no goods are sold, on a credit note, or when it is there already.
    Peppol allows a single note (PEPPOL-EN16931-R002), so the sentence joins it. Raises NoClause.
    """
    if not goods or invoice.type.is_credit_note:
        return invoice
    sentence = clause(law, language, reference_to_terms).text
    note = (invoice.note or "").strip()
    if sentence in note:
        return invoice
    return replace(invoice, note=without_subject_code(f"{note}\n{sentence}" if note else sentence))


def without_subject_code(note: str) -> str:
    """`note` such that nobody reads a subject code (BT-21) in it.

    '#123# bis' would be refused by BR-CL-08, '# 123# bis' is text.
    """
    before, first, rest = note.partition("#")
    code, second, _ = rest.partition("#")
    return f"{before}# {rest}" if first and second and len(code) == 3 else note


def one_line(text: str) -> str:
    return " ".join(text.split())


@cache
def sentences() -> dict[str, Any]:
    """The rows of retention.toml as they stand."""
    return tomllib.loads(files("ubl").joinpath("retention.toml").read_text(encoding="utf-8"))
