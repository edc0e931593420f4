"""The exact bytes of every document and proof, each under its SHA-256, in a folder or an object store (fsspec URL)."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

import fsspec
from fsspec.implementations.local import LocalFileSystem

SHA256 = re.compile(r"[0-9a-f]{64}")


class Missing(LookupError):
    """No bytes are kept under this hash."""


class Corrupt(ValueError):
    """The bytes under a hash are no longer those that were put there."""


class Store:
    """What is put once stays as it is. `url` is a folder (default) or any fsspec URL (`s3://bucket/voldaan`)."""

    def __init__(self, url: str) -> None:
        self.files, self.root = fsspec.core.url_to_fs(url)
        self.local = isinstance(self.files, LocalFileSystem)

    def put(self, content: bytes) -> str:
        """The SHA-256 of `content`, which is on the disk when this returns. The same bytes again change nothing."""
        sha = hashlib.sha256(content).hexdigest()
        if self.exists(sha):
            return sha
        if self.local:
            write_durably(Path(self.place(sha)), content)
        else:
            self.files.pipe_file(self.place(sha), content)
        return sha

    def get(self, sha: str) -> bytes:
        """The bytes with hash `sha`; raises Missing, or Corrupt where they no longer have it."""
        try:
            content: bytes = self.files.cat_file(self.place(sha))
        except FileNotFoundError:
            raise Missing(f"the store {self.root} holds nothing under {sha}") from None
        found = hashlib.sha256(content).hexdigest()
        if found != sha:
            raise Corrupt(f"the bytes under {sha} in {self.root} were changed: their hash is now {found}")
        return content

    def exists(self, sha: str) -> bool:
        return bool(self.files.isfile(self.place(sha)))

    def place(self, sha: str) -> str:
        if not SHA256.fullmatch(sha):
            raise ValueError(f"{sha!r} is no SHA-256: 64 small hexadecimal digits")
        return f"{self.root}/{sha[:2]}/{sha[2:]}"


def write_durably(target: Path, content: bytes) -> None:
    """All of `content` at `target`, or no file: written beside it, flushed, renamed, and the folders flushed too."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=target.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(target)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    for folder in (target.parent, target.parent.parent):
        flush_folder(folder)


def flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
