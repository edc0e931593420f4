"""What a VAT category asks of the parties and the delivery, in the words of the export."""

from __future__ import annotations

from stdnum.eu.vat import MEMBER_STATES

from connectors.erp.fields import WrongField
from connectors.erp.party_records import Customer, Seller
from connectors.erp.records import Document
from connectors.erp.registration import vat_country

EUROPEAN_UNION = frozenset(code.upper() for code in MEMBER_STATES) - {"XI"}


def check_vat(document: Document, seller: Seller, customer: Customer) -> None:
    """Raises WrongField where a category cannot stand: reverse charge without a VAT number, K inside one country, …"""
    categories = {part.vat_category for part in (*document.lines, *document.allowances, *document.charges)}
    if "O" in categories and len(categories) > 1:
        raise WrongField("lines", "VAT category O stands on a document of its own (BR-O-11); split it, or write E")
    if categories & {"AE", "K"} and customer.vat_number is None:
        raise WrongField(
            "customer", "a reverse charge or intra-community supply needs that customer's vat_number; add it there"
        )
    if "K" in categories:
        check_intra_community(document, seller, customer)


def check_intra_community(document: Document, seller: Seller, customer: Customer) -> None:
    country = delivery_country(document, seller, customer)
    home = seller.address.country
    if country == home or country not in EUROPEAN_UNION:
        raise WrongField(
            "delivery.address",
            f"VAT category K is for goods that go to another EU country, and {country} is none",
        )
    if customer.vat_number is not None and vat_country(customer.vat_number) == home:
        raise WrongField("customer", f"VAT category K needs a VAT number of another EU country than {home}")
    if customer.vat_check is not None and not customer.vat_check.valid:
        raise WrongField(
            "customer",
            f"VIES said on {customer.vat_check.on} that the VAT number {customer.vat_number} is not valid; correct it "
            "there, or charge VAT",
        )
    if (document.delivery is None or document.delivery.date is None) and document.period is None:
        raise WrongField("delivery", "VAT category K needs delivery.date, the day of delivery, or a period (BR-IC-11)")


def delivery_country(document: Document, seller: Seller, customer: Customer) -> str | None:
    """Where goods of an intra-Community supply go; None for a document without category K."""
    if all(line.vat_category != "K" for line in document.lines):
        return None
    place = document.delivery.address if document.delivery and document.delivery.address else customer.address
    return place.country
