"""The rows of a small CSV file that a person or a portal made: read with care, before anyone looks at a value."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from io import StringIO

MOST_BYTES, MOST_ROWS = 5_000_000, 100_000


def read_rows(
    data: bytes, name: str, columns: Sequence[str], refused: type[ValueError]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Each row of a CSV file (UTF-8, comma or semicolon) as its place, 'limits.csv, row 2', and its trimmed values.

    Every one of `columns` is there, others may be. Raises `refused` with one sentence that names the file and row.
    """
    if len(data) > MOST_BYTES:
        raise refused(f"{name} has {len(data)} bytes; split it into files of at most {MOST_BYTES}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise refused(f"{name} is not UTF-8 (byte {problem.start}); save it as CSV UTF-8") from problem
    head = text.partition("\n")[0]
    rows = csv.DictReader(StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",")
    try:
        missing = [column for column in columns if column not in (rows.fieldnames or ())]
        if missing:
            raise refused(f"{name}, row 1: there is no column '{missing[0]}'; the columns are {', '.join(columns)}")
        for number, row in enumerate(rows, start=2):
            if number > MOST_ROWS:
                raise refused(f"{name} has more than {MOST_ROWS} rows; split it")
            yield f"{name}, row {number}", {key: (row[key] or "").strip() for key in row if isinstance(key, str)}
    except csv.Error as problem:
        raise refused(f"{name}, line {rows.line_num}: {problem}; save it as CSV UTF-8") from problem
