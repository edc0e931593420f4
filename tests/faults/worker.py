"""A worker in a process of its own, with a partner that keeps its state on disk; it kills itself where it is told to.

python -m tests.faults.worker FOLDER NOW [--die BOUNDARY:N] [--mute] [--slow SECONDS]
"""

from __future__ import annotations

import argparse
import hashlib
import os
import signal
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from receivables.ledger import journal
from receivables.ledger.database import open_ledger, reading
from receivables.ledger.dispatch import claim_next, expire_leases, resolve_unknown, settle, unknown_ones
from receivables.ledger.evidence import keep
from receivables.ledger.store import Store

LEASE = timedelta(minutes=5)
BOUNDARIES = ["before_claim", "after_claim", "inside_call", "before_settle", "after_settle", "before_seal"]


@dataclass
class Answer:
    kind: str
    level: str
    content: bytes
    mime: str = "text/plain"


class Partner:
    """Takes a document for good before it answers, and does not notice when it gets one twice."""

    def __init__(self, folder: Path, boundary: Callable[[str], None], mute: bool, slow: float) -> None:
        self.folder, self.boundary, self.mute, self.slow = folder, boundary, mute, slow
        folder.mkdir(exist_ok=True)

    def submit(self, key: str) -> str:
        time.sleep(self.slow)
        partner_id = f"{hashlib.sha256(key.encode()).hexdigest()}.{uuid.uuid4().hex}"
        with (self.folder / partner_id).open("w") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        self.boundary("inside_call")
        return partner_id

    def find(self, key: str) -> str | None:
        return next((p.name for p in self.folder.glob(f"{hashlib.sha256(key.encode()).hexdigest()}.*")), None)


def settle_doubts(engine, store: Store, partner: Partner, now: datetime) -> None:
    expire_leases(engine, now)
    with reading(engine) as connection:
        doubtful = unknown_ones(connection)
    for one in doubtful:
        if partner.mute:
            resolve_unknown(engine, one.id, "awaiting_person", on=now.date(), at=now)
            continue
        found = partner.find(one.key)
        proofs = keep(store, [Answer("find", "what the partner has under our key", repr(found).encode())])
        verdict = "submitted" if found else "planned"
        resolve_unknown(engine, one.id, verdict, partner_id=found, proofs=proofs, on=now.date(), at=now)


def work(folder: Path, now: datetime, boundary: Callable[[str], None], mute: bool, slow: float) -> None:
    engine = open_ledger(f"sqlite:///{folder}/ledger.db")
    store = Store(str(folder / "store"))
    partner = Partner(folder / "partner", boundary, mute, slow)
    settle_doubts(engine, store, partner, now)
    while True:
        boundary("before_claim")
        mine = claim_next(engine, now=now, lease=LEASE)
        if mine is None:
            break
        boundary("after_claim")
        partner_id = partner.submit(mine.key)
        boundary("before_settle")
        proofs = keep(store, [Answer("accepted", "accepted by the partner", partner_id.encode())])
        settle(engine, mine, "delivered", partner_id=partner_id, proofs=proofs, on=now.date(), at=now)
        boundary("after_settle")
    boundary("before_seal")
    journal.seal(engine)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("now", type=datetime.fromisoformat)
    parser.add_argument("--die", default="nowhere:0")
    parser.add_argument("--mute", action="store_true")
    parser.add_argument("--slow", type=float, default=0.0)
    given = parser.parse_args()
    name, number = given.die.split(":")
    passed: Counter[str] = Counter()

    def boundary(at: str) -> None:
        passed[at] += 1
        if at == name and passed[at] == int(number):
            os.kill(os.getpid(), signal.SIGKILL)

    work(given.folder, given.now, boundary, given.mute, given.slow)


if __name__ == "__main__":
    main()
