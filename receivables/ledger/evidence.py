"""Proof as it happens: bytes into the store first, then a row that says what they prove."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, insert, select

from receivables.calendar import business_date
from receivables.ledger import journal
from receivables.ledger.store import Store
from receivables.ledger.tables import evidence

ENTRY = "dispatch.evidence"  # the journal entry that covers new rows by kind, level and hash


class ProofBytes(Protocol):
    """As a partner's answer brings it (`connectors.ports.Proof`)."""

    @property
    def kind(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def content(self) -> bytes: ...
    @property
    def mime(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """A proof whose bytes lie in the store under `content`."""

    kind: str
    level: str  # what it proves, in words
    content: str  # SHA-256
    mime: str


def keep(store: Store, proofs: Iterable[ProofBytes], reason: str | None = None) -> tuple[Kept, ...]:
    """Puts the bytes of `proofs` into the store. Where a partner gave none, its `reason` in words is kept as proof."""
    kept = tuple(Kept(proof.kind, proof.level, store.put(proof.content), proof.mime) for proof in proofs)
    if kept or not reason:
        return kept
    return (Kept("reason", "what the partner answered, in words", store.put(reason.encode()), "text/plain"),)


def record(connection: Connection, dispatch_id: int, proofs: Sequence[Kept], at: datetime) -> None:
    """One row per proof, and one journal entry that names them all; the same proof again adds nothing."""
    known = {
        (row.kind, row.content)
        for row in connection.execute(
            select(evidence.c.kind, evidence.c.content).where(evidence.c.dispatch_id == dispatch_id)
        )
    }
    new = [proof for proof in dict.fromkeys(proofs) if (proof.kind, proof.content) not in known]
    if not new:
        return
    rows = [
        {"dispatch_id": dispatch_id, "kind": p.kind, "level": p.level, "content": p.content, "mime": p.mime, "at": at}
        for p in new
    ]
    connection.execute(insert(evidence), rows)
    facts: dict[str, journal.Json] = {
        "dispatch": dispatch_id,
        "proofs": [{"kind": p.kind, "level": p.level, "content": p.content} for p in new],
    }
    subject, on = journal.about_dispatch(dispatch_id), business_date(at, "BE")
    journal.append(connection, at=at, on=on, kind=ENTRY, subject=subject, facts=facts)


def of_dispatch(connection: Connection, dispatch_id: int) -> list[Kept]:
    """What is kept about one dispatch, in order of arrival."""
    rows = connection.execute(select(evidence).where(evidence.c.dispatch_id == dispatch_id).order_by(evidence.c.id))
    return [Kept(row.kind, row.level, row.content, row.mime) for row in rows]
