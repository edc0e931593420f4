"""The verdict of a lookup: one of four answers, why, and what the network said, kept as proof."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from connectors.http import Reply
from connectors.peppol.smp import Endpoint
from connectors.ports import Proof, Reach

SIGNED = "signed by the receiver's SMP"
UNSIGNED = "answered by the receiver's SMP, not signed"
REFUSED = "answered by the receiver's SMP, not accepted"
ASKED = "what the network answered when we asked (SML and SMP)"


class Why(StrEnum):
    """The reason behind a verdict."""

    RECEIVES = "receives"
    DOCUMENT = "document_not_listed"
    PROCESS = "process_not_listed"
    TRANSPORT = "transport_not_listed"
    NOT_YET = "not_yet_active"
    EXPIRED = "expired"
    DIRECTORY = "not_in_directory"
    SMP = "not_at_smp"
    FALLBACK = "fallback_registration"
    UNANSWERED = "unanswered"
    DISTRUSTED = "not_trusted"


REACH = {
    Why.RECEIVES: Reach.CAN_RECEIVE,
    Why.DOCUMENT: Reach.NOT_THIS_DOCUMENT,
    Why.PROCESS: Reach.NOT_THIS_DOCUMENT,
    Why.TRANSPORT: Reach.NOT_THIS_DOCUMENT,
    Why.NOT_YET: Reach.NOT_THIS_DOCUMENT,
    Why.EXPIRED: Reach.NOT_THIS_DOCUMENT,
    Why.DIRECTORY: Reach.NOT_REGISTERED,
    Why.SMP: Reach.NOT_REGISTERED,
    Why.FALLBACK: Reach.NOT_REGISTERED,
    Why.UNANSWERED: Reach.UNKNOWN,
    Why.DISTRUSTED: Reach.UNKNOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer about one participant and document type; `at` is UTC, when it was asked. `proofs` show it."""

    reach: Reach
    participant: str
    why: str
    sentence: str
    at: datetime
    smp: str | None = None
    endpoint: Endpoint | None = None
    proofs: tuple[Proof, ...] = ()


@dataclass(slots=True)
class Asked:
    """What the network said on the way, for the proof."""

    said: tuple[str, ...] = ()
    smp: str | None = None
    calls: list[dict[str, str | int]] = field(default_factory=list)
    answers: list[Proof] = field(default_factory=list)

    def note(self, url: str, reply: Reply, level: str) -> None:
        digest = hashlib.sha256(reply.content).hexdigest()
        self.calls.append({"url": url, "status": reply.status, "sha256": digest})
        if reply.content:
            mime = "application/xml" if reply.content.lstrip().startswith(b"<") else "application/octet-stream"
            self.answers.append(Proof(kind="smp_answer", level=level, content=reply.content, mime=mime))


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, before it is told."""

    why: Why
    sentence: str
    endpoint: Endpoint | None = None


def verdict_of(found: Found, asked: Asked, participant: str, document_type: str, process: str, at: datetime) -> Verdict:
    """The verdict with its proofs: what was asked and answered in one record, and the SMP's answers as they came."""
    endpoint = found.endpoint
    record = {
        "participant": participant,
        "document_type": document_type,
        "process": process,
        "reach": REACH[found.why],
        "why": found.why,
        "sentence": found.sentence,
        "dns": asked.said,
        "smp": asked.smp,
        "calls": asked.calls,
        "endpoint": endpoint.address if endpoint else None,
        "active_from": endpoint.active_from if endpoint else None,
        "expires": endpoint.expires if endpoint else None,
        "certificate": endpoint.certificate if endpoint else None,
    }
    content = json.dumps(record, ensure_ascii=False, indent=1, default=str).encode()
    return Verdict(
        reach=REACH[found.why],
        participant=participant,
        why=found.why,
        sentence=found.sentence,
        at=at,
        smp=asked.smp,
        endpoint=endpoint,
        proofs=(Proof(kind="peppol_lookup", level=ASKED, content=content), *asked.answers),
    )
