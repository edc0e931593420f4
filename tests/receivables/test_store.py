"""The store of documents: what is put is there, exactly, or says so."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from receivables.ledger import store as store_module
from receivables.ledger.store import Corrupt, Missing, Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_put_comes_back_under_its_sha256(store: Store) -> None:
    sha = store.put(b"%PDF-1.7")
    assert sha == hashlib.sha256(b"%PDF-1.7").hexdigest()
    assert store.get(sha) == b"%PDF-1.7"
    assert store.exists(sha)


def test_the_same_bytes_are_kept_once(store: Store, tmp_path: Path) -> None:
    assert store.put(b"a") == store.put(b"a")
    assert len(files(tmp_path)) == 1


def test_a_changed_byte_is_found(store: Store, tmp_path: Path) -> None:
    sha = store.put(b"EUR 100")
    files(tmp_path)[0].write_bytes(b"EUR 900")
    with pytest.raises(Corrupt, match=f"the bytes under {sha} .* were changed"):
        store.get(sha)


def test_what_was_never_put_is_missing(store: Store) -> None:
    assert not store.exists("0" * 64)
    with pytest.raises(Missing, match="holds nothing under 0000"):
        store.get("0" * 64)


@pytest.mark.parametrize("name", ["../../etc/passwd", "A" * 64, "", "0" * 63, "0" * 64 + "\n"])
def test_only_a_hash_is_a_name(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="is no SHA-256"):
        store.get(name)


def test_a_crash_while_writing_leaves_no_half_document(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(_handle: int) -> None:
        raise OSError("power cut")

    monkeypatch.setattr(store_module.os, "fsync", power_cut)
    with pytest.raises(OSError, match="power cut"):
        store.put(b"half")
    assert files(tmp_path) == []
    monkeypatch.undo()
    assert store.get(store.put(b"half")) == b"half"


def test_bytes_are_on_the_disk_before_they_have_their_name(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names_at_flush: list[list[str]] = []
    flush = os.fsync

    def watched(handle: int) -> None:
        names_at_flush.append([path.name for path in files(tmp_path)])
        flush(handle)

    monkeypatch.setattr(store_module.os, "fsync", watched)
    sha = store.put(b"x")
    assert names_at_flush[0][0].startswith(".new-")
    assert names_at_flush[-1] == [sha[2:]]


def test_an_object_store_serves_by_url() -> None:
    store = Store("memory://voldaan-documents")
    sha = store.put(b"in memory")
    assert store.get(sha) == b"in memory"
    assert store.exists(sha)
    with pytest.raises(Missing):
        store.get("1" * 64)
