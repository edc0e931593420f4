"""Promises, plans and disputes that nobody has ended yet, with what came in on their invoices since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.engine import Row

from receivables.claims import ZERO, HoldKind, ItemKind
from receivables.ledger import evidence, journal
from receivables.ledger.amounts import open_amounts
from receivables.ledger.tables import allocations, claim_items, debtors, dispatches, holds, invoices
from receivables.money import from_minor
from receivables.plans import GRACE_DAYS, Plan, plan_of
from receivables.promises import Promise

MONEY = ("payment", "collected")
PLAN_LETTER, INSTALMENT_LETTER, AHEAD_LETTER = "plan", "instalment", "instalment_note"  # kinds of dispatch
LEFT = ("submitted", "delivered")
SIGNED = "signed by the customer, as the person who handed it in says"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One hold, or the holds of one plan over several invoices. Amounts in `currency`; `details` are the hold's own."""

    kind: HoldKind
    hold_ids: tuple[int, ...]
    invoice_ids: tuple[int, ...]
    numbers: tuple[str, ...]
    seller: str
    debtor_id: int
    debtor: str
    name: str
    currency: str
    owner: str
    since: date
    until: date
    details: Mapping[str, Any]
    still_open: Decimal

    @property
    def key(self) -> str:
        """What a plan's letters are planned under: the same in every run, and unlike that of any later plan."""
        return str(self.details.get("plan") or f"{self.numbers[0]}/{self.since}")


def standing(connection: Connection, *kinds: HoldKind, invoice_id: int | None = None) -> list[Agreement]:
    """The holds of these kinds that nobody ended, expired ones included, oldest first; a plan's holds as one."""
    rows = (
        select(holds, invoices.c.number, invoices.c.seller, invoices.c.currency, invoices.c.debtor_id)
        .add_columns(debtors.c.ref, debtors.c.name)
        .join(invoices, invoices.c.id == holds.c.invoice_id)
        .join(debtors, debtors.c.id == invoices.c.debtor_id)
        .where(holds.c.kind.in_(kinds), holds.c.ended.is_(None))
        .order_by(holds.c.since, holds.c.id)
    )
    if invoice_id is not None:
        rows = rows.where(holds.c.invoice_id == invoice_id)
    grouped: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(rows):
        grouped[f"plan {row.seller} {row.details['plan']}" if "plan" in row.details else str(row.id)].append(row)
    found = list(grouped.values())
    opened = open_amounts(connection, {row.invoice_id for group in found for row in group}) if found else {}
    return [agreement(group, opened) for group in found]


def agreement(group: Sequence[Row[Any]], opened: Mapping[int, Mapping[ItemKind, int]]) -> Agreement:
    first = group[0]
    left = sum(amount for row in group for amount in opened.get(row.invoice_id, {}).values())
    return Agreement(
        kind=HoldKind(first.kind),
        hold_ids=tuple(row.id for row in group),
        invoice_ids=tuple(row.invoice_id for row in group),
        numbers=tuple(row.number for row in group),
        seller=first.seller,
        debtor_id=first.debtor_id,
        debtor=first.ref,
        name=first.name or "",
        currency=first.currency,
        owner=first.owner,
        since=first.since,
        until=max(row.until for row in group),
        details=first.details,
        still_open=from_minor(left, first.currency),
    )


def receipts(
    connection: Connection, invoice_ids: Collection[int], currency: str, since: date, *, credits: bool = False
) -> list[tuple[date, Decimal]]:
    """What came in on the invoices from `since` on, of every kind that stands open; with credit notes where asked."""
    sources = (*MONEY, "credit") if credits else MONEY
    rows = (
        select(allocations.c.on, allocations.c.amount)
        .join(claim_items, claim_items.c.id == allocations.c.claim_item_id)
        .where(claim_items.c.invoice_id.in_(invoice_ids), allocations.c.source.in_(sources), allocations.c.on >= since)
        .order_by(allocations.c.on, allocations.c.id)
    )
    return [(row.on, from_minor(row.amount, currency)) for row in connection.execute(rows)]


