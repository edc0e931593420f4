"""What the writer writes: the points where UBL, EN 16931 and Peppol each want something of their own."""

import base64
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from lxml import etree

from tests.ubl.conftest import broken_rules
from tests.ubl.samples import BELGIAN_SELLER, TO_GHENT, invoice, line, vat
from tests.ubl.strategies import invoices
from ubl.binding_nodes import PREFIXES
from ubl.invoice import (
    AllowanceCharge,
    CreditTransfer,
    Delivery,
    DirectDebit,
    DocumentType,
    Identifier,
    Item,
    OtherType,
    Payee,
    PaymentMeans,
    PrecedingInvoice,
    Price,
    SupportingDocument,
)
from ubl.write import WriteError, write

D = Decimal


def tree(document):
    return etree.fromstring(write(document))


def values(root, path):
    return [element.text for element in root.iterfind(path, PREFIXES)]


def names(element):
    return [etree.QName(child).localname for child in element]


def test_the_file_is_utf_8_and_says_so():
    data = write(invoice(note="Één hele mooie"))
    assert data.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    assert "Één hele mooie".encode() in data


def test_an_invoice_follows_the_billing_profile():
    root = tree(invoice())
    assert root.tag == "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice"
    assert values(root, "cbc:CustomizationID") == [
        "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
    ]
    assert values(root, "cbc:ProfileID") == ["urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"]


@pytest.mark.parametrize("kind", [DocumentType.SELF_BILLED_INVOICE, DocumentType.SELF_BILLED_CREDIT_NOTE])
def test_self_billing_follows_its_own_profile(kind):
    root = tree(invoice(type=kind))
    assert values(root, "cbc:CustomizationID") == [
        "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:selfbilling:3.0"
    ]
    assert values(root, "cbc:ProfileID") == ["urn:fdc:peppol.eu:2017:poacc:selfbilling:01:1.0"]


def test_a_credit_note_has_its_own_names_and_positive_amounts():
    root = tree(invoice(type=DocumentType.CREDIT_NOTE))
    assert etree.QName(root).localname == "CreditNote"
    assert values(root, "cbc:CreditNoteTypeCode") == ["381"]
    assert values(root, "cac:CreditNoteLine/cbc:CreditedQuantity") == ["1"]
    assert values(root, "cac:LegalMonetaryTotal/cbc:PayableAmount") == ["121.00"]


def test_a_credit_note_states_its_due_date_once_with_the_first_means_of_payment():
    two = replace(TO_GHENT, transfers=(*TO_GHENT.transfers, CreditTransfer(iban="NL91ABNA0417164300")))
    root = tree(invoice(type=DocumentType.CREDIT_NOTE, payment=(two,)))
    assert values(root, "cbc:DueDate") == []
    assert values(root, "cac:PaymentMeans/cbc:PaymentDueDate") == ["2026-02-04"]


def test_a_credit_note_with_a_due_date_and_no_means_of_payment_is_refused():
    with pytest.raises(WriteError, match="BT-9"):
        write(invoice(type=DocumentType.CREDIT_NOTE, payment=()))


@pytest.mark.parametrize(("code", "instead"), [("384", "credit note .381."), ("326", "ordinary one .380.")])
def test_what_only_germans_may_send_is_refused_with_what_to_send_instead(code, instead):
    """PEPPOL-EN16931-P0112."""
    with pytest.raises(WriteError, match=rf"type {code} .* {instead}"):
        write(invoice(type=OtherType(code)))


def test_a_project_is_a_reference_of_its_own_or_on_a_credit_note_a_document_of_type_50():
    assert values(tree(invoice(project="P1")), "cac:ProjectReference/cbc:ID") == ["P1"]
    root = tree(invoice(project="P1", type=DocumentType.CREDIT_NOTE))
    (reference,) = root.iterfind("cac:AdditionalDocumentReference", PREFIXES)
    assert [child.text for child in reference] == ["P1", "50"]


def test_an_invoiced_object_and_a_supporting_document_are_told_apart_by_type_130():
    root = tree(invoice(object_id=Identifier("meter 5", "AVE"), documents=(SupportingDocument(id="bijlage"),)))
    first, second = root.iterfind("cac:AdditionalDocumentReference", PREFIXES)
    assert [child.text for child in first] == ["meter 5", "130"]
    assert first[0].get("schemeID") == "AVE"
    assert [child.text for child in second] == ["bijlage"]


