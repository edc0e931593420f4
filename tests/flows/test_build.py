"""`build`: an export becomes files, each row for itself, on one core or on all."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest

from connectors.erp.export import UnreadableExport
from flows.build import build_export
from flows.dress import dress_for
from flows.files import TooLarge
from flows.issue import issue
from flows.processes import spread
from tests.connectors.exports import BELGIAN_SELLER, BUSINESS, document, file, line, ready
from ubl.read import read
from ubl.validation import validate

ROUNDED = line(description="Valve", quantity=3, unit_price="0.335")


def built(tmp_path: Path, *documents: Any, **parties: Any) -> list[dict[str, Any]]:
    export = tmp_path / "export.json"
    export.write_bytes(file(*documents, **parties))
    return list(build_export(export, tmp_path / "out"))


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_row_becomes_a_valid_ubl_and_a_pdf_that_encloses_it(tmp_path: Path) -> None:
    (answer,) = built(tmp_path, document(lines=[line(), ROUNDED]))

    ubl, pdf = Path(answer["ubl"]).read_bytes(), Path(answer["pdf"]).read_bytes()
    assert answer | {"ubl": "", "pdf": ""} == {"number": "2026-7", "ok": True, "ubl": "", "pdf": "", "findings": []}
    assert validate(ubl).valid
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        enclosed = {name: attached.get_file().read_bytes() for name, attached in opened.attachments.items()}
    assert enclosed == {"2026-7.xml": ubl}


def test_the_pdf_inside_the_ubl_is_plain_so_that_neither_encloses_the_other_in_a_circle(tmp_path: Path) -> None:
    (answer,) = built(tmp_path, document())

    (rendition,) = read(Path(answer["ubl"]).read_bytes()).documents
    assert rendition.content is not None
    with pikepdf.open(io.BytesIO(rendition.content)) as opened:
        assert not opened.attachments
    assert "2026-7" in pypdfium2.PdfDocument(rendition.content)[0].get_textpage().get_text_range()


def test_a_wrong_row_is_answered_with_its_place_and_the_others_go_on(tmp_path: Path) -> None:
    wrong = document(number="2026-8", lines=[line(vat_rate="many")])

    answers = built(tmp_path, wrong, document())

    assert [(answer["number"], answer["ok"]) for answer in answers] == [("2026-8", False), ("2026-7", True)]
    (finding,) = answers[0]["findings"]
    assert finding["rule"] == "intake" and finding["severity"] == "fatal"
    assert finding["path"] == "documents[0].lines[0].vat_rate"
    assert "'many'" in finding["message"]
    assert set(finding) == {"rule", "severity", "path", "term", "message", "fix", "erp_fields"}
    assert finding["erp_fields"] == ["documents[0].lines[0].vat_rate"]
    assert files_in(tmp_path / "out") == ["2026-7.pdf", "2026-7.xml"]


def test_a_row_that_reads_well_but_makes_no_invoice_is_refused_with_the_field_to_change(tmp_path: Path) -> None:
    (answer,) = built(tmp_path, document(totals={"with_vat": "999.00"}))

    (finding,) = answer["findings"]
    assert (answer["ok"], answer["ubl"], answer["pdf"]) == (False, None, None)
    assert finding["path"] == "documents[0].totals.with_vat"
    assert "999.00" in finding["message"] and "242.00" in finding["message"]


def test_a_logo_that_is_no_picture_refuses_the_row_instead_of_ending_the_run(tmp_path: Path) -> None:
    seller = BELGIAN_SELLER | {"brand": {"logo": "R0lGODlh"}}  # a GIF

    (answer,) = built(tmp_path, document(), sellers=[seller])

    assert not answer["ok"]
    assert "logo" in answer["findings"][0]["message"]


def test_files_of_an_earlier_build_do_not_outlive_a_refusal(tmp_path: Path) -> None:
    built(tmp_path, document())
    assert files_in(tmp_path / "out") == ["2026-7.pdf", "2026-7.xml"]

    built(tmp_path, document(totals={"payable": "1.00"}))

    assert files_in(tmp_path / "out") == []


def test_building_again_gives_the_same_bytes(tmp_path: Path) -> None:
    (answer,) = built(tmp_path, document())
    first = Path(answer["ubl"]).read_bytes(), Path(answer["pdf"]).read_bytes()

    (answer,) = built(tmp_path, document())

    assert (Path(answer["ubl"]).read_bytes(), Path(answer["pdf"]).read_bytes()) == first


def test_numbers_that_come_to_one_file_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    numbers = ["A/1", "A-1", "a 1", "../../A-1"]
    names = built(tmp_path, *(document(number=number) for number in numbers))

    assert [Path(each["ubl"]).name for each in names] == ["A-1.xml", "be-A-1.xml", "be-a-1-2.xml", "be-..-..-A-1.xml"]
    assert [read(Path(each["ubl"]).read_bytes()).number for each in names] == numbers


def test_many_rows_are_answered_in_their_order_by_processes_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.build.WORTHWHILE", 2)
    numbers = [f"2026-{number}" for number in range(6)]

    answers = built(tmp_path, *(document(number=number) for number in numbers))

    assert [answer["number"] for answer in answers] == numbers
    assert all(Path(answer["ubl"]).stat().st_size and Path(answer["pdf"]).stat().st_size for answer in answers)


def test_what_is_no_export_is_refused_whole(tmp_path: Path) -> None:
    export = tmp_path / "export.json"
    export.write_text("[]")
    with pytest.raises(UnreadableExport, match="JSON object"):
        build_export(export, tmp_path)
    with export.open("wb") as opened:
        opened.truncate(65_000_000)
    with pytest.raises(TooLarge, match=r"export\.json"):
        build_export(export, tmp_path)


def test_spread_gives_results_as_they_come_and_lets_go_of_the_rest() -> None:
    results = spread(abs, range(-1_000, 0), worthwhile=2)
    assert next(results) == 1_000
    results.close()


class TestDress:
    """What the seller's and the customer's own choices make of the same invoice."""

    def test_the_customer_reads_its_own_language_else_the_sellers(self) -> None:
        row = ready()
        assert dress_for(row.seller, row.customer).language == "nl"
        french = row.customer.model_copy(update={"language": "fr"})
        assert dress_for(row.seller, french).language == "fr"

    def test_the_clause_follows_the_law_of_the_terms_and_names_the_version_that_was_accepted(self) -> None:
        row = ready(customers=[BUSINESS | {"terms_accepted": {"version": "2024-11", "on": "2024-12-01"}}])
        dress = dress_for(row.seller.model_copy(update={"law": "NL"}), row.customer)
        assert dress.retention_law == "NL"
        assert dress.terms == "onze algemene voorwaarden (versie 2024-11)"

    def test_no_clause_where_the_terms_retain_nothing(self) -> None:
        row = ready()
        plain = row.seller.model_copy(update={"retention_of_title": False})
        assert dress_for(plain, row.customer).retention_law is None

    @pytest.mark.parametrize(("goods", "stands"), [(True, True), (False, False)])
    def test_the_clause_stands_on_the_invoice_only_where_goods_are_sold(self, goods: bool, stands: bool) -> None:
        from connectors.erp.mapping import to_invoice

        row = ready()
        issued = issue(
            to_invoice(row.document, row.seller, row.customer), dress_for(row.seller, row.customer), goods=goods
        )
        assert ("Eigendomsvoorbehoud" in (read(issued.ubl).note or "")) is stands
