"""UBL 2.1 XSD: the verdict, and the explanation of a failure."""

from __future__ import annotations

import pytest
from lxml import etree

from tests.ubl.rule_documents import base_documents, changed
from ubl import schema

BASES = base_documents()


def test_a_valid_invoice_and_credit_note():
    assert schema.is_valid(BASES["invoice"])
    assert schema.is_valid(BASES["credit"])
    assert schema.errors(BASES["invoice"]) == []


@pytest.mark.parametrize(
    ("change", "where", "said"),
    [
        ("-cbc:ID", "/Invoice/cbc:IssueDate", "here belongs cbc:ProfileExecutionID or cbc:ID."),
        ("cbc:IssueDate=2026-02-30", "/Invoice/cbc:IssueDate", '"2026-02-30" in cbc:IssueDate is not a date such as'),
        ("LINE[2]/cac:Price/cbc:PriceAmount=ten", "/Invoice/cac:InvoiceLine[2]/cac:Price/cbc:PriceAmount", '"ten" in'),
        ("*cbc:IssueDate", "/Invoice/cbc:IssueDate[2]", "cbc:IssueDate does not belong here"),
        ("-VAT/cac:TaxCategory", "/Invoice/cac:TaxTotal/cac:TaxSubtotal", "cac:TaxSubtotal is not complete: "),
        ("cbc:ID@colour=red", "/Invoice/cbc:ID", "cbc:ID has no attribute colour."),
        (
            "TOTAL/cbc:PayableAmount@currencyID-",
            "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount",
            "lacks the attribute",
        ),
        ("cac:OrderReference=text", "/Invoice/cac:OrderReference", "cac:OrderReference has text between its elements."),
    ],
)
def test_a_failure_is_explained_with_its_place(change, where, said):
    document = changed(BASES["invoice"], change)
    assert not schema.is_valid(document)
    error = schema.errors(document)[0]
    assert error.path == where
    assert said in error.reason
    assert error.fix.endswith(".")


def test_the_same_in_dutch_and_whatever_the_prefixes():
    invoice = etree.tostring(changed(BASES["invoice"], "cbc:IssueDate=soon")).replace(b"cbc:", b"b:")
    document = etree.fromstring(invoice.replace(b"xmlns:cbc", b"xmlns:b"))
    (error,) = schema.errors(document, "nl")
    assert error.path == "/Invoice/cbc:IssueDate"
    assert error.reason == '"soon" in cbc:IssueDate is niet een datum zoals 2026-03-31.'


def test_what_we_have_no_words_for_is_explained_by_xmlschema(monkeypatch):
    monkeypatch.setattr(schema, "in_words", lambda message, lang: None)
    for kind in ("invoice", "credit"):
        (error,) = schema.errors(changed(BASES[kind], "TOTAL/cbc:PayableAmount=ten"))
        assert error.path.endswith("cac:LegalMonetaryTotal/cbc:PayableAmount")
        assert "ten" in error.reason


def test_reasons_are_not_without_end():
    document = changed(BASES["invoice"], "-cac:TaxTotal")
    for amount in document.iter("{*}LineExtensionAmount", "{*}PriceAmount", "{*}Amount"):
        amount.text = "x"
    assert len(schema.errors(document, most=3)) == 3


def test_a_prefix_declared_deep_inside_is_understood():
    document = changed(BASES["invoice"], "*cac:OrderReference")
    document.find("{*}OrderReference").append(etree.fromstring('<deep:ID xmlns:deep="urn:example">1</deep:ID>'))
    paths = [error.path for error in schema.errors(document)]
    assert "/Invoice/cac:OrderReference[1]/{urn:example}ID" in paths
