"""What runs in processes of its own and can be killed: a worker with the real delivery, and the partners' twins."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from connectors.sandbox.discovery import Finding
from connectors.sandbox.faults import Fault
from connectors.sandbox.sandbox import Sandbox, SandboxAddresses
from flows.faults.doubling import Doubler
from flows.faults.partners import TRIED, Tried, secrets
from flows.faults.pieces import DAY, sample

# Where a worker may die: on a document's way to the partner, while a lost answer is asked about, and afterwards.
BOUNDARIES = (
    "after_claim",
    "after_draft",
    "after_draft_kept",
    "before_call",
    "after_asked",
    "after_resolved",
    "after_call",
    "after_settled",
    "after_status",
    "after_advanced",
    "after_proof",
    "before_seal",
)
VERBS = {
    "prepare": (None, "after_draft"),
    "submit": ("before_call", "after_call"),
    "status": (None, "after_status"),
    "find": (None, "after_asked"),
}
ANSWERED = ("after_claim", "after_draft")
OF_DRAFTS = ("after_draft", "after_draft_kept")
KEPT = {
    "claim_next": "after_claim",
    "remember_prepared": "after_draft_kept",
    "settle": "after_settled",
    "resolve_unknown": "after_resolved",
    "advance": "after_advanced",
    "note_proof": "after_proof",
}
DOUBLED = ("settle", "resolve_unknown", "advance")  # an answer that arrives twice is booked twice

Pass = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock that the workers are given: the machine's, moved by what stands in a file."""

    file: Path

    def __call__(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(self.file.read_text() or 0))


def start(target: Callable[..., None], *arguments: Any) -> BaseProcess:
    """A process forked from a clean one that has everything loaded."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["flows.faults.loaded"])
    process = context.Process(target=quietly, args=(target, *arguments), daemon=True)
    process.start()
    return process


def quietly(target: Callable[..., None], *arguments: Any) -> None:
    """That it dies with words is part of the play: on a full disk, for one."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    target(*arguments)


def work(house: Path, clock: Path, row: str, die: tuple[str, int] | None, twice: bool) -> None:
    """One pass of the real delivery. `die`: SIGKILL at the so-manieth passing of a boundary."""
    from flows import deliver
    from flows.workspace import open_workspace
    from receivables.ledger import journal

    os.environ.update(secrets(TRIED[row]))
    passed: Counter[str] = Counter()

    def at(boundary: str) -> None:
        passed[boundary] += 1
        if die is not None and (boundary, passed[boundary]) == die:
            os.kill(os.getpid(), signal.SIGKILL)

    workspace = open_workspace(house, now=Clock(clock))
    watch(at, twice)
    deliver.deliver(workspace, DAY)
    at("before_seal")
    journal.seal(workspace.engine)


def watch(at: Pass, twice: bool) -> None:
    """In this process every step of the delivery passes its boundary; with `twice` every answer is booked twice."""
    from flows import channels
    from receivables.ledger import dispatch

    for partner in (*channels.PARTNERS.values(), *channels.DATED.values()):
        for verb, (before, after) in VERBS.items():
            setattr(partner, verb, passing(getattr(partner, verb), at, after, before))
    for name, boundary in KEPT.items():
        real = doubled(getattr(dispatch, name)) if twice and name in DOUBLED else getattr(dispatch, name)
        setattr(dispatch, name, passing(real, at, boundary))


def passing(real: Callable[..., Any], at: Pass, after: str, before: str | None = None) -> Callable[..., Any]:
    """`real` between two boundaries; the second is not passed where there is no answer: nothing to claim, no draft."""

    def step(*arguments: Any, **options: Any) -> Any:
        if before:
            at(before)
        done = real(*arguments, **options)
        if done is not None or after not in ANSWERED:
            at(after)
        return done

    return step


def doubled(real: Callable[..., Any]) -> Callable[..., Any]:
    from receivables.ledger.dispatch import StaleClaim

    def step(*arguments: Any, **options: Any) -> Any:
        done = real(*arguments, **options)
        with suppress(StaleClaim):
            real(*arguments, **options)
        return done

    return step


def twins(folder: Path, row: str, faults: Sequence[Fault], double: bool) -> None:
    """The partners, until they are killed or whoever started them is gone. Where they answer stands in a file."""
    sandbox = sandbox_for(TRIED[row], folder, faults)
    sandbox.set_date(DAY)
    addresses = asdict(sandbox.start())
    if double:
        ports = {name: Doubler(int(port)).port for name, port in addresses["ports"].items()}
        addresses["ports"] = ports
        addresses["urls"] = {name: f"http://127.0.0.1:{ports[name]}" for name in addresses["urls"]}
    tell_addresses(folder, addresses)
    parent = parent_process()
    while parent is not None and parent.is_alive():
        time.sleep(0.5)


def sandbox_for(row: Tried, folder: Path, faults: Sequence[Fault] = ()) -> Sandbox:
    """The partners among whom the row's is one; the SFTP server takes long to load, and is there for its rows only."""
    buyer = str(sample().buyer.endpoint)
    return Sandbox(folder, participants=[buyer], faults=faults, sftp=row.connector == "sftp")


def tell_addresses(folder: Path, addresses: Mapping[str, Any]) -> None:
    told = folder / "addresses.part"
    told.write_text(json.dumps(addresses, default=str))
    told.replace(folder / "addresses.json")


def addresses_of(folder: Path) -> SandboxAddresses:
    """Where the twins answer, once they do."""
    until = time.monotonic() + 60
    while not (folder / "addresses.json").exists():
        if time.monotonic() > until:
            raise TimeoutError(f"the twins in {folder} did not start")
        time.sleep(0.01)
    told = json.loads((folder / "addresses.json").read_text())
    found = told["finding"]
    paths = {name: Path(found[name]) for name in ("trust_anchors", "authorities")}
    finding = Finding(**{**found, **paths})
    folders = {name: Path(told[name]) for name in ("sent_mail", "mail_reports", "certificate")}
    return SandboxAddresses(**{**told, **folders, "finding": finding})
