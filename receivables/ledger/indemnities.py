"""What the insurer paid, booked beside the claims and never on them; and its share of what comes in afterwards.

What is open on an invoice is not touched (`receivables.indemnity`): the debtor still owes it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from receivables.claims import ItemKind
from receivables.indemnity import Position, insurers_share, split
from receivables.ledger import insurer_claims, journal
from receivables.ledger.amounts import open_amounts
from receivables.ledger.insurance_tables import indemnification_items, indemnifications, recoveries
from receivables.ledger.insurer_claims import InsurerClaim
from receivables.ledger.tables import allocations, claim_items, entries, invoices

MONEY = ("payment", "collected")


@dataclass(frozen=True, slots=True)
class Recovered:
    """Something that came in (or went back) on an indemnified invoice; minor units of `currency`."""

    claim: InsurerClaim
    number: str
    amount: int
    share: int
    on: date


@dataclass(frozen=True, slots=True)
class Awaited:
    """A payment of the insurer that no bank entry has brought yet."""

    id: int
    seller: str
    policy: str
    partner_id: str | None
    debtor_ref: str
    amount: int
    currency: str
    on: date


def book_indemnification(
    connection: Connection, found: InsurerClaim, amount: int, *, reference: str | None, on: date, at: datetime
) -> int:
    """Books `amount` (minor units) that the insurer pays on a claim, over its invoices as they were claimed; its id."""
    if amount <= 0:
        raise ValueError(f"{amount} is no payment of the insurer")
    newest = connection.scalar(select(func.coalesce(func.max(allocations.c.id), 0)))
    row = insert(indemnifications).values(
        insurer_claim_id=found.id, amount=amount, on=on, reference=reference, after=newest
    )
    made = int(connection.execute(row.returning(indemnifications.c.id)).scalar_one())
    ids = [invoice_id for invoice_id, _ in found.items]
    opened = open_amounts(connection, ids)
    numbers = numbers_of(connection, ids)
    for (invoice_id, _), part in zip(found.items, split(amount, [claimed for _, claimed in found.items]), strict=True):
        basis = opened.get(invoice_id, {}).get(ItemKind.PRINCIPAL, 0)
        values = {"indemnification_id": made, "invoice_id": invoice_id, "amount": part, "basis": basis}
        connection.execute(insert(indemnification_items).values(values))
        facts: dict[str, journal.Json] = {"claim": found.id, "indemnification": made, "amount": part}
        subject = journal.about_invoice(found.seller, numbers[invoice_id])
        journal.append(connection, at=at, on=on, kind="indemnified", subject=subject, facts=facts)
    insurer_claims.note(connection, found, "indemnified", {"amount": amount, "indemnification": made}, on, at)
    return made


def paid_so_far(connection: Connection, claim_id: int) -> int:
    """What the insurer paid on a claim in all."""
    total = select(func.coalesce(func.sum(indemnifications.c.amount), 0))
    return int(connection.scalar(total.where(indemnifications.c.insurer_claim_id == claim_id)) or 0)


def book_recoveries(connection: Connection, *, at: datetime) -> list[Recovered]:
    """Shares with the insurer what came in on indemnified invoices and was not shared yet; each allocation once."""
    done = []
    for found in insurer_claims.claims(connection):
        for invoice_id, (indemnified, basis, after) in _indemnified_of(connection, found.id).items():
            came, shared = _recovered_of(connection, found.id, invoice_id)
            for row in _new_money(connection, invoice_id, after):
                came += row.amount
                share = insurers_share(came, shared, indemnified, basis)
                shared += share
                values = {"invoice_id": invoice_id, "allocation_id": row.id, "amount": row.amount, "share": share}
                connection.execute(insert(recoveries).values(insurer_claim_id=found.id, on=row.on, **values))
                facts: dict[str, journal.Json] = {"claim": found.id, "amount": int(row.amount), "share": share}
                subject = journal.about_invoice(found.seller, row.number)
                journal.append(connection, at=at, on=row.on, kind="recovered", subject=subject, facts=facts)
                done.append(Recovered(found, row.number, int(row.amount), share, row.on))
    return done


def positions(connection: Connection, invoice_ids: Collection[int] | None = None) -> dict[int, Position]:
    """By invoice that was indemnified: what is open of it, what the insurer paid, and its share of what came in."""
    total = func.sum(indemnification_items.c.amount).label("total")
    rows = select(indemnification_items.c.invoice_id, total).group_by(indemnification_items.c.invoice_id)
    paid = {row.invoice_id: int(row.total) for row in connection.execute(rows)}
    if invoice_ids is not None:
        paid = {invoice_id: amount for invoice_id, amount in paid.items() if invoice_id in invoice_ids}
    if not paid:
        return {}
    shares = select(recoveries.c.invoice_id, func.sum(recoveries.c.share).label("share"))
    shared = {row.invoice_id: int(row.share) for row in connection.execute(shares.group_by(recoveries.c.invoice_id))}
    opened = open_amounts(connection, list(paid))
    return {
        invoice_id: Position(
            open=opened.get(invoice_id, {}).get(ItemKind.PRINCIPAL, 0),
            indemnified=amount,
            shared=shared.get(invoice_id, 0),
        )
        for invoice_id, amount in paid.items()
    }


def borne(connection: Connection, on: date) -> dict[int, int]:
    """By invoice, what the insurer had paid on it by the end of `on`, less its share of what came in until then."""
    paid = (
        select(indemnification_items.c.invoice_id, func.sum(indemnification_items.c.amount).label("total"))
        .join(indemnifications, indemnifications.c.id == indemnification_items.c.indemnification_id)
        .where(indemnifications.c.on <= on)
        .group_by(indemnification_items.c.invoice_id)
    )
    found = {row.invoice_id: int(row.total) for row in connection.execute(paid)}
    shares = select(recoveries.c.invoice_id, func.sum(recoveries.c.share).label("share")).where(recoveries.c.on <= on)
    for row in connection.execute(shares.group_by(recoveries.c.invoice_id)):
        found[row.invoice_id] = found.get(row.invoice_id, 0) - int(row.share)
    return found


def awaited(connection: Connection) -> list[Awaited]:
    """What the insurer said it paid and no bank entry has brought yet, oldest first."""
    rows = connection.execute(
        select(indemnifications).where(indemnifications.c.entry_id.is_(None)).order_by(indemnifications.c.id)
    ).all()
    known = {one.id: one for one in insurer_claims.claims(connection)} if rows else {}
    return [
        Awaited(
            id=row.id,
            seller=known[row.insurer_claim_id].seller,
            policy=known[row.insurer_claim_id].policy,
            partner_id=known[row.insurer_claim_id].partner_id,
            debtor_ref=known[row.insurer_claim_id].debtor_ref,
            amount=int(row.amount),
            currency=known[row.insurer_claim_id].currency,
            on=row.on,
        )
        for row in rows
    ]


def note_received(connection: Connection, one: Awaited, entry_id: int, *, on: date, at: datetime) -> None:
    """The bank entry that brought an indemnification: it is the insurer's money and pays no invoice."""
    connection.execute(update(indemnifications).where(indemnifications.c.id == one.id).values(entry_id=entry_id))
    found = {"reason": "indemnification", "indemnification": one.id, "claim": one.partner_id}
    connection.execute(
        update(entries).where(entries.c.id == entry_id).values(state="matched", match=found, debtor_id=None)
    )
    facts: dict[str, journal.Json] = {"indemnification": one.id, "amount": one.amount}
    journal.append(connection, at=at, on=on, kind="entry.indemnification", subject=f"entry:{entry_id}", facts=facts)


