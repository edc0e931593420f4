"""The code lists of EN 16931 and of Peppol: data files with their version, date and source, read once."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def published(authority: str) -> dict[str, Any]:
    """The data file of `authority` ("en16931", "peppol"): version, published, source, lists."""
    text = files("ubl.rules.codelists").joinpath(f"{authority}.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@cache
def listed(authority: str, name: str) -> str:
    """The codes of one list as one text, " A B C "."""
    return f" {' '.join(published(authority)['lists'][name]['codes'])} "


@cache
def codes(authority: str, name: str) -> frozenset[str]:
    """The codes of one list, such as codes("en16931", "currency")."""
    return frozenset(listed(authority, name).split())
