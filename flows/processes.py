"""The same work on many things, on every core of the machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def spread(work: Callable[[Item], Result], items: Sequence[Item], *, worthwhile: int) -> Iterator[Result]:
    """`work` of each item, in the order of the items, as soon as it is there.

    From `worthwhile` items on in processes of their own, started afresh (spawn): `work` and what it takes and gives are
    then pickled, so `work` is a function of a module.
    """
    workers = min(cores(), len(items))
    if workers < 2 or len(items) < worthwhile:
        yield from map(work, items)
        return
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        yield from pool.map(work, items, chunksize=max(1, min(50, len(items) // (workers * 4))))
    finally:
        pool.shutdown(cancel_futures=True)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
