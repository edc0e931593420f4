"""The documents that the demo leaves: legal, payable by their QR, and checkable without us."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp

from connectors.erp.export import read_export
from flows.demo import EXAMPLES
from flows.dress import dress_for
from flows.issue import EMAIL_SCHEME, verdict
from receivables.dossier import verify
from tests.scenarios.told import Told
from ubl import official
from ubl.arithmetic import totals
from ubl.invoice import Invoice
from ubl.payment_qr import structured
from ubl.read import read
from ubl.retention import clause
from ubl.validation import validate

EXPORT = read_export((EXAMPLES / "erp-export.json").read_bytes(), "erp-export.json")
ROWS = {row.number: row for row in EXPORT.ready}


def invoices(folder: Path) -> dict[str, Invoice]:
    return {path.stem: read(path.read_bytes()) for path in sorted(folder.glob("*.xml"))}


def test_every_document_is_there_as_ubl_and_on_paper(demo: Told) -> None:
    assert {path.stem for path in (demo.out / "ubl").iterdir()} == set(ROWS)
    assert {path.stem for path in (demo.out / "paper").iterdir()} == set(ROWS)


def test_every_ubl_is_valid_by_our_rules(demo: Told) -> None:
    """A consumer has no Peppol address: its documents go by e-mail, and their address scheme is not Peppol's."""
    for number, invoice in invoices(demo.out / "ubl").items():
        data = (demo.out / "ubl" / f"{number}.xml").read_bytes()
        report = verdict(invoice, data)
        assert report.valid, (number, report.findings)
        if demo.invoices[number]["channel"] == "peppol":
            assert validate(data).valid, number
            assert invoice.buyer.endpoint is not None and invoice.buyer.endpoint.scheme != EMAIL_SCHEME


@pytest.mark.parametrize("number", sorted(ROWS))
def test_every_ubl_passes_the_official_rules(demo: Told, number: str) -> None:
    """EN 16931 1.3.16, as its own stylesheet judges."""
    report = official.validate((demo.out / "ubl" / f"{number}.xml").read_bytes())
    assert report.valid, report.findings


def test_the_network_received_exactly_what_was_issued(demo: Told) -> None:
    received = {path.stem: path.read_bytes() for path in (demo.out / "peppol").glob("*.xml")}
    by_peppol = {number for number, one in demo.invoices.items() if one["channel"] == "peppol"}
    assert set(received) == by_peppol
    for number, data in received.items():
        assert data == (demo.out / "ubl" / f"{number}.xml").read_bytes()


def test_a_peppol_buyer_can_pay_by_the_qr_in_the_ubl_that_it_received(demo: Told) -> None:
    """BG-24 carries a plain PDF; the EPC code on it has the right sum, account and reference."""
    payable = 0
    for number, invoice in invoices(demo.out / "peppol").items():
        (rendition,) = [d for d in invoice.documents if d.mime == "application/pdf"]
        assert rendition.content is not None
        if invoice.type.is_credit_note:
            assert codes(rendition.content) == [], "a credit note asks for no money"
            continue
        (code,) = codes(rendition.content)
        assert paid_by(code) == asked_by(invoice), number
        payable += 1
    assert payable >= 15


def test_the_paper_that_goes_by_mail_has_the_same_qr(demo: Told) -> None:
    for number in ("N26-002", "2026-0009"):
        (code,) = codes((demo.out / "paper" / f"{number}.pdf").read_bytes())
        assert paid_by(code) == asked_by(read((demo.out / "ubl" / f"{number}.xml").read_bytes()))


def codes(pdf: bytes) -> list[str]:
    """The QR codes on a PDF, read off its rendered pages."""
    pages = pypdfium2.PdfDocument(pdf)
    found = [code for page in pages for code in zxingcpp.read_barcodes(page.render(scale=3).to_pil())]
    return [code.text for code in found if "BCD" in code.text]


def paid_by(code: str) -> tuple[str, Decimal, str]:
    """(IBAN, euro, structured reference) of an EPC code: lines 7, 8 and 10 of EPC069-12."""
    lines = code.replace("\r\n", "\n").split("\n")
    assert (lines[0], lines[3], lines[7][:3]) == ("BCD", "SCT", "EUR")
    return lines[6], Decimal(lines[7][3:]), lines[9]


def asked_by(invoice: Invoice) -> tuple[str, Decimal, str]:
    means = next(means for means in invoice.payment if means.transfers)
    assert means.reference
    return means.transfers[0].iban.replace(" ", ""), totals(invoice).payable, structured(means.reference)


@pytest.mark.parametrize("number", sorted(ROWS))
def test_title_is_retained_in_the_one_note_only_where_goods_are_sold(demo: Told, number: str) -> None:
    row = ROWS[number]
    document = next(d for d in demo.export["documents"] if d["number"] == number)
    goods = document["kind"] != "credit_note" and any(line["nature"] == "goods" for line in document["lines"])
    dress = dress_for(row.seller, row.customer)
    assert dress.retention_law == {"vdb": "BE", "nol": "NL"}[document["seller"]]
    sentence = clause(dress.retention_law or "", dress.language, dress.terms).text
    data = (demo.out / "ubl" / f"{number}.xml").read_text()
    assert (sentence in (read(data.encode()).note or "")) is goods
    assert data.count("<cbc:Note>") <= 1 + data.count("<cac:PaymentTerms>"), "Peppol allows a single note"


def test_every_claim_can_be_checked_without_us(demo: Told) -> None:
    claims = sorted((demo.out / "claims").glob("*.zip"))
    assert len(claims) == 3
    for path in claims:
        checked = verify(path.read_bytes())
        assert checked.ok, (path.name, checked.problems)


def test_the_agency_has_exactly_the_dossiers_that_were_approved(demo: Told) -> None:
    received = {path.read_bytes() for path in (demo.out / ".state" / "agency").glob("*.zip")}
    assert received == {path.read_bytes() for path in (demo.out / "claims").glob("*.zip")}


def test_a_dossier_proves_every_step_that_it_names(demo: Told) -> None:
    for debtor in ("C-1004", "C-1006", "D-204"):
        claim = demo.claim(debtor)
        assert claim["missing"] == []
        assert all(step["proven"] and step["files"] for step in claim["steps"])
        assert all(invoice["received"] for invoice in claim["invoices"])
        parts = [Decimal(claim["principal"]), Decimal(claim["interest"])]
        parts += [Decimal(claim["costs"][name]) for name in ("amount", "vat")]
        assert sum(parts) == Decimal(claim["total"])
