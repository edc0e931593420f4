"""The ledger as it stood on any day of a stretch of time, read once: for playing another policy over what happened.

Principal only: interest and costs follow from the steps that were taken, and those are what a replay changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, select
from sqlalchemy.engine import Row

from receivables.claims import ZERO, ClaimFacts, DebtorFacts, DebtorKind, DispatchState, History, Hold, Notice, Step
from receivables.foresee import as_known
from receivables.ledger import claim_rows
from receivables.ledger.facts import contacts_in, debtor_rows
from receivables.ledger.histories import histories
from receivables.ledger.tables import (
    allocations,
    approvals,
    claim_items,
    debtors,
    dispatches,
    entries,
    invoices,
    statements,
)
from receivables.money import from_minor

AT_ONCE = 500
LEFT = (DispatchState.DELIVERED, DispatchState.NOT_DELIVERED, DispatchState.REJECTED)


@dataclass(frozen=True, slots=True)
class PastInvoice:
    """One invoice with everything dated: what was paid on it, how far it came, what was asked and held."""

    row: Row[Any]
    movements: tuple[tuple[date, int], ...]  # on the principal, minor units
    submitted: date | None
    settled: date | None
    delivery: DispatchState
    holds: tuple[Hold, ...]
    notices: tuple[Notice, ...]

    def open_on(self, day: date) -> int:
        return int(self.row.payable) - sum(amount for on, amount in self.movements if on <= day)

    def delivery_on(self, day: date) -> DispatchState:
        if self.settled is not None and self.settled <= day and self.delivery in LEFT:
            return self.delivery
        return DispatchState.SUBMITTED if self.submitted and self.submitted <= day else DispatchState.PLANNED


@dataclass(frozen=True, slots=True)
class Past:
    """One debtor's past. `started`: the day before which its own notices count, and from which they are played."""

    debtor: Row[Any]
    invoices: tuple[PastInvoice, ...]
    credits: tuple[tuple[date, int], ...]  # minor units, as they came and were used
    statements: tuple[date, ...]  # days to which the seller's accounts were all known
    history: History
    started: date

    def facts_on(self, day: date) -> DebtorFacts | None:
        """The facts as they stood; None where nothing was open."""
        claims = tuple(claim for one in self.invoices if (claim := self._claim(one, day)) is not None)
        if not claims:
            return None
        contacts = [n.on for one in self.invoices for n in one.notices if n.on < self.started]
        known = [until for until in self.statements if until <= day]
        credit = sum(amount for on, amount in self.credits if on <= day)
        row = self.debtor
        return DebtorFacts(
            debtor_id=row.id,
            ref=row.ref,
            name=row.name or "",
            kind=DebtorKind(row.kind),
            country=row.country,
            language=row.language,
            seller=row.seller,
            seller_country=row.seller_country,
            claims=claims,
            open_credits=max(from_minor(credit, claims[0].currency), ZERO),
            last_contact=max(contacts, default=None),
            bank_data_until=max(known, default=None),
            customer_since=row.customer_since,
            ladder=row.ladder,
            reachable=("email",) if row.email else (),
            size=row.details.get("size") or "sme",
            history=self.history,
            contacts=contacts_in(row.details, set()),
            insolvency_checked=day,
        )

    def _claim(self, one: PastInvoice, day: date) -> ClaimFacts | None:
        row = one.row
        if row.taken_in > day or (left := one.open_on(day)) <= 0:
            return None
        return ClaimFacts(
            invoice_id=row.id,
            number=row.number,
            issued=row.issued,
            printed_due=row.printed_due,
            lawful_due=row.lawful_due,
            insurer_due=row.insurer_due,
            currency=row.currency,
            principal=from_minor(row.payable, row.currency),
            open_principal=from_minor(left, row.currency),
            holds=tuple(hold for hold in one.holds if hold.since <= day),
            notices=tuple(as_known(n, day) for n in one.notices if n.on < self.started),
            received=row.received,
            delivery=one.delivery_on(day),
            goods=row.goods,
        )

    def events(self) -> list[date]:
        """The days on which anything of it changed."""
        days = {on for on, _ in self.credits} | set(self.statements)
        for one in self.invoices:
            days |= {on for on, _ in one.movements} | {one.row.taken_in, one.row.printed_due + timedelta(days=1)}
            days |= {day for day in (one.submitted, one.settled) if day is not None}
            days |= {day for hold in one.holds for day in (hold.since, hold.until + timedelta(days=1))}
            days |= {n.proven for n in one.notices if n.proven is not None and n.on < self.started}
        return sorted(days)

    def outcomes(self) -> dict[tuple[int, Step], tuple[DispatchState, int | None]]:
        """How each step went that was really taken: its state, and after how many days it was proven."""
        return {
            (one.row.id, n.step): (n.state, (n.proven - n.on).days if n.proven is not None else None)
            for one in self.invoices
            for n in one.notices
        }


def pasts(
    connection: Connection, started: date, ended: date, *, accounts: Mapping[str, Collection[str]]
) -> Iterator[Past]:
    """Every debtor with an invoice that was taken in by `ended`, and was not settled before `started` began."""
    known = statement_days(connection, accounts)
    ids = connection.scalars(select(debtors.c.id).order_by(debtors.c.id)).all()
    for start in range(0, len(ids), AT_ONCE):
        first, last = ids[start], ids[min(start + AT_ONCE, len(ids)) - 1]
        found = past_invoices(connection, first, last, ended)
        credit = credit_days(connection, first, last)
        history = histories(connection, first, last, started)
        for row in connection.execute(debtor_rows(first, last, None)):
            ours = tuple(one for one in found.get(row.id, ()) if one.open_on(started - timedelta(days=1)) > 0)
            if ours:
                days = known.get(row.seller, ())
                yield Past(row, ours, credit.get(row.id, ()), days, history.get(row.id, History()), started)


