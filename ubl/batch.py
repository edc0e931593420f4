"""Judges many files, on all cores, in the order given and as soon as each is done."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from ubl.safe_xml import MAX_BYTES, UnreadableXml, too_large
from ubl.validation import validate

FEW = 300
CHUNK = 25
Verdict = TypeVar("Verdict")


def validate_files(
    paths: Iterable[Path],
    judge: Callable[[bytes], Verdict] = validate,  # type: ignore[assignment]
    *,
    jobs: int | None = None,
    few: int = FEW,
) -> Iterator[tuple[Path, Verdict | str]]:
    """(path, verdict) for every file; a sentence instead of a verdict where the file cannot be judged.

    Up to `few` files are judged here; more by `jobs` processes (as many as this one may use), spawned, never forked:
    `judge`, a function of a module or a partial of one, and its verdict are then pickled. What `judge` raises beside
    UnreadableXml is raised here.
    """
    listed = list(paths)
    jobs = jobs or cores()
    one = partial(judge_file, judge)
    if len(listed) <= few or jobs == 1:
        yield from zip(listed, map(one, listed), strict=True)
        return
    pool = ProcessPoolExecutor(min(jobs, len(listed)), mp_context=multiprocessing.get_context("spawn"))
    try:
        chunk = max(1, min(CHUNK, len(listed) // (jobs * 4)))
        yield from zip(listed, pool.map(one, listed, chunksize=chunk), strict=True)
    finally:
        pool.shutdown(cancel_futures=True)


def judge_file(judge: Callable[[bytes], Verdict], path: Path) -> Verdict | str:
    """The verdict on one file, or the sentence that says why there is none."""
    try:
        with path.open("rb") as opened:
            size = os.fstat(opened.fileno()).st_size
            if size > MAX_BYTES:
                raise too_large(size, MAX_BYTES)
            return judge(opened.read(MAX_BYTES + 1))
    except UnreadableXml as error:
        return str(error)
    except OSError as error:
        return f"The file cannot be read: {error.strerror or error}."


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
