"""One house, one partner's twin and a clock in a folder: set up, disturbed, brought to rest, counted at the twin."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

from connectors.sandbox.faults import Fault
from connectors.sandbox.state import State
from flows.deliver import GRACE, LEASE
from flows.faults.partners import Tried, plan_pieces, secrets, settings
from flows.faults.pieces import key_of
from flows.faults.processes import Clock, addresses_of, start, twins, work
from flows.settings import FILE
from flows.workspace import open_workspace
from receivables.claims import DispatchState
from receivables.ledger.database import reading, writing
from receivables.ledger.life import CAN_PROVE, ENDS
from receivables.ledger.outbox import held_ones, in_state

TAKEN = (DispatchState.SUBMITTED, *ENDS)  # the partner has it, and we know
UNDER_WAY = (DispatchState.PLANNED, DispatchState.SUBMITTING, DispatchState.UNKNOWN)
A_WHILE = LEASE + GRACE + timedelta(minutes=15)  # after it every lease has run out, and a no is believed
PASSES = 24  # so many quiet passes at most until everything is at rest
LONGEST_PASS = 300.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of `documents` planned ones. Counted at the partner, and compared with our ledger.

    delivered: the partner has it once and we know. lost: neither there nor with a person. twice: there more than once.
    awaiting: left to a person, by name; needless: those of them of which the partner could have told.
    """

    provider: str
    fault: str
    documents: int
    delivered: int = 0
    lost: int = 0
    twice: int = 0
    awaiting: tuple[str, ...] = ()
    needless: tuple[str, ...] = ()
    seconds: float = 0.0
    skipped: str | None = None  # why it could not be played here

    @property
    def kept(self) -> bool:
        """Whether the promise holds: nothing lost, nothing twice, nobody asked in vain."""
        whole = self.delivered + len(self.awaiting) == self.documents
        return self.skipped is not None or (whole and not (self.lost or self.twice or self.needless))


@dataclass
class World:
    row: Tried
    root: Path
    documents: int
    ledger: str | None = None
    keys: dict[str, str] = field(default_factory=dict)  # dispatch key → the key under which the partner counts it
    faults: Sequence[Fault] = ()
    double: bool = False
    _twins: BaseProcess | None = None

    @property
    def house(self) -> Path:
        return self.root / "house"

    @property
    def clock(self) -> Path:
        return self.root / "clock"

    @property
    def partners(self) -> Path:
        return self.root / "partners"

    def set_up(self) -> None:
        """The twins answer, and everything is planned."""
        for folder in (self.house, self.partners):
            folder.mkdir(parents=True, exist_ok=True)
        self.move_clock(timedelta())
        self.start_twins()
        (self.house / FILE).write_text(settings(self.row, addresses_of(self.partners), self.ledger))
        os.environ.update(secrets(self.row))
        workspace = open_workspace(self.house, now=Clock(self.clock))
        numbers = [f"F-{number:05}" for number in range(1, self.documents + 1)]
        with writing(workspace.engine) as connection:
            for piece in plan_pieces(workspace, connection, self.row, numbers):
                self.keys[key_of(piece.subject, self.row.kind)] = piece.key
        workspace.engine.dispose()

    def start_twins(self) -> None:
        (self.partners / "addresses.json").unlink(missing_ok=True)
        self._twins = start(twins, self.partners, self.row.name, self.faults, self.double)
        addresses_of(self.partners)

    def kill_twins(self) -> None:
        if self._twins is not None:
            end(self._twins)
            self._twins.join(30)

    def restart_twins(self) -> None:
        """SIGKILL, and another process over the same state. The twins answer on their ports of before."""
        self.kill_twins()
        self.start_twins()

    def move_clock(self, to: timedelta) -> None:
        """The workers' clock is ahead of the machine's by `to` from now on."""
        beside = self.clock.with_suffix(".part")
        beside.write_text(str(to.total_seconds()))
        beside.replace(self.clock)

    def later(self, by: timedelta = A_WHILE) -> None:
        self.move_clock(timedelta(seconds=float(self.clock.read_text())) + by)

    def worker(self, die: tuple[str, int] | None = None, *, twice: bool = False) -> BaseProcess:
        return start(work, self.house, self.clock, self.row.name, die, twice)

    def bring_to_rest(self) -> int:
        """Everything works again: quiet passes until nothing moves by itself; how many workers those took."""
        self.faults, self.double = (), False
        self.restart_twins()
        told = settings(self.row, addresses_of(self.partners), self.ledger)
        (self.house / FILE).write_text(told)
        for number in range(PASSES):
            if not self.moving():
                return number
            self.later(timedelta(hours=17))  # longer than the longest wait between two attempts
            wait([self.worker()])
        return PASSES

    def moving(self) -> bool:
        """Whether something will still move by itself: what is held waits for a person."""
        workspace = open_workspace(self.house, now=Clock(self.clock))
        with reading(workspace.engine) as connection:
            held = {one.id for one in held_ones(connection)}
            left = [one.id for state in UNDER_WAY for one in in_state(connection, state, None)]
        workspace.engine.dispose()
        return bool(set(left) - held)

    def counted(self, fault: str, seconds: float) -> Outcome:
        """The figures, from what the partner received."""
        workspace = open_workspace(self.house, now=Clock(self.clock))
        with reading(workspace.engine) as connection:
            taken = {one.key for state in TAKEN for one in in_state(connection, state, None)}
            waiting = {one.key for one in in_state(connection, DispatchState.AWAITING_PERSON, None)}
            waiting |= {one.key for one in held_ones(connection)}
        workspace.engine.dispose()
        there = self.at_partner()
        proves = CAN_PROVE[self.row.proves]
        needless = {
            key for key in waiting if (proves.taken if there[self.keys[key]] else proves.taken and proves.not_taken)
        }
        return Outcome(
            provider=self.row.name,
            fault=fault,
            documents=self.documents,
            delivered=sum(there[self.keys[key]] == 1 for key in taken),
            lost=sum(not there[key] and name not in waiting for name, key in self.keys.items()),
            twice=sum(number - 1 for number in there.values() if number > 1),
            awaiting=tuple(sorted(waiting)),
            needless=tuple(sorted(needless)),
            seconds=round(seconds, 1),
        )

    def at_partner(self) -> Counter[str]:
        """How often the partner has each document, by its own word."""
        if self.row.laid:
            index = self.house / self.row.index
            lines = index.read_text().splitlines() if index.exists() else []
            return Counter(line.split(",")[0] for line in lines[1:])
        state = State(self.partners)
        rows = state.rows("select key from receipt where partner = ?", self.row.twin)
        state.close()
        return Counter(row["key"] for row in rows)


def end(process: BaseProcess) -> None:
    """SIGKILL, unless it has ended: its number may be another process's by now."""
    if process.is_alive():
        process.kill()


def wait(workers: Sequence[BaseProcess]) -> None:
    """Until all have ended, by themselves or killed; TimeoutError where one hangs."""
    until = time.monotonic() + LONGEST_PASS
    for worker in workers:
        worker.join(max(0.0, until - time.monotonic()))
        if worker.is_alive():
            worker.kill()
            with suppress(TimeoutError):
                worker.join(10)
            raise TimeoutError(f"a worker did not end within {LONGEST_PASS:.0f} s")
