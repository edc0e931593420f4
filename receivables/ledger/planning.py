"""Writing down an outward effect before it is an act, under a key that can never lead to a second send."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError

from receivables.claims import DispatchState
from receivables.ledger import journal
from receivables.ledger.journal import Json
from receivables.ledger.life import AWAITING, ENDS, PLANNED, WITHDRAWN, Undeclared, note
from receivables.ledger.tables import dispatches, handovers, notice_items
from receivables.ledger.tasks import close_task, open_task

IN_DOUBT = "unknown"  # the kind of the task about what nobody can prove
RECEIVED = "received"  # its outcome, where the receiver says that it has it
FIXED = ("channel", "receiver", "content", "details")  # attributes of a dispatch, never part of its key


def plan(
    connection: Connection,
    *,
    seller: str,
    kind: str,
    subject: str,
    occurrence: str,
    channel: str,
    receiver: str,
    content: str,
    details: Mapping[str, Any],
    on: date,
    at: datetime,
) -> int:
    """The id of the dispatch under (seller, kind, subject, occurrence), planned now or before.

    The same again changes nothing. Another channel, receiver, content (SHA-256) or details while it is still planned
    re-plans it under the same key. After it was claimed a difference is a task for a person and never a second send.
    What was withdrawn stays withdrawn: sending it after all is a new occurrence.
    """
    key = {"seller": seller, "kind": kind, "subject": subject, "occurrence": occurrence}
    fixed = {"channel": channel, "receiver": receiver, "content": content, "details": dict(details)}
    try:
        known = find(connection, key)
        if known is None:
            with connection.begin_nested():
                return plan_new(connection, key, fixed, on, at)
    except IntegrityError:  # another worker planned it between our look and our insert
        known = find(connection, key)
    if known is None:
        raise RuntimeError(f"the dispatch {key} was taken away while it was planned")
    if any(getattr(known, name) != fixed[name] for name in FIXED):
        plan_differently(connection, known, fixed, on, at)
    return int(known.id)


def find(connection: Connection, key: Mapping[str, str]) -> Row[Any] | None:
    where = [dispatches.c[name] == value for name, value in key.items()]
    return connection.execute(select(dispatches).where(*where)).one_or_none()


def plan_new(connection: Connection, key: Mapping[str, str], fixed: Mapping[str, Any], on: date, at: datetime) -> int:
    row = insert(dispatches).values(**key, **fixed, state=PLANNED, planned=on)
    dispatch_id: int = connection.execute(row.returning(dispatches.c.id)).scalar_one()
    facts = {**key, "channel": fixed["channel"], "content": fixed["content"]}
    note(connection, dispatch_id, None, PLANNED, on=on, at=at, facts=facts)
    return dispatch_id


def plan_differently(connection: Connection, known: Row[Any], fixed: Mapping[str, Any], on: date, at: datetime) -> None:
    """Re-plans what nobody claimed yet; else opens a task, once per differing content."""
    changed = [name for name in FIXED if getattr(known, name) != fixed[name]]
    facts: dict[str, Json] = {"dispatch": known.id, "changed": changed, "had": known.content, "now": fixed["content"]}
    subject = journal.about_dispatch(known.id)
    if known.state == PLANNED:
        replanned = connection.execute(
            update(dispatches)
            .where(dispatches.c.id == known.id, dispatches.c.state == PLANNED)
            .values(**fixed, prepared=None)
        )
        if replanned.rowcount == 1:
            journal.append(connection, at=at, on=on, kind="dispatch.replanned", subject=subject, facts=facts)
            return
    if known.state == WITHDRAWN:
        return
    text = (
        f"{known.kind} {known.subject} ({known.occurrence}) went out as {known.content[:12]}…, and now differs in "
        f"{', '.join(changed)}. It was not sent again: decide whether the receiver needs a correction."
    )
    key = f"conflict:{known.id}:{fixed['content'][:32]}:{'+'.join(changed)}"
    if open_task(connection, key=key, kind="conflict", text=text, on=on):
        journal.append(connection, at=at, on=on, kind="dispatch.conflict", subject=subject, facts=facts)


def plan_again(connection: Connection, dispatch_id: int, *, by: str, on: date, at: datetime, **fixed: Any) -> int:
    """A linked copy of a dispatch that ended or was left to a person, under a new occurrence; history stays as it was.

    `fixed` may give another channel, receiver, content or details. `by` is journalled: a role or an id, not a name.
    Notices and hand-overs point at the copy. Raises Undeclared where the dispatch may still go out by itself.
    """
    old = connection.execute(select(dispatches).where(dispatches.c.id == dispatch_id)).one()
    if old.state not in ENDS | {AWAITING, WITHDRAWN}:
        raise Undeclared(f"dispatch {dispatch_id} is {old.state}: it may still go out, so it is not planned again")
    key = {"seller": old.seller, "kind": old.kind, "subject": old.subject}
    occurrence = occurrence_again(connection, **key, occurrence=old.occurrence)
    fields = {name: getattr(old, name) for name in FIXED} | fixed
    copy = plan_new(connection, key | {"occurrence": occurrence}, fields, on, at)
    for table in (notice_items, handovers):
        connection.execute(update(table).where(table.c.dispatch_id == dispatch_id).values(dispatch_id=copy))
    facts: dict[str, Json] = {"dispatch": dispatch_id, "copy": copy, "by": by}
    subject = journal.about_dispatch(dispatch_id)
    journal.append(connection, at=at, on=on, kind="dispatch.planned_again", subject=subject, facts=facts)
    return copy


def occurrence_again(connection: Connection, *, seller: str, kind: str, subject: str, occurrence: str) -> str:
    """The occurrence of the next linked copy: '1~2' after '1', then '1~3'."""
    stem = occurrence.split("~")[0]
    same = (dispatches.c.seller == seller, dispatches.c.kind == kind, dispatches.c.subject == subject)
    copies = connection.scalar(
        select(func.count()).where(*same, dispatches.c.occurrence.startswith(f"{stem}~", autoescape=True))
    )
    return f"{stem}~{(copies or 0) + 2}"


def decided_by_person(
    connection: Connection, dispatch_id: int, *, received: bool, by: str, on: date, at: datetime, **fixed: Any
) -> int | None:
    """A person found out what became of a dispatch that awaited them. Not received: the id of the linked copy.

    `fixed` as in `plan_again`. Raises Undeclared where the dispatch awaits nobody.
    """
    state = connection.scalar(select(dispatches.c.state).where(dispatches.c.id == dispatch_id))
    if state != DispatchState.AWAITING_PERSON:
        raise Undeclared(f"dispatch {dispatch_id} awaits no person: it is {state}")
    outcome = RECEIVED if received else "not received, planned again"
    close_task(connection, awaiting_key(dispatch_id), outcome=outcome, on=on)
    facts: dict[str, Json] = {"dispatch": dispatch_id, "received": received, "by": by}
    subject = journal.about_dispatch(dispatch_id)
    journal.append(connection, at=at, on=on, kind="dispatch.decided", subject=subject, facts=facts)
    return None if received else plan_again(connection, dispatch_id, by=by, on=on, at=at, **fixed)


def awaiting_key(dispatch_id: int) -> str:
    return f"awaiting:{dispatch_id}"


def in_doubt(kind: str, subject: str, occurrence: str, channel: str) -> str:
    """What a person is asked of a dispatch that nobody can prove."""
    asked = (
        f"Whether {kind} {subject} ({occurrence}) went out by {channel} cannot be proven. "
        "Ask the receiver, then close this as received where it has it; it is not sent again by itself."
    )
    return asked if kind != "invoice" else f"{asked} Where it has not: voldaan resend {subject} --by NAME --reason WHY"
