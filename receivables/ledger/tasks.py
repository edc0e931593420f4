"""Work for people: what the house may not decide alone. A task is opened once under its key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Select, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from receivables.ledger.amounts import open_amounts
from receivables.ledger.tables import debtors, invoices, tasks


@dataclass(frozen=True, slots=True)
class Task:
    """One task as it stands. `debtor`, `name`, `number`: whom and what it is about, where it is about one."""

    id: int
    key: str
    kind: str
    text: str
    opened: date
    due: date | None
    done: date | None
    outcome: str | None
    seller: str | None
    debtor: str | None
    name: str | None
    number: str | None
    debtor_id: int | None
    invoice_id: int | None


def open_task(
    connection: Connection,
    *,
    key: str,
    kind: str,
    text: str,
    on: date,
    due: date | None = None,
    debtor_id: int | None = None,
    invoice_id: int | None = None,
) -> bool:
    """Opens the task; False where `key` was opened before, done or not."""
    if connection.scalar(select(tasks.c.id).where(tasks.c.key == key)) is not None:
        return False
    row = insert(tasks).values(
        key=key, kind=kind, text=text, opened=on, due=due, debtor_id=debtor_id, invoice_id=invoice_id
    )
    try:
        with connection.begin_nested():
            connection.execute(row)
    except IntegrityError:  # another worker opened it between our look and our insert
        return False
    return True


def open_shared(connection: Connection, stem: str, *, kind: str, text: str, on: date) -> str:
    """One task for many of a kind: the key of the open one under `stem`, opened with `text` where none is open."""
    under = tasks.c.key.startswith(f"{stem}:", autoescape=True)
    found = connection.scalar(select(tasks.c.key).where(under, tasks.c.done.is_(None)).limit(1))
    if found is not None:
        return str(found)
    number = connection.scalar(select(func.count()).where(under)) or 0
    key = f"{stem}:{number + 1}"
    open_task(connection, key=key, kind=kind, text=text, on=on)
    return key


def close_task(connection: Connection, key: str, *, outcome: str, on: date) -> bool:
    """Marks the task done with its outcome; False where it is not open."""
    done = connection.execute(
        update(tasks).where(tasks.c.key == key, tasks.c.done.is_(None)).values(done=on, outcome=outcome)
    )
    return done.rowcount == 1


def reword_task(connection: Connection, key: str, text: str) -> None:
    """Says what is true now, while the task is open."""
    waiting = (tasks.c.key == key, tasks.c.done.is_(None), tasks.c.text != text)
    connection.execute(update(tasks).where(*waiting).values(text=text))


def answered(connection: Connection, key: str) -> tuple[date | None, str | None]:
    """The day on which the task was done, and its outcome; None where it is open or was never asked for."""
    row = connection.execute(select(tasks.c.done, tasks.c.outcome).where(tasks.c.key == key)).one_or_none()
    return (None, None) if row is None else (row.done, row.outcome)


def ended(connection: Connection, key: str) -> tuple[date, str] | None:
    """The day on which the task was done, and its outcome; None where it is open or was never asked for."""
    row = connection.execute(select(tasks.c.done, tasks.c.outcome).where(tasks.c.key == key)).one_or_none()
    return None if row is None or row.done is None else (row.done, row.outcome or "done")


def open_tasks(connection: Connection, kind: str | None = None, debtor_id: int | None = None) -> list[Task]:
    """What waits for a person, of one kind, about one debtor, or all; what is due first comes first."""
    rows = described().where(tasks.c.done.is_(None))
    if kind is not None:
        rows = rows.where(tasks.c.kind == kind)
    if debtor_id is not None:
        rows = rows.where(tasks.c.debtor_id == debtor_id)
    found = [Task(**row) for row in connection.execute(rows).mappings()]
    return sorted(found, key=lambda task: (task.due or task.opened, task.id))


def close_needless(connection: Connection, on: date) -> int:
    """Closes the calls and questions about invoices of which nothing is open any more; how many those were."""
    waiting = (tasks.c.kind.in_(("call", "consent")), tasks.c.done.is_(None), tasks.c.invoice_id.is_not(None))
    rows = connection.execute(select(tasks.c.id, tasks.c.invoice_id).where(*waiting)).all()
    opened = open_amounts(connection, {row.invoice_id for row in rows}) if rows else {}
    needless = [row.id for row in rows if not any(amount > 0 for amount in opened.get(row.invoice_id, {}).values())]
    for task_id in needless:
        connection.execute(update(tasks).where(tasks.c.id == task_id).values(done=on, outcome="nothing_open"))
    return len(needless)


def task(connection: Connection, task_id: int) -> Task | None:
    row = connection.execute(described().where(tasks.c.id == task_id)).mappings().one_or_none()
    return None if row is None else Task(**row)


def described() -> Select[tuple[object, ...]]:
    names = ("id", "key", "kind", "text", "opened", "due", "done", "outcome", "debtor_id", "invoice_id")
    return (
        select(
            *(tasks.c[name] for name in names),
            debtors.c.seller,
            debtors.c.ref.label("debtor"),
            debtors.c.name,
            invoices.c.number,
        )
        .outerjoin(debtors, debtors.c.id == tasks.c.debtor_id)
        .outerjoin(invoices, invoices.c.id == tasks.c.invoice_id)
    )
