"""The print folder: a letter lies there once, whole, and its line in the index proves it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from connectors.laid_folder import INDEX
from connectors.ports import Answer, Attachment, Found
from connectors.post.folder import PostLetter, PrintFolder

LETTER = PostLetter(
    to="=Zuid BV",
    address=("Plein 2", "2800 Mechelen"),
    planned="2026-02-09",
    sheets=[Attachment(filename=f"{n}.pdf", mime="application/pdf", content=n.encode()) for n in ("letter", "2026-7")],
)


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / INDEX).open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_letter_is_laid_ready_once(tmp_path: Path) -> None:
    folder = PrintFolder(tmp_path / "post")
    assert folder.find("key-1").found is Found.NOT_ASKED
    first, again = folder.submit(LETTER, "key-1"), folder.submit(LETTER, "key-1")
    assert first == again and first.answer is Answer.SUBMITTED
    (row,) = rows(tmp_path / "post")
    assert (row["to"], row["address"]) == ("'=Zuid BV", "Plein 2, 2800 Mechelen")
    assert [(tmp_path / "post" / name).read_bytes() for name in row["files"].split()] == [b"letter", b"2026-7"]
    assert (folder.find("key-1").found, folder.find("key-2").found) == (Found.TAKEN, Found.NOT_TAKEN)


@pytest.mark.parametrize("left", [0, 1, 20])
def test_a_line_torn_by_a_crash_proves_nothing_and_is_written_again(tmp_path: Path, left: int) -> None:
    folder = PrintFolder(tmp_path)
    folder.submit(LETTER, "key-1")
    folder.submit(LETTER, "key-2")
    index = tmp_path / INDEX
    *whole, torn = index.read_bytes().splitlines(keepends=True)
    index.write_bytes(b"".join(whole) + torn[:left])
    assert folder.find("key-2").found is Found.NOT_TAKEN
    folder.submit(LETTER, "key-3")
    assert folder.find("key-2").found is Found.NOT_TAKEN
    folder.submit(LETTER, "key-2")
    assert len(rows(tmp_path)) == 3 and folder.find("key-1").found is Found.TAKEN


def test_a_folder_that_cannot_be_written_to_took_nothing(tmp_path: Path) -> None:
    (tmp_path / "post").write_text("a file where the folder should be")
    assert PrintFolder(tmp_path / "post").submit(LETTER, "key-1").answer is Answer.TRANSIENT
