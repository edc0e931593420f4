"""What a dispatch by post keeps: one envelope, its sheets by their hash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from connectors.ports import Attachment
from flows.claim_files import address_lines
from receivables.ledger.store import Store
from receivables.letters.elements import MissingElement

POST = "post"  # the channel, the folder, and the kind of the task


def envelope(
    to: str, address: Mapping[str, Any], country: str, sheets: Sequence[Attachment], on: date, store: Store
) -> dict[str, Any]:
    """`country`: whose working days count on the way. Raises MissingElement where a street or a town is missing."""
    if not address.get("street") or not address.get("city"):
        raise MissingElement(f"The address of {to} has no street or no town; a letter by post needs both.")
    return {
        "to": to,
        "address": list(address_lines(address)),
        "country": country,
        "planned": on.isoformat(),
        "sheets": [{"filename": s.filename, "mime": s.mime, "content": store.put(s.content)} for s in sheets],
    }


def sheet_of(kept: Mapping[str, str], store: Store) -> Attachment:
    return Attachment(filename=kept["filename"], mime=kept["mime"], content=store.get(kept["content"]))
