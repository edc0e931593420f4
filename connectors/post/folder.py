"""Letters for paper: a folder of PDF files to be printed and posted, and an index that says which go in one envelope.

`index.csv` has one line per letter, appended after its files are whole; a letter whose key stands there was taken.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.ports import Answer, Attachment, Finding, Found, Proof, Submission

INDEX = "index.csv"
COLUMNS = ("key", "planned", "to", "address", "files")
TAKEN = "laid ready to be printed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostLetter:
    """One envelope: the letter first, then what goes with it. `planned`: the day in the letter's head."""

    to: str
    address: tuple[str, ...]
    planned: str
    sheets: Sequence[Attachment]


class PrintFolder:
    """The folder `path`. SUBMITTED is all that it can say: that a letter was posted, only a person knows."""

    name = "print folder"

    def __init__(self, path: Path) -> None:
        self.path = path

    def submit(self, letter: PostLetter, key: str) -> Submission:
        """Lays the letter ready, once per `key`; TRANSIENT where the folder cannot be written to."""
        mark = mark_of(key)
        try:
            if (known := self._line(mark)) is not None:
                return taken(mark, known)
            self.path.mkdir(parents=True, exist_ok=True)
            names = [self._lay(mark, number, sheet) for number, sheet in enumerate(letter.sheets, start=1)]
            self._enter(mark, letter, names)
        except OSError as problem:
            return Submission(answer=Answer.TRANSIENT, reason=f"the print folder cannot be used: {problem.strerror}")
        return taken(mark, self._line(mark) or "")

    def find(self, key: str) -> Finding:
        """Whether the index has the letter; a folder that is not there proves nothing."""
        if not self.path.is_dir():
            return Finding(found=Found.NOT_ASKED)
        known = self._line(mark_of(key))
        if known is None:
            return Finding(found=Found.NOT_TAKEN)
        return Finding(found=Found.TAKEN, submission=taken(mark_of(key), known))

    def _lay(self, mark: str, number: int, sheet: Attachment) -> str:
        """Writes one file whole or not at all; its name in the folder."""
        name = f"{mark}-{number}.pdf"
        unfinished = self.path / f".{name}"
        with unfinished.open("wb") as file:
            file.write(sheet.content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self.path / name)
        return name

    def _enter(self, mark: str, letter: PostLetter, names: Sequence[str]) -> None:
        """Appends the line; what a crash left of another one is cut off first."""
        index = self.path / INDEX
        known = index.read_bytes() if index.exists() else b""
        whole = known.rfind(b"\n") + 1
        if whole < len(known):
            os.truncate(index, whole)
        entry = (mark, letter.planned, plain(letter.to), plain(", ".join(letter.address)), " ".join(names))
        with index.open("ab") as file:
            file.write((b"" if whole else line(COLUMNS)) + line(entry))
            file.flush()
            os.fsync(file.fileno())

    def _line(self, mark: str) -> str | None:
        index = self.path / INDEX
        if not index.exists():
            return None
        whole = index.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        return next((one for one in whole if one.startswith(f"{mark},") and one.endswith("\n")), None)


def mark_of(key: str) -> str:
    """A short name for files, made of the key alone."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def taken(mark: str, entry: str) -> Submission:
    proof = Proof(kind="print folder", level=TAKEN, content=entry.encode(), mime="text/csv")
    return Submission(answer=Answer.SUBMITTED, partner_id=mark, proofs=(proof,))


def line(fields: Sequence[str]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(fields)
    return written.getvalue().encode()


def plain(text: str) -> str:
    """One line that no spreadsheet takes for a formula."""
    flat = " ".join(text.split())
    return f"'{flat}" if flat[:1] in ("=", "+", "-", "@") else flat
