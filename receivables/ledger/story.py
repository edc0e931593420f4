"""What happened to one invoice, in order, each in one sentence; and why nothing is being done where nothing is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, or_, select
from sqlalchemy.engine import Row

from receivables.answers import MEANINGS, level
from receivables.ledger import journal
from receivables.ledger.evidence import ENTRY as COVERED
from receivables.ledger.tables import (
    approvals,
    debtors,
    dispatches,
    handover_items,
    handovers,
    invoices,
    notice_items,
    reasons,
    refusals,
)
from receivables.money import from_minor
from ubl.response import Kind


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `kind` is the journal's word, `text` a sentence for a person."""

    on: date
    at: datetime
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Story:
    """`events` oldest first; `reason` is why nothing is being done now, with the day since when."""

    seller: str
    number: str
    events: tuple[Event, ...]
    reason: str | None
    since: date | None


def story(connection: Connection, seller: str, number: str) -> Story:
    """The story of a document, also of one that was refused at intake; LookupError where nobody ever saw it."""
    where = (invoices.c.seller == seller) & (invoices.c.number == number)
    row = connection.execute(select(invoices).where(where)).one_or_none()
    subjects = {journal.about_invoice(seller, number): number}
    if row is not None:
        subjects |= carried_by(connection, row) | handed_over_in(connection, row)
    entries = journal.entries_about(connection, *subjects)
    if row is None and not entries:
        raise LookupError(f"seller '{seller}' has no invoice {number}, and none was ever refused")
    sentences = refused_with(connection, seller, number)
    currency = row.currency if row is not None else "EUR"
    events = tuple(
        Event(entry.on, entry.at, entry.kind, told(entry, subjects[entry.subject], currency, sentences))
        for entry in entries
        if entry.kind != COVERED
    )
    why = None
    if row is not None:
        why = connection.execute(select(reasons).where(reasons.c.invoice_id == row.id)).one_or_none()
    return Story(seller, number, events, why.text if why else None, why.since if why else None)


def carried_by(connection: Connection, invoice: Row[Any]) -> dict[str, str]:
    """The dispatches of the document and of every notice about it: journal subject to what a person calls it."""
    itself = and_(
        dispatches.c.seller == invoice.seller,
        dispatches.c.kind == "invoice",
        dispatches.c.subject == invoice.number,
    )
    rows = connection.execute(
        select(dispatches.c.id, dispatches.c.kind, dispatches.c.channel, notice_items.c.step)
        .outerjoin(
            notice_items,
            and_(notice_items.c.dispatch_id == dispatches.c.id, notice_items.c.invoice_id == invoice.id),
        )
        .where(or_(itself, notice_items.c.invoice_id == invoice.id))
    )
    return {
        journal.about_dispatch(row.id): f"{(row.step or row.kind).replace('_', ' ')} by {row.channel}" for row in rows
    }


def handed_over_in(connection: Connection, invoice: Row[Any]) -> dict[str, str]:
    """The requests for approval that name the invoice, the hand-overs that hold it, and the dispatches of those."""
    found: dict[str, str] = {}
    asked = select(approvals.c.key, approvals.c.details).where(approvals.c.debtor_id == invoice.debtor_id)
    for row in connection.execute(asked):
        if invoice.id in row.details.get("invoices", ()):
            found[f"approval:{row.key}"] = "hand-over"
    handed = (
        select(handovers, debtors.c.ref, debtors.c.seller)
        .join(handover_items, handover_items.c.handover_id == handovers.c.id)
        .join(debtors, debtors.c.id == handovers.c.debtor_id)
        .where(handover_items.c.invoice_id == invoice.id)
    )
    for row in connection.execute(handed):
        found[f"handover:{row.seller}/{row.ref}/{row.id}"] = row.partner
        if row.dispatch_id is not None:
            found[journal.about_dispatch(row.dispatch_id)] = f"hand-over to {row.partner}"
    return found


def refused_with(connection: Connection, seller: str, number: str) -> dict[str, str]:
    """The sentences of refused rows, by the hash of their content."""
    rows = connection.execute(select(refusals).where(refusals.c.seller == seller, refusals.c.number == number))
    return {row.content_hash: row.sentence for row in rows}


def told(entry: journal.Entry, label: str, currency: str, sentences: Mapping[str, str]) -> str:
    """The sentence for one journal entry; an entry of a kind that is not known here is told by its own words."""
    facts: dict[str, Any] = dict(entry.facts)
    if isinstance(facts.get("amount"), int):
        facts["amount"] = f"{from_minor(facts['amount'], currency)} {currency}"
    if entry.kind == "invoice.refused":
        return f"refused at intake: {sentences.get(str(facts.get('content')), 'see the answer file')}"
    if entry.kind == "invoice.taken_in":
        return f"taken in: {from_minor(facts['payable'], facts['currency'])} {facts['currency']}"
    if entry.kind == "handover.paid_partly" or (entry.kind.startswith("handover.") and facts.get("collected")):
        facts["collected"] = f"{from_minor(facts['collected'], currency)} {currency}"
        return f"{label}: {plain(entry.kind)}, {facts['collected']} collected so far"
    telling = TELLING.get(entry.kind)
    return telling(label, facts) if telling else otherwise(entry.kind, label, facts)


