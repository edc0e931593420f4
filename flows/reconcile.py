"""Reads bank statements and books what they certainly pay; the rest stays visible for a person."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from connectors.bank import status_report
from connectors.bank.bookings import BadStatement
from connectors.bank.statement_file import read_all
from connectors.bank.status_report import StatusReport
from connectors.ports import Statement
from flows import agency_money, insurer_money
from flows.files import TooLarge, move_aside, read_limited
from flows.workspace import Workspace
from receivables.ledger.bank_gaps import note_gaps
from receivables.ledger.database import writing
from receivables.ledger.debits import REFUSED, note_refused
from receivables.ledger.money_in import match_and_book
from receivables.ledger.statements import keep_statement, states_of
from receivables.ledger.tasks import open_task

MAX_FILE = 64_000_000


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one file brought: its entries by state, or the sentence that says why nothing of it was booked."""

    file: str
    entries: Counter[str] = field(default_factory=Counter)
    problem: str | None = None
    gaps: tuple[str, ...] = ()  # a sentence for each statement that is missing
    asked: tuple[str, ...] = ()  # a sentence for each refusal that a person must look at


def reconcile_file(workspace: Workspace, path: Path, on: date) -> Reconciled:
    """Reads `path` and moves it to `bank/done` or `bank/refused`. The same file again books nothing."""
    try:
        data = read_limited(path, MAX_FILE)
        found = reconcile(workspace, data, path.name, on)
    except TooLarge as problem:
        data, found = b"", Reconciled(path.name, problem=str(problem))
    folder = workspace.folder("bank/refused" if found.problem else "bank/done")
    move_aside(path, folder, data, workspace.root)
    return found


def reconcile(workspace: Workspace, data: bytes, name: str, on: date) -> Reconciled:
    """Each statement of the file in one transaction: read, matched and booked, or not at all. A report on our direct
    debits (pain.002) ends those that the bank refused.
    """
    try:
        if status_report.looks_like(data):
            return note_report(workspace, status_report.read(data, name), name, on)
        statements = read_all(data, name)
    except BadStatement as problem:
        return Reconciled(name, problem=str(problem))
    file = workspace.store.put(data)
    states: Counter[str] = Counter()
    for statement in statements:
        states.update(book_statement(workspace, statement, file, on))
    with writing(workspace.engine) as connection:
        accounts = dict.fromkeys(statement.account for statement in statements)
        missing = tuple(gap for account in accounts for gap in note_gaps(connection, account, on))
    return Reconciled(name, states, gaps=missing)


def note_report(workspace: Workspace, report: StatusReport, name: str, on: date) -> Reconciled:
    asked, ended, at = [], 0, workspace.now()
    with writing(workspace.engine) as connection:
        for refusal in report.refusals:
            count, sentence = note_refused(connection, refusal, on=on, at=at)
            ended += count
            asked += [sentence] if sentence else []
    return Reconciled(name, Counter({REFUSED: ended} if ended else {}), asked=tuple(asked))


def book_statement(workspace: Workspace, statement: Statement, file: str, on: date) -> Counter[str]:
    """Keeps the statement, and matches its new entries one by one, each seeing what the one before left open."""
    sellers = [s.ref for s in workspace.settings.sellers if statement.account in s.accounts]
    at = workspace.now()
    with writing(workspace.engine) as connection:
        new = keep_statement(connection, statement, file, on=on, at=at)
        if new and not sellers:
            text = f"The account {statement.account} belongs to no seller in the settings: add it, then match by hand."
            open_task(connection, key=f"account:{statement.account}", kind="unknown_account", text=text, on=on)
            return Counter(unmatched=len(new))
        left = agency_money.set_apart(connection, workspace, insurer_money.set_apart(connection, workspace, new))
        states = match_and_book(connection, sellers, left, workspace.policy.contact.waive_rest_below, at=at)
        return states + states_of(connection, {entry_id for entry_id, _ in new} - {entry_id for entry_id, _ in left})
