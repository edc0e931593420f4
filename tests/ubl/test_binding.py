"""The binding is data: complete over the model, in the order of the schema, and answerable for every path it knows."""

import re
from dataclasses import fields

import pytest
from lxml import etree

from ubl.binding import BINDING, bound_terms, term_at, terms_by_path
from ubl.binding_nodes import Constant, Group, Leaf
from ubl.invoice import Invoice
from ubl.schema import standards
from ubl.terms import NAMES, name_of

NOT_IN_UBL = {"exemptions"}  # stated in the VAT breakdown
NOT_ON_PEPPOL = {"BT-21"}  # PEPPOL-EN16931-R002 leaves one plain note
XS = "{http://www.w3.org/2001/XMLSchema}"


def walk(nodes):
    for node in nodes:
        yield node
        if isinstance(node, Group):
            yield from walk(node.children)


@pytest.mark.parametrize("root", ["Invoice", "CreditNote"])
def test_every_field_of_the_invoice_has_its_place(root):
    bound = {node.field for node in walk(BINDING[root]) if not isinstance(node, Constant)}
    assert {field.name for field in fields(Invoice)} - NOT_IN_UBL <= bound


@pytest.mark.parametrize("root", ["Invoice", "CreditNote"])
def test_every_term_that_peppol_allows_is_bound(root):
    bound = {term for terms in terms_by_path(root).values() for term in terms}
    assert set(NAMES) - bound == NOT_ON_PEPPOL


@pytest.mark.parametrize("root", ["Invoice", "CreditNote"])
def test_every_group_that_makes_an_object_binds_all_its_fields(root):
    for group in walk(BINDING[root]):
        if isinstance(group, Group) and group.make and hasattr(group.make, "__dataclass_fields__"):
            own = {field.name for field in fields(group.make)}
            named = {node.field for node in walk(group.children) if not isinstance(node, Constant)}
            named |= {
                field for node in walk(group.children) if isinstance(node, Leaf) for _, field, _ in node.attributes
            }
            from_elsewhere = {"vat", "creditor_id"} | ({"due"} if root == "Invoice" else set())
            assert own - from_elsewhere <= named, group.path


def test_the_order_is_that_of_the_schema():
    """The first step of each node at the root, and of each group, stands in the sequence of its type in UBL 2.1."""
    for root, nodes in BINDING.items():
        order = sequence(f"maindoc/UBL-{root}-2.1.xsd", f"{root}Type")
        places = [order.index(node.path.split("/")[0]) for node in nodes]
        assert places == sorted(places), root


def sequence(file, name):
    tree = etree.parse(standards() / file)
    return [element.get("ref") for element in tree.find(f"{XS}complexType[@name='{name}']").iter(f"{XS}element")]


@pytest.mark.parametrize(
    ("path", "term"),
    [
        (
            "/Invoice/cac:AccountingCustomerParty/cac:Party/cac:PartyTaxScheme/cbc:CompanyID",
            "BT-48 buyer VAT identifier",
        ),
        ("/ubl:Invoice/cbc:DueDate", "BT-9 payment due date"),
        ("/CreditNote/cac:PaymentMeans/cbc:PaymentDueDate", "BT-9 payment due date"),
        ("/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount", "BT-115 amount due for payment"),
        ("/Invoice/cac:InvoiceLine/cac:Price", "BG-29 price details"),
        ("/Invoice/cac:InvoiceLine/cac:Price/cbc:PriceAmount/@currencyID", "BT-146 item net price"),
        ("/Invoice/cac:InvoiceLine/cbc:InvoicedQuantity/@unitCode", "BT-130 unit of measure"),
        ("/CreditNote/cac:CreditNoteLine/cbc:CreditedQuantity", "BT-129 invoiced quantity"),
        (
            "/Invoice/cac:AllowanceCharge/cbc:Amount",
            "BT-92 document level allowance amount / BT-99 document level charge amount",
        ),
        ("/Invoice/cac:AccountingSupplierParty/cac:Party/cac:Person/cbc:ID", "BG-4 seller"),
    ],
)
def test_a_path_is_called_by_its_business_term(path, term):
    assert term_at(path) == term


def test_a_path_is_called_by_its_dutch_name_too():
    assert term_at("/Invoice/cbc:DueDate", "nl") == "BT-9 vervaldatum"


@pytest.mark.parametrize("path", ["/Invoice", "/Invoice/cbc:UUID", "/Order/cbc:ID", "", "/"])
def test_a_path_outside_the_model_has_no_term(path):
    assert term_at(path) is None


def test_every_bound_term_has_a_name_in_both_languages():
    for nodes in BINDING.values():
        for _, terms in bound_terms(nodes):
            for term in terms.split():
                assert re.fullmatch(r"B[TG]-\d+", term)
                assert name_of(term, "en") != name_of(term, "nl")
