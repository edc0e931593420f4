"""Debtors and claims for the tests: a Belgian business with one overdue invoice, to vary from."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from receivables.claims import ClaimFacts, DebtorFacts, DebtorKind, DispatchState, Notice, Step

DUE = date(2026, 2, 4)


def claim(number: str = "2026-0001", **changes: Any) -> ClaimFacts:
    values: dict[str, Any] = {
        "invoice_id": int(number.rsplit("-", 1)[-1]),
        "number": number,
        "issued": date(2026, 1, 5),
        "printed_due": DUE,
        "lawful_due": DUE,
        "insurer_due": DUE,
        "currency": "EUR",
        "principal": Decimal("1210.00"),
        "open_principal": Decimal("1210.00"),
        "received": date(2026, 1, 5),
        "delivery": DispatchState.DELIVERED,
    }
    return ClaimFacts(**(values | changes))


def debtor(*claims: ClaimFacts, **changes: Any) -> DebtorFacts:
    values: dict[str, Any] = {
        "debtor_id": 1,
        "ref": "C-100",
        "name": "Bakkerij Vermeulen",
        "kind": DebtorKind.BUSINESS,
        "country": "BE",
        "language": "nl",
        "seller": "noordzee",
        "seller_country": "BE",
        "claims": claims or (claim(),),
        "bank_data_until": date(2026, 12, 31),
    }
    return DebtorFacts(**(values | changes))


def notice(step: Step, on: date, *, proven: date | None = None, **changes: Any) -> Notice:
    state = DispatchState.DELIVERED if proven else DispatchState.SUBMITTED
    return Notice(**({"step": step, "occurrence": 1, "on": on, "state": state, "proven": proven} | changes))
