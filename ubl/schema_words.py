"""What the schema checker says, put into words for the one who made the file, in English and Dutch."""

from __future__ import annotations

import re

from ubl.rules.tree import ROOTS, short_name

_ELEMENT = r"Element '(?P<element>[^']+)'"
_NAMED = rf"{_ELEMENT}(?:, attribute '(?P<attribute>[^']+)')?"
_EXPECTED = r"(?: Expected is (?:one of )?\( (?P<expected>.+?) \)\.)?"
NOT_EXPECTED = re.compile(rf"{_ELEMENT}: This element is not expected\.{_EXPECTED}")
MISSING = re.compile(rf"{_ELEMENT}: Missing child element\(s\)\.{_EXPECTED}")
WRONG_VALUE = re.compile(
    rf"{_NAMED}: '(?P<value>.*)' is not a valid value of the "
    r"(?:local )?(?:atomic|union|list) type(?: '(?P<type>[^']+)')?\.",
    re.DOTALL,
)
ATTRIBUTE_NOT_ALLOWED = re.compile(rf"{_NAMED}: The attribute '(?P<name>[^']+)' is not allowed\.")
ATTRIBUTE_MISSING = re.compile(rf"{_ELEMENT}: The attribute '(?P<name>[^']+)' is required but missing\.")
TEXT_NOT_ALLOWED = re.compile(rf"{_ELEMENT}: Character content .*not allowed", re.DOTALL)

TYPES = {
    "xs:decimal": ("a number such as 12.50", "een getal zoals 12.50"),
    "xs:date": ("a date such as 2026-03-31", "een datum zoals 2026-03-31"),
    "xs:time": ("a time such as 10:30:00", "een tijd zoals 10:30:00"),
    "xs:boolean": ("true or false", "true of false"),
    "xs:base64Binary": ("base64", "base64"),
}
MOST_NAMES = 4


def in_words(message: str, lang: str) -> tuple[str, str] | None:
    """(what is wrong, how to mend it) for a message of libxml2; None for one not known here."""
    dutch = lang == "nl"
    if match := NOT_EXPECTED.fullmatch(message):
        name, expected = _named(match["element"]), _names(match["expected"], dutch)
        return _unexpected(name, expected, dutch)
    if match := MISSING.fullmatch(message):
        name, expected = _named(match["element"]), _names(match["expected"], dutch)
        if dutch:
            return f"{name} is niet volledig: {expected} ontbreekt.", f"Voeg {expected} toe in {name}."
        return f"{name} is not complete: {expected} is missing.", f"Add {expected} in {name}."
    if match := WRONG_VALUE.fullmatch(message):
        name = f"@{match['attribute']}" if match["attribute"] else _named(match["element"])
        wanted = TYPES.get(match["type"] or "", ("a value its type allows", "een waarde die zijn type toelaat"))[dutch]
        if dutch:
            return f'"{match["value"]}" in {name} is niet {wanted}.', f"Schrijf {wanted}."
        return f'"{match["value"]}" in {name} is not {wanted}.', f"Write {wanted}."
    return _about_attributes_and_text(message, dutch)


def _unexpected(name: str, expected: str, dutch: bool) -> tuple[str, str]:
    if dutch:
        instead = f"; hier hoort {expected}" if expected else ""
        fix = f"Zet {name} op zijn plaats in de volgorde van UBL 2.1, of laat het weg"
        return (
            f"{name} hoort hier niet{instead}.",
            f"{fix}{f'; ontbreekt {expected}, voeg het toe' if expected else ''}.",
        )
    instead = f"; here belongs {expected}" if expected else ""
    fix = f"Put {name} at its place in the order of UBL 2.1, or leave it out"
    return (
        f"{name} does not belong here{instead}.",
        f"{fix}{f'; if {expected} is missing, add it' if expected else ''}.",
    )


def _about_attributes_and_text(message: str, dutch: bool) -> tuple[str, str] | None:
    if match := ATTRIBUTE_NOT_ALLOWED.fullmatch(message):
        name, owner = match["name"], _named(match["element"])
        if dutch:
            return f"{owner} kent het attribuut {name} niet.", "Laat het weg."
        return f"{owner} has no attribute {name}.", "Leave it out."
    if match := ATTRIBUTE_MISSING.fullmatch(message):
        name, owner = match["name"], _named(match["element"])
        if dutch:
            return f"{owner} mist het attribuut {name}.", f"Voeg {name} toe."
        return f"{owner} lacks the attribute {name}.", f"Add {name}."
    if match := TEXT_NOT_ALLOWED.match(message):
        name = _named(match["element"])
        if dutch:
            return f"{name} bevat tekst tussen zijn elementen.", "Laat die tekst weg, of zet ze in een element."
        return f"{name} has text between its elements.", "Leave that text out, or put it in an element."
    return None


def _names(listed: str | None, dutch: bool) -> str:
    """The first few of the expected elements, as alternatives."""
    if not listed:
        return ""
    names = [_named(name) for name in listed.split(", ")]
    shown = names[:MOST_NAMES]
    if len(names) > MOST_NAMES:
        shown.append("een ander" if dutch else "another")
    return (" of " if dutch else " or ").join(shown)


def _named(tag: str) -> str:
    return ROOTS.get(tag) or short_name(tag)
