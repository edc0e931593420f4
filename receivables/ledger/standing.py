"""How every document stands: what is open, how it was sent, which steps were taken, the outcome of its story."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.engine import Row

from receivables.claims import DispatchState, HandoverState, HoldKind, ItemKind, Notice, Outcome, Step
from receivables.ledger.book import open_amounts
from receivables.ledger.claim_rows import holds_of, notices_of
from receivables.ledger.credits import given_away
from receivables.ledger.tables import (
    allocations,
    claim_items,
    debtors,
    dispatches,
    handover_items,
    handovers,
    invoices,
    refusals,
)
from receivables.money import from_minor
from receivables.outcome import StoryFacts, outcome

WENT_OUT = (DispatchState.SUBMITTED, DispatchState.DELIVERED)
EVERY_ID = (0, 2**31 - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One document. Amounts in `currency`; `open` is the principal, of a credit note what no invoice has got yet."""

    seller: str
    number: str
    kind: str  # invoice, credit_note
    debtor: str  # its number in the ERP
    currency: str | None
    payable: Decimal | None  # None where it was refused at intake
    open: Decimal
    open_accessories: Decimal
    channel: str  # peppol, email, none
    delivery: DispatchState | None
    steps: tuple[Notice, ...]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Sums:
    """The principal's allocations that stand, by source in minor units, and the last day of a payment."""

    by_source: Mapping[str, int]
    last_paid: date | None


def standings(
    connection: Connection, on: date, *, insurer_notified: Collection[tuple[str, str]] = ()
) -> list[Standing]:
    """Every document, refused ones too, by seller and number. `insurer_notified`: (seller, number) of reported ones."""
    opens = open_amounts(connection)
    holds, notices = holds_of(connection, *EVERY_ID), notices_of(connection, *EVERY_ID)
    sums, sent, handed = sums_of(connection), sendings(connection), handover_states(connection)
    rests = credit_rests(connection)
    rows = select(invoices, debtors.c.ref).join(debtors, debtors.c.id == invoices.c.debtor_id)
    found = []
    for row in connection.execute(rows):
        taken = tuple(n for n in notices.get(row.id, ()) if n.state != DispatchState.WITHDRAWN)
        active = frozenset(hold.kind for hold in holds.get(row.id, ()) if hold.covers(on))
        open_now = opens.get(row.id, {ItemKind.PRINCIPAL: rests.get(row.id, 0)})
        reported = (row.seller, row.number) in insurer_notified
        facts = story_facts(row, open_now, sums.get(row.id), taken, active, handed.get(row.id), reported)
        found.append(standing_of(row, open_now, sent.get((row.seller, row.number)), taken, outcome(facts)))
    found.extend(refused(connection, {(one.seller, one.number) for one in found}))
    return sorted(found, key=lambda one: (one.seller, one.number))


def standing_of(
    row: Row[Any], opens: Mapping[ItemKind, int], sent: Row[Any] | None, taken: tuple[Notice, ...], result: Outcome
) -> Standing:
    principal = opens.get(ItemKind.PRINCIPAL, 0)
    return Standing(
        seller=row.seller,
        number=row.number,
        kind=row.kind,
        debtor=row.ref,
        currency=row.currency,
        payable=from_minor(row.payable, row.currency),
        open=from_minor(principal, row.currency),
        open_accessories=from_minor(sum(opens.values()) - principal, row.currency),
        channel=sent.channel if sent else "none",
        delivery=DispatchState(sent.state) if sent else None,
        steps=taken,
        outcome=result,
    )


def story_facts(
    row: Row[Any],
    opens: Mapping[ItemKind, int],
    sums: Sums | None,
    taken: tuple[Notice, ...],
    holds: frozenset[HoldKind],
    handover: HandoverState | None,
    insurer_notified: bool,
) -> StoryFacts:
    by_source = sums.by_source if sums else {}
    principal = opens.get(ItemKind.PRINCIPAL, 0)
    credited = row.payable - principal if row.kind == "credit_note" else by_source.get("credit", 0)
    went_out = [notice.on for notice in taken if notice.state in WENT_OUT and notice.step != Step.HANDOVER]
    return StoryFacts(
        payable=row.payable,
        open=principal,
        due=row.printed_due,
        paid=by_source.get("payment", 0),
        credited=credited,
        collected=by_source.get("collected", 0),
        written_off=by_source.get("write_off", 0),
        last_paid=sums.last_paid if sums else None,
        reminded=min(went_out, default=None),
        holds=holds,
        handover=handover,
        insurer_notified=insurer_notified,
    )


def sums_of(connection: Connection) -> dict[int, Sums]:
    """By invoice; what was undone counts for nothing."""
    undone = select(allocations.c.reverses).where(allocations.c.reverses.is_not(None))
    rows = connection.execute(
        select(
            claim_items.c.invoice_id,
            allocations.c.source,
            func.sum(allocations.c.amount).label("sum"),
            func.max(allocations.c.on).label("last"),
        )
        .join(claim_items, claim_items.c.id == allocations.c.claim_item_id)
        .where(
            claim_items.c.kind == ItemKind.PRINCIPAL,
            allocations.c.reverses.is_(None),
            allocations.c.id.not_in(undone),
        )
        .group_by(claim_items.c.invoice_id, allocations.c.source)
    )
    by_source: dict[int, dict[str, int]] = defaultdict(dict)
    last: dict[int, date] = {}
    for row in rows:
        by_source[row.invoice_id][row.source] = int(row.sum)
        if row.source == "payment":
            last[row.invoice_id] = row.last
    return {invoice_id: Sums(sums, last.get(invoice_id)) for invoice_id, sums in by_source.items()}


def sendings(connection: Connection) -> dict[tuple[str, str], Row[Any]]:
    """The latest dispatch of each document itself, by seller and number."""
    rows = connection.execute(select(dispatches).where(dispatches.c.kind == "invoice").order_by(dispatches.c.id))
    return {(row.seller, row.subject): row for row in rows}


def handover_states(connection: Connection) -> dict[int, HandoverState]:
    rows = connection.execute(
        select(handover_items.c.invoice_id, handovers.c.state)
        .join(handovers, handovers.c.id == handover_items.c.handover_id)
        .order_by(handovers.c.id)
    )
    return {row.invoice_id: HandoverState(row.state) for row in rows}


def credit_rests(connection: Connection) -> dict[int, int]:
    """What of each credit note no invoice has got yet, in minor units."""
    rest = (invoices.c.payable - given_away("credit", invoices.c.id)).label("rest")
    rows = connection.execute(select(invoices.c.id, rest).where(invoices.c.kind == "credit_note"))
    return {row.id: int(row.rest) for row in rows}


def refused(connection: Connection, taken_in: Collection[tuple[str, str]]) -> list[Standing]:
    """Rows that were refused and never taken in later under their number; the last sentence counts."""
    rows = connection.execute(select(refusals).order_by(refusals.c.id))
    last = {(row.seller, row.number): row for row in rows if (row.seller, row.number) not in taken_in}
    return [
        Standing(
            seller=row.seller,
            number=row.number,
            kind="invoice",
            debtor=row.debtor,
            currency=None,
            payable=None,
            open=Decimal(0),
            open_accessories=Decimal(0),
            channel="none",
            delivery=None,
            steps=(),
            outcome=Outcome.REFUSED,
        )
        for row in last.values()
    ]
