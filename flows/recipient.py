"""Whom a letter addresses: the contact of the step's role where one can be reached, else the general address."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from receivables.ledger.claim_data import DebtorRecord


@dataclass(frozen=True, slots=True)
class Recipient:
    """`email` and `name` are None where nothing is known. `language`: the contact's own, else the customer's."""

    email: str | None
    name: str | None
    language: str


def recipient(debtor: DebtorRecord, role: str | None, reached: Collection[tuple[str, str]]) -> Recipient:
    """`reached`: (role, e-mail address) of the contacts whose address works."""
    for one in debtor.details.get("contacts") or ():
        if role is not None and one["role"] == role and (role, one.get("email")) in reached:
            return Recipient(one["email"], one.get("name"), one.get("language") or debtor.language)
    return Recipient(debtor.email, debtor.details.get("contact"), debtor.language)
