"""A CSV file from outside is read, or refused with one sentence that names the place."""

from __future__ import annotations

import pytest

from receivables.rows import MOST_BYTES, MOST_ROWS, read_rows


class Refused(ValueError):
    pass


def rows(data: bytes) -> list[tuple[str, dict[str, str]]]:
    return list(read_rows(data, "a.csv", ("one", "two"), Refused))


@pytest.mark.parametrize("data", [b"one,two\n 1 ,2\n", b"\xef\xbb\xbfone;two\r\n1; 2\r\n"])
def test_a_row_has_its_place_and_its_values(data: bytes) -> None:
    assert rows(data) == [("a.csv, row 2", {"one": "1", "two": "2"})]


def test_what_a_row_has_too_little_is_empty_and_too_much_is_nothing() -> None:
    assert [row for _, row in rows(b"one,two\n1\n1,2,3\n")] == [{"one": "1", "two": ""}, {"one": "1", "two": "2"}]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "a.csv, row 1: there is no column 'one'; the columns are one, two"),
        (b"one\n1\n", "a.csv, row 1: there is no column 'two'; the columns are one, two"),
        (b"one,two\n\xe9,2\n", "a.csv is not UTF-8 (byte 8); save it as CSV UTF-8"),
        (b"x" * (MOST_BYTES + 1), f"a.csv has {MOST_BYTES + 1} bytes; split it into files of at most {MOST_BYTES}"),
        (b"one,two\n" + b"1,2\n" * MOST_ROWS, f"a.csv has more than {MOST_ROWS} rows; split it"),
        (
            b"one,two\n1," + b"2" * 200_000,
            "a.csv, line 1: field larger than field limit",
        ),
    ],
)
def test_what_is_no_such_file_is_refused_in_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(Refused) as problem:
        rows(data)
    assert str(problem.value).startswith(sentence)
