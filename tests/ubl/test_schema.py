"""UBL 2.1 XSD: the verdict, and the explanation of a failure."""

from __future__ import annotations

import pytest

from tests.ubl.rule_documents import base_documents, changed
from ubl import schema

BASES = base_documents()


def test_a_valid_invoice_and_credit_note():
    assert schema.is_valid(BASES["invoice"])
    assert schema.is_valid(BASES["credit"])
    assert schema.errors(BASES["invoice"]) == []


@pytest.mark.parametrize(
    ("change", "where", "named"),
    [
        ("-cbc:ID", "/Invoice", "cbc:IssueDate"),
        ("cbc:IssueDate=2 March", "cbc:IssueDate", "2 March"),
        ("TOTAL/cbc:PayableAmount=ten", "cbc:PayableAmount", "ten"),
        ("*cbc:IssueDate", "/Invoice", "cbc:IssueDate"),
    ],
)
def test_a_failure_is_explained_with_its_place(change, where, named):
    document = changed(BASES["invoice"], change)
    assert not schema.is_valid(document)
    first = schema.errors(document)[0]
    assert where in first.path
    assert named in first.reason


def test_reasons_are_not_without_end():
    document = changed(BASES["invoice"], "-cac:TaxTotal")
    for amount in document.iter("{*}LineExtensionAmount", "{*}PriceAmount", "{*}Amount"):
        amount.text = "x"
    assert len(schema.errors(document, most=3)) == 3
