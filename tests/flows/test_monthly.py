"""The overview and the monthly report of a house: at the command line, on paper, as a page, and of any past month."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from string import Formatter
from xml.etree import ElementTree

import pypdfium2
import pytest

from flows.cli import UNUSABLE, run
from flows.monthly import month_in, report_facts, write_report
from flows.overview import as_csv, as_markdown, overview
from receivables.figures import Month
from receivables.report.view import benchmark, view
from receivables.report.words import LANGUAGES, words_in
from tests.connectors.exports import BUSINESS, document
from tests.flows.house import MONDAY, House, copied

Captured = pytest.CaptureFixture[str]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def busy(kept_house: House) -> House:
    """One invoice paid late, one still open in March, one not due."""
    house = kept_house
    house.take_in(
        document(due="2026-02-02"),
        document(number="2026-8", due="2026-02-09"),
        document(number="2026-9", issued="2026-01-05", due="2026-05-29"),
    )
    for day in (date(2026, 1, 6), date(2026, 2, 9), date(2026, 2, 10)):
        house.go_to(day)
        house.play_day()
    house.go_to(date(2026, 2, 12))
    house.pay("242.00", reference=house.reference())
    house.play_day()
    house.go_to(date(2026, 3, 2))
    house.play_day()
    return house


def texts(pdf: bytes) -> list[str]:
    pages = pypdfium2.PdfDocument(io.BytesIO(pdf))
    found = [page.get_textpage().get_text_bounded() for page in pages]
    pages.close()
    return found


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


class TestOpenItems:
    def test_as_text_per_customer_with_the_weeks_ahead(self, busy: House, capsys: Captured) -> None:
        assert run(["open-items", "--on", "2026-03-02", "--root", str(busy.root)]) == 0
        said = capsys.readouterr().out
        assert "C-1 Zuid BV" in said and "484.00" in said and "10 days late" in said
        assert "In all 484.00 EUR (not due 242.00, 1-30 242.00" in said
        assert "overdue beyond its habit  242.00" in said

    def test_as_json_one_customer_a_line_with_its_invoices(self, busy: House, capsys: Captured) -> None:
        assert run(["open-items", "--on", "2026-03-02", "--root", str(busy.root), "--format", "json"]) == 0
        (row,) = map(json.loads, capsys.readouterr().out.splitlines())
        assert row["aged"]["1-30"] == "242.00" and [i["number"] for i in row["items"]] == ["2026-8", "2026-9"]

    def test_as_csv_one_invoice_a_row_and_no_name_is_a_formula(self, house: House) -> None:
        house.take_in(document(due="2026-02-02"), customers=[BUSINESS | {"name": "=HYPERLINK(1)"}])
        head, row = as_csv(overview(house.workspace, MONDAY)).splitlines()
        assert head.startswith("seller,debtor,name,number,currency,issued,due,days_late,bucket,open,accessories")
        assert row.startswith("be,C-1,'=HYPERLINK(1),2026-7,EUR,2026-01-05,2026-02-02,0,not_due,242.00,0,")

    def test_a_past_day_reads_as_it_was(self, busy: House) -> None:
        assert [i.number for i in overview(busy.workspace, date(2026, 2, 11)).items] == ["2026-7", "2026-8", "2026-9"]
        assert overview(busy.workspace, date(2026, 1, 4)).rows == ()

    def test_the_page_in_prefect_names_customers_by_number(self, busy: House) -> None:
        page = as_markdown(overview(busy.workspace, date(2026, 3, 2)))
        assert "be/C-1" in page and "Zuid" not in page


class TestReport:
    def test_two_pages_with_the_figures_and_the_same_in_html(self, busy: House, tmp_path: Path) -> None:
        written = write_report(busy.workspace, Month(2026, 2), tmp_path / "out", language="en")
        first, second = texts(written.pdf.read_bytes())
        page = written.html.read_text(encoding="utf-8")
        for words in (
            "Receivables",
            "February 2026",
            "Paid on time",
            "Cash expected",
            "Dutch invoices in general: 76 %",
        ):
            assert words in first and words in page
        for words in ("The last twelve months", "Best possible DSO", "Payment reminder, 1 taken", "False dunning"):
            assert words in second and words in page
        assert "<script" not in page and "http" not in page.replace("http://www.w3.org/2000/svg", "")

    def test_the_same_ledger_gives_the_same_bytes_also_later(self, busy: House, tmp_path: Path) -> None:
        first = write_report(busy.workspace, Month(2026, 2), tmp_path / "first")
        with copied(busy, tmp_path / "house") as later:
            later.go_to(date(2026, 3, 9))
            later.pay("242.00", reference=later.reference("2026-8"))
            later.play_day()
            again = write_report(later.workspace, Month(2026, 2), tmp_path / "again")
        assert first.pdf.read_bytes() == again.pdf.read_bytes() and first.html.read_bytes() == again.html.read_bytes()

    def test_every_picture_is_sound_svg_with_words_for_who_cannot_see_it(self, busy: House) -> None:
        for month in (Month(2026, 2), Month(2025, 12)):  # also of a month in which there was nothing
            for one in view(report_facts(busy.workspace, month))["charts"]:
                assert ElementTree.fromstring(one["svg"]).tag == f"{SVG}svg"
                assert one["title"]
            assert len(texts(write_report(busy.workspace, month, busy.root).pdf.read_bytes())) == 2

    def test_the_benchmark_is_a_dated_row_with_its_source(self) -> None:
        found = benchmark(date(2026, 5, 31))
        assert found is not None and found.published == date(2024, 6, 20) and "Altares" in found.source
        earlier = benchmark(date(2024, 6, 19))
        assert earlier is not None and earlier.published == date(2022, 7, 7)
        assert benchmark(date(2022, 7, 6)) is None

    def test_a_rate_that_was_not_read_at_its_source_says_so(self, busy: House) -> None:
        said = view(report_facts(busy.workspace, Month(2026, 2), language="en"))["notes"]
        assert said[0].startswith("Benchmark of the on-time rate, published on 20 June 2024, as the press gives it")
        assert "businesses that were ever paid late, not invoices" in said[1]

    @pytest.mark.parametrize(
        ("language", "words"),
        [
            ("nl", ["Debiteuren", "februari 2026", "Op tijd betaald", "242,00"]),
            ("fr", ["Créances", "février 2026", "Payées à temps", "Meilleur DSO possible"]),
            ("de", ["Forderungen", "Februar 2026", "Pünktlich bezahlt", "Bestmögliche DSO"]),
            ("en", ["Receivables", "February 2026", "Paid on time", "Best possible DSO"]),
        ],
    )
    def test_each_language_on_two_pages(self, busy: House, tmp_path: Path, language: str, words: list[str]) -> None:
        written = write_report(busy.workspace, Month(2026, 2), tmp_path, language=language)
        first, second = texts(written.pdf.read_bytes())
        page = written.html.read_text(encoding="utf-8")
        assert f'<html lang="{language}">' in page
        for said in words:
            assert said in first + second and said in page

    def test_it_speaks_the_sellers_language_where_none_is_asked_for(self, busy: House) -> None:
        assert report_facts(busy.workspace, Month(2026, 2)).language == "nl"

    def test_every_language_has_every_word(self) -> None:
        english = words_in("en", "BE")
        for language in LANGUAGES:
            found = words_in(language, "BE")
            assert found.text.keys() == english.text.keys()
            assert len(found.definitions) == len(english.definitions)
            for key, text in found.text.items():
                assert placeholders(text) == placeholders(english.text[key]), (language, key)
            names = {found.text[key] for key in found.text if key.startswith("row_")} | {"DSO", "CEI"}
            assert {name for name, _ in found.definitions} - names <= {found.definitions[1][0], found.definitions[8][0]}

    def test_the_command_writes_both_files(self, busy: House, tmp_path: Path, capsys: Captured) -> None:
        answer = run(["report", "--month", "2026-02", "--out", str(tmp_path), "--root", str(busy.root)])
        assert answer == 0 and capsys.readouterr().out.splitlines()[0].endswith("report-2026-02.pdf")
        assert sorted(path.name for path in tmp_path.glob("report-*")) == ["report-2026-02.html", "report-2026-02.pdf"]

    @pytest.mark.parametrize("month", ["May", "2026-13", "2026"])
    def test_what_is_no_month_is_one_sentence(self, busy: House, month: str, capsys: Captured) -> None:
        assert run(["report", "--month", month, "--out", str(busy.root), "--root", str(busy.root)]) == UNUSABLE
        assert "write it as 2026-05" in capsys.readouterr().err

    def test_a_month_is_read(self) -> None:
        assert month_in("2026-05") == Month(2026, 5)
