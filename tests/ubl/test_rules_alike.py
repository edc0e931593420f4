"""Long invoices: judging like lines once gives the same verdict as judging each."""

from __future__ import annotations

import copy
import random

from lxml import etree

from tests.ubl.rule_documents import NS, base_documents, changed
from ubl.rules.book import engine
from ubl.rules.tree import LONG, Document
from ubl.validation import validate

BASES = base_documents()
COUNT = LONG + 30


def long_invoice():
    """The second line of the base invoice, many times, with words and amounts of its own; the totals still agree."""
    root = changed(
        BASES["invoice"], "-cac:InvoiceLine[2]/cac:AllowanceCharge; cac:InvoiceLine[2]/cbc:LineExtensionAmount=80"
    )
    sample = root.findall("cac:InvoiceLine", NS)[1]
    sample.find("cbc:LineExtensionAmount", NS).text = "80.00"
    for number in range(3, COUNT):
        line = copy.deepcopy(sample)
        line.find("cbc:ID", NS).text = str(number)
        line.find("cac:Item/cbc:Name", NS).text = f"Hours of week {number}"
        quantity = random.Random(number).randint(1, 40)
        line.find("cbc:InvoicedQuantity", NS).text = str(quantity)
        line.find("cbc:LineExtensionAmount", NS).text = f"{quantity * 40}.00"
        root.append(line)
    net = sum(round(float(x.text)) for x in root.findall("cac:InvoiceLine/cbc:LineExtensionAmount", NS))
    for path, amount in (
        ("TOTAL/cbc:LineExtensionAmount", net),
        ("TOTAL/cbc:TaxExclusiveAmount", net - 1),
        ("VAT/cbc:TaxableAmount", net - 1),
        ("cac:TaxTotal/cbc:TaxAmount", (net - 1) * 0.21),
        ("VAT/cbc:TaxAmount", (net - 1) * 0.21),
        ("TOTAL/cbc:TaxInclusiveAmount", (net - 1) * 1.21),
        ("TOTAL/cbc:PayableAmount", (net - 1) * 1.21 - 42),
    ):
        root = changed(root, f"{path}={amount:.2f}")
    return root


INVOICE = long_invoice()


def found(root) -> set[tuple[str, str]]:
    return {(finding.rule, finding.path) for finding in validate(etree.tostring(root)).findings}


def test_like_lines_are_counted_in_the_sums_without_being_read():
    place = engine()._roots[INVOICE.tag]
    document = Document(INVOICE, place, engine()._find)
    assert document.alike is not None and document.alike.taken >= COUNT - 4
    assert len(document.all("cac:InvoiceLine")) <= 3
    assert found(INVOICE) == set()


def test_a_wrong_total_is_seen_over_all_lines():
    wrong = changed(INVOICE, "TOTAL/cbc:LineExtensionAmount=1.00")
    assert ("BR-CO-10", "/Invoice/cac:LegalMonetaryTotal/cbc:LineExtensionAmount") in found(wrong)


def test_what_is_wrong_in_one_of_many_lines_is_found_at_that_line():
    for change, rule, leaf in (
        ("cac:InvoiceLine[40]/cbc:LineExtensionAmount=1.00", "PEPPOL-EN16931-R120", "/cbc:LineExtensionAmount"),
        ("cac:InvoiceLine[40]/cac:Item/cbc:Name=_", "BR-25", ""),
        ("cac:InvoiceLine[40]/cbc:ID=_", "BR-21", "/cbc:ID"),
        ("cac:InvoiceLine[40]/cbc:InvoicedQuantity@unitCode=QQQ", "BR-CL-23", "/cbc:InvoicedQuantity/@unitCode"),
        ("cac:InvoiceLine[40]/cac:Item/cac:ClassifiedTaxCategory/cbc:ID=Q", "BR-CL-18", None),
        ("cac:InvoiceLine[40]/cac:Price/cbc:PriceAmount=-40.00", "BR-27", ""),
        ("cac:InvoiceLine[40]/cac:Price/cbc:PriceAmount@currencyID=USD", "PEPPOL-EN16931-R051", None),
        ("+cac:InvoiceLine[40]/cbc:UUID", "UBL-CR-515", "/cbc:UUID"),
        ("-cac:InvoiceLine[40]/cac:Price", "BR-26", ""),
    ):
        findings = found(changed(INVOICE, change))
        paths = [path for id, path in findings if id == rule]
        assert any(path.startswith("/Invoice/cac:InvoiceLine[40]") for path in paths), (change, findings)
        assert leaf is None or f"/Invoice/cac:InvoiceLine[40]{leaf}" in paths