def numbers_of(connection: Connection, invoice_ids: Collection[int]) -> dict[int, str]:
    rows = connection.execute(select(invoices.c.id, invoices.c.number).where(invoices.c.id.in_(invoice_ids)))
    return {row.id: row.number for row in rows}


def _indemnified_of(connection: Connection, claim_id: int) -> dict[int, tuple[int, int, int]]:
    """By invoice of one claim: paid in all, what was open when it was first paid on, the newest allocation then."""
    rows = connection.execute(
        select(indemnification_items, indemnifications.c.after)
        .join(indemnifications, indemnifications.c.id == indemnification_items.c.indemnification_id)
        .where(indemnifications.c.insurer_claim_id == claim_id)
        .order_by(indemnification_items.c.id)
    )
    found: dict[int, tuple[int, int, int]] = {}
    for row in rows:
        paid, basis, after = found.get(row.invoice_id, (0, int(row.basis), int(row.after)))
        found[row.invoice_id] = (paid + int(row.amount), basis, after)
    return found


def _recovered_of(connection: Connection, claim_id: int, invoice_id: int) -> tuple[int, int]:
    where = (recoveries.c.insurer_claim_id == claim_id) & (recoveries.c.invoice_id == invoice_id)
    sums = [func.coalesce(func.sum(recoveries.c[name]), 0) for name in ("amount", "share")]
    row = connection.execute(select(*sums).where(where)).one()
    return int(row[0]), int(row[1])


def _new_money(connection: Connection, invoice_id: int, after: int) -> list[Any]:
    """Payments on the principal since then, and what took such a payment back; those not yet shared, in order."""
    shared = select(recoveries.c.allocation_id)
    since = (allocations.c.id > after) & (allocations.c.reverses.is_(None) | (allocations.c.reverses > after))
    rows = (
        select(allocations.c.id, allocations.c.amount, allocations.c.on, invoices.c.number)
        .join(claim_items, claim_items.c.id == allocations.c.claim_item_id)
        .join(invoices, invoices.c.id == claim_items.c.invoice_id)
        .where(claim_items.c.invoice_id == invoice_id, claim_items.c.kind == ItemKind.PRINCIPAL, since)
        .where(allocations.c.source.in_(MONEY), allocations.c.id.not_in(shared))
        .order_by(allocations.c.id)
    )
    return list(connection.execute(rows))
