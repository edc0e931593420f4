"""Money that a collection partner passes on: it pays no invoice, since what was collected is booked when it is said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Connection

from flows.handover_news import ask_person
from flows.settings import Agency
from flows.workspace import Workspace
from receivables.ledger import remittances
from receivables.ledger.database import writing
from receivables.ledger.money_in import book_entry
from receivables.ledger.remittances import Due
from receivables.ledger.tasks import open_task
from receivables.matching import BankEntry, NoMatch
from receivables.money import from_minor, to_minor

PATIENCE = timedelta(days=45)  # many partners settle once a month
SHORTEST_ID = 5  # a partner's id that is shorter is not looked for in the words of an entry


def set_apart(
    connection: Connection, workspace: Workspace, new: Sequence[tuple[int, BankEntry]]
) -> list[tuple[int, BankEntry]]:
    """The entries that are left to be matched; what comes from a partner is tied to its hand-overs, or told."""
    if not workspace.settings.agencies or not new:
        return list(new)
    left = []
    for entry_id, entry in new:
        partner = from_partner(connection, workspace, entry) if entry.amount > 0 else None
        if partner is None:
            left.append((entry_id, entry))
        else:
            tie(connection, workspace, entry_id, entry, partner)
    return left


def from_partner(connection: Connection, workspace: Workspace, entry: BankEntry) -> Agency | None:
    """The partner whose account it is, or whose id of a claim the words name."""
    for agency in workspace.settings.agencies:
        if entry.counterparty_iban and entry.counterparty_iban in agency.accounts:
            return agency
        if any(names(entry, due) for due in remittances.dues(connection, agency.name)):
            return agency
    return None


def names(entry: BankEntry, due: Due) -> bool:
    words = f"{entry.text or ''} {entry.reference or ''}"
    return due.partner_id is not None and len(due.partner_id) >= SHORTEST_ID and due.partner_id in words.split()


def tie(connection: Connection, workspace: Workspace, entry_id: int, entry: BankEntry, agency: Agency) -> None:
    """To the claims that it names, or whose sum it is; what is not certain is asked of a person, and pays nothing."""
    found = [one for one in remittances.dues(connection, agency.name) if one.handover.currency == entry.currency]
    amount = to_minor(entry.amount, entry.currency)
    on, at = entry.booked, workspace.now()
    parts = shared(amount, [one for one in found if names(entry, one)], [one for one in found if one.due > 0])
    if parts:
        why = f"passed on by {agency.name} of what it collected"
        remittances.book(connection, entry_id, [(one.handover, part) for one, part in parts], why=why, on=on, at=at)
        return
    words = NoMatch(reason=f"money of {agency.name}: it pays no invoice")
    book_entry(connection, entry_id, words, on=on, at=at)
    text = (
        f"{agency.name} paid {entry.amount} {entry.currency} on {entry.booked} ({entry.text or 'no text'}); of which "
        f"claims is not certain. Ask it, then: voldaan handovers remitted {entry_id} HANDOVER=AMOUNT …"
    )
    open_task(connection, key=f"agency_money:{entry_id}", kind="agency_money", text=text, on=on)


def shared(amount: int, named: Sequence[Due], due: Sequence[Due]) -> list[tuple[Due, int]]:
    """Which claims the sum is of: the only one named; or all named, the only one due, or all due with this very sum."""
    if len(named) == 1:
        return [(named[0], amount)]
    exact = [one for one in due if one.due == amount]
    for group in (named, exact if len(exact) == 1 else (), due if not exact else ()):
        if group and sum(one.due for one in group) == amount:
            return [(one, one.due) for one in group]
    return []


def await_money(workspace: Workspace, on: date) -> None:
    """Asks after what a partner says it collected and has not passed on."""
    with writing(workspace.engine) as connection:
        for one in remittances.dues(connection):
            said = remittances.last_said(connection, one.handover) if one.due > 0 else None
            if said is not None and on > said + PATIENCE:
                amount = from_minor(one.due, one.handover.currency)
                text = (
                    f"{one.handover.partner} said on {said} what it collected of {one.handover.debtor_ref} "
                    f"({one.partner_id}); {amount} {one.handover.currency} of it has not come. Ask it."
                )
                ask_person(connection, one.handover, "agency_money", f"{said}:{one.due}", text, on)
