"""Claims at the credit insurer: filed once with a dossier, then followed to what was paid, or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.engine import Row

from receivables.indemnity import InsurerClaimState
from receivables.ledger import journal
from receivables.ledger.insurance_tables import insurer_claim_items, insurer_claims
from receivables.ledger.tables import debtors, dispatches


@dataclass(frozen=True, slots=True, kw_only=True)
class InsurerClaim:
    """One claim as it stands; sums in minor units of `currency`. `items`: (invoice id, principal claimed)."""

    id: int
    policy: str
    seller: str
    debtor_id: int
    debtor_ref: str
    name: str
    oldest: str
    cause: str
    dispatch_id: int | None
    dossier: str
    state: InsurerClaimState
    partner_id: str | None
    currency: str
    claimed: int
    expected: int
    approved: int | None
    filed: date
    items: tuple[tuple[int, int], ...]

    @property
    def subject(self) -> str:
        return f"insurer_claim:{self.seller}/{self.debtor_ref}/{self.id}"


def file_claim(
    connection: Connection,
    *,
    policy: str,
    debtor_id: int,
    oldest: str,
    cause: str,
    dossier: str,
    currency: str,
    items: Mapping[int, int],
    expected: int,
    on: date,
    at: datetime,
) -> InsurerClaim | None:
    """Notes the claim, prepared and not yet sent; None where it was filed before. `items`: principal by invoice id."""
    same = (insurer_claims.c.policy == policy) & (insurer_claims.c.debtor_id == debtor_id)
    if connection.scalar(select(insurer_claims.c.id).where(same, insurer_claims.c.oldest == oldest)) is not None:
        return None
    row = insert(insurer_claims).values(
        policy=policy,
        debtor_id=debtor_id,
        oldest=oldest,
        cause=cause,
        dossier=dossier,
        state=InsurerClaimState.PREPARED,
        currency=currency,
        claimed=sum(items.values()),
        expected=expected,
        filed=on,
    )
    claim_id = int(connection.execute(row.returning(insurer_claims.c.id)).scalar_one())
    for invoice_id, amount in items.items():
        values = {"insurer_claim_id": claim_id, "invoice_id": invoice_id, "claimed": amount}
        connection.execute(insert(insurer_claim_items).values(values))
    found = claim(connection, claim_id)
    facts: dict[str, journal.Json] = {"policy": policy, "claimed": found.claimed, "expected": expected}
    facts |= {"cause": cause, "dossier": dossier, "invoices": [invoice_id for invoice_id, _ in found.items]}
    note(connection, found, "prepared", facts, on, at)
    return found


def note_dispatch(connection: Connection, claim_id: int, dispatch_id: int) -> None:
    """Ties the claim to the dispatch that carries it."""
    connection.execute(update(insurer_claims).where(insurer_claims.c.id == claim_id).values(dispatch_id=dispatch_id))


def note_state(
    connection: Connection,
    found: InsurerClaim,
    state: InsurerClaimState,
    *,
    on: date,
    at: datetime,
    approved: int | None = None,
    partner_id: str | None = None,
) -> bool:
    """What the insurer says now; journalled where it says something new."""
    values: dict[str, Any] = {"state": state, "approved": found.approved if approved is None else approved}
    values["partner_id"] = partner_id or found.partner_id
    if all(getattr(found, name) == value for name, value in values.items()):
        return False
    connection.execute(update(insurer_claims).where(insurer_claims.c.id == found.id).values(**values))
    facts: dict[str, journal.Json] = {"from": found.state, "to": state, "approved": values["approved"]}
    note(connection, found, state, facts, on, at)
    return True


def claim(connection: Connection, claim_id: int) -> InsurerClaim:
    (found,) = _claims(connection, insurer_claims.c.id == claim_id)
    return found


def claims(connection: Connection, *, debtor_id: int | None = None) -> list[InsurerClaim]:
    """Every claim at an insurer, of one debtor or of all, oldest first."""
    return _claims(connection, *([] if debtor_id is None else [insurer_claims.c.debtor_id == debtor_id]))


def partner_ids(connection: Connection) -> dict[int, tuple[str, str | None, date]]:
    """By claim: the state of the dispatch that carries it, the insurer's own id once it has one, and the deadline."""
    columns = [dispatches.c[name] for name in ("state", "partner_id", "details")]
    rows = connection.execute(
        select(insurer_claims.c.id, *columns).join(dispatches, dispatches.c.id == insurer_claims.c.dispatch_id)
    )
    return {row.id: (row.state, row.partner_id, date.fromisoformat(row.details["deadline"])) for row in rows}


def note(
    connection: Connection, found: InsurerClaim, what: str, facts: Mapping[str, journal.Json], on: date, at: datetime
) -> None:
    journal.append(connection, at=at, on=on, kind=f"insurer_claim.{what}", subject=found.subject, facts=facts)


def _claims(connection: Connection, *where: Any) -> list[InsurerClaim]:
    rows = connection.execute(
        select(insurer_claims, debtors.c.seller, debtors.c.ref, debtors.c.name)
        .join(debtors, debtors.c.id == insurer_claims.c.debtor_id)
        .where(*where)
        .order_by(insurer_claims.c.id)
    ).all()
    items: dict[int, list[tuple[int, int]]] = {}
    for row in connection.execute(select(insurer_claim_items).order_by(insurer_claim_items.c.id)):
        items.setdefault(row.insurer_claim_id, []).append((row.invoice_id, int(row.claimed)))
    return [_claim(row, tuple(items.get(row.id, ()))) for row in rows]


def _claim(row: Row[Any], items: tuple[tuple[int, int], ...]) -> InsurerClaim:
    names = ("id", "policy", "debtor_id", "oldest", "cause", "dispatch_id", "dossier", "partner_id", "currency")
    sums = ("claimed", "expected", "approved", "filed")
    return InsurerClaim(
        **{name: getattr(row, name) for name in (*names, *sums)},
        seller=row.seller,
        debtor_ref=row.ref,
        name=row.name or "",
        state=InsurerClaimState(row.state),
        items=items,
    )
