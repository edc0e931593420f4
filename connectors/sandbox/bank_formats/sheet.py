"""What a statement says, whatever it is written in: an account, a day, balances, and what was booked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One booking on `account`. `id` tells it from all others: booking it again changes nothing.

    `amount` is positive for money in; `reference` is an OGM or RF given in the structured field, `text` free text.
    """

    id: str
    account: str
    booked: date
    amount: Decimal
    name: str
    iban: str | None = None
    reference: str | None = None
    text: str | None = None
    end_to_end: str | None = None
    mandate: str | None = None
    return_reason: str | None = None  # an ISO code like AM04: `amount` takes back what was received

    @property
    def bank_reference(self) -> str:
        return "SBX" + hashlib.sha256(self.id.encode()).hexdigest()[:13].upper()

    @property
    def bare_reference(self) -> str | None:
        """RF… without spaces, or the twelve digits of an OGM."""
        if self.reference is None:
            return None
        bare = self.reference.replace(" ", "")
        return bare if bare.startswith("RF") else "".join(c for c in bare if c.isdecimal())


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The account's `sequence`-th statement. `before`: the day of the one before it; of the first, its own."""

    iban: str
    owner: str
    currency: str
    day: date
    before: date
    sequence: int
    opening: Decimal
    payments: tuple[Payment, ...]

    @property
    def closing(self) -> Decimal:
        return self.opening + sum((payment.amount for payment in self.payments), Decimal(0))
