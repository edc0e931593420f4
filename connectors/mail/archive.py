"""The mailbox that keeps a copy of every message the mail server took: the only proof that SMTP offers."""

from __future__ import annotations

import os
from collections.abc import Container
from email.parser import BytesHeaderParser
from email.policy import compat32
from pathlib import Path

HEADER_BYTES = 256 * 1024


class MailArchive:
    """A folder of messages, flat or a Maildir (`new/`, `cur/`), found by Message-ID.

    `complete` is the operator's word that the server writes a copy of every message before it accepts it. Only then
    does absence prove that a message was not taken.
    """

    def __init__(self, path: Path, *, complete: bool = False) -> None:
        self.path = path
        self.complete = complete
        self._known: dict[str, Path] = {}
        self._read: set[str] = set()

    def copy(self, message_id: str) -> bytes | None:
        """The archived message, or None."""
        wanted = bare_id(message_id)
        for _ in range(2):
            try:
                return self._known[wanted].read_bytes()
            except (KeyError, FileNotFoundError):  # not seen yet, or moved from new/ to cur/ since
                self._look()
        return None

    def mounted(self) -> bool:
        """Whether the folder is there; one that is not proves nothing."""
        return self.path.is_dir()

    def _look(self) -> None:
        for file in message_files(self.path, self._read):
            self._read.add(str(file))
            self._known[_message_id(file)] = file


def message_files(folder: Path, known: Container[str]) -> list[Path]:
    """The messages of a flat folder or Maildir that are not yet `known`, by name. Hidden files are being written."""
    found = []
    for place in (folder, folder / "new", folder / "cur"):
        if place.is_dir():
            with os.scandir(place) as entries:
                found += [entry.path for entry in entries if entry.name[0] != "." and entry.path not in known]
    return [Path(path) for path in sorted(found) if Path(path).is_file()]


def bare_id(message_id: str) -> str:
    return message_id.strip().removeprefix("<").removesuffix(">")


def _message_id(file: Path) -> str:
    with file.open("rb") as opened:
        head = opened.read(HEADER_BYTES)
    return bare_id(str(BytesHeaderParser(policy=compat32).parsebytes(head).get("Message-ID", "")))
