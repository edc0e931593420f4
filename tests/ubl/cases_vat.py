"""Invoices for every way in which VAT is or is not charged; each becomes a file in `goldens`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.ubl.samples import (
    BELGIAN_SELLER,
    DUTCH_BUYER,
    DUTCH_SELLER,
    GERMAN_BUYER,
    SWISS_BUYER,
    TO_UTRECHT,
    invoice,
    line,
)
from ubl.cash_discount import with_cash_discount
from ubl.invoice import Address, Buyer, Delivery, Identifier, Invoice, Seller, VatExemption
from ubl.statutory import with_exemptions

DUTCH = {"seller": DUTCH_SELLER, "buyer": DUTCH_BUYER, "payment": (TO_UTRECHT,)}
SMALL_SELLER = Seller(
    name="Ateliers Dubois ASBL",
    address=Address(country="BE", line_1="Rue Neuve 3", city="Namur", postal_code="5000"),
    endpoint=Identifier("0202239951", "0208"),
    legal_id=Identifier("0202239951", "0208"),
)
PRIVATE_CLUB = Buyer(
    name="Cercle de Lecture",
    address=Address(country="BE", line_1="Place Verte 2", city="Dinant", postal_code="5500"),
    endpoint=Identifier("0123456749", "0208"),
)
TO_AACHEN = Delivery(date=date(2026, 1, 3), address=GERMAN_BUYER.address)
TO_GENEVA = Delivery(date=date(2026, 1, 3), address=SWISS_BUYER.address)

CASES: dict[str, Invoice] = {
    "mixed_rates_belgium": invoice(
        line(1, "4", "125.50", "21"),
        line(2, "10", "3.95", "6"),
        line(3, "2", "48.00", "12"),
        line(4, "1", "19.99", "6"),
    ),
    "mixed_rates_netherlands": invoice(line(1, "3", "80.00", "21"), line(2, "12", "4.95", "9"), **DUTCH),
    "reverse_charge_belgian_co_contractor": with_exemptions(
        invoice(line(1, "40", "52.50", None, "AE", unit="HUR"), line(2, "1", "60.00", "21")), "nl"
    ),
    "reverse_charge_belgian_service_abroad": with_exemptions(
        invoice(line(1, "8", "95", None, "AE", unit="HUR"), buyer=GERMAN_BUYER), "de"
    ),
    "reverse_charge_dutch_subcontractor": with_exemptions(
        invoice(line(1, "16", "48.75", None, "AE", unit="HUR"), **DUTCH), "nl"
    ),
    "intra_community_supply": with_exemptions(
        invoice(line(1, "250", "7.80", None, "K"), buyer=GERMAN_BUYER, delivery=TO_AACHEN), "de"
    ),
    "export": with_exemptions(
        invoice(line(1, "5", "310", None, "G"), buyer=SWISS_BUYER, delivery=TO_GENEVA, purchase_order="PO-7"), "fr"
    ),
    "exempt": invoice(
        line(1, "2", "150", None, "E"),
        line(2, "1", "40", "21"),
        exemptions=(VatExemption(category="E", reason="Vrijgesteld: artikel 44, § 2, 4° Btw-wetboek"),),
    ),
    "zero_rated": invoice(line(1, "20", "1.50", None, "Z")),
    "not_subject_to_vat": with_exemptions(
        invoice(line(1, "1", "75", None, "O"), seller=SMALL_SELLER, buyer=PRIVATE_CLUB), "fr"
    ),
    "cash_discount_belgium": with_cash_discount(
        invoice(
            line(1, "10", "100", "21"),
            line(2, "4", "25.50", "6"),
            seller=BELGIAN_SELLER,
            payment_terms="2 % korting bij betaling binnen 8 dagen",
        ),
        Decimal(2),
        "nl",
    ),
    "vat_in_another_currency": invoice(
        line(1, "3", "499.90", "21"), currency="USD", vat_currency="EUR", vat_in_vat_currency=Decimal("291.33")
    ),
}
