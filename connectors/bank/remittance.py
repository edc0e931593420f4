"""Finds the payment reference in what a payer wrote: an OGM or an RF (ISO 11649) whose check digits hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ubl.references import ogm_is_valid, ogm_validate, rf_is_valid, rf_validate

OGM_PRINTED = re.compile(r"(?<![\d/])(\d{3})[ ./-]?(\d{4})[ ./-]?(\d{5})(?![\d/])")
RF_START = re.compile(r"(?<![A-Z0-9])RF\d{2}[A-Z0-9]*(?: [A-Z0-9]{1,4}(?![A-Z0-9]))*")
LONGEST = 2_000


def structured(reference: str, issuer: str | None) -> str | None:
    """A creditor reference in its compact form: 12 digits of an OGM, or RF…; None where it is neither.

    The issuer (BBA for an OGM, ISO for an RF) decides where it is given; banks also leave it out.
    """
    text = reference.strip().upper()
    if (issuer or "").upper() != "BBA" and rf_is_valid(text):
        return rf_validate(text)
    return ogm_validate(text) if ogm_is_valid(text) else None


def in_text(lines: Iterable[str]) -> str | None:
    """The one reference hidden in free text, whose lines a bank may have cut anywhere. None where there are several."""
    parts = [line.strip() for line in lines]
    for text in (" ".join(parts), "".join(parts)):
        found = set(_references(text.upper()[:LONGEST]))
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def _references(text: str) -> Iterator[str]:
    for match in RF_START.finditer(text):
        reference = _rf(match.group().split(" "))
        if reference:
            yield reference
    without_rf = RF_START.sub(" ", text)
    for match in OGM_PRINTED.finditer(without_rf):
        digits = "".join(match.groups())
        if ogm_is_valid(digits):
            yield digits


def _rf(words: list[str]) -> str | None:
    """The reference that begins with the first word, printed in one piece or in groups of four, if only one holds."""
    if len(words[0]) > 4 and rf_is_valid(words[0]):
        return rf_validate(words[0])
    candidates = []
    for count in range(2, min(len(words), 7) + 1):
        groups = words[:count]
        if all(len(group) == 4 for group in groups[:-1]) and rf_is_valid("".join(groups)):
            candidates.append(rf_validate("".join(groups)))
    return candidates[0] if len(candidates) == 1 else None
