"""Validates many files, on all cores, in the order given and as soon as each is done."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from os import cpu_count
from pathlib import Path

from ubl.safe_xml import MAX_BYTES, UnreadableXml, too_large
from ubl.validation import Report, validate

FEW = 200
CHUNK = 40


def validate_files(
    paths: Iterable[Path], *, lang: str = "en", jobs: int | None = None
) -> Iterator[tuple[Path, Report | str]]:
    """(path, report) for every file; a sentence instead of a report where the file cannot be judged.

    Few files are judged here; many by `jobs` processes (as many as there are cores), spawned, never forked.
    """
    listed = list(paths)
    jobs = jobs or cpu_count() or 1
    one = partial(validate_file, lang=lang)
    if len(listed) <= FEW or jobs == 1:
        yield from zip(listed, map(one, listed), strict=True)
        return
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from zip(listed, pool.map(one, listed, chunksize=CHUNK), strict=True)


def validate_file(path: Path, *, lang: str = "en") -> Report | str:
    """The report on one file, or the sentence that says why there is none."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise too_large(path.stat().st_size, MAX_BYTES)
        return validate(path.read_bytes(), lang=lang)
    except UnreadableXml as error:
        return str(error)
    except OSError as error:
        return f"The file cannot be read: {error.strerror or error}."
