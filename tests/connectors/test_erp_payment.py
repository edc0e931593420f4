"""Payment as the export states it: collected, by card, to a factor, with a discount, and where each is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connectors.erp.checks import flags
from connectors.erp.export import Ready, Refused
from connectors.erp.mapping import build
from tests.connectors.exports import BELGIAN_SELLER, BUSINESS, DUTCH_SELLER, document, line, read, ready, sentence
from tests.connectors.test_erp_cases import COLLECTING, FACTOR, MANDATE
from ubl.arithmetic import totals
from ubl.invoice import Card, CreditTransfer, DirectDebit, Identifier, Invoice, PrecedingInvoice
from ubl.references import kenmerk_is_valid, ogm_is_valid, rf_is_valid


def invoice(**changes: Any) -> Invoice:
    built = build(ready(**changes))
    assert isinstance(built, Invoice), built
    return built


def refusal(**changes: Any) -> str:
    built = build(ready(**changes))
    assert isinstance(built, Refused), built
    return built.sentence.removeprefix("Row 1: documents[0].")


def said(**changes: Any) -> str:
    row = ready(**changes)
    return " ".join(flags(row.document, row.seller, row.customer, Decimal("242.00")))


def test_a_direct_debit_names_mandate_creditor_and_account() -> None:
    collected = invoice(sellers=[COLLECTING], payment={"by": "direct_debit", "mandate": MANDATE})
    (means,) = collected.payment
    assert (means.code, means.transfers) == ("59", ())
    assert means.debit == DirectDebit(
        mandate="M-2024-17", creditor_id="BE68ZZZ0123456789", debited_iban="NL91ABNA0417164300"
    )


def test_the_customer_s_mandate_holds_for_documents_that_name_none() -> None:
    customer = BUSINESS | {"mandate": {"reference": "M-1"}}
    (means,) = invoice(sellers=[COLLECTING], customers=[customer], payment={"by": "direct_debit"}).payment
    assert means.debit is not None and means.debit.mandate == "M-1"
    assert invoice(sellers=[COLLECTING], customers=[customer]).payment[0].code == "58"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sellers": [COLLECTING]}, "payment does not fit: there is no mandate to collect by"),
        (
            {"payment": {"by": "direct_debit", "mandate": MANDATE}},
            "seller is 'be': that seller has no sepa_creditor_id",
        ),
        (
            {"sellers": [COLLECTING], "currency": "USD", "vat_in_euro": "38.00"},
            "payment does not fit: SEPA direct debit collects euros",
        ),
    ],
)
def test_without_mandate_creditor_or_euro_nothing_is_collected(changes: dict[str, Any], expected: str) -> None:
    assert refusal(**({"payment": {"by": "direct_debit"}} | changes)).startswith(expected)


def test_a_creditor_identifier_has_check_digits() -> None:
    """EPC262-08: the business code, here ZZZ, is no part of them."""
    wrong = BELGIAN_SELLER | {"sepa_creditor_id": "BE69ZZZ0123456789"}
    assert "sellers[0].sepa_creditor_id is 'BE69ZZZ0123456789': write the SEPA creditor identifier" in sentence(
        document(), sellers=[wrong]
    )


def test_a_card_is_named_by_its_last_digits_only() -> None:
    card = {"by": "card", "card": {"last_digits": "4242", "holder": "J. Claes", "network": "VISA"}}
    (means,) = invoice(payment=card, prepaid={"amount": "242.00"}).payment
    assert (means.code, means.card) == ("48", Card(number="4242", holder="J. Claes", network="VISA"))
    assert "documents[0].payment.card.last_digits" in sentence(
        document(payment={"by": "card", "card": {"last_digits": "4111111111111111"}})
    )
    assert "stays open for its whole sum" in said(payment=card)


def test_a_factor_is_paid_in_the_seller_s_place_and_the_assignment_is_told() -> None:
    factored = invoice(payee=FACTOR)
    assert factored.payee is not None
    assert (factored.payee.name, factored.payee.legal_id) == ("Factor Bank NV", Identifier("0202239951", "0208"))
    assert factored.payment[0].transfers == (CreditTransfer(iban="BE71096123456769", account_name="Factor Bank NV"),)
    assert factored.note == "Deze factuur is overgedragen aan Factor Bank NV."
    assert "does not reach the seller's accounts" in said(payee=FACTOR)


def test_escompte_lowers_the_vat_and_says_what_is_paid_in_time() -> None:
    """Article 28, 1° WBTW: 2 % of 200.00 leaves 196.00 taxable; the price of 200.00 stays due."""
    discounted = invoice(cash_discount={"percent": 2, "days": 8})
    assert (totals(discounted).vat, totals(discounted).payable) == (Decimal("41.16"), Decimal("241.16"))
    assert discounted.payment_terms is not None
    assert discounted.payment_terms.startswith("Bij betaling uiterlijk op 13 januari 2026")
    assert "€\xa0237,16" in discounted.payment_terms


def test_the_erp_s_totals_are_those_with_the_discount() -> None:
    stated = {"without_vat": "200.00", "vat": "41.16", "with_vat": "241.16"}
    assert totals(invoice(cash_discount={"percent": 2, "days": 8}, totals=stated)).payable == Decimal("241.16")
    assert refusal(cash_discount={"percent": 2, "days": 8}, totals={"vat": "42.00"}).startswith("totals.vat")


def test_escompte_is_belgian() -> None:
    assert refusal(seller="nl", cash_discount={"percent": 2, "days": 8}).startswith(
        "cash_discount does not fit: only Belgian VAT law knows it; write it in payment_terms"
    )


def test_the_erp_s_own_words_on_payment_come_first() -> None:
    terms = invoice(payment_terms="Contant bij levering.").payment_terms
    assert terms is not None and terms.startswith("Contant bij levering. Wat op de vervaldag")


@pytest.mark.parametrize("kind", ["384", "correction", "corrective_invoice"])
def test_a_correction_is_a_credit_note_and_a_new_invoice(kind: str) -> None:
    """PEPPOL-EN16931-P0112."""
    assert sentence(document(kind=kind)).startswith(
        f"Row 1: documents[0].kind is '{kind}': a corrected invoice (384) is not allowed from Belgian and Dutch "
        "sellers; write a credit_note for the wrong invoice, and a new invoice"
    )


def test_the_new_invoice_names_the_one_it_replaces() -> None:
    replaced = {"number": "2025-9", "issued": "2025-12-01"}
    assert invoice(original_invoice=replaced).preceding == (
        PrecedingInvoice(number="2025-9", issued=date(2025, 12, 1)),
    )


@pytest.mark.parametrize(
    ("part", "language", "expected"),
    [
        ({"number": 2, "of": 3}, "nl", "Deelfactuur 2 van 3 bij bestelling PO-17"),
        ({"number": 3, "of": 3}, "nl", "Deelfactuur 3 van 3 bij bestelling PO-17 (slotfactuur)"),
        ({"number": 4, "final": True}, "fr", "Facture partielle 4 de la commande PO-17 (facture finale)"),
        ({"number": 1}, "de", "Teilrechnung 1 zur Bestellung PO-17"),
        ({"number": 1, "of": 1}, "en", "Partial invoice 1 of 1 for order PO-17 (final invoice)"),
    ],
)
def test_partial_invoices_are_numbered_within_their_order(part: dict[str, Any], language: str, expected: str) -> None:
    assert invoice(order="PO-17", partial=part, customers=[BUSINESS | {"language": language}]).note == expected


def test_a_part_of_no_order_or_beyond_the_last_is_refused() -> None:
    assert ".partial is an object: parts are numbered within an order" in sentence(document(partial={"number": 1}))
    assert ".partial.number is 4: there are 3 in all" in sentence(document(order="1", partial={"number": 4, "of": 3}))
    assert ".partial.final is true: the last is number 3" in sentence(
        document(order="1", partial={"number": 2, "of": 3, "final": True})
    )


def part(number: int, name: str, **changes: Any) -> dict[str, Any]:
    return document(number=name, order="PO-17", partial={"number": number} | changes.pop("partial", {}), **changes)


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (part(1, "B"), "partial.number is 1, which A is already; number the parts of an order 1, 2, 3"),
        (part(2, "B", partial={"of": 4}), "partial.of is 4, but A says 3; write the same on each part."),
    ],
)
def test_the_parts_of_an_order_fit_each_other(second: dict[str, Any], expected: str) -> None:
    first, refused = read(part(1, "A", partial={"of": 3}), second).documents
    assert isinstance(first, Ready) and isinstance(refused, Refused)
    assert refused.sentence.startswith(f"Row 2: documents[1].{expected}")


def test_nothing_follows_the_last_part_in_whatever_order_they_stand() -> None:
    for parts in (
        (part(2, "A", partial={"final": True}), part(3, "B")),
        (part(3, "B"), part(2, "A", partial={"of": 2})),
    ):
        (refused,) = read(*parts).refused
        assert "but A was the last part, before B" in refused.sentence


def test_a_part_may_take_the_place_of_the_one_it_replaces_and_other_orders_count_for_themselves() -> None:
    again = part(1, "B", original_invoice={"number": "A"})
    elsewhere = document(number="C", order="PO-18", partial={"number": 1})
    assert len(read(part(1, "A"), again, elsewhere, part(2, "D")).ready) == 4


def test_self_billed_documents_say_so_and_are_not_sent() -> None:
    """Directive 2006/112/EC, article 226 (10a)."""
    own = invoice(kind="self_billed_invoice", customers=[BUSINESS | {"language": "fr"}])
    assert (own.type, own.note, own.payment_terms) == ("389", "Autofacturation", None)
    assert "kept and followed, not sent" in said(kind="self_billed_invoice")
    assert invoice(kind="self_billed_credit_note").type == "261"


def test_a_percentage_is_of_the_lines_with_the_same_vat() -> None:
    lines = [line(), line(vat_rate=6, unit_price="10.00")]
    percent = {"percent": 10, "reason": "Actie", "vat_category": "S", "vat_rate": 6}
    (allowance,) = invoice(lines=lines, allowances=[percent]).allowances
    assert (allowance.base, allowance.amount) == (Decimal("20.00"), Decimal("2.00"))
    (stated,) = invoice(lines=lines, allowances=[percent | {"base": "200.00"}]).allowances
    assert (stated.base, stated.amount) == (Decimal("200.00"), Decimal("20.00"))
    assert ".allowances[0].percent is 10: write either percent or amount" in sentence(
        document(allowances=[percent | {"amount": "1.00"}])
    )


def test_charges_of_a_line_stand_beside_its_discount() -> None:
    charged = invoice(lines=[line(discount={"percent": 10}, charges=[{"percent": 5, "reason": "Spoed"}])]).lines[0]
    assert [(one.charge, one.amount, one.percentage) for one in charged.allowances] == [
        (False, Decimal("20.00"), 10),
        (True, Decimal("10.00"), 5),
    ]


def test_a_dutch_address_is_complete_or_asked_for_by_its_field() -> None:
    """NL-R-002 and NL-R-004."""
    bare = DUTCH_SELLER | {"address": {"street": "Kade 1", "city": "Zwolle", "country": "NL"}}
    assert "sellers[0].address.postal_code is missing: a Dutch address has street" in sentence(
        document(seller="nl"), sellers=[bare]
    )
    dutch = BUSINESS | {"address": {"street": "Kade 2", "postal_code": "8011 AB", "country": "NL"}}
    dutch |= {"registration_number": "87654321", "vat_number": "NL004495445B01"}
    assert refusal(seller="nl", customers=[dutch]).startswith(
        "customer is 'C-1': that customer's address.city is missing: a Dutch address has"
    )
    assert isinstance(build(ready(customers=[dutch])), Invoice)


def test_a_link_takes_the_place_of_a_file() -> None:
    both = [{"filename": "bon.pdf", "content": "JVBERg==", "url": "https://x.example/bon.pdf"}]
    assert ".attachments[0].content is 'JVBERg==': write either the file as content, or its url" in sentence(
        document(attachments=both)
    )
    assert "write an address that starts with https://" in sentence(
        document(attachments=[{"filename": "bon", "url": "ftp://x.example"}])
    )


def test_the_seller_chooses_the_kind_of_reference_that_is_made() -> None:
    def made(kind: str, number: str = "2026-7") -> str:
        return (
            invoice(seller="nl", number=number, sellers=[DUTCH_SELLER | {"reference_kind": kind}]).payment[0].reference
            or ""
        )

    assert kenmerk_is_valid(made("betalingskenmerk"))
    assert ogm_is_valid(made("ogm"))
    assert rf_is_valid(made("rf"))
    assert refusal(
        seller="nl", number="F-7", sellers=[DUTCH_SELLER | {"reference_kind": "betalingskenmerk"}]
    ).startswith("payment_reference is missing: none can be made from the number: 'F7' does not fit a betalingskenmerk")