def otherwise(kind: str, label: str, facts: Mapping[str, Any]) -> str:
    group, _, rest = kind.partition(".")
    if group == "dispatch":
        return f"{label}: {plain(kind)}"
    if group == "hold":
        held, _, ended = rest.partition(".")
        return f"{plain(held)} ended: {facts['outcome']}" if ended else f"held for {plain(held)} until {facts['until']}"
    if group in ("approval", "handover"):
        return f"{label}: {plain(kind)}"
    return plain(kind) if rest == "" else f"{plain(group)} {plain(kind)}"


def answered(facts: Mapping[str, Any]) -> str:
    return f"{level(Kind(facts['message']))}: {MEANINGS[facts['code']]} ({facts['code']})"


def plain(kind: str) -> str:
    return kind.rpartition(".")[2].replace("_", " ")


Facts = Mapping[str, Any]
TELLING: Mapping[str, Callable[[str, Facts], str]] = {
    "answer.acted": lambda label, facts: answered(facts),
    "answer.noted": lambda label, facts: answered(facts),
    "answer.late": lambda label, facts: f"{answered(facts)}; a newer answer was heard before",
    "answer.refused": lambda label, facts: f"an answer of somebody else was refused ({facts['code']})",
    "dispatch.planned": lambda label, facts: f"{label}: to be sent",
    "dispatch.submitting": lambda label, facts: f"{label}: being sent, attempt {facts.get('attempt', 1)}",
    "dispatch.submitted": lambda label, facts: f"{label}: accepted by the partner, not yet delivered",
    "dispatch.not_delivered": lambda label, facts: f"{label}: did not arrive",
    "dispatch.unknown": lambda label, facts: f"{label}: the answer was lost, the partner is asked",
    "dispatch.awaiting_person": lambda label, facts: f"{label}: nobody can prove whether it went out, a person decides",
    "dispatch.withdrawn": lambda label, facts: f"{label}: withdrawn at the last look",
    "dispatch.replanned": lambda label, facts: f"{label}: planned anew with other {', '.join(facts['changed'])}",
    "dispatch.held": lambda label, facts: f"{label}: held after {facts['attempts']} attempts, a person is asked",
    "dispatch.proof_fetched": lambda label, facts: f"{label}: the partner's own evidence was fetched",
    "dispatch.planned_again": lambda label, facts: f"{label}: planned again as a copy",
    "invoice.received": lambda label, facts: (
        f"received by the buyer's side on {facts['received']}; lawfully due on {facts['lawful_due']}"
    ),
    "payment.allocated": lambda label, facts: f"paid: {facts['amount']} on the {plain(facts['kind'])}",
    "credit.allocated": lambda label, facts: f"credited: {facts['amount']} on the {plain(facts['kind'])}",
    "collected.allocated": lambda label, facts: f"collected: {facts['amount']} on the {plain(facts['kind'])}",
    "write_off.allocated": lambda label, facts: f"written off: {facts['amount']} of the {plain(facts['kind'])}",
    "payment.reversed": lambda label, facts: f"payment undone: {facts['amount']}, open again",
    "credit.reversed": lambda label, facts: f"credit undone: {facts['amount']}, open again",
    "claim.raised": lambda label, facts: f"{plain(facts['kind'])} demanded: {facts['amount']}",
    "claim.waived": lambda label, facts: f"waived: {facts['amount']} of the {plain(facts['kind'])}",
    "claim.unwaived": lambda label, facts: f"the waived rest of {facts['amount']} is open again",
    "claim.written_off": lambda label, facts: f"written off in all: {facts['amount']} ({plain(facts['cause'])})",
    "claim.recovered": lambda label, facts: (
        f"recovered after it was written off: {facts['amount']} of the {plain(facts['kind'])}"
    ),
    "nothing_done": lambda label, facts: (
        f"nothing done: {plain(facts['reason'])}" + (f" until {facts['until']}" if facts.get("until") else "")
    ),
    "indemnified": lambda label, facts: f"the insurer paid {facts['amount']} on it; the debtor still owes it",
    "goods.reclaimed": lambda label, facts: f"goods reclaimed by {plain(facts['basis'])}",
    "estate.filed": lambda label, facts: f"filed with the administrator: {facts['total']}",
    "call.asked": lambda label, facts: "a person is asked to call the customer",
    "approval.asked": lambda label, facts: f"{label}: put before a person for approval",
    "approval.wrong_code": lambda label, facts: f"{label}: a try with a wrong code decided nothing",
}
