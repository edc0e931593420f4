"""Dates, amounts and texts of a CAMT file by path, and refusals that name the file and the path."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.bank.bookings import BadStatement, short_name

AMOUNT = re.compile(r"\d{1,15}(\.\d{1,5})?")
CURRENCY = re.compile(r"[A-Z]{3}")
DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(T.*|Z|[+-]\d{2}:\d{2})?")


class CamtFile:
    """Paths without namespaces into one file, and refusals that name file and path."""

    def __init__(self, name: str, namespace: str) -> None:
        self._name = name
        self._namespace = namespace

    def all(self, node: Any, path: str) -> list[Any]:
        steps = path.replace("/", f"/{{{self._namespace}}}")
        return list(node.findall(f"{{{self._namespace}}}{steps}"))

    def one(self, node: Any, *paths: str) -> Any:
        """The first element at the first of `paths` that is there, or None."""
        return next((found for path in paths for found in self.all(node, path)), None)

    def text(self, node: Any, *paths: str) -> str | None:
        for path in paths:
            found = self.one(node, path)
            if found is not None and found.text and found.text.strip():
                return str(found.text).strip()
        return None

    def bad(self, node: Any, path: str, wanted: str) -> BadStatement:
        found = self.text(node, path)
        said = f"is '{found[:60]}'" if found else "is missing"
        return self.refusal(node, path, f"{said}; expected {wanted}")

    def refusal(self, node: Any, path: str, words: str) -> BadStatement:
        where = re.sub(r"\{[^}]*\}", "", node.getroottree().getelementpath(node))
        return BadStatement(f"{short_name(self._name)}: Document/{where}/{path} {words}.")

    def day(self, node: Any, *paths: str) -> date | None:
        """A date or the day of a date-time at one of `paths`."""
        for path in paths:
            text = self.text(node, path)
            if text is None:
                continue
            match = DAY.fullmatch(text)
            try:
                return date.fromisoformat(match.group(1) if match else "")
            except ValueError:
                raise self.bad(node, path, "a date like 2026-01-31") from None
        return None

    def amount(self, node: Any, path: str = "Amt") -> tuple[Decimal, str]:
        """The unsigned amount and its currency."""
        text, element = self.text(node, path), self.one(node, path)
        currency = element.get("Ccy", "") if element is not None else ""
        if text is None or not AMOUNT.fullmatch(text) or not text.isascii():
            raise self.bad(node, path, "an amount like 1210.00, without sign")
        if not CURRENCY.fullmatch(currency):
            raise self.bad(node, path, "an amount with its currency in Ccy, like EUR")
        return Decimal(text), currency

    def sign(self, node: Any) -> int:
        indicator = self.text(node, "CdtDbtInd")
        if indicator not in ("CRDT", "DBIT"):
            raise self.bad(node, "CdtDbtInd", "CRDT or DBIT")
        return 1 if indicator == "CRDT" else -1
