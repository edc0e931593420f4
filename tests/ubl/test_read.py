"""Reading undoes writing, for invented invoices and for published ones; what cannot be read is named with its place."""

import io
import json
import tarfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from lxml import etree

from tests.ubl.samples import TO_GHENT, invoice
from tests.ubl.strategies import invoices
from ubl.arithmetic import fit_rounding, totals
from ubl.invoice import Card, CreditTransfer, DirectDebit, DocumentType, OtherType, PaymentMeans
from ubl.read import ReadError, read, read_with_payable
from ubl.write import WriteError, write

CORPUS = Path(__file__).parents[3] / "shared" / "conformance" / "corpus.tar.xz"
NUMBERS = ("Amount", "Quantity", "Percent", "Numeric")


@settings(max_examples=80, deadline=None)
@given(invoices())
def test_reading_what_was_written_gives_the_same_invoice(generated):
    assert read(write(generated)) == generated


@pytest.mark.parametrize("kind", list(DocumentType))
def test_every_type_of_document_is_read_back(kind):
    assert read(write(invoice(type=kind, project="P"))).type is kind


@pytest.mark.parametrize(
    ("code", "there"),
    [("384", OtherType("384")), ("393", OtherType("393")), ("381", OtherType("381")), ("386", DocumentType("386"))],
)
def test_a_document_of_another_type_is_read_with_its_code(code, there):
    assert read(changed(">380<", f">{code}<")).type == there


def test_a_type_that_someone_else_may_send_is_written_again_as_it_was():
    factored = replace(invoice(), type=OtherType("393"))
    assert read(write(factored)) == factored


def test_means_of_payment_that_differ_in_more_than_the_account_stay_apart():
    means = (
        TO_GHENT,
        PaymentMeans(code="30", reference="RF18539007547034", transfers=(CreditTransfer(iban="NL91ABNA0417164300"),)),
        PaymentMeans(code="48", card=Card(number="1234")),
        PaymentMeans(code="59", debit=DirectDebit(mandate="M")),
    )
    assert read(write(invoice(payment=means))).payment == means


def test_the_stated_amount_due_is_read_beside_the_invoice_so_that_cents_can_be_fitted():
    data = write(invoice()).replace(b">121.00</cbc:PayableAmount>", b">121.02</cbc:PayableAmount>")
    document, payable = read_with_payable(data)
    assert payable == Decimal("121.02")
    assert totals(fit_rounding(document, payable)).payable == payable


def changed(old: str, new: str) -> bytes:
    data = write(invoice()).decode()
    assert old in data
    return data.replace(old, new).encode()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "<cbc:IssueDate>2026-01-05",
            "<cbc:IssueDate>5 januari",
            "BT-2 issue date at /Invoice/cbc:IssueDate is '5 januari'; write a date like 2026-01-31.",
        ),
        (
            '"EUR">100</cbc:PriceAmount>',
            '"EUR">1e2</cbc:PriceAmount>',
            "BT-146 item net price at /Invoice/cac:InvoiceLine[1]/cac:Price/cbc:PriceAmount is '1e2'; "
            "write a number like 12.5.",
        ),
        (
            ">380<",
            ">factuur<",
            "BT-3 invoice type code at /Invoice/cbc:InvoiceTypeCode is 'factuur'; "
            "write a code of UNTDID 1001, such as 380.",
        ),
        (
            "<cbc:ID>2026-0001</cbc:ID>",
            "",
            "BT-1 invoice number is missing; it belongs at /Invoice/cbc:ID.",
        ),
        (
            "<cbc:Name>Artikel 1</cbc:Name>",
            "<cbc:Name> </cbc:Name>",
            "BT-153 item name is missing; it belongs at /Invoice/cac:InvoiceLine[1]/cac:Item/cbc:Name.",
        ),
        (
            ' unitCode="C62"',
            "",
            "BT-130 unit of measure is missing; it belongs at "
            "/Invoice/cac:InvoiceLine[1]/cbc:InvoicedQuantity/@unitCode.",
        ),
        (
            "<cbc:BuyerReference>",
            "<cbc:BuyerReference>A</cbc:BuyerReference><cbc:BuyerReference>",
            "BT-10 buyer reference stands 2 times at /Invoice/cbc:BuyerReference; it is allowed once.",
        ),
        (
            "</cac:AccountingSupplierParty>",
            "</cac:AccountingSupplierParty><cac:AccountingSupplierParty><cac:Party/></cac:AccountingSupplierParty>",
            "BG-4 seller stands 2 times at /Invoice/cac:AccountingSupplierParty/cac:Party; it is allowed once.",
        ),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence_with_term_and_path(old, new, sentence):
    with pytest.raises(ReadError) as refusal:
        read(changed(old, new))
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("data", [b"", b"not xml", b"<a/>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"\xff\xfe"])
def test_what_is_no_invoice_is_refused(data):
    with pytest.raises(ReadError, match=r"\.$"):
        read(data)


def test_numbers_in_other_scripts_are_no_numbers():
    with pytest.raises(ReadError, match="BT-146"):
        read(changed('"EUR">100</cbc:PriceAmount>', '"EUR">١٠٠</cbc:PriceAmount>'))


def test_elements_outside_the_model_are_passed_over():
    assert read(changed("<cbc:ID>2026-0001</cbc:ID>", "<cbc:ID>2026-0001</cbc:ID><cbc:UUID>x</cbc:UUID>")) == invoice()


def untouched() -> list[tuple[str, bytes]]:
    with tarfile.open(CORPUS) as archive:
        verdicts = next(name for name in archive.getnames() if name.endswith("verdicts.jsonl"))
        lines = io.TextIOWrapper(archive.extractfile(verdicts), "utf-8")
        wanted = {
            entry["file"] for entry in map(json.loads, lines) if entry["kind"] == "untouched" and entry["xsd_valid"]
        }
    with tarfile.open(CORPUS) as archive:
        return [
            (Path(member.name).name, archive.extractfile(member).read())
            for member in archive
            if Path(member.name).name in wanted
        ]


def canonical(data: bytes) -> list[tuple[str, str, tuple]]:
    """Every value of a document in order, numbers by worth, without what the model derives or leaves out when zero."""
    values = []
    for element in etree.fromstring(data).iter("*"):
        name = etree.QName(element).localname
        text = (element.text or "").strip()
        if len(element) or name in ("CustomizationID", "ProfileID") or not text:
            continue
        if name.endswith(NUMBERS):
            text = str(Decimal(text).normalize() + 0)
        optional = name in ("AllowanceTotalAmount", "ChargeTotalAmount", "PrepaidAmount", "PayableRoundingAmount")
        if not (optional and text == "0"):
            values.append((name, text, tuple(sorted(element.attrib.items()))))
    return values


@pytest.mark.skipif(not CORPUS.exists(), reason="the conformance corpus is not beside this checkout")
def test_published_invoices_are_written_again_as_they_were():
    same = 0
    for name, data in untouched():
        document = read(data)
        try:
            written = write(document)
        except WriteError as refusal:
            assert "PEPPOL-EN16931-P0112" in str(refusal), f"{name}: {refusal}"
            continue
        assert canonical(written) == canonical(data), name
        same += 1
    assert same > 400
