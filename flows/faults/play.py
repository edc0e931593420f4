"""The faults themselves: each is a way of disturbing a world while several workers deliver in it."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

from connectors.sandbox.faults import Fault, Kind
from flows.faults.partners import TRIED
from flows.faults.processes import BOUNDARIES, OF_DRAFTS
from flows.faults.world import Outcome, World, end, wait

FOREVER = 10**9
TURNED_AWAY: tuple[Kind, ...] = ("error", "too_many", "unauthorized")
REFUSED = 8  # calls of which three are turned away
ROOMY = 2_000  # MB
DISK = 48  # MB of the small disk, and as much again for every 500 documents


class NotHere(RuntimeError):
    """This machine does not let the fault be played; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Play:
    """How one fault is played; `workers` share the queue."""

    world: World
    workers: int
    chance: random.Random


def kill(play: Play) -> None:
    """A worker dies by SIGKILL at every boundary, early and late, while another works; then at random moments."""
    passed = boundaries(play.world)
    often = max(1, play.world.documents // (2 * len(passed)))
    for start in range(0, len(passed), play.workers):
        wait([play.world.worker((boundary, often)) for boundary in passed[start : start + play.workers]])
        play.world.later()
    for _ in range(3):
        crowd = at_work(play)
        for worker in crowd:
            end(worker)
        wait(crowd)
        play.world.later()


def drop(play: Play) -> None:
    """Every fourth answer is lost after the partner did what it was asked."""
    play.world.faults = [dropping(play.world, every=4)]
    play.world.restart_twins()
    for _ in range(4):
        wait(team(play))
        play.world.later()


def refuse(play: Play) -> None:
    """Calls are turned away undone: by an error, by too many calls, by a key that is not known for a while."""
    play.world.faults = refusing(play.world)
    play.world.restart_twins()
    for _ in range(4):
        wait(team(play))
        play.world.later()


def twice(play: Play) -> None:
    """Every answer is booked twice, and on every other connection each answer of the partner arrives twice."""
    for _ in range(3):
        wait(team(play, twice=True))
        play.world.later()


def restart(play: Play) -> None:
    """The partner dies by SIGKILL in the middle of its work, again and again, and comes back with its state."""
    for _ in range(4):
        crowd = at_work(play)
        while any(worker.is_alive() for worker in crowd):
            time.sleep(play.chance.uniform(0.1, 0.6))
            play.world.restart_twins()
        wait(crowd)
        play.world.later(timedelta(hours=4))


def disk(play: Play) -> None:
    """The disk with our ledger and store is full while workers are at it, and has room again later."""
    for _ in range(3):
        crowd = at_work(play)
        with full(play.world.house):
            wait(crowd)
            wait(team(play))
        play.world.later()


def clock(play: Play) -> None:
    """The clock of the workers jumps forward and back while calls are under way."""
    for _ in range(3):
        crowd = at_work(play)
        for hours in (24, -48, 1, 0, 72):
            time.sleep(play.chance.uniform(0.1, 0.3))
            play.world.move_clock(timedelta(hours=hours))
        wait(crowd)
    play.world.later(timedelta(days=5))


def everything(play: Play) -> None:
    """All of it, over one queue."""
    world = play.world
    world.faults = [dropping(world, every=9)]
    world.restart_twins()
    passed = boundaries(world)
    often = max(1, world.documents // (3 * len(passed)))
    for turn, boundary in enumerate(passed):
        crowd = [world.worker((boundary, often)), *(world.worker(twice=True) for _ in range(play.workers - 1))]
        time.sleep(play.chance.uniform(0.05, 0.3))
        if turn % 3 == 0:
            world.restart_twins()
        if turn % 3 == 1:
            world.move_clock(timedelta(hours=play.chance.choice((30, -20, 2))))
        if turn % 4 == 2:
            end(crowd[-1])
        if turn % 4 == 3 and os.path.ismount(world.house):
            with full(world.house):
                wait(crowd)
        wait(crowd)
        world.move_clock(timedelta(days=2 + turn))
    world.later(timedelta(days=5))


FAULTS: Mapping[str, Callable[[Play], None]] = {
    "kill": kill,
    "drop": drop,
    "refuse": refuse,
    "twice": twice,
    "restart": restart,
    "disk": disk,
    "clock": clock,
    "everything": everything,
}


def play_one(
    provider: str, fault: str, documents: int, *, workers: int = 2, seed: int = 1, ledger: str | None = None
) -> Outcome:
    """Plays one fault against one partner in a folder of its own, which is removed again.

    `ledger`: an empty database for it, by its URL; left out, a file in that folder.
    """
    began = time.monotonic()
    try:
        with somewhere(fault, documents) as root:
            world = World(TRIED[provider], root, documents, ledger, double=fault == "twice")
            try:
                world.set_up()
                FAULTS[fault](Play(world, workers, random.Random(seed)))  # noqa: S311 - moments, no secrets
                world.bring_to_rest()
                return world.counted(fault, time.monotonic() - began)
            finally:
                world.kill_twins()
    except NotHere as problem:
        return Outcome(provider=provider, fault=fault, documents=documents, skipped=str(problem))


def dropping(world: World, every: int) -> Fault:
    return Fault(partner=world.row.twin, kind="drop", call=world.row.call, last=FOREVER, every=every)


def refusing(world: World) -> list[Fault]:
    return [
        Fault(partner=world.row.twin, kind=kind, call=world.row.call, first=first, last=FOREVER, every=REFUSED)
        for first, kind in enumerate(TURNED_AWAY, 2)
    ]


def boundaries(world: World) -> tuple[str, ...]:
    """Those that a worker passes on the way to this partner."""
    return tuple(one for one in BOUNDARIES if world.row.drafts or one not in OF_DRAFTS)


def team(play: Play, *, twice: bool = False) -> list[BaseProcess]:
    return [play.world.worker(twice=twice) for _ in range(play.workers)]


def at_work(play: Play) -> list[BaseProcess]:
    """A team in the middle of it: the partner got something from it, or it has ended."""
    before = play.world.at_partner().total()
    crowd = team(play)
    while any(worker.is_alive() for worker in crowd) and play.world.at_partner().total() == before:
        time.sleep(0.02)
    time.sleep(play.chance.uniform(0, 0.1))
    return crowd


@contextmanager
def somewhere(fault: str, documents: int) -> Iterator[Path]:
    """A folder for one play, in memory where this machine allows it: a SIGKILL asks nothing of a disk.

    The house in it has a small disk of its own for the faults that fill it. Raises NotHere.
    """
    root = Path(tempfile.mkdtemp(prefix="voldaan-faults-"))
    mounted = [root] if mount(root, ROOMY) else []
    house = root / "house"
    house.mkdir()
    try:
        if fault in ("disk", "everything") and mount(house, DISK + documents * DISK // 500):
            mounted.append(house)
        if fault == "disk" and house not in mounted:
            raise NotHere("a small disk cannot be mounted here: that takes root, and a machine that allows it")
        yield root
    finally:
        for place in reversed(mounted):
            run_quietly("umount", "--lazy", str(place))
        shutil.rmtree(root, ignore_errors=True)


def mount(place: Path, megabytes: int) -> bool:
    return run_quietly("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place))


def run_quietly(*command: str) -> bool:
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603 - words of our own
    except OSError:
        return False


@contextmanager
def full(place: Path) -> Iterator[None]:
    """Not a byte is free there within the block."""
    filler = place / "filler"
    try:
        with filler.open("wb", buffering=0) as file:
            try:
                while file.write(b"\0" * 65_536):
                    pass
            except OSError:
                pass
        yield
    finally:
        filler.unlink(missing_ok=True)
