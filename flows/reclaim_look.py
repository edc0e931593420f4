"""At the moment of sending: why a letter that takes goods back must not go out any more."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from receivables.claims import ItemKind
from receivables.ledger import insolvencies
from receivables.ledger.book import open_amounts
from receivables.ledger.outbox import Dispatch


def unwanted(connection: Connection, dispatch: Dispatch, on: date) -> str | None:
    """The reason, or None: the price came in, the buyer became insolvent meanwhile, or the right has ended."""
    details = dispatch.details
    opened = open_amounts(connection, details["invoices"])
    if sum(kinds.get(ItemKind.PRINCIPAL, 0) for kinds in opened.values()) != details["open"]:
        return "changed: the open price is no longer what the letter says; reclaim what is still unpaid anew"
    if not details["administrator"] and insolvencies.standing(connection, details["debtor_id"]) is not None:
        return "insolvent: the goods are claimed from the administrator"
    if details["until"] is not None and on > date.fromisoformat(details["until"]):
        return f"late: the right of reclaim ended on {details['until']}"
    return None
