"""What a collection partner collected, booked on the claims that it holds: costs, then interest, then principal."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection

from receivables.claims import ItemKind
from receivables.ledger.book import allocate, item, open_amounts
from receivables.ledger.handovers import Handover

ORDER = (ItemKind.COSTS, ItemKind.LUMP_SUM, ItemKind.INTEREST, ItemKind.PRINCIPAL)  # art. 6:44 BW; art. 5.210 BW (BE)


def book_collected(connection: Connection, handover: Handover, amount: int, *, on: date, at: datetime) -> int:
    """Allocates `amount` (minor units) over the hand-over's claims; returns what is left over."""
    left = amount
    opened = open_amounts(connection, handover.invoice_ids)
    for kind in ORDER:
        for invoice_id in handover.invoice_ids:
            share = min(left, opened.get(invoice_id, {}).get(kind, 0))
            found = item(connection, invoice_id, kind) if share > 0 else None
            if found is not None:
                allocate(connection, found.item_id, "collected", handover.id, share, on=on, at=at)
                left -= share
    return left
