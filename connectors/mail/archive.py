"""The mailbox that keeps a copy of every message the mail server took: the only proof that SMTP offers."""

from __future__ import annotations

from email.parser import BytesHeaderParser
from email.policy import compat32
from pathlib import Path

HEADER_BYTES = 256 * 1024
LARGEST = 50 * 1024 * 1024


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
        if wanted not in self._known:
            self._look()
        found = self._known.get(wanted)
        if found is None or not found.is_file() or found.stat().st_size > LARGEST:
            return None
        return found.read_bytes()

    def _look(self) -> None:
        for file in message_files(self.path):
            if str(file) not in self._read:
                self._read.add(str(file))
                identity = _message_id(file)
                if identity:
                    self._known.setdefault(identity, file)


def message_files(folder: Path) -> list[Path]:
    """The messages of a flat folder or Maildir, by name. Hidden files are still being written."""
    places = [folder, folder / "new", folder / "cur"]
    files = [file for place in places if place.is_dir() for file in place.iterdir()]
    return sorted(file for file in files if file.is_file() and not file.name.startswith("."))


def bare_id(message_id: str) -> str:
    return message_id.strip().removeprefix("<").removesuffix(">")


def _message_id(file: Path) -> str:
    with file.open("rb") as opened:
        head = opened.read(HEADER_BYTES)
    return bare_id(str(BytesHeaderParser(policy=compat32).parsebytes(head).get("Message-ID", "")))
