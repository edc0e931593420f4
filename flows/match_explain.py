"""Why a bank entry was booked, proposed or left alone, and what a person decides about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Connection, select

from flows.workspace import Workspace
from receivables.claims import ItemKind
from receivables.ledger import assign as ledger
from receivables.ledger.assign import Paid, WrongEntry
from receivables.ledger.database import reading, writing
from receivables.ledger.lookup import invoice
from receivables.ledger.money_in import match_and_book
from receivables.ledger.open_items import open_items
from receivables.ledger.statements import StoredEntry, stored_entries
from receivables.ledger.tables import allocations, claim_items, invoices
from receivables.matching import Match, NoMatch, Proposal, Return, Tried, explain
from receivables.money import from_minor
from receivables.open_items import OpenItems, Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One entry: how it stands, what was booked on which invoice, and what each step found (now, where it waits)."""

    entry: StoredEntry
    booked: tuple[tuple[str, str, Decimal], ...]  # invoice, kind, amount
    steps: tuple[tuple[str, str], ...]
    proposed: tuple[tuple[str, str, Decimal], ...]
    netted: tuple[tuple[str, str, Decimal], ...] = ()  # credit note, invoice, amount
    waived: tuple[tuple[str, str, Decimal], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        one = self.entry
        return {
            "entry": one.id,
            "booked": one.booked,
            "amount": str(one.amount),
            "currency": one.currency,
            "counterparty": one.counterparty,
            "reference": one.reference,
            "text": one.text,
            "state": one.state,
            "reason": one.match.get("reason"),
            "confidence": one.match.get("confidence"),
            "by": one.match.get("by"),
            "allocated": parts(self.booked),
            "proposed": parts(self.proposed),
            "netted": [{"credit_note": n, "invoice": i, "amount": str(a)} for n, i, a in self.netted],
            "waived": parts(self.waived),
            "steps": [{"step": step, "found": found} for step, found in self.steps],
        }

    @property
    def text(self) -> str:
        one, certain = self.entry, self.entry.match.get("confidence")
        said = " · ".join(word for word in (one.counterparty, one.reference, one.text) if word)
        lines = [f"{one.id}  {one.booked}  {one.amount} {one.currency}  {one.state}  {said}"]
        lines.append(f"    {one.match.get('reason', 'not matched yet')}" + (f" ({certain})" if certain else ""))
        lines += [f"    booked    {number} {kind} {amount}" for number, kind, amount in self.booked]
        lines += [f"    netted    {note} on {number} {amount}" for note, number, amount in self.netted]
        why = one.match.get("waived_why")
        lines += [f"    waived    {number} {kind} {amount} ({why})" for number, kind, amount in self.waived]
        lines += [f"    proposed  {number} {kind} {amount}" for number, kind, amount in self.proposed]
        lines += [f"    {step}: {found}" for step, found in self.steps]
        return "\n".join(lines)


def parts(shares: Sequence[tuple[str, str, Decimal]]) -> list[dict[str, str]]:
    return [{"invoice": number, "kind": kind, "amount": str(amount)} for number, kind, amount in shares]


def explained(workspace: Workspace, ids: Sequence[int] = ()) -> list[Explained]:
    """These entries, or all that wait for a person. Raises WrongEntry for one that is not there."""
    with reading(workspace.engine) as connection:
        found = stored_entries(connection, ids)
        for missing in set(ids) - {entry.id for entry in found}:
            raise WrongEntry(f"there is no bank entry {missing}; voldaan match --explain lists those that wait")
        read: dict[str, OpenItems] = {}
        return [explain_one(connection, workspace, entry, read) for entry in found]


def explain_one(
    connection: Connection, workspace: Workspace, entry: StoredEntry, read: dict[str, OpenItems]
) -> Explained:
    steps: list[tuple[str, str]] = []
    if entry.state in ("proposed", "unmatched"):
        for seller in sellers_of(workspace, entry.account):
            if seller not in read:
                read[seller] = open_items(connection, seller)
            tried = explain(entry, read[seller], workspace.policy.contact.waive_rest_below)
            steps += [(one.step, in_words(one)) for one in tried]
    shares = [Share(i, ItemKind(k), from_minor(a, entry.currency)) for i, k, a in entry.match.get("shares") or ()]
    return Explained(
        entry=entry,
        booked=tuple(allocated(connection, entry)),
        steps=tuple(steps),
        proposed=tuple((number_of(connection, s.invoice_id), s.kind.value, s.amount) for s in shares),
        netted=tuple(
            (number_of(connection, note), number_of(connection, paid), from_minor(amount, entry.currency))
            for note, paid, amount in entry.match.get("netted") or ()
        ),
        waived=tuple(
            (number_of(connection, paid), str(kind), from_minor(amount, entry.currency))
            for paid, kind, amount in entry.match.get("waived") or ()
        ),
    )


def in_words(one: Tried) -> str:
    if one.found is None:
        return "nothing that is known"
    verdict = {Match: "certain", Return: "certain", Proposal: "for a person", NoMatch: "nothing"}[type(one.found)]
    sure = "" if isinstance(one.found, NoMatch) else f" ({one.found.confidence})"
    return f"{verdict}{sure}: {one.found.reason}"


def allocated(connection: Connection, entry: StoredEntry) -> list[tuple[str, str, Decimal]]:
    """What of the entry stands on which invoice, and what it took back."""
    rows = connection.execute(
        select(invoices.c.number, claim_items.c.kind, allocations.c.amount)
        .join(claim_items, claim_items.c.id == allocations.c.claim_item_id)
        .join(invoices, invoices.c.id == claim_items.c.invoice_id)
        .where(allocations.c.source == "payment", allocations.c.source_id == entry.id)
        .order_by(allocations.c.id)
    )
    standing: Counter[tuple[str, str]] = Counter()
    for row in rows:
        standing[row.number, row.kind] += int(row.amount)
    return [(n, kind, from_minor(amount, entry.currency)) for (n, kind), amount in standing.items() if amount]


def number_of(connection: Connection, invoice_id: int) -> str:
    return str(connection.scalar(select(invoices.c.number).where(invoices.c.id == invoice_id)))


def sellers_of(workspace: Workspace, account: str) -> list[str]:
    return [seller.ref for seller in workspace.settings.sellers if account in seller.accounts]


def match_again(workspace: Workspace) -> Counter[str]:
    """Looks anew at every entry that waits and of which nothing is booked: its invoice may be there now.

    What a person took back stays as it is: looking again would only book it again.
    """
    states: Counter[str] = Counter()
    with writing(workspace.engine) as connection:
        by_account: dict[str, list[tuple[int, StoredEntry]]] = {}
        for entry in stored_entries(connection):
            if not allocated(connection, entry) and not entry.match.get("by"):
                by_account.setdefault(entry.account, []).append((entry.id, entry))
        for account, waiting in by_account.items():
            sellers = sellers_of(workspace, account)
            tolerance = workspace.policy.contact.waive_rest_below
            states += (
                match_and_book(connection, sellers, waiting, tolerance, at=workspace.now()) if sellers else Counter()
            )
    return states


def accept(workspace: Workspace, entry: int, by: str, on: date) -> Explained:
    """Books what is proposed. Raises WrongEntry."""
    with writing(workspace.engine) as connection:
        ledger.accept(connection, entry, by=by, on=on, at=workspace.now())
    return explained(workspace, [entry])[0]


def assign(workspace: Workspace, entry: int, named: Sequence[str], by: str, on: date) -> Explained:
    """Books the entry on the invoices `named`, as NUMBER or NUMBER=AMOUNT. Raises WrongEntry, NotFound."""
    with writing(workspace.engine) as connection:
        paid = [paid_of(connection, workspace, entry, word) for word in named]
        ledger.assign(connection, entry, paid, by=by, on=on, at=workspace.now())
    return explained(workspace, [entry])[0]


def paid_of(connection: Connection, workspace: Workspace, entry: int, word: str) -> Paid:
    number, _, amount = word.partition("=")
    try:
        sum_ = Decimal(amount) if amount else None
    except InvalidOperation:
        raise WrongEntry(f"'{word}' is no invoice and amount: write it as 2026-7=121.00") from None
    sellers = sellers_of(workspace, ledger.entry_row(connection, entry).account)
    found = invoice(connection, number, sellers[0] if len(sellers) == 1 else None)
    return Paid(found.id, found.number, sum_)


def undo(workspace: Workspace, entry: int, by: str, on: date) -> Explained:
    """Takes a wrong match back. Raises WrongEntry."""
    with writing(workspace.engine) as connection:
        ledger.undo(connection, entry, by=by, on=on, at=workspace.now())
    return explained(workspace, [entry])[0]


def went_back(workspace: Workspace, entry: int, earlier: int, by: str, on: date) -> Explained:
    """Money out that took back what `earlier` brought. Raises WrongEntry."""
    with writing(workspace.engine) as connection:
        ledger.returned(connection, entry, earlier, by=by, on=on, at=workspace.now())
    return explained(workspace, [entry])[0]
