"""Is everything that proves something still what it was? The chain, the rows it covers, and the bytes behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, String, cast, func, literal, select
from sqlalchemy.engine import Row

from receivables.ledger import journal
from receivables.ledger.evidence import ENTRY
from receivables.ledger.store import Corrupt, Missing, Store
from receivables.ledger.tables import dispatches, evidence
from receivables.ledger.tables import journal as entries

DISPATCHES = 500  # looked at together
NAMED = 100  # so many problems are told one by one
PLANNED, REPLANNED = "dispatch.planned", "dispatch.replanned"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`first_broken`: number of the first entry that does not fit; `problems`: one sentence each, the first NAMED.

    `entries` of the chain and `evidence` (rows, and the bytes that dispatches sent) were checked.
    """

    ok: bool
    entries: int
    first_broken: int | None
    sentence: str
    evidence: int = 0
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proven:
    """What the chain says of one dispatch: the hash of what it sends, and (kind, level, hash) of every proof."""

    content: str | None
    proofs: Mapping[tuple[str, str, str], int | None]  # the number of the entry, None before it is sealed


def verify_all(connection: Connection, store: Store, known: tuple[int, str] | None = None) -> Verdict:
    """Recomputes the chain, then compares every row of evidence and every content of a dispatch with it and the bytes.

    `known`: a `journal.head` noted earlier. A chain that is broken proves nothing more, so that is told alone.
    """
    chain = journal.verify(connection, known)
    if not chain.ok:
        return Verdict(False, chain.entries, chain.first_broken, chain.sentence, problems=(chain.sentence,))
    seen: dict[str, str | None] = {}
    checked, problems = 0, list(gone(connection))
    every = connection.scalars(select(dispatches.c.id).order_by(dispatches.c.id)).all()
    for start in range(0, len(every), DISPATCHES):
        ids = every[start : start + DISPATCHES]
        said = said_of(connection, ids)
        rows = connection.execute(select(dispatches).where(dispatches.c.id.in_(ids)).order_by(dispatches.c.id)).all()
        kept = kept_of(connection, ids)
        for row in rows:
            checked += 1 + len(kept.get(row.id, ()))
            problems += problems_of(row, kept.get(row.id, []), said[row.id], store, seen)
    if not problems:
        return Verdict(True, chain.entries, None, f"{chain.sentence}; {checked} proofs are as they were", checked)
    more = f", and {len(problems) - 1} more problems" if len(problems) > 1 else ""
    sentence = f"the chain of {chain.entries} entries holds, but {problems[0]}{more}"
    return Verdict(False, chain.entries, None, sentence, checked, tuple(problems[:NAMED]))


def gone(connection: Connection) -> Iterator[str]:
    """Dispatches that the chain knows and the ledger has no more."""
    there = select(literal("dispatch:") + cast(dispatches.c.id, String))
    rows = connection.execute(
        select(func.min(entries.c.seq), entries.c.subject)
        .where(entries.c.kind == PLANNED, entries.c.subject.not_in(there))
        .group_by(entries.c.subject)
        .order_by(func.min(entries.c.id))
    )
    for seq, subject in rows:
        yield f"{subject} of entry {seq} was removed with all its proofs"


def said_of(connection: Connection, ids: Sequence[int]) -> dict[int, Proven]:
    """What the chain says of each dispatch."""
    subjects = {journal.about_dispatch(number): number for number in ids}
    contents: dict[int, str] = {}
    proofs: dict[int, dict[tuple[str, str, str], int | None]] = {number: {} for number in ids}
    rows = connection.execute(
        select(entries)
        .where(entries.c.subject.in_(subjects), entries.c.kind.in_((ENTRY, PLANNED, REPLANNED)))
        .order_by(entries.c.id)
    )
    for row in rows:
        number, facts = subjects[row.subject], row.facts
        if content := facts.get("now") or facts.get("content"):
            contents[number] = content
        for proof in facts.get("proofs", ()) if row.kind == ENTRY else ():
            proofs[number][proof["kind"], proof["level"], proof["content"]] = row.seq
    return {number: Proven(contents.get(number), proofs[number]) for number in ids}


def kept_of(connection: Connection, ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    kept: dict[int, list[Row[Any]]] = {}
    for row in connection.execute(select(evidence).where(evidence.c.dispatch_id.in_(ids)).order_by(evidence.c.id)):
        kept.setdefault(row.dispatch_id, []).append(row)
    return kept


def problems_of(
    dispatch: Row[Any], kept: list[Row[Any]], said: Proven, store: Store, seen: dict[str, str | None]
) -> Iterator[str]:
    """What does not fit at one dispatch; `seen` remembers the bytes that were looked at."""
    about = f"{dispatch.kind} {dispatch.subject} ({dispatch.occurrence})"
    if said.content != dispatch.content:
        yield f"what {about} sends is not what was planned: {dispatch.content} stands in no entry as that"
    if problem := damage(store, dispatch.content, seen):
        yield f"the document of {about} cannot be shown: {problem}"
    there = {(row.kind, row.level, row.content): row.id for row in kept}
    for (kind, level, content), row_id in there.items():
        if (kind, level, content) not in said.proofs:
            yield f"evidence {row_id} of {about}, a {kind} said to prove '{level}', is covered by no entry"
        if problem := damage(store, content, seen):
            yield f"evidence {row_id} of {about}, a {kind}, cannot be shown: {problem}"
    for (kind, level, content), seq in said.proofs.items():
        if (kind, level, content) not in there:
            entry = "an entry that awaits sealing" if seq is None else f"entry {seq}"
            yield f"a {kind} of {about} that {entry} names is not kept any more: {content}"


def damage(store: Store, content: str, seen: dict[str, str | None]) -> str | None:
    """Why the bytes under a hash cannot be trusted; None where they have it still."""
    if content not in seen:
        try:
            store.get(content)
            seen[content] = None
        except (Missing, Corrupt) as problem:
            seen[content] = str(problem)
    return seen[content]
