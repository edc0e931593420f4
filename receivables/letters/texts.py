"""Finds the words for a letter. The text files hold words and placeholders only; which one is taken is decided here."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

from receivables.claims import DebtorKind

COUNTRIES = ("BE", "NL")
LANGUAGES = ("nl", "fr", "de", "en")
TONES = ("friendly", "neutral", "firm")
EVERYWHERE = (
    "due_soon",
    "reminder",
    "formal_reminder",
    "notice_of_default",
    "thank_you",
    "call_script",
    "plan_agreement",
    "retention_reclaim",
    "reclaim_estate",
)
WITHOUT_ACCOUNT = frozenset({"thank_you", "call_script"})
ASKS_NO_MONEY = WITHOUT_ACCOUNT | {"right_of_reclaim"}  # the sale is dissolved: the goods are asked for
PLACEHOLDERS = frozenset(
    [
        "seller",
        "debtor",
        "contact",
        "phone",
        "invoices",
        "our_invoices",
        "of_our_invoices",
        "on_our_invoices",
        "copy",
        "oldest_due",
        "demanded",
        "principal",
        "paid",
        "pay_by",
        "reference",
        "iban",
        "statutory_lump_sum",
        "term_sentence",
        "costs_sentence",
        "penalty_sentence",
        "interest_sentence",
        "enclosed",
        "retention_clause",
        "goods",
        "buyer",
        "statement",
        "instalments",
        "grace",
        "registration",
        "on",
    ]
)


class MissingText(LookupError):
    """There are no words for a letter that a ladder can reach, or they hold an unknown placeholder; one sentence."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The text of one letter before its placeholders are filled. `warm` decides on the greeting."""

    subject: str
    before: str
    after: str
    warm: bool


def wording(
    step: str,
    country: str,
    kind: str,
    language: str,
    tone: str,
    own: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> Wording:
    """The first text whose country, kinds and tone all match, the house's `own` ones first. Raises MissingText."""
    asked = {"step": step, "country": country, "tone": tone}
    ours = text_file(language, country)["letter"]
    for row in (*(own or {}).get(file_of(language, country), ()), *ours):
        if kind in row.get("kinds", [kind]) and all(row.get(key, value) == value for key, value in asked.items()):
            return Wording(row["subject"], row["before"], row["after"], row.get("warm", False))
    raise MissingText(
        f"No text for {step} to a {kind} under the law of {country}, tone {tone}; "
        f"add it to {file_of(language, country)}."
    )


def words(language: str, country: str) -> dict[str, Any]:
    """Headings, labels of sums and fragments of sentences."""
    found: dict[str, Any] = text_file(language, country)["words"]
    return found


def label(step: str, country: str, language: str) -> str:
    """What a step is called: 'herinnering', 'mise en demeure'. Raises MissingText."""
    found = text_file(language, country)["labels"].get(step)
    if found is None:
        raise MissingText(
            f"The step '{step}' has no name in '{language}'; add it under [labels] in {file_of(language, country)}."
        )
    return str(found)


def reachable() -> Iterator[tuple[str, str, str, str, str]]:
    """Every (step, country, kind, language, tone) for which a letter may be asked."""
    for country in COUNTRIES:
        for kind in (k.value for k in DebtorKind):
            for step in (*EVERYWHERE, *statutory(country, kind)):
                yield from ((step, country, kind, language, tone) for language in LANGUAGES for tone in TONES)


def statutory(country: str, kind: str) -> tuple[str, ...]:
    """The letters that one country's law knows; the Dutch 14-day letter may also go to a sole trader."""
    if country == "NL":
        return ("fourteen_day_letter", "right_of_reclaim", "right_of_reclaim_estate")
    return ("book_xix_notice",) if kind == "consumer" else ()


def check_texts() -> None:
    """Raises MissingText for a letter that a ladder can reach and that has no words, or words that cannot be filled."""
    for asked in reachable():
        step, country, kind, language, _ = asked
        found = wording(*asked)
        label(step, country, language)
        for part in (found.subject, found.before, found.after):
            for unknown in fields(part) - PLACEHOLDERS:
                place = file_of(language, country)
                raise MissingText(f"The {step} to a {kind} in {place} asks for {{{unknown}}}, which no letter has.")


def fields(text: str) -> set[str]:
    """The names between braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def file_of(language: str, country: str) -> str:
    return f"{language}_{country}.toml" if language == "nl" else f"{language}.toml"


def text_file(language: str, country: str) -> dict[str, Any]:
    if language not in LANGUAGES or country not in COUNTRIES:
        raise MissingText(
            f"No letters in '{language}' under the law of '{country}'; there are nl, fr, de, en under BE and NL."
        )
    return read_texts(file_of(language, country))


@cache
def read_texts(name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(files("receivables.letters.words").joinpath(name).read_text(encoding="utf-8"))
    except (FileNotFoundError, tomllib.TOMLDecodeError) as problem:
        raise MissingText(f"The letters of {name} cannot be read: {problem}.") from problem