def test_an_attachment_is_base64_with_its_type_and_name():
    document = SupportingDocument(id="1", content=b"%PDF", mime="application/pdf", filename="factuur.pdf")
    (element,) = tree(invoice(documents=(document,))).iterfind(".//cbc:EmbeddedDocumentBinaryObject", PREFIXES)
    assert base64.b64decode(element.text) == b"%PDF"
    assert dict(element.attrib) == {"mimeCode": "application/pdf", "filename": "factuur.pdf"}


def test_each_account_has_its_own_means_of_payment_with_the_same_code_and_reference():
    two = replace(
        TO_GHENT, text="Overschrijving", transfers=(*TO_GHENT.transfers, CreditTransfer(iban="NL91ABNA0417164300"))
    )
    root = tree(invoice(payment=(two,)))
    assert values(root, "cac:PaymentMeans/cbc:PaymentMeansCode") == ["30", "30"]
    assert values(root, "cac:PaymentMeans/cbc:PaymentID") == ["+++090/9337/55493+++"] * 2
    assert values(root, "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID") == [
        "BE68539007547034",
        "NL91ABNA0417164300",
    ]
    assert [code.get("name") for code in root.iterfind(".//cbc:PaymentMeansCode", PREFIXES)] == ["Overschrijving", None]


def test_the_seller_stands_under_its_legal_name_and_its_trading_name():
    root = tree(invoice())
    party = root.find("cac:AccountingSupplierParty/cac:Party", PREFIXES)
    assert values(party, "cac:PartyLegalEntity/cbc:RegistrationName") == ["Houtbouw Verlinden BV"]
    assert values(party, "cac:PartyName/cbc:Name") == ["Verlinden"]


def test_the_vat_number_and_another_tax_number_are_told_apart_by_their_scheme():
    root = tree(invoice(seller=replace(BELGIAN_SELLER, tax_registration="F-77")))
    party = root.find("cac:AccountingSupplierParty/cac:Party", PREFIXES)
    assert values(party, "cac:PartyTaxScheme/cbc:CompanyID") == ["BE0123456749", "F-77"]
    assert values(party, "cac:PartyTaxScheme/cac:TaxScheme/cbc:ID") == ["VAT", "TAX"]


DEBIT = PaymentMeans(code="59", debit=DirectDebit(mandate="M-1", creditor_id="BE68ZZZ0123456789"))


@pytest.mark.parametrize(
    ("payee", "party"), [(None, "cac:AccountingSupplierParty/cac:Party"), (Payee(name="Factor NV"), "cac:PayeeParty")]
)
def test_the_sepa_creditor_stands_with_the_party_that_collects(payee, party):
    root = tree(invoice(payment=(DEBIT,), payee=payee))
    (identifier,) = root.iterfind(f"{party}/cac:PartyIdentification/cbc:ID", PREFIXES)
    assert (identifier.text, identifier.get("schemeID")) == ("BE68ZZZ0123456789", "SEPA")


def test_two_sepa_creditors_are_refused():
    other = PaymentMeans(code="59", debit=DirectDebit(mandate="M-2", creditor_id="NL00ZZZ123456780000"))
    with pytest.raises(WriteError, match="BT-90"):
        write(invoice(payment=(DEBIT, other)))


def test_a_sales_order_without_an_order_of_the_buyer_is_written_beside_na():
    root = tree(invoice(sales_order="SO-9"))
    assert [child.text for child in root.find("cac:OrderReference", PREFIXES)] == ["NA", "SO-9"]


def test_vat_in_another_currency_is_a_second_total_without_breakdown():
    root = tree(invoice(currency="USD", vat_currency="EUR", vat_in_vat_currency=D("19.5")))
    first, second = root.iterfind("cac:TaxTotal", PREFIXES)
    assert names(first) == ["TaxAmount", "TaxSubtotal"]
    assert [(child.text, child.get("currencyID")) for child in second] == [("19.50", "EUR")]


