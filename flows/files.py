"""Folders that the house watches: what was dealt with is moved aside, an answer is there whole or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path

from receivables.ledger.store import write_durably


class TooLarge(ValueError):
    """The file is over the size that is read; nothing of it was."""


def read_limited(path: Path, limit: int) -> bytes:
    """The file's bytes, or TooLarge with a sentence."""
    size = path.stat().st_size
    if size > limit:
        raise TooLarge(f"{path.name} has {size} bytes; the most that is read is {limit}: split it")
    return path.read_bytes()


def write_answer(path: Path, content: bytes) -> None:
    """Writes `content` whole, flushed to the disk; whoever may read the folder may read the file."""
    write_durably(path, content)
    path.chmod(path.parent.stat().st_mode & 0o666)


def move_aside(path: Path, folder: Path, content: bytes, root: Path) -> Path:
    """Moves a file that was dealt with into `folder`; a file of that name with other bytes there keeps its place.

    A file from outside the installation (`root`) stays where its owner has it, and a copy is kept. Run again after a
    crash it does nothing where the file is gone already.
    """
    target = folder / path.name
    if target.exists() and target.read_bytes() != content:
        digest = hashlib.sha256(content).hexdigest()[:8]
        target = folder / f"{path.stem}-{digest}{path.suffix}"
    if not path.resolve().is_relative_to(root):
        if content:
            write_answer(target, content)
    elif path.exists():
        path.replace(target)
    return target


def waiting(folder: Path, suffix: str) -> list[Path]:
    """Files of a watched folder by name; hidden ones are still being written."""
    found = folder.glob(f"*{suffix}") if folder.is_dir() else []
    return sorted(path for path in found if path.is_file() and not path.name.startswith("."))
