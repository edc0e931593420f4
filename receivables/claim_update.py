"""`update.json`: what happened to a claim since it was handed over, in neutral words for the collection partner.

`schemas/claim-update.schema.json` is made from it. Amounts are decimal strings in `currency`; dates are ISO 8601.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["payment", "balance", "answer", "documents", "recall", "goods"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class UpdateFile(_Part):
    name: str = Field(min_length=1, max_length=200)
    mime: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class ReclaimedGoods(_Part):
    """The goods of one invoice that the creditor takes back."""

    invoice: str
    goods: tuple[str, ...] = Field(description="quantity, unit and description of each line")
    place: str | None = Field(None, description="where they were delivered")


class ClaimUpdate(_Part):
    """One piece of news. A recall asks the partner to stop and to give the claim back."""

    format: Literal["voldaan-claim-update/1"] = "voldaan-claim-update/1"
    kind: Kind
    reference: str = Field(description="our reference of the claim, as in claim.json")
    on: date
    currency: str
    amount: Decimal | None = Field(None, description="payment: what the debtor paid to the creditor directly")
    paid_on: date | None = Field(None, description="payment: the day on which the bank booked it")
    open: Decimal = Field(description="all that is open on the claim now, accessories included")
    invoices: tuple[tuple[str, Decimal, Decimal], ...] = Field(
        (), description="of each invoice: number, principal as invoiced, principal open now"
    )
    goods: tuple[ReclaimedGoods, ...] = Field((), description="goods: what the creditor takes back")
    reclaimed_on: date | None = Field(None, description="goods: the day on which the letter that reclaims them left")
    give_back_by: date | None = Field(None, description="goods: until when they are asked for")
    text: str = Field("", max_length=8000)
    files: tuple[UpdateFile, ...] = ()

    @property
    def sentence(self) -> str:
        """The update in one sentence, for partners that take messages only."""
        left = f"Open now: {self.open} {self.currency}."
        if self.kind == "payment":
            return f"The debtor paid {self.amount} {self.currency} to us directly, booked on {self.paid_on}. {left}"
        if self.kind == "balance":
            return f"{self.text} {left}".strip()
        if self.kind == "recall":
            return f"We take this claim back: please stop and close it. {self.text} {left}"
        if self.kind == "goods":
            what = "; ".join(f"{one.invoice}: {', '.join(one.goods)}" for one in self.goods)
            day = f"on {self.reclaimed_on}, to be given back by {self.give_back_by}"
            return f"We took back unpaid goods {day} ({self.text}): {what}. The letter is enclosed. {left}"
        return self.text or "The documents of the claim are enclosed."
