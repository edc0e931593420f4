"""Days of the bank that are missing: told to a person, and closed by the statement that comes or by that person."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import Connection, func, select

from receivables.bank_gaps import Account, Gap, Stated
from receivables.ledger.tables import entries, statements, tasks
from receivables.ledger.tasks import close_task, open_task

KIND = "statement_gap"
FIELDS = [statements.c[name] for name in ("id", "format", "sequence", "opening", "closing")]


def gaps(connection: Connection, account: str) -> list[Gap]:
    """What is missing between the statements of an account (IBAN), oldest first, and no person has closed."""
    closed = set(
        connection.scalars(
            select(tasks.c.key).where(tasks.c.kind == KIND, tasks.c.done.is_not(None), tasks.c.outcome == "done")
        )
    )
    return [gap for gap in _read(connection, account).gaps if _key(account, gap) not in closed]


def note_gaps(connection: Connection, account: str, on: date) -> list[str]:
    """Opens a task for each gap and closes those that a statement has filled; the sentences of what is missing."""
    missing = gaps(connection, account)
    now = {_key(account, gap) for gap in missing}
    known = connection.scalars(select(tasks.c.key).where(tasks.c.kind == KIND, tasks.c.done.is_(None))).all()
    for key in known:
        if key.startswith(f"{KIND}:{account}:") and key not in now:
            close_task(connection, key, outcome="the statement came", on=on)
    for gap in missing:
        text = f"{sentence(account, gap)} Fetch what is missing, or close this task if nothing is."
        open_task(connection, key=_key(account, gap), kind=KIND, text=text, on=on)
    return [sentence(account, gap) for gap in missing]


def sentence(account: str, gap: Gap) -> str:
    return (
        f"A statement of {account} is missing between {gap.after.until} and {gap.before.until}: {gap.why}. "
        f"Until it is there, what was paid is known only to {gap.after.until}."
    )


def known_until(connection: Connection, accounts: Collection[str]) -> dict[str, date]:
    """How far the bank's data reach without a gap, for each account that has a statement."""
    newest = select(statements.c.account, func.max(statements.c.to_date).label("until"))
    found = {}
    for row in connection.execute(newest.where(statements.c.account.in_(accounts)).group_by(statements.c.account)):
        missing = gaps(connection, row.account)
        found[row.account] = min(missing[0].after.until, row.until) if missing else row.until
    return found


def reach(connection: Connection, accounts: Mapping[str, Collection[str]]) -> dict[str, date]:
    """How far the statements reach, for each seller whose accounts all have one."""
    known = known_until(connection, {iban for ibans in accounts.values() for iban in ibans})
    return {
        seller: min(known[iban] for iban in ibans)
        for seller, ibans in accounts.items()
        if ibans and all(iban in known for iban in ibans)
    }


def _read(connection: Connection, account: str) -> Account:
    rows = connection.execute(
        select(*FIELDS, statements.c.from_date, statements.c.to_date).where(statements.c.account == account)
    )
    stated = [
        Stated(
            id=row.id,
            format=row.format,
            sequence=row.sequence,
            first=row.from_date,
            until=row.to_date,
            opening=row.opening,
            closing=row.closing,
        )
        for row in rows
    ]

    def booked(first: date, before: date) -> int:
        total = select(func.coalesce(func.sum(entries.c.amount), 0)).where(
            entries.c.account == account, entries.c.booked >= first, entries.c.booked < before
        )
        return int(connection.execute(total).scalar_one())

    return Account(stated, booked)


def _key(account: str, gap: Gap) -> str:
    return f"{KIND}:{account}:{gap.after.id}:{gap.before.id}"