def promise_of(found: Agreement, came: Sequence[tuple[date, Decimal]]) -> Promise:
    """The promise that a hold stands for: the sum that was said, at most what was open then; all of that by default."""
    owed = found.still_open + sum((amount for _, amount in came), ZERO)
    said = said_sum(found.details.get("amount"), found.currency)
    return Promise(found.since, found.until, owed if said is None else min(said, owed))


def said_sum(value: object, currency: str) -> Decimal | None:
    """Minor units as a number, or an amount as text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return from_minor(value, currency)
    try:
        return Decimal(str(value)) if value else None
    except InvalidOperation:
        return None


def plan_in(found: Agreement) -> Plan:
    """The plan that the holds stand for."""
    parts = [
        (date.fromisoformat(day), from_minor(minor, found.currency)) for day, minor in found.details["instalments"]
    ]
    grace, conditions = int(found.details.get("grace_days", GRACE_DAYS)), found.details.get("conditions", ())
    return plan_of(found.since, parts, grace, conditions)


def noted_ahead(connection: Connection, found: Agreement, due: date) -> bool:
    """Whether the note ahead of the instalment was planned before."""
    planned = select(dispatches.c.id).where(
        dispatches.c.seller == found.seller,
        dispatches.c.kind == AHEAD_LETTER,
        dispatches.c.subject == found.key,
        dispatches.c.occurrence == due.isoformat(),
    )
    return connection.execute(planned).first() is not None


def sign(
    connection: Connection, found: Agreement, *, by: str, file: str, mime: str, signed: date, at: datetime, on: date
) -> None:
    """Keeps that the customer signed the plan: who and when with its holds, the hash of the paper in the journal, and
    the paper as evidence of the letter that went out.
    """
    rows = connection.execute(select(holds.c.id, holds.c.details).where(holds.c.id.in_(found.hold_ids))).all()
    said = {"by": by, "on": signed.isoformat(), "file": file, "mime": mime}
    for row in rows:
        connection.execute(update(holds).where(holds.c.id == row.id).values(details={**row.details, "signed": said}))
    for number in found.numbers:
        subject = journal.about_invoice(found.seller, number)
        facts: dict[str, journal.Json] = {"file": file, "signed": signed.isoformat()}
        journal.append(connection, at=at, on=on, kind="plan.signed", subject=subject, facts=facts)
    letter = select(dispatches.c.id).where(
        dispatches.c.seller == found.seller, dispatches.c.kind == PLAN_LETTER, dispatches.c.subject == found.key
    )
    dispatch_id = connection.scalar(letter)
    if dispatch_id is not None:
        evidence.record(connection, dispatch_id, [evidence.Kept("signed_plan", SIGNED, file, mime)], at)


def asked_for(connection: Connection, found: Agreement) -> dict[date, date | None]:
    """By instalment, the day on which the written request for it left; None while it is under way."""
    rows = connection.execute(
        select(dispatches.c.occurrence, dispatches.c.state, dispatches.c.submitted, dispatches.c.settled).where(
            dispatches.c.seller == found.seller,
            dispatches.c.kind == INSTALMENT_LETTER,
            dispatches.c.subject == found.key,
            dispatches.c.state != "withdrawn",
        )
    )
    asked: dict[date, date | None] = {}
    for row in rows:
        due = date.fromisoformat(row.occurrence.split("~")[0])
        left = (row.submitted or row.settled) if row.state in LEFT else None
        asked[due] = left or asked.get(due)
    return asked


def signed_papers(connection: Connection, invoice_ids: Collection[int]) -> dict[str, evidence.Kept]:
    """By the key of each plan that these invoices ever had and that was signed: the paper."""
    rows = select(holds.c.details).where(holds.c.invoice_id.in_(invoice_ids), holds.c.kind == HoldKind.PLAN)
    signed = [details for details in connection.scalars(rows.order_by(holds.c.id)) if "signed" in details]
    return {d["plan"]: evidence.Kept("signed_plan", SIGNED, d["signed"]["file"], d["signed"]["mime"]) for d in signed}