def test_amounts_have_two_decimals_and_quantities_and_prices_their_own():
    root = tree(invoice(line(1, "1E+3", "0.00125")))
    (written,) = root.iterfind("cac:InvoiceLine", PREFIXES)
    assert values(written, "cbc:InvoicedQuantity") == ["1000"]
    assert values(written, "cac:Price/cbc:PriceAmount") == ["0.00125"]
    assert values(written, "cbc:LineExtensionAmount") == ["1.25"]


def test_zero_is_never_negative():
    root = tree(invoice(line(1, "-1", "0")))
    assert values(root, "cac:InvoiceLine/cbc:LineExtensionAmount") == ["0.00"]


def test_an_amount_with_three_decimals_is_refused_by_its_term():
    odd = AllowanceCharge(charge=False, amount=D("1.005"), reason="Korting", vat=vat("21"))
    with pytest.raises(WriteError, match=r"2026-0001: the amount 1\.005 has more than two decimals .*BT-92"):
        write(invoice(allowances=(odd,)))


def test_what_is_no_number_is_refused():
    with pytest.raises(WriteError, match="no number"):
        write(invoice(line(1, "1", Price(net=D(1), base_quantity=D("Infinity")))))


def test_a_number_beyond_exact_reckoning_is_refused():
    with pytest.raises(WriteError, match="more digits"):
        write(invoice(line(1, "1E+30", "1")))


def test_a_gross_price_stands_with_the_discount_that_leads_to_the_net_price():
    root = tree(invoice(line(1, "2", Price(net=D("9.00"), gross=D("10.00")))))
    (allowance,) = root.iterfind("cac:InvoiceLine/cac:Price/cac:AllowanceCharge", PREFIXES)
    assert [child.text for child in allowance] == ["false", "1.00", "10.00"]


def test_totals_that_do_not_apply_are_left_out():
    totals = tree(invoice()).find("cac:LegalMonetaryTotal", PREFIXES)
    assert names(totals) == ["LineExtensionAmount", "TaxExclusiveAmount", "TaxInclusiveAmount", "PayableAmount"]


def test_characters_that_xml_forbids_are_left_out():
    root = tree(invoice(line(1, "1", "1", item=Item(name="Plank\x00 \x1feik\ufffe")), note="\ud800regel 1\nregel 2"))
    assert values(root, "cbc:Note") == ["regel 1\nregel 2"]
    assert values(root, "cac:InvoiceLine/cac:Item/cbc:Name") == ["Plank eik"]


def test_a_note_that_looks_like_it_has_a_subject_code_is_written_so_that_it_has_none():
    """BR-CL-08 would refuse '#123#' as an unknown code."""
    assert values(tree(invoice(note="Dossier #123# bis")), "cbc:Note") == ["Dossier # 123# bis"]


def test_markup_in_a_text_stays_text():
    assert values(tree(invoice(note="<b>&amp;]]>")), "cbc:Note") == ["<b>&amp;]]>"]


@pytest.mark.parametrize("nothing", ["", "   ", "\x00", None])
def test_an_empty_text_is_left_out_and_so_is_what_would_only_hold_it(nothing):
    root = tree(invoice(note=nothing, contract=nothing, sales_order=nothing, payee=None))
    assert values(root, "cbc:Note") == []
    assert root.find("cac:ContractDocumentReference", PREFIXES) is None


def test_the_delivery_and_the_preceding_invoice_keep_their_dates():
    root = tree(
        invoice(
            delivery=Delivery(date=date(2026, 1, 2)),
            preceding=(PrecedingInvoice(number="2025-9", issued=date(2025, 12, 1)),),
        )
    )
    assert values(root, "cac:Delivery/cbc:ActualDeliveryDate") == ["2026-01-02"]
    assert values(root, "cac:BillingReference/cac:InvoiceDocumentReference/*") == ["2025-9", "2025-12-01"]


@settings(max_examples=40, deadline=None)
@given(invoices())
def test_no_element_is_ever_empty(generated):
    """PEPPOL-EN16931-R008."""
    assert not [
        element.tag for element in tree(generated).iter() if not len(element) and not (element.text or "").strip()
    ]


@settings(max_examples=25, deadline=None)
@given(document=invoices())
def test_whatever_is_written_passes_our_rules_and_the_official_ones(official, document):
    data = write(document)
    assert broken_rules(data) == set()
    assert official(data) == set()
