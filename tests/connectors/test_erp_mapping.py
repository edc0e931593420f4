"""From an export's document to an invoice: what is derived, what is asked for, and that the ERP's sums are checked."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.erp.export import Refused
from connectors.erp.mapping import build, sells_goods
from connectors.erp.parties import peppol_address
from tests.connectors.exports import BUSINESS, CONSUMER, GERMAN, document, line, ready, sentence
from ubl.arithmetic import totals
from ubl.invoice import DocumentType, Identifier, Invoice
from ubl.references import ogm_is_valid, rf_is_valid

DEPOSIT = {"amount": "100.00", "deposit_invoices": [{"number": "2026-3", "issued": "2026-01-02"}]}
TO_GERMANY: dict[str, Any] = {
    "customer": "C-3",
    "lines": [line(vat_category="K", vat_rate=None)],
    "delivery": {"date": "2026-01-05"},
}


def invoice(**changes: Any) -> Invoice:
    built = build(ready(**changes))
    assert isinstance(built, Invoice), built
    return built


def refusal(**changes: Any) -> str:
    built = build(ready(**changes))
    assert isinstance(built, Refused), built
    assert (built.row, built.number, built.seller) == (1, "2026-7", changes.get("seller", "be"))
    return built.sentence.removeprefix("Row 1: documents[0].")


def test_the_parties_get_the_identifiers_of_their_country() -> None:
    """Belgium 0208 from the KBO, the Netherlands 0106 from the KvK, Germany 9930 from the VAT number."""
    belgian, dutch, german = invoice(), invoice(seller="nl"), invoice(**TO_GERMANY)
    assert (belgian.seller.endpoint, belgian.seller.vat_id) == (Identifier("0901234522", "0208"), "BE0901234522")
    assert belgian.seller.legal_id == belgian.seller.endpoint
    assert dutch.seller.endpoint == Identifier("99812345", "0106")
    assert belgian.buyer.endpoint == Identifier("0903456713", "0208")
    assert german.buyer.endpoint == Identifier("DE998123451", "9930")


def test_a_stated_peppol_address_comes_before_the_derived_one() -> None:
    stated = BUSINESS | {"peppol_endpoint": "9925:BE0903456713"}
    assert invoice(customers=[stated]).buyer.endpoint == Identifier("BE0903456713", "9925")


def test_a_consumer_is_not_on_peppol_and_is_named_by_e_mail() -> None:
    row = ready(customer="C-2")
    assert peppol_address(row.customer) is None
    assert invoice(customer="C-2").buyer.endpoint == Identifier("jan@peeters.example", "EM")


def test_a_consumer_without_any_address_is_asked_for_one() -> None:
    silent = {field: value for field, value in CONSUMER.items() if field != "email"}
    assert refusal(customer="C-2", customers=[silent]).startswith("customer is 'C-2': that customer has no")


@pytest.mark.parametrize(
    ("kind", "extra", "expected"),
    [
        ("invoice", {}, DocumentType.INVOICE),
        ("credit_note", {"original_invoice": {"number": "2026-1"}}, DocumentType.CREDIT_NOTE),
        ("deposit_invoice", {}, DocumentType.PREPAYMENT_INVOICE),
        ("final_invoice", {"prepaid": DEPOSIT}, DocumentType.INVOICE),
    ],
)
def test_each_kind_has_its_type_code(kind: str, extra: dict[str, Any], expected: DocumentType) -> None:
    assert invoice(kind=kind, **extra).type is expected


def test_a_final_invoice_subtracts_the_deposit_and_names_it() -> None:
    final = invoice(kind="final_invoice", prepaid=DEPOSIT)
    assert (totals(final).with_vat, totals(final).payable) == (Decimal("242.00"), Decimal("142.00"))
    assert [(one.number, one.issued) for one in final.preceding] == [("2026-3", date(2026, 1, 2))]


def test_a_credit_note_names_its_invoice_and_is_due_at_once() -> None:
    credit = invoice(kind="credit_note", original_invoice={"number": "2026-1", "issued": "2025-12-30"})
    assert [one.number for one in credit.preceding] == ["2026-1"]
    assert credit.due == credit.issued
    assert credit.note is not None and "terug te storten" in credit.note  # Royal decree no. 4, article 4


def test_a_dutch_credit_note_without_its_invoice_is_refused() -> None:
    """NL-R-001."""
    assert refusal(seller="nl", kind="credit_note").startswith("original_invoice is missing: a Dutch seller's")
    assert invoice(kind="credit_note").preceding == ()


@pytest.mark.parametrize(
    ("stated", "customer_term", "expected"),
    [
        ({"due": "2026-02-01"}, 8, date(2026, 2, 1)),
        ({"term_days": 14}, 8, date(2026, 1, 19)),
        ({"term_days": 0}, 8, date(2026, 1, 5)),
        ({}, 8, date(2026, 1, 13)),
        ({}, None, date(2026, 2, 4)),
    ],
)
def test_the_due_date_is_stated_or_counted(stated: dict[str, Any], customer_term: int | None, expected: date) -> None:
    assert invoice(customers=[BUSINESS | {"term_days": customer_term}], **stated).due == expected


def test_belgian_invoices_carry_an_ogm_and_others_an_rf() -> None:
    belgian, dutch = invoice().payment[0], invoice(seller="nl").payment[0]
    assert ogm_is_valid(belgian.reference or "") and (belgian.reference or "").startswith("+++")
    assert rf_is_valid(dutch.reference or "")
    assert (belgian.code, belgian.transfers[0].iban) == ("58", "BE68539007547034")


def test_a_payment_reference_of_the_erp_is_checked_and_printed_as_usual() -> None:
    assert invoice(payment_reference="090933755493").payment[0].reference == "+++090/9337/55493+++"
    assert invoice(payment_reference="RF18 5390 0754 7034").payment[0].reference == "RF18539007547034"
    assert invoice(seller="nl", payment_reference="271234567").payment[0].reference == "271234567"
    assert refusal(payment_reference="2026-7").startswith("payment_reference is '2026-7': that is no OGM")


def test_outside_the_euro_the_transfer_is_no_sepa_transfer() -> None:
    dollars = invoice(currency="USD", vat_in_euro="38.00")
    assert (dollars.payment[0].code, dollars.vat_currency) == ("30", "EUR")
    assert dollars.vat_in_vat_currency == Decimal("38.00")


def test_vat_in_euro_belongs_to_another_currency_and_has_the_sign_of_the_vat() -> None:
    """BR-53 and PEPPOL-EN16931-R055."""
    assert "vat_in_euro is '38.00': the currency is EUR itself" in sentence(document(vat_in_euro="38.00"))
    assert refusal(currency="USD", vat_in_euro="-38.00").startswith(
        "vat_in_euro does not fit: it is -38.00 where the VAT is 42.00 USD; give both the same sign."
    )


def test_the_buyer_reference_falls_back_on_the_customer_s() -> None:
    assert invoice(buyer_reference="X").buyer_reference == "X"
    assert invoice().buyer_reference == "AP"
    assert invoice(customer="C-2").buyer_reference == "C-2"


def test_without_reference_and_order_the_document_is_refused() -> None:
    """PEPPOL-EN16931-R003."""
    nameless = BUSINESS | {"buyer_reference": None}
    assert refusal(customers=[nameless]).startswith("buyer_reference is missing: Peppol wants the reference")
    assert invoice(customers=[nameless], order="PO-1").buyer_reference is None


@pytest.mark.parametrize(
    ("category", "code"), [("AE", "VATEX-EU-AE"), ("G", "VATEX-EU-G"), ("O", "VATEX-EU-O"), ("K", "VATEX-EU-IC")]
)
def test_an_untaxed_category_brings_its_reason(category: str, code: str) -> None:
    untaxed = invoice(**TO_GERMANY | {"lines": [line(vat_category=category, vat_rate=None)]})
    assert [exemption.code for exemption in untaxed.exemptions] == [code]


def test_an_exemption_under_e_needs_the_article() -> None:
    exempt = {"lines": [line(vat_category="E", vat_rate=None)]}
    assert refusal(**exempt).startswith("vat_exemption_reason is missing: VAT category E needs the article")
    reason = "Vrijgesteld, artikel 44, § 2, 4° Btw-Wetboek"
    assert invoice(**exempt, vat_exemption_reason=reason).exemptions[0].reason == reason


def test_outside_vat_no_vat_number_is_named() -> None:
    """BR-O-02."""
    outside = invoice(lines=[line(vat_category="O", vat_rate=None)])
    assert (outside.seller.vat_id, outside.buyer.vat_id) == (None, None)
    assert refusal(lines=[line(), line(vat_category="O", vat_rate=None)]).startswith(
        "lines does not fit: VAT category O"
    )


def test_an_intra_community_supply_says_where_and_when() -> None:
    """BR-IC-11 and BR-IC-12."""
    supply = invoice(**TO_GERMANY).delivery
    assert supply is not None and supply.address is not None
    assert (supply.date, supply.address.country) == (date(2026, 1, 5), "DE")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"delivery": None}, "delivery is missing: VAT category K needs delivery.date"),
        (
            {"customer": "C-1"},
            "delivery.address does not fit: VAT category K is for goods that go to another EU country",
        ),
        (
            {"customers": [GERMAN | {"vat_number": None}]},
            "customer is 'C-3': a reverse charge or intra-community supply needs that customer's vat_number",
        ),
        (
            {"customers": [GERMAN | {"vat_number": "BE0903456713"}]},
            "customer is 'C-3': VAT category K needs a VAT number of another EU country than BE",
        ),
    ],
)
def test_an_intra_community_supply_that_cannot_be_one_is_refused(changes: dict[str, Any], expected: str) -> None:
    assert refusal(**(TO_GERMANY | changes)).startswith(expected)


def test_a_discount_is_an_allowance_on_its_line() -> None:
    by_percent = invoice(lines=[line(discount={"percent": "2.5"})]).lines[0].allowances[0]
    assert (by_percent.amount, by_percent.base, by_percent.percentage) == (Decimal("5.00"), Decimal("200.00"), 2.5)
    by_amount = invoice(lines=[line(discount={"amount": "7.00", "reason": "Breuk"})])
    assert totals(by_amount).lines == Decimal("193.00")


def test_units_in_words_become_codes() -> None:
    lines = [line(unit="hour"), line(unit="KGM"), line(price_per=100, unit="piece")]
    built = invoice(lines=lines).lines
    assert [one.unit for one in built] == ["HUR", "KGM", "C62"]
    assert (built[2].price.base_quantity, built[2].price.base_unit) == (100, "C62")


def test_a_cent_of_the_erp_goes_to_the_rounding_and_no_line_is_bent() -> None:
    """Design: a line is never bent to fit; the ERP that rounds VAT per line is a cent off, and BT-114 says so."""
    lines = [line(quantity=1, unit_price="10.50"), line(quantity=1, unit_price="10.50")]
    rounded = invoice(lines=lines, totals={"without_vat": "21.00", "vat": "4.42", "with_vat": "25.42"})
    assert (totals(rounded).vat, rounded.rounding, totals(rounded).payable) == (
        Decimal("4.41"),
        Decimal("0.01"),
        Decimal("25.42"),
    )
    assert rounded.lines == invoice(lines=lines).lines


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (
            {"without_vat": "199.00"},
            "totals.without_vat does not fit: it states 199.00, but the lines come to 200.00 EUR",
        ),
        ({"vat": "24.00"}, "totals.vat does not fit: it states 24.00, but the lines come to 42.00 EUR"),
        ({"with_vat": "244.00"}, "totals.with_vat does not fit: it states 244.00, but the lines come to 242.00 EUR"),
        ({"payable": "224.00"}, "totals.payable does not fit: it states 224.00, but the lines come to 242.00 EUR"),
    ],
)
def test_a_larger_difference_is_refused_with_both_figures(stated: dict[str, str], expected: str) -> None:
    assert refusal(totals=stated).startswith(expected)


def test_an_invoice_below_zero_is_a_credit_note() -> None:
    assert "write a credit_note with positive amounts" in refusal(lines=[line(quantity=-1)])


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.decimals("0.01", 5000, places=2), st.sampled_from([0, 6, 9, 12, 21])), min_size=1, max_size=6
    ),
    st.decimals("-0.01", "0.01", places=2),
)
def test_within_a_cent_the_payable_is_always_the_stated_one(lines: list[tuple[Decimal, int]], cent: Decimal) -> None:
    records = [
        line(quantity=1, unit_price=str(price), vat_category="S" if rate else "Z", vat_rate=rate)
        for price, rate in lines
    ]
    derived = totals(invoice(lines=records)).payable
    assert totals(invoice(lines=records, totals={"payable": str(derived + cent)})).payable == derived + cent


def test_only_goods_can_stay_the_seller_s() -> None:
    assert sells_goods(ready().document)
    assert not sells_goods(ready(lines=[line(nature="service")]).document)
    assert not sells_goods(ready(kind="credit_note", original_invoice={"number": "1"}).document)


def test_attachments_travel_as_supporting_documents() -> None:
    with_file = invoice(attachments=[{"filename": "bon.pdf", "content": "JVBERg==", "description": "Leverbon"}])
    (attached,) = with_file.documents
    assert (attached.id, attached.content, attached.mime) == ("bon.pdf", b"%PDF", "application/pdf")
