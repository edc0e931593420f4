"""Interest, lump sum and costs become claims of their own when they are demanded, at what is demanded now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection

from flows.demands import Reckoning
from receivables.claims import ItemKind
from receivables.ledger.book import set_accessory
from receivables.money import to_minor


def raise_accessories(connection: Connection, reckoned: Sequence[Reckoning], *, on: date, at: datetime) -> None:
    """Books what `reckoned` demands beside the principal; what is zero is left alone."""
    for one in reckoned:
        amounts = {
            ItemKind.INTEREST: one.demand.interest_amount,
            ItemKind.LUMP_SUM: one.demand.lump_sum,
            ItemKind.COSTS: one.demand.collection_costs,
        }
        for kind, amount in amounts.items():
            if amount:
                minor = to_minor(amount, one.claim.currency)
                set_accessory(connection, one.claim.invoice_id, kind, minor, on=on, at=at)
