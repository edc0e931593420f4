"""The benchmark measures what it says: valid documents, every engine that is there, a note for one that is not."""

from __future__ import annotations

import pytest

from benchmarks import validation as bench
from ubl.validation import validate


@pytest.mark.parametrize("lines", [3, 100])
def test_its_documents_are_valid_and_as_long_as_they_say(lines: int) -> None:
    data = bench.document(lines)
    assert data.count(b"<cac:InvoiceLine>") == lines
    assert validate(data).findings == ()


def test_an_engine_that_is_not_installed_is_left_out_with_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "find_spec", lambda name: None)
    monkeypatch.setattr(bench, "SIZES", (3,))
    monkeypatch.setattr(bench, "TURNS", 1)
    figures = bench.measure()
    assert figures["validation_note"] == "not measured, for want of saxonche and einvoice: make bench installs them"
    (row,) = figures["validation"]
    assert list(row) == ["lines", "ours_ms", "in_full_ms", "parse_ms", "ours_over_parse", "ours_us_per_line"]


def test_ratios_are_of_one_run() -> None:
    row = bench.row_of(100, {"ours": 2.0, "parse": 0.5, "official": 30.0, "verifyhash": 9.0})
    assert (row["official_over_ours"], row["verifyhash_over_ours"]) == (15.0, 4.5)
    assert (row["ours_over_parse"], row["ours_us_per_line"]) == (4.0, 20.0)