def past_invoices(connection: Connection, first: int, last: int, ended: date) -> dict[int, list[PastInvoice]]:
    where = (invoices.c.debtor_id.between(first, last), invoices.c.kind == "invoice", invoices.c.taken_in <= ended)
    moved: dict[int, list[tuple[date, int]]] = defaultdict(list)
    on_principal = (
        select(claim_items.c.invoice_id, allocations.c.on, allocations.c.amount)
        .join(allocations, allocations.c.claim_item_id == claim_items.c.id)
        .join(invoices, invoices.c.id == claim_items.c.invoice_id)
        .where(*where, claim_items.c.kind == "principal")
    )
    for row in connection.execute(on_principal):
        moved[row.invoice_id].append((row.on, int(row.amount)))
    carried = {row.invoice_id: row for row in claim_rows.in_order(connection.execute(carriers(first, last)))}
    holds = claim_rows.holds_of(connection, first, last)
    notices = claim_rows.notices_of(connection, first, last)
    asked = handovers_asked(connection, first, last)
    found: dict[int, list[PastInvoice]] = defaultdict(list)
    ours: Select[Any] = select(invoices).where(*where).order_by(invoices.c.printed_due, invoices.c.id)
    for row in list[Any](connection.execute(ours)):
        carrier = carried.get(row.id)
        found[row.debtor_id].append(
            PastInvoice(
                row=row,
                movements=tuple(sorted(moved.get(row.id, ()))),
                submitted=carrier.submitted or carrier.settled if carrier else None,
                settled=carrier.settled if carrier else None,
                delivery=DispatchState(carrier.state) if carrier else DispatchState.PLANNED,
                holds=tuple(holds.get(row.id, ())),
                notices=(*(n for n in notices.get(row.id, ()) if n.step is not Step.HANDOVER), *asked.get(row.id, ())),
            )
        )
    return found


def handovers_asked(connection: Connection, first: int, last: int) -> dict[int, tuple[Notice, ...]]:
    """By invoice, the first time that a person was asked to hand it over, whatever was answered."""
    rows = connection.execute(
        select(approvals.c.details, approvals.c.requested)
        .where(approvals.c.kind == "handover", approvals.c.debtor_id.between(first, last))
        .order_by(approvals.c.requested, approvals.c.id)
    )
    found: dict[int, tuple[Notice, ...]] = {}
    for row in rows:
        notice = Notice(
            step=Step.HANDOVER, occurrence=1, on=row.requested, state=DispatchState.PLANNED, channel="agency"
        )
        for invoice_id in row.details["invoices"]:
            found.setdefault(invoice_id, (notice,))
    return found


def carriers(first: int, last: int) -> Any:
    carries = and_(
        dispatches.c.seller == invoices.c.seller,
        dispatches.c.kind == "invoice",
        dispatches.c.subject == invoices.c.number,
    )
    columns = dispatches.c.id, dispatches.c.state, dispatches.c.submitted, dispatches.c.settled
    return (
        select(*columns, invoices.c.id.label("invoice_id"))
        .join_from(invoices, dispatches, carries)
        .where(invoices.c.debtor_id.between(first, last))
    )


def credit_days(connection: Connection, first: int, last: int) -> dict[int, tuple[tuple[date, int], ...]]:
    """Credit notes and payments as they came, less what of them was used, by debtor."""
    found: dict[int, list[tuple[date, int]]] = defaultdict(list)
    came = (
        select(invoices.c.debtor_id, invoices.c.taken_in.label("on"), invoices.c.payable.label("amount")).where(
            invoices.c.kind == "credit_note", invoices.c.debtor_id.between(first, last)
        ),
        select(entries.c.debtor_id, entries.c.booked.label("on"), entries.c.amount).where(
            entries.c.debtor_id.between(first, last)
        ),
    )
    for query in came:
        for row in connection.execute(query):
            found[row.debtor_id].append((row.on, int(row.amount)))
    used = (
        select(invoices.c.debtor_id, allocations.c.on, allocations.c.amount)
        .join(invoices, and_(allocations.c.source == "credit", allocations.c.source_id == invoices.c.id))
        .where(invoices.c.debtor_id.between(first, last)),
        select(entries.c.debtor_id, allocations.c.on, allocations.c.amount)
        .join(entries, and_(allocations.c.source == "payment", allocations.c.source_id == entries.c.id))
        .where(entries.c.debtor_id.between(first, last)),
    )
    for query in used:
        for row in connection.execute(query):
            found[row.debtor_id].append((row.on, -int(row.amount)))
    return {debtor_id: tuple(sorted(rows)) for debtor_id, rows in found.items()}


def statement_days(connection: Connection, accounts: Mapping[str, Collection[str]]) -> dict[str, tuple[date, ...]]:
    """By seller, the days to which all of its accounts were known."""
    by_account: dict[str, list[date]] = defaultdict(list)
    for row in connection.execute(select(statements.c.account, statements.c.to_date)):
        by_account[row.account].append(row.to_date)
    found = {}
    for seller, ibans in accounts.items():
        if ibans and all(by_account[iban] for iban in ibans):
            begin = max(min(by_account[iban]) for iban in ibans)
            days = {day for iban in ibans for day in by_account[iban] if day >= begin}
            reached = {min(max(d for d in by_account[iban] if d <= day) for iban in ibans) for day in days}
            found[seller] = tuple(sorted(reached))
    return found
