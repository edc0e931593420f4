"""The facts about debtors, with the accounts on which this installation's sellers are paid."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Connection

from flows.workspace import Workspace
from receivables.claims import DebtorFacts
from receivables.ledger.facts import debtor_facts


def all_facts(
    connection: Connection, workspace: Workspace, on: date, debtor_id: int | None = None
) -> Iterator[DebtorFacts]:
    """Every debtor with something open, or one of them."""
    accounts = {seller.ref: seller.accounts for seller in workspace.settings.sellers}
    return debtor_facts(connection, on, accounts=accounts, debtor_id=debtor_id)
