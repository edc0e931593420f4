"""Mailboxes as folders: the one that keeps a copy of every message sent, and the one that gets the reports."""

from __future__ import annotations

import os
from collections.abc import Container, Iterator
from email.parser import BytesHeaderParser
from email.policy import compat32
from pathlib import Path
from typing import Protocol

HEADER_BYTES = 256 * 1024


class Archive(Protocol):
    """The mailbox that keeps a copy of what the mail server took: the only proof that SMTP offers.

    `complete` is the operator's word that the server writes a copy of every message before it accepts it. Only then
    does absence prove that a message was not taken.
    """

    complete: bool

    def copy(self, message_id: str) -> bytes | None:
        """The archived message, or None where the mailbox was looked through and has none. Raises NoAnswer."""

    def reachable(self) -> bool:
        """Whether the mailbox can be looked into now; one that cannot proves nothing."""


class MailFolder:
    """A folder of messages, flat or a Maildir (`new/`, `cur/`), read as far as it was not read before."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: set[str] = set()

    def unread(self, most: int) -> Iterator[tuple[Path, bytes]]:
        """Every message that came since, at most `most` bytes of each."""
        for file in message_files(self.path, self._read):
            try:
                with file.open("rb") as opened:
                    content = opened.read(most)
            except FileNotFoundError:  # moved from new/ to cur/ meanwhile: found there the next time
                continue
            yield file, content
            self._read.add(str(file))


class MailArchive:
    """An Archive in a folder, each message found by its Message-ID."""

    def __init__(self, path: Path, *, complete: bool = False) -> None:
        self.complete = complete
        self._path = path
        self._folder = MailFolder(path)
        self._known: dict[str, Path] = {}

    def copy(self, message_id: str) -> bytes | None:
        wanted = bare_id(message_id)
        for _ in range(2):
            try:
                return self._known[wanted].read_bytes()
            except (KeyError, FileNotFoundError):  # not seen yet, or moved from new/ to cur/ since
                self._known |= {_message_id(head): file for file, head in self._folder.unread(HEADER_BYTES)}
        return None

    def reachable(self) -> bool:
        return self._path.is_dir()


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


def _message_id(head: bytes) -> str:
    return bare_id(str(BytesHeaderParser(policy=compat32).parsebytes(head).get("Message-ID", "")))
