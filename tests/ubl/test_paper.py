"""The invoice on paper: it can be read by people, paid by phone, searched, archived, and always has the same bytes."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings

from tests.ubl.samples import invoice, line
from tests.ubl.strategies import invoices
from ubl.invoice import DocumentType, Invoice, VatExemption
from ubl.paper import Look, invoice_pdf
from ubl.paper.words import NoSuchLanguage, labels
from ubl.write import write

LANGUAGES = ("nl", "fr", "de", "en")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20"/></svg>'


def words_on(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def code_on(pdf: bytes) -> list[str]:
    (found,) = codes_on(pdf)
    return found.split("\n")


def codes_on(pdf: bytes) -> list[str]:
    page = pypdfium2.PdfDocument(pdf)[0].render(scale=3).to_pil()
    return [found.text for found in zxingcpp.read_barcodes(page)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_are_the_readers(language: str):
    text = words_on(invoice_pdf(invoice(), language=language))
    assert {"nl": "Factuur", "fr": "Facture", "de": "Rechnung", "en": "Invoice"}[language] in text
    assert invoice().number in text
    assert invoice().seller.name in text and invoice().buyer.name in text


def test_all_languages_have_the_same_labels():
    keys = {language: flat(labels(language)) for language in LANGUAGES}
    assert keys["nl"] == keys["fr"] == keys["de"] == keys["en"]
    with pytest.raises(NoSuchLanguage):
        labels("it")


def flat(words: dict, above: str = "") -> set[str]:
    found = set()
    for key, value in words.items():
        found |= flat(value, f"{above}{key}.") if isinstance(value, dict) else {above + key}
    return found


def test_the_code_pays_what_is_due_with_the_reference_printed():
    found = code_on(invoice_pdf(invoice(), language="nl"))
    means = invoice().payment[0]
    assert found[3] == "SCT" and found[6] == means.transfers[0].iban
    assert found[7].startswith("EUR")
    assert found[9]


def test_the_same_invoice_has_the_same_bytes():
    assert invoice_pdf(invoice(), language="nl") == invoice_pdf(invoice(), language="nl")


def test_the_plain_rendition_carries_nothing_and_the_archive_carries_the_ubl():
    ubl = write(invoice())
    enclosed = (("invoice.xml", "application/xml", ubl, "UBL"),)
    archived = pikepdf.open(io.BytesIO(invoice_pdf(invoice(), language="nl", standard="a-3b", attachments=enclosed)))
    assert archived.attachments["invoice.xml"].get_file().read_bytes() == ubl
    plain = pikepdf.open(io.BytesIO(invoice_pdf(invoice(), language="nl")))
    assert len(plain.attachments) == 0
    with pytest.raises(ValueError, match="attachment"):
        invoice_pdf(invoice(), language="nl", attachments=enclosed)


@pytest.mark.parametrize("standard", ["plain", "a-3b"])
def test_a_screen_reader_can_read_it(standard):
    opened = pikepdf.open(io.BytesIO(invoice_pdf(invoice(), language="fr", standard=standard)))
    root = opened.Root
    assert bool(root.MarkInfo.Marked) and "/StructTreeRoot" in root
    assert str(root.Lang).startswith("fr")


def test_the_archive_says_what_it_is_and_has_its_fonts():
    opened = pikepdf.open(io.BytesIO(invoice_pdf(invoice(), language="nl", standard="a-3b")))
    with opened.open_metadata() as metadata:
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "B")
        assert invoice().number in metadata["dc:title"]
    fonts = [font for page in opened.pages for font in page.Resources.Font.values()]
    assert fonts
    for font in fonts:
        inner = font.DescendantFonts[0] if "/DescendantFonts" in font else font
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(inner.FontDescriptor.keys())


def test_a_long_invoice_goes_on_with_carried_totals():
    many = invoice(*(line(n, "1", "10.00") for n in range(1, 1001)))
    pdf = invoice_pdf(many, language="en")
    pages = len(pypdfium2.PdfDocument(pdf))
    assert 15 < pages < 60
    text = words_on(pdf)
    assert f"{pages}" in text
    assert "carried" in text.lower()


def test_a_credit_note_asks_for_nothing():
    note = replace(invoice(), type=DocumentType.CREDIT_NOTE)
    pdf = invoice_pdf(note, language="nl")
    assert codes_on(pdf) == []
    assert "creditnota" in words_on(pdf).lower()


def test_nothing_is_due_where_everything_was_prepaid():
    from ubl.arithmetic import totals

    paid = replace(invoice(), prepaid=totals(invoice()).with_vat)
    assert (
        zxingcpp.read_barcodes(pypdfium2.PdfDocument(invoice_pdf(paid, language="nl"))[0].render(scale=3).to_pil())
        == []
    )


def test_a_reverse_charge_says_why_no_vat_is_charged():
    reversed_ = replace(
        invoice(line(1, "1", "100", None, "AE")),
        exemptions=(VatExemption(category="AE", reason="Btw verlegd", code="VATEX-EU-AE"),),
    )
    assert "Btw verlegd" in words_on(invoice_pdf(reversed_, language="nl"))


@pytest.mark.parametrize(
    "name",
    [
        '#import "x": *; #panic()',
        "$x^2$ [link](http://x) *bold* _it_ `raw` <label> @ref \\",
        "مؤسسة النور للتجارة",
        "W" * 300,
        "a\u0007b\u200bc",
    ],
)
def test_hostile_names_stay_words(name: str):
    hostile = replace(invoice(), buyer=replace(invoice().buyer, name=name), note=name)
    for standard in ("plain", "a-3b"):
        pdf = invoice_pdf(hostile, language="nl", standard=standard)
        assert pdf == invoice_pdf(hostile, language="nl", standard=standard)
    assert "2026-0001" in words_on(pdf)


@pytest.mark.parametrize("tail", ["\U0001f3fb", "\u200d\U0001f9d1", "\ufe0f", "\u0301"])
def test_a_sign_that_joins_the_one_before_it_stops_no_paper(tail: str):
    joined = replace(invoice(), buyer=replace(invoice().buyer, name=f"Bäcker {tail}"))
    assert "Bäcker" in words_on(invoice_pdf(joined, language="de", standard="a-3b"))


def test_what_no_font_shows_is_a_question_mark_and_the_rest_stays():
    foreign = replace(invoice(), buyer=replace(invoice().buyer, name="বাংলা Bäcker 😀 漢字 GmbH"))
    assert "Bäcker" in words_on(invoice_pdf(foreign, language="de", standard="a-3b"))


@given(invoices())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_invoice_has_a_paper(any_invoice: Invoice):
    pdf = invoice_pdf(any_invoice, language="de")
    assert len(pypdfium2.PdfDocument(pdf)) >= 1


def test_the_look_is_the_sellers_own():
    assert invoice_pdf(invoice(), language="nl", look=Look(logo=SVG, colour="#cc0000")) != invoice_pdf(
        invoice(), language="nl"
    )
    with pytest.raises(ValueError, match="colour"):
        Look(colour="red")
    with pytest.raises(ValueError, match="neither SVG, PNG nor JPEG"):
        Look(logo=b"GIF89a")


def test_dates_and_amounts_are_written_as_the_reader_writes_them():
    dated = replace(invoice(), issued=date(2026, 1, 5), due=date(2026, 2, 4))
    assert "4 februari 2026" in words_on(invoice_pdf(dated, language="nl"))
    assert "4 février 2026" in words_on(invoice_pdf(dated, language="fr"))
