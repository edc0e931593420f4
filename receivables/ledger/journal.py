"""What happened, in the order in which it was sealed: an append-only journal whose entries chain by SHA-256.

Workers append freely inside their own transactions; the sealer gives each entry its number and a hash over itself and
the entry before. Entries hold ids, facts and hashes only, never a name, an address or a text, so that personal data can
be erased from rows and blobs while the chain still verifies.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine, bindparam, func, insert, select, text, update
from sqlalchemy.engine import Row

from receivables.ledger.database import writing
from receivables.ledger.tables import journal

Json: TypeAlias = bool | int | str | Sequence["Json"] | Mapping[str, "Json"] | None

NEW_ENTRY = insert(journal).inline()
START = "0" * 64  # what the first entry chains to
BATCH = 2_000  # entries sealed under one lock
SEALER = 0x766F6C  # PostgreSQL's advisory lock of the sealer


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the chain holds. `entries` were checked; `sentence` says the verdict to a person."""

    ok: bool
    entries: int
    first_broken: int | None  # number of the first entry that does not fit
    sentence: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal; `seq` is None until it is sealed."""

    seq: int | None
    at: datetime
    on: date
    kind: str
    subject: str
    facts: Mapping[str, Json]


def about_invoice(seller: str, number: str) -> str:
    """The journal's subject for everything that befalls one invoice."""
    return f"invoice:{seller}/{number}"


def about_dispatch(dispatch_id: int) -> str:
    return f"dispatch:{dispatch_id}"


def append(
    connection: Connection, *, at: datetime, on: date, kind: str, subject: str, facts: Mapping[str, Json]
) -> None:
    """One entry in the caller's transaction. ValueError for a naive `at` or a float (amounts are whole minor units)."""
    refuse_floats(facts, kind)
    entry = {"at": at, "on": on, "kind": kind, "subject": subject, "facts": dict(facts)}
    connection.execute(NEW_ENTRY, entry)


def refuse_floats(value: object, kind: str) -> None:
    if isinstance(value, float):
        raise ValueError(f"the journal entry {kind} holds the float {value}: give whole minor units or text")
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            refuse_floats(part, kind)


def seal(engine: Engine) -> int:
    """Chains what was appended since; how many entries that were. Several may call it, one at a time works."""
    total = 0
    while sealed := seal_batch(engine):
        total += sealed
    return total


def seal_batch(engine: Engine) -> int:
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SEALER})
        seq, previous = head(connection)
        loose = connection.execute(
            select(journal).where(journal.c.seq.is_(None)).order_by(journal.c.id).limit(BATCH)
        ).all()
        links = []
        for row in loose:
            seq += 1
            previous = link(previous, seq, row)
            links.append({"row": row.id, "new_seq": seq, "new_hash": previous})
        if links:
            given: dict[str, Any] = {"seq": bindparam("new_seq"), "hash": bindparam("new_hash")}
            connection.execute(update(journal).where(journal.c.id == bindparam("row")).values(given), links)
        return len(links)


def head(connection: Connection) -> tuple[int, str]:
    """Number and hash of the last sealed entry: kept elsewhere, it shows later that nothing was cut off the end."""
    last = connection.execute(
        select(journal.c.seq, journal.c.hash).where(journal.c.seq.is_not(None)).order_by(journal.c.seq.desc()).limit(1)
    ).first()
    return (last.seq, last.hash) if last else (0, START)


def link(previous: str, seq: int, row: Row[Any]) -> str:
    """SHA-256 over the entry as canonical JSON (keys sorted, no blanks, UTF-8) together with the hash before it."""
    entry = {
        "prev": previous,
        "seq": seq,
        "at": row.at.isoformat(timespec="microseconds"),
        "on": row.on.isoformat(),
        "kind": row.kind,
        "subject": row.subject,
        "facts": row.facts,
    }
    canonical = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def verify(connection: Connection, known: tuple[int, str] | None = None) -> Verification:
    """Recomputes the chain. `known` is a `head` noted earlier: then an end cut off or written anew is found too."""
    previous, seq = START, 0
    rows = connection.execution_options(yield_per=BATCH).execute(
        select(journal).where(journal.c.seq.is_not(None)).order_by(journal.c.seq)
    )
    for row in rows:
        seq += 1
        if row.seq != seq:
            return broken(seq, f"entry {seq} is missing: the next one kept is {row.seq}")
        previous = link(previous, seq, row)
        if row.hash != previous:
            return broken(seq, f"entry {seq} does not fit its hash: it, or the entry before it, was changed")
        if known and known[0] == seq and known[1] != previous:
            return broken(seq, f"entry {seq} is not the one that was noted: the chain was written anew")
    if known and known[0] > seq:
        return broken(seq + 1, f"entry {seq + 1} is missing: the chain once reached entry {known[0]}")
    loose = connection.scalar(select(func.count()).where(journal.c.seq.is_(None))) or 0
    tail = f"; {loose} more await sealing" if loose else ""
    return Verification(True, seq, None, f"the chain of {seq} entries holds{tail}")


def broken(seq: int, sentence: str) -> Verification:
    return Verification(False, seq - 1, seq, sentence)


def entries_about(connection: Connection, *subjects: str) -> list[Entry]:
    """Everything the journal says about any of `subjects`, oldest first."""
    rows = connection.execute(
        select(journal).where(journal.c.subject.in_(subjects)).order_by(journal.c.at, journal.c.id)
    )
    return [Entry(row.seq, row.at, row.on, row.kind, row.subject, row.facts) for row in rows]
