"""Letters for paper: a folder of PDF files to be printed and posted, and an index of what goes in one envelope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.laid_folder import LaidFolder, inert, mark_of
from connectors.ports import Answer, Attachment, Finding, Found, Proof, Submission

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
        self._laid = LaidFolder(path, COLUMNS)

    def submit(self, letter: PostLetter, key: str) -> Submission:
        """Lays the letter ready, once per `key`; TRANSIENT where the folder cannot be written to."""
        mark = mark_of(key)
        sheets = {f"{mark}-{number}.pdf": sheet.content for number, sheet in enumerate(letter.sheets, start=1)}
        row = (letter.planned, inert(letter.to), inert(", ".join(letter.address)), " ".join(sheets))
        try:
            return taken(mark, self._laid.lay(mark, sheets, row))
        except OSError as problem:
            return Submission(answer=Answer.TRANSIENT, reason=f"the print folder cannot be used: {problem.strerror}")

    def find(self, key: str) -> Finding:
        """Whether the index has the letter; a folder that is not there proves nothing."""
        if not self.path.is_dir():
            return Finding(found=Found.NOT_ASKED)
        known = self._laid.line(mark_of(key))
        if known is None:
            return Finding(found=Found.NOT_TAKEN)
        return Finding(found=Found.TAKEN, submission=taken(mark_of(key), known))


def taken(mark: str, entry: str) -> Submission:
    proof = Proof(kind="print folder", level=TAKEN, content=entry.encode(), mime="text/csv")
    return Submission(answer=Answer.SUBMITTED, partner_id=mark, proofs=(proof,))
