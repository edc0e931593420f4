"""Payers and what is open, for the tests of matching."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from receivables.claims import ItemKind
from receivables.open_items import OpenInvoice, Share

OGM_1, OGM_2 = "123456789002", "090933755493"  # modulo 97 in the last two digits


RF = "RF18539007547034"  # the example of ISO 11649


KORENBLOEM, MULDER = 7, 8


IBAN = "BE71096123456769"


@dataclass(frozen=True)
class Entry:
    amount: Decimal
    booked: date = date(2026, 3, 2)
    currency: str = "EUR"
    counterparty: str | None = None
    counterparty_iban: str | None = None
    reference: str | None = None
    text: str | None = None
    end_to_end: str | None = None
    mandate: str | None = None
    return_reason: str | None = None
    charges: Decimal = Decimal(0)


def paid(amount: str, **how: Any) -> Entry:
    return Entry(Decimal(amount), **how)


def invoice(number: int, amount: str, debtor: int = KORENBLOEM, **more: Any) -> OpenInvoice:
    usual: dict[str, Any] = {
        "invoice_id": number,
        "number": f"2026-{number:04}",
        "debtor_id": debtor,
        "debtor_name": {KORENBLOEM: "Bakkerij De Korenbloem BV", MULDER: "Mulder & Zn."}[debtor],
        "currency": "EUR",
        "issued": date(2026, 1, number),
        "due": date(2026, 2, number),
        "reference": None,
        "open": {ItemKind.PRINCIPAL: Decimal(amount)},
    }
    return OpenInvoice(**usual | more)


def principal(number: int, amount: str) -> Share:
    return Share(number, ItemKind.PRINCIPAL, Decimal(amount))


OPENS_1 = {ItemKind.PRINCIPAL: Decimal(100), ItemKind.INTEREST: Decimal(5), ItemKind.COSTS: Decimal(40)}


OPENS_2 = {ItemKind.PRINCIPAL: Decimal(200), ItemKind.INTEREST: Decimal(3), ItemKind.LUMP_SUM: Decimal(40)}


amounts = st.decimals(min_value=0, max_value=1000, places=2)
