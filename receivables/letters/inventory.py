"""The exhibits of a court file in order of time, numbered, and their inventory on paper."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any

from babel.dates import format_date

from receivables.claim_file import ClaimFile
from receivables.dossier import archive_name
from receivables.letters.covering import HOUSE
from receivables.letters.texts import label
from ubl.paper.look import Look, logo_format
from ubl.paper.typesetting import typeset
from ubl.paper.words import NoSuchLanguage, labels, locale_of, money

INVENTORY = "inventory.pdf"
LANGUAGES = ("nl", "fr", "de")  # the languages of the courts of Belgium; those of the Netherlands use nl


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One numbered piece. `path` is its place under `exhibits/`, `source` that in the dossier; `also` goes with it."""

    number: int
    on: date
    words: str
    source: str
    also: tuple[str, ...]

    @property
    def path(self) -> str:
        known = PurePosixPath(self.source)
        return f"exhibits/{self.number:02}-{archive_name(known.stem, known.suffix)}"


def exhibits(claim: ClaimFile, language: str) -> tuple[Exhibit, ...]:
    """Every document that `claim` names, oldest first. Raises NoSuchLanguage."""
    say, locale = words(language), locale_of(language, claim.creditor.country)

    def cash(amount: Decimal) -> str:
        return money(amount, claim.currency, locale)

    found: list[tuple[date, str, tuple[str, ...]]] = []
    for invoice in claim.invoices:
        due = format_date(invoice.printed_due, "d MMM y", locale=locale)
        text = say["invoice"].format(number=invoice.number, amount=cash(invoice.gross), due=due)
        found.append((invoice.issued, text, invoice.files))
    for note in claim.credit_notes:
        text = say["credit_note"].format(number=note.number, amount=cash(note.amount))
        found.append((note.issued, text, note.files))
    for step in claim.steps:
        name = label(step.step, claim.law, language)
        found.append((step.on, f"{name[:1].upper()}{name[1:]}: {', '.join(step.invoices)} ({step.proof})", step.files))
    for contact in claim.contacts:
        if contact.files:
            found.append((contact.on, say["contact"].format(text=contact.text), contact.files))
    found.sort(key=lambda one: (one[0], one[1]))
    return tuple(
        Exhibit(number=number, on=on, words=text, source=first(paths), also=rest(paths))
        for number, (on, text, paths) in enumerate(found, 1)
    )


def first(paths: tuple[str, ...]) -> str:
    """The piece that a reader opens: the PDF before the data."""
    return next((path for path in paths if path.endswith(".pdf")), paths[0])


def rest(paths: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(path for path in paths if path != first(paths))


def inventory(claim: ClaimFile, pieces: tuple[Exhibit, ...], language: str, look: Look = HOUSE) -> bytes:
    """A PDF/A-3b in the language of the court, dated on the claim's day."""
    images = {} if look.logo is None else {"logo": look.logo}
    view = view_of(claim, pieces, language) | {
        "colour": look.colour,
        "text_colour": look.text_colour,
        "logo": None if look.logo is None else logo_format(look.logo),
    }
    return typeset(_template(), view, dated=claim.on, standard="a-3b", images=images)


def view_of(claim: ClaimFile, pieces: tuple[Exhibit, ...], language: str) -> dict[str, Any]:
    """Everything on the sheet, as words."""
    say, locale = words(language), locale_of(language, claim.creditor.country)

    def day(on: date) -> str:
        return format_date(on, "d MMM y", locale=locale)

    facts = [[say["reference"], claim.reference], [say["date"], day(claim.on)]]
    facts.append([say["claim"], money(claim.total, claim.currency, locale)])
    note = say["note"]
    if claim.terms is not None:
        proof = claim.terms.proof or say["no_proof"]
        accepted = say["conditions"].format(
            version=claim.terms.version, accepted=day(claim.terms.accepted), proof=proof
        )
        note = f"{accepted}. {note}"
    return {
        "lang": language,
        "title": say["title"],
        "subject": say["for"].format(debtor=claim.debtor.name),
        "running_title": f"{say['title']} · {claim.reference}",
        "page_of": labels(language)["page"],
        "seller": {"name": claim.creditor.name, "lines": [claim.creditor.address, claim.creditor.email or ""]},
        "facts": facts,
        "head": say["head"],
        "rows": [
            {
                "number": str(piece.number),
                "on": day(piece.on),
                "words": piece.words,
                "file": piece.path,
                "also": say["also"].format(paths=", ".join(piece.also)) if piece.also else None,
            }
            for piece in pieces
        ],
        "note": note,
        "footer": [" · ".join(p for p in (claim.creditor.name, claim.creditor.registration, claim.creditor.vat) if p)],
    }


def words(language: str) -> dict[str, Any]:
    if language not in LANGUAGES:
        raise NoSuchLanguage(f"No court here works in '{language}'; write one of {', '.join(LANGUAGES)}.")
    found: dict[str, Any] = _texts()[language]
    return found


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads(files("receivables.letters").joinpath("inventory.toml").read_text(encoding="utf-8"))


@cache
def _template() -> str:
    return files("receivables.letters").joinpath("inventory.typ").read_text(encoding="utf-8")
