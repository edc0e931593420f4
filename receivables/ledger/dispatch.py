"""Performing outward effects exactly once: claim, perform, settle; and what to do when an answer is lost.

Every moment (`now`, `at`) is a UTC datetime with its time zone, given by the caller; every `on` is the business date.
A lease must outlast the longest call to a partner, its time-out included: when it runs out, the partner is asked.
The declared transitions, and what each channel can prove, stand in `receivables.ledger.life`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, and_, case, func, not_, or_, select, update
from sqlalchemy.engine import Row

from receivables.claims import DispatchState
from receivables.ledger import evidence, journal
from receivables.ledger.database import writing
from receivables.ledger.evidence import Kept
from receivables.ledger.held import hold, is_spent, may_be_tried
from receivables.ledger.journal import Json
from receivables.ledger.life import (
    AWAITING,
    ENDS,
    PLANNED,
    SUBMITTED,
    SUBMITTING,
    UNKNOWN,
    WITHDRAWN,
    Undeclared,
    move,
    note,
)
from receivables.ledger.mail_reports import stopped
from receivables.ledger.outbox import FIELDS, Dispatch, counts, dispatch_of, submitted_ones, unknown_ones
from receivables.ledger.planning import IN_DOUBT, awaiting_key, decided_by_person, in_doubt, plan, plan_again
from receivables.ledger.tables import dispatches
from receivables.ledger.tasks import open_task

__all__ = [
    "CARRIER",
    "Claimed",
    "Dispatch",
    "LastLook",
    "StaleClaim",
    "advance",
    "claim_next",
    "counts",
    "decided_by_person",
    "expire_leases",
    "note_proof",
    "plan",
    "plan_again",
    "release_transient",
    "remember_carrier",
    "remember_prepared",
    "resolve_unknown",
    "settle",
    "submitted_ones",
    "unknown_ones",
    "withdraw",
]


Claimed = Dispatch
LastLook = Callable[[Connection, Dispatch], str | None]  # the reason for not sending, or None


CARRIER = "carrier"  # in the details: the partner that was asked to carry it
ANSWERS = ENDS | {SUBMITTED, UNKNOWN}


class StaleClaim(RuntimeError):
    """The answer came from a worker that no longer holds the dispatch; it was kept as evidence, and nothing moved."""


def claim_next(
    engine: Engine,
    *,
    now: datetime,
    lease: timedelta,
    kinds: Sequence[str] | None = None,
    channels: Sequence[str] | None = None,
    passing_over: Collection[tuple[str, str]] = (),
    last_look: LastLook | None = None,
    on: date | None = None,
) -> Claimed | None:
    """Claims the oldest planned dispatch for this worker alone, or None when there is none.

    What an open task holds is left alone, and so is every (seller, channel) of `passing_over`.

    `last_look` runs inside the claiming transaction, so that a payment booked a moment before is seen: the dispatch for
    which it gives a reason is withdrawn with it, and the next one is tried. `on` is by default the day of `now`.
    """
    on = on or now.date()
    while True:
        with writing(engine) as connection:
            row = connection.execute(claiming(now, now + lease, kinds, channels, passing_over)).one_or_none()
            if row is None:
                return None
            claimed = dispatch_of(row)
            reason = last_look(connection, claimed) if last_look else None
            if reason is None:
                facts = {"token": claimed.token, "attempt": claimed.attempts}
                note(connection, claimed.id, PLANNED, SUBMITTING, on=on, at=now, facts=facts)
                return claimed
            unclaim = update(dispatches).where(dispatches.c.id == claimed.id)
            connection.execute(unclaim.values(state=PLANNED, attempts=claimed.attempts - 1, lease_until=None))
            withdraw(connection, claimed.id, reason=reason, on=on, at=now)


def claiming(
    now: datetime,
    until: datetime,
    kinds: Sequence[str] | None,
    channels: Sequence[str] | None,
    passing_over: Collection[tuple[str, str]],
) -> Any:
    """One atomic statement; PostgreSQL's workers skip what another is claiming, SQLite's wait for its single writer."""
    due = or_(dispatches.c.not_before.is_(None), dispatches.c.not_before <= now)
    ready = [dispatches.c.state == PLANNED, due, may_be_tried()]
    if kinds is not None:
        ready.append(dispatches.c.kind.in_(kinds))
    if channels is not None:
        ready.append(dispatches.c.channel.in_(channels))
    ready.append(or_(dispatches.c.channel != "email", dispatches.c.kind == "notice", not_stopped()))
    ready += [
        not_(and_(dispatches.c.seller == seller, dispatches.c.channel == channel)) for seller, channel in passing_over
    ]
    first = select(dispatches.c.id).where(*ready).order_by(dispatches.c.id).limit(1)
    first = first.with_for_update(skip_locked=True, of=dispatches)
    return (
        update(dispatches)
        .where(dispatches.c.id == first.scalar_subquery(), dispatches.c.state == PLANNED)
        .values(
            state=SUBMITTING,
            token=dispatches.c.token + 1,
            attempts=case((dispatches.c.held.is_not(None), 1), else_=dispatches.c.attempts + 1),
            lease_until=until,
            not_before=None,
            held=None,
        )
        .returning(*[dispatches.c[name] for name in FIELDS])
    )


def not_stopped() -> Any:
    """Nobody complained at that address: other mail waits there for a person's word. A notice is withdrawn instead
    (the last look), since the day it names would pass.
    """
    return func.lower(dispatches.c.receiver).not_in(stopped())


def remember_prepared(
    engine: Engine, claimed: Claimed, prepared_id: str, *, lease_until: datetime | None = None
) -> None:
    """Stores the partner's id of the draft before it is sent, so that its state can answer later. Raises StaleClaim.

    `lease_until`: the lease from here on, for the send has its own time whatever the draft took.
    """
    until = {} if lease_until is None else {"lease_until": lease_until}
    _store_held(engine, claimed, prepared=prepared_id, **until)


def remember_carrier(engine: Engine, claimed: Claimed, name: str) -> None:
    """Stores who is asked to carry it, before the call: only that partner can answer for it. Raises StaleClaim."""
    if claimed.details.get(CARRIER) != name:
        _store_held(engine, claimed, details={**claimed.details, CARRIER: name})


def _store_held(engine: Engine, claimed: Claimed, **values: Any) -> None:
    held = (dispatches.c.id == claimed.id) & (dispatches.c.token == claimed.token) & (dispatches.c.state == SUBMITTING)
    with writing(engine) as connection:
        stored = connection.execute(update(dispatches).where(held).values(**values))
    if stored.rowcount != 1:
        raise StaleClaim(f"dispatch {claimed.id} is no longer held under token {claimed.token}: do not send it")


def settle(
    engine: Engine,
    claimed: Claimed,
    state: DispatchState | str,
    *,
    on: date,
    at: datetime,
    partner_id: str | None = None,
    reason: str | None = None,
    proven: date | None = None,
    proofs: Sequence[Kept] = (),
    ids: Mapping[str, str] | None = None,
    doubt_until: datetime | None = None,
) -> None:
    """Records the partner's answer: submitted, delivered, not_delivered, rejected or unknown.

    `ids` are the partner's and the network's names for it. `doubt_until`: before it, a partner's no is not believed.
    A late answer to a dispatch that became unknown under the same token resolves it. Any other late answer is kept as
    evidence, shown to a person where the partner took it, and refused with StaleClaim. `proven`: day of proven receipt.
    """
    state = DispatchState(state)
    if state not in ANSWERS:
        raise Undeclared(f"a partner's answer does not make a dispatch {state}")
    with writing(engine) as connection:
        row = current(connection, claimed.id)
        evidence.record(connection, claimed.id, proofs, at)
        held = row.token == claimed.token and row.state in (SUBMITTING, UNKNOWN)
        if not held:
            keep_stale(connection, row, claimed, state, partner_id, proofs, on, at)
        elif state != row.state:
            note_twice(connection, row, partner_id, on, at)
            told = {"token": claimed.token, **told_of(proofs, ids)}
            values = {"reason": reason, "proven": proven, "partner_id": partner_id or row.partner_id}
            values |= {"not_before": doubt_until}
            start = DispatchState(row.state)
            move(connection, row.id, start, state, on=on, at=at, facts=told, lease_until=None, **values)
    if not held:
        raise StaleClaim(f"dispatch {claimed.id} is no longer held under token {claimed.token}: the answer was kept")


def told_of(proofs: Sequence[Kept], ids: Mapping[str, str] | None) -> dict[str, Json]:
    """What the journal says of an answer."""
    told: dict[str, Json] = {"proofs": [proof.content for proof in proofs]}
    return told | {"ids": dict(ids)} if ids else told


def current(connection: Connection, dispatch_id: int) -> Row[Any]:
    return connection.execute(select(dispatches).where(dispatches.c.id == dispatch_id).with_for_update()).one()


def keep_stale(
    connection: Connection,
    row: Row[Any],
    claimed: Claimed,
    state: DispatchState,
    partner_id: str | None,
    proofs: Sequence[Kept],
    on: date,
    at: datetime,
) -> None:
    facts = {"dispatch": row.id, "token": claimed.token, "now": row.token, "state": row.state, "answer": state}
    told = {**facts, "proofs": [proof.content for proof in proofs]}
    subject = journal.about_dispatch(row.id)
    journal.append(connection, at=at, on=on, kind="dispatch.stale_answer", subject=subject, facts=told)
    if state == UNKNOWN:
        return
    note_twice(connection, row, partner_id, on, at)
    if row.partner_id is None and partner_id:
        connection.execute(update(dispatches).where(dispatches.c.id == row.id).values(partner_id=partner_id))
    text = (
        f"A late answer says that {row.kind} {row.subject} ({row.occurrence}) is {state} at the partner, while the "
        f"ledger holds it as {row.state}. Ask the partner what it has before anything is sent again."
    )
    open_task(connection, key=f"stale:{row.id}:{claimed.token}", kind="stale_answer", text=text, on=on)


def note_twice(connection: Connection, row: Row[Any], partner_id: str | None, on: date, at: datetime) -> None:
    """Two different ids of the partner for one dispatch: it was taken twice."""
    if row.partner_id is None or partner_id is None or row.partner_id == partner_id:
        return
    text = f"The partner took {row.kind} {row.subject} ({row.occurrence}) twice: {row.partner_id} and {partner_id}."
    if open_task(connection, key=f"twice:{row.id}:{partner_id}"[:120], kind="twice", text=text, on=on):
        subject = journal.about_dispatch(row.id)
        journal.append(connection, at=at, on=on, kind="dispatch.twice", subject=subject, facts={"dispatch": row.id})


def withdraw(connection: Connection, dispatch_id: int, *, reason: str, on: date, at: datetime) -> None:
    """Takes back what is still planned: the last look found `reason`. Raises life.Moved where it is too late."""
    move(connection, dispatch_id, PLANNED, WITHDRAWN, on=on, at=at, reason=reason, settled=on)


def release_transient(
    engine: Engine,
    claimed: Claimed,
    *,
    not_before: datetime,
    reason: str,
    on: date,
    at: datetime,
    proofs: Sequence[Kept],
) -> None:
    """The partner certainly did not take it (connection refused, 429): through unknown back to planned, with proof.

    `evidence.keep(store, submission.proofs, submission.reason)` gives `proofs`; without: ValueError. Raises StaleClaim.
    """
    if not proofs:
        raise ValueError("a dispatch goes back to planned only with proof that the partner did not take it")
    settle(engine, claimed, UNKNOWN, reason=reason, on=on, at=at, proofs=proofs)
    resolve_unknown(engine, claimed.id, PLANNED, proofs=proofs, reason=reason, not_before=not_before, on=on, at=at)


def expire_leases(
    engine: Engine, now: datetime, *, on: date | None = None, doubt_until: datetime | None = None
) -> list[int]:
    """Ids of dispatches whose worker did not answer in time: they are unknown from now on, and the partner is asked.

    Before `doubt_until` its no is not believed: the worker may be alive and its call under way, if a clock was moved.
    """
    with writing(engine) as connection:
        lost = connection.scalars(
            update(dispatches)
            .where(dispatches.c.state == SUBMITTING, dispatches.c.lease_until < now)
            .values(state=UNKNOWN, lease_until=None, not_before=doubt_until)
            .returning(dispatches.c.id)
        ).all()
        for dispatch_id in lost:
            facts = {"why": "lease ran out"}
            note(connection, dispatch_id, SUBMITTING, UNKNOWN, on=on or now.date(), at=now, facts=facts)
        return sorted(lost)


def resolve_unknown(
    engine: Engine,
    dispatch_id: int,
    verdict: DispatchState | str,
    *,
    on: date,
    at: datetime,
    proofs: Sequence[Kept] = (),
    partner_id: str | None = None,
    reason: str | None = None,
    not_before: datetime | None = None,
    ids: Mapping[str, str] | None = None,
) -> bool:
    """What asking the partner showed: submitted (it took it), planned (it did not), awaiting_person (it cannot tell).

    The first two need proof, else ValueError; the third opens a task. What is planned again and has spent its attempts
    is held for a person. False where the dispatch is unknown no longer.
    """
    verdict = DispatchState(verdict)
    if verdict in (SUBMITTED, PLANNED) and not proofs:
        raise ValueError(f"an unknown dispatch becomes {verdict} only with the partner's answer as proof")
    with writing(engine) as connection:
        row = current(connection, dispatch_id)
        evidence.record(connection, dispatch_id, proofs, at)
        if row.state != UNKNOWN:
            return False
        note_twice(connection, row, partner_id, on, at)
        told = told_of(proofs, ids)
        values = {"reason": reason, "partner_id": partner_id or row.partner_id, "not_before": not_before}
        move(connection, dispatch_id, UNKNOWN, verdict, on=on, at=at, facts=told, **values)
        if verdict == PLANNED and is_spent(row):
            hold(connection, row, reason, on=on, at=at)
        if verdict == AWAITING:
            text = in_doubt(row.kind, row.subject, row.occurrence, row.channel)
            open_task(connection, key=awaiting_key(dispatch_id), kind=IN_DOUBT, text=text, on=on)
    return True


def advance(
    engine: Engine,
    dispatch_id: int,
    state: DispatchState | str,
    *,
    on: date,
    at: datetime,
    proven: date | None = None,
    reason: str | None = None,
    proofs: Sequence[Kept] = (),
    ids: Mapping[str, str] | None = None,
) -> bool:
    """A partner's later word on what was submitted: delivered, not_delivered or rejected. True where the state moved.

    The same word again only adds its proof; a contradicting one changes nothing and is a task for a person.
    """
    state = DispatchState(state)
    with writing(engine) as connection:
        row = current(connection, dispatch_id)
        evidence.record(connection, dispatch_id, proofs, at)
        told = told_of(proofs, ids)
        if row.state == SUBMITTED and state in ENDS:
            move(connection, dispatch_id, SUBMITTED, state, on=on, at=at, facts=told, proven=proven, reason=reason)
            return True
        if row.state in ENDS and state in ENDS and row.state != state:
            text = (
                f"{row.kind} {row.subject} ({row.occurrence}) was {row.state}; now the partner says {state}. "
                "Nothing was changed: find out which is true."
            )
            if open_task(
                connection, key=f"contradiction:{dispatch_id}:{state}", kind="contradiction", text=text, on=on
            ):
                subject = journal.about_dispatch(dispatch_id)
                facts = {"dispatch": dispatch_id, "state": row.state, "answer": state, **told}
                journal.append(connection, at=at, on=on, kind="dispatch.contradiction", subject=subject, facts=facts)
        return False


def note_proof(
    engine: Engine, dispatch_id: int, proofs: Sequence[Kept], *, as_sent: str | None, on: date, at: datetime
) -> None:
    """The partner's own evidence of what it delivered, fetched once. `as_sent`: how the document it sent is to ours."""
    with writing(engine) as connection:
        evidence.record(connection, dispatch_id, proofs, at)
        connection.execute(update(dispatches).where(dispatches.c.id == dispatch_id).values(proof_fetched=on))
        facts = {"dispatch": dispatch_id, "as_sent": as_sent, **told_of(proofs, None)}
        subject = journal.about_dispatch(dispatch_id)
        journal.append(connection, at=at, on=on, kind="dispatch.proof_fetched", subject=subject, facts=facts)
