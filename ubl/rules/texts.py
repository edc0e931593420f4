"""What a finding says, in English and Dutch: term, message and fix for every rule."""

from __future__ import annotations

from ubl.rules.engine import Fired


def explain(fired: Fired, lang: str) -> tuple[str, str, str]:
    """(business term, message, fix) of one finding."""
    return "", fired.rule.id, ""


def term_and_fix(rule: str, lang: str = "en") -> tuple[str, str]:
    """The business term of a rule and how to mend it."""
    return "", ""
