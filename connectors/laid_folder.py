"""A folder in which files are laid ready for somebody: each whole or not at all, once per key, with proof in an index.

The index has one line per key, appended after its files are whole; what stands there was laid, also when the files
were taken away since.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

INDEX = "index.csv"


class LaidFolder:
    """Files in `path`, the index beside them or in the file `index`. `columns`: its head, the first is the mark."""

    def __init__(self, path: Path, columns: Sequence[str], index: Path | None = None) -> None:
        self.path, self.columns = path, columns
        self.index = index or path / INDEX

    def lay(self, mark: str, files: Mapping[str, bytes], row: Sequence[str]) -> str:
        """Lays `files` by name and enters `row` after the mark, unless it stands there; its line. Raises OSError."""
        if (known := self.line(mark)) is not None:
            return known
        self.path.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            self._write(name, content)
        self._enter((mark, *row))
        return self.line(mark) or ""

    def line(self, mark: str) -> str | None:
        """The line of what was laid under `mark`; None where nothing was."""
        if not self.index.exists():
            return None
        whole = self.index.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        return next((one for one in whole if one.startswith(f"{mark},") and one.endswith("\n")), None)

    def _write(self, name: str, content: bytes) -> None:
        unfinished = self.path / f".{name}"
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self.path / name)

    def _enter(self, row: Sequence[str]) -> None:
        """Appends the line; what a crash left of another one is cut off first."""
        known = self.index.read_bytes() if self.index.exists() else b""
        whole = known.rfind(b"\n") + 1
        if whole < len(known):
            os.truncate(self.index, whole)
        with self.index.open("ab") as file:
            file.write((b"" if whole else table([self.columns])) + table([row]))
            file.flush()
            os.fsync(file.fileno())


def mark_of(key: str) -> str:
    """A short name for files, made of the key alone."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def table(rows: Iterable[Iterable[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue().encode()


def inert(text: str) -> str:
    """One line that no spreadsheet takes for a formula."""
    flat = " ".join(text.split())
    return f"'{flat}" if flat[:1] in ("=", "+", "-", "@") else flat
