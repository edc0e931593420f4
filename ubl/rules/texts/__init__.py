"""What a finding says: business term, what is wrong, how to mend it; in English and Dutch.

Loaded only when there is something to say. Most rules have a row in `missing.txt` or `said.txt`; the regular families
are phrased in `families`.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from ubl.binding import term_at, terms_by_path
from ubl.rules.engine import Fired
from ubl.rules.syntax import ONCE_IN_DOCUMENT
from ubl.rules.texts.families import VAT_RULE, VAT_TERMS, Phrase, phrase
from ubl.rules.tree import Group
from ubl.terms import name_of

NAMED = {"en": "{names} missing.", "nl": "{names} ontbreekt."}
UNKNOWN = {"en": "not in EN 16931", "nl": "niet in EN 16931"}
POSITION = re.compile(r"\[\d+\]")
WRITE_IT = {"en": "Write it in {place}.", "nl": "Zet het in {place}."}


def explain(fired: Fired, path: str, lang: str) -> tuple[str, str, str]:
    """(business term, message, fix) of one finding at `path`, in `lang`, "en" or "nl"."""
    own = terms_of(fired.rule.id)
    term = named(own, lang) if own else known_term(path, lang)
    message, fix = _said(fired.rule.id, lang) or phrase(_phrase_of(fired, term, path), lang)
    return term or UNKNOWN[lang], message, fix


def term_of(path: str, lang: str) -> str:
    """The business term at a path, or that EN 16931 has none for what stands there."""
    return known_term(path, lang) or UNKNOWN[lang]


def known_term(path: str, lang: str) -> str:
    """The business term at a path, around it, or else the first below it; empty where EN 16931 has none."""
    plain = POSITION.sub("", path)
    if around := term_at(plain, lang):
        return around
    root, *steps = [step.rpartition(":")[2] for step in plain.strip("/").split("/")]
    above = "/".join(steps) + "/"
    below = (terms for known, terms in terms_by_path(root).items() if known.startswith(above))
    return named(next(below, ()), lang) if steps else ""


def term_and_fix(rule: str, lang: str = "en") -> tuple[str, str]:
    """The business term that a rule has by itself, else empty, and how to mend it."""
    said = _said(rule, lang)
    if said is None:
        said = phrase(Phrase(rule, "", "", ""), lang)
    return named(terms_of(rule), lang), said[1]


def named(terms: tuple[str, ...], lang: str) -> str:
    """ "BT-48 buyer VAT identifier", several joined by a slash."""
    return " / ".join(f"{term} {name_of(term, lang)}" for term in terms)


def terms_of(rule: str) -> tuple[str, ...]:
    """The business terms a rule has by itself; empty where they follow from the path."""
    if vat := VAT_RULE.fullmatch(rule):
        return VAT_TERMS.get(f"{vat[1]}-{vat[2]}") or VAT_TERMS.get(vat[2], ())
    missing, said = _missing(), _sentences()
    if rule in ONCE_IN_DOCUMENT:
        path = "/".join(step.rpartition(":")[2] for step in ONCE_IN_DOCUMENT[rule])
        return terms_by_path("Invoice").get(path, ())
    if rule in missing:
        return missing[rule][0]
    return said[rule][0] if rule in said else ()


def _said(rule: str, lang: str) -> tuple[str, str] | None:
    if rule in (missing := _missing()):
        terms, place = missing[rule]
        names = {"en": " and ", "nl": " en "}[lang].join(name_of(term, lang) for term in terms)
        verb = {"en": "are" if len(terms) > 1 else "is", "nl": ""}[lang]
        subject = f"{names[0].upper()}{names[1:]} {verb}".rstrip()
        return NAMED[lang].format(names=subject), WRITE_IT[lang].format(place=place)
    if rule in (said := _sentences()):
        _, english, fix, dutch, fix_in_dutch = said[rule]
        return (english, fix) if lang == "en" else (dutch, fix_in_dutch)
    return None


def _phrase_of(fired: Fired, term: str, path: str) -> Phrase:
    found = fired.found
    leaf = fired.leaf.partition("/@")[0]
    if not found and leaf in fired.group:
        found = fired.group[leaf]
    if isinstance(found, list):
        found = ""
    attribute = fired.leaf.partition("@")[2]
    return Phrase(fired.rule.id, term, _element(fired.group, leaf, attribute, path), found)


def _element(group: Group, leaf: str, attribute: str, path: str) -> str:
    return f"@{attribute}" if attribute else leaf or group.place.name or path


@cache
def _missing() -> dict[str, tuple[tuple[str, ...], str]]:
    return {rule: (tuple(terms.split()), place) for rule, (terms, place) in _rows("missing.txt")}


@cache
def _sentences() -> dict[str, tuple[tuple[str, ...], str, str, str, str]]:
    return {
        rule: (tuple(term for term in row[0].split() if term != "-"), row[1], row[2], row[3], row[4])
        for rule, row in _rows("said.txt")
    }


def _rows(name: str) -> list[tuple[str, list[str]]]:
    lines = files("ubl.rules.texts").joinpath(name).read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.split(" | ")] for line in lines if line and not line.startswith("#")]
    return [(rule, row[1:]) for row in rows for rule in row[0].split(", ")]
