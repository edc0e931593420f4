"""Who must hear that goods were reclaimed: the agency that has the claim, and the insurer that was told of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection

from flows.goods import Goods
from flows.workspace import Workspace
from receivables.claims import DebtorFacts
from receivables.ledger import handovers
from receivables.ledger.reports import reported
from receivables.ledger.tasks import open_task


def tell_partners(
    connection: Connection, workspace: Workspace, goods: Sequence[Goods], facts: DebtorFacts, paper: bytes, on: date
) -> None:
    """A task for each partner that has the claim, with the letter to send on, by its hash in the store."""
    ids = {one.record.id for one in goods}
    what = ", ".join(one.record.number for one in goods)
    kept = workspace.store.put(paper)
    text = "{partner} has the claim on {name}: tell it that the goods on {what} are reclaimed. The letter is {kept}."
    for one in handovers.under_way(connection):
        if ids & set(one.invoice_ids):
            told = text.format(partner=one.partner, name=facts.name, what=what, kept=kept)
            key = f"tell_agency:{one.id}:{kept[:24]}"
            open_task(connection, key=key, kind="tell_agency", text=told, on=on, debtor_id=facts.debtor_id)
    for policy in sorted({known[0] for known in reported(connection) if known[1] == facts.debtor_id}):
        told = text.format(partner=f"The insurer of {policy}", name=facts.name, what=what, kept=kept)
        key = f"tell_insurer:{policy}:{facts.debtor_id}:{kept[:24]}"
        open_task(connection, key=key, kind="tell_insurer", text=told, on=on, debtor_id=facts.debtor_id)
