"""What people see of hand-overs and say about them: the list, one with all that was told, a state, money passed on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from connectors.ports import AgencyStatus
from flows import handover_following
from flows.console import Unusable
from flows.workspace import Workspace
from receivables.claims import HandoverState
from receivables.ledger import approvals, handovers, remittances
from receivables.ledger.database import reading, writing
from receivables.ledger.handover_news import carrier, claim_of, invoice_sums, told
from receivables.ledger.handovers import Handover
from receivables.ledger.statements import stored_entries
from receivables.ledger.tasks import close_task
from receivables.money import from_minor, to_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A hand-over for a person. `net`: what it owes us of what it collected; `received`: what of that came."""

    id: int
    partner: str
    partner_id: str | None
    reference: str
    seller: str
    debtor: str
    state: str
    since: date
    currency: str
    demanded: Decimal
    open: Decimal
    collected: Decimal
    fees: Decimal
    net: Decimal
    received: Decimal
    invoices: tuple[str, ...]
    told: tuple[tuple[str, str, str], ...]  # (what, state, day) of the hand-over itself, updates and recalls

    @property
    def text(self) -> str:
        money = f"{self.collected} collected, {self.fees} kept, {self.received} of {self.net} received"
        who = f"{self.partner} ({self.partner_id or 'no number yet'})"
        return f"{self.id:>4}  {self.state:<13} {self.debtor}, {who}: {self.demanded} {self.currency}; {money}"

    @property
    def page(self) -> str:
        lines = [self.text, f"      {self.reference}, invoices {', '.join(self.invoices)}; open now {self.open}"]
        return "\n".join(lines + [f"      {day}  {what}: {state}" for what, state, day in self.told])

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def listed(workspace: Workspace, ended: bool = False) -> list[Shown]:
    """The hand-overs that are under way; with `ended` all."""
    with reading(workspace.engine) as connection:
        found = handovers.all_of_them(connection) if ended else handovers.under_way(connection)
        return [shown(connection, one) for one in found]


def one(workspace: Workspace, handover_id: int) -> Shown:
    with reading(workspace.engine) as connection:
        return shown(connection, handovers.handover(connection, handover_id))


def shown(connection: Connection, found: Handover) -> Shown:
    carried = carrier(connection, found)
    dispatches = [*([carried] if carried else []), *told(connection, found)]
    sums = {name: from_minor(getattr(found, name), found.currency) for name in ("demanded", "collected", "fees")}
    return Shown(
        id=found.id,
        partner=found.partner,
        partner_id=found.partner_id or (carried.partner_id if carried else None),
        reference=claim_of(connection, found)[0],
        seller=found.seller,
        debtor=found.debtor_ref,
        state=found.state.value,
        since=found.on,
        currency=found.currency,
        **sums,
        open=from_minor(approvals.open_sum(connection, found.invoice_ids), found.currency),
        net=sums["collected"] - sums["fees"],
        received=from_minor(remittances.received(connection, found.id), found.currency),
        invoices=tuple(number for number, _, _ in invoice_sums(connection, found.invoice_ids)),
        told=tuple(
            (
                "handed over" if known is carried else f"{known.kind.removeprefix('handover_')} {known.occurrence}",
                known.state.value,
                str(known.settled or known.submitted or known.planned),
            )
            for known in dispatches
        ),
    )


def note(
    workspace: Workspace,
    handover_id: int,
    state: str,
    by: str,
    words: str,
    collected: Decimal | None,
    fees: Decimal | None,
    on: date,
) -> Shown:
    """What a person heard from a partner that does not tell us by itself. Raises Unusable."""
    with reading(workspace.engine) as connection:
        found = handovers.handover(connection, handover_id)
        carried = carrier(connection, found)
    if found.state in handovers.ENDED:
        raise Unusable(f"hand-over {handover_id} has ended: it is {found.state}")
    total = from_minor(found.collected, found.currency) if collected is None else collected
    kept = from_minor(found.fees, found.currency) if fees is None else fees
    if total < from_minor(found.collected, found.currency):
        raise Unusable(f"{total} is less than the {from_minor(found.collected, found.currency)} that was collected")
    if kept > total:
        raise Unusable(f"{kept} kept is more than the {total} collected")
    said = AgencyStatus(
        partner_id=(carried.partner_id if carried else None) or "",
        state=HandoverState(state).value,
        collected=total,
        fees=kept,
        message=f"{words or 'no words'} (said to {by})",
    )
    handover_following.note(workspace, found, said, on)
    return one(workspace, handover_id)


def remitted(workspace: Workspace, entry_id: int, parts: Mapping[int, Decimal], on: date) -> str:
    """Ties a partner's payment to hand-overs, as a person found out. Raises Unusable where the sums differ."""
    with writing(workspace.engine) as connection:
        entry = next((known for known in stored_entries(connection) if known.id == entry_id), None)
        if entry is None:
            raise Unusable(f"there is no bank entry {entry_id} that waits")
        if sum(parts.values()) != entry.amount:
            raise Unusable(f"the parts add up to {sum(parts.values())}; the entry is {entry.amount} {entry.currency}")
        found = [(handovers.handover(connection, number), amount) for number, amount in parts.items()]
        if len({known.partner for known, _ in found}) > 1:
            raise Unusable("these hand-overs are at different partners; one payment comes from one of them")
        shares = [(known, to_minor(amount, entry.currency)) for known, amount in found]
        why = f"passed on by {found[0][0].partner} of what it collected"
        remittances.book(connection, entry_id, shares, why=why, on=on, at=workspace.now())
        close_task(connection, f"agency_money:{entry_id}", outcome="tied", on=on)
    return why
