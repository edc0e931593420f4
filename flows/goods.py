"""Unpaid goods: which they are, where, whether they are still the seller's and why, and how they can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from flows.claim_invoices import title_of
from flows.facts import all_facts
from flows.workspace import Workspace
from receivables.claim_file import TitleStatus
from receivables.claims import ZERO
from receivables.ledger import claim_data, insolvencies, lookup
from receivables.ledger.claim_data import InvoiceRecord
from receivables.ledger.database import reading
from receivables.ledger.lookup import NotFound
from receivables.title import Reclaimable, Standing, Title, reclaimable
from ubl.read import read


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """What one invoice sold, of whose price `open` is unpaid, and how it stands with title and with taking it back."""

    record: InvoiceRecord
    seller: str
    debtor_id: int
    debtor: str
    name: str
    open: Decimal
    title: TitleStatus
    can: Reclaimable

    def as_dict(self) -> dict[str, Any]:
        found = self.title
        return {
            "invoice": self.record.number,
            "seller": self.seller,
            "debtor": self.debtor,
            "name": self.name,
            "open": self.open,
            "currency": self.record.currency,
            "goods": found.goods,
            "delivered": found.delivered,
            "place": found.place,
            "standing": found.standing,
            "why": found.why,
            "clause": found.clause,
            "article": found.article,
            "reclaim_until": found.reclaim_until,
            "grounds": [ground.value for ground in self.can.grounds],
            "reclaim": self.can.why,
        }

    @property
    def text(self) -> str:
        found = self.title
        lines = [f"{self.record.number}  {found.standing.replace('_', ' ')}: {self.can.why}"]
        lines += [f"    {line}" for line in found.goods]
        if found.delivered:
            lines.append(f"    delivered on {found.delivered}" + (f" at {found.place}" if found.place else ""))
        lines.append(f"    open {self.open} {self.record.currency}")
        return "\n".join(lines)


def goods_of(workspace: Workspace, subject: str, seller: str | None, on: date) -> list[Goods]:
    """The unpaid goods on invoice `subject`, else of the debtor with that number in the ERP; NotFound."""
    with reading(workspace.engine) as connection:
        known = lookup.debtor_ids(connection, subject, seller)
        if known:
            return [one for debtor_id in known for one in unpaid(connection, workspace, debtor_id, on)]
        try:
            found = lookup.invoice(connection, subject, seller)
        except NotFound as problem:
            raise NotFound(f"{problem}, and no debtor {subject}") from problem
        return [one for one in unpaid(connection, workspace, found.debtor_id, on) if one.record.id == found.id]


def unpaid(
    connection: Connection, workspace: Workspace, debtor_id: int, on: date, ids: Sequence[int] | None = None
) -> list[Goods]:
    """The goods of one debtor whose price is open, oldest first; only of the invoices `ids` where they are given."""
    facts = next(all_facts(connection, workspace, on, debtor_id), None)
    if facts is None:
        return []
    opened = {claim.invoice_id: claim for claim in facts.claims if claim.open_principal > ZERO}
    wanted = [i for i in opened if ids is None or i in ids]
    seller, debtor = claim_data.seller(connection, facts.seller), claim_data.debtor(connection, debtor_id)
    insolvent = insolvencies.standing(connection, debtor_id) is not None
    found = []
    for record in claim_data.invoice_records(connection, wanted):
        status = title_of(record, read(workspace.store.get(record.ubl)), seller, debtor)
        stands = Title(Standing(status.standing), status.why)
        can = reclaimable(stands, record.printed_due, status.reclaim_until, on, insolvent=insolvent)
        if stands.standing is Standing.NO_GOODS and ids is None:
            continue
        found.append(
            Goods(
                record=record,
                seller=facts.seller,
                debtor_id=debtor_id,
                debtor=facts.ref,
                name=facts.name,
                open=opened[record.id].open_principal,
                title=status,
                can=can,
            )
        )
    return found
