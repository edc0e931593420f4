"""Sellers and customers of an export as the parties of an invoice (BG-4, BG-7), with their identifiers by country."""

from __future__ import annotations

from connectors.erp import party_records as records
from connectors.erp.fields import WrongField
from connectors.erp.registration import check_dutch_address, vat_country
from connectors.limits import Channel
from ubl.identifiers import electronic_address, legal_registration, parse_address, vat_number
from ubl.invoice import Address, Buyer, Contact, Identifier, Seller, TaxRepresentative

EMAIL_SCHEME = "EM"  # EAS: an e-mail address, for buyers whom Peppol cannot reach


def seller_party(seller: records.Seller, *, outside_vat: bool = False) -> Seller:
    """BG-4. `outside_vat`: an invoice of category O names no VAT number (BR-O-02)."""
    country = seller.address.country
    return Seller(
        name=seller.name,
        trading_name=seller.trading_name,
        address=address(seller.address),
        endpoint=electronic_address(country, registration=seller.registration_number, vat=seller.vat_number),
        legal_id=legal_registration(country, seller.registration_number),
        vat_id=None if outside_vat else whole_vat(country, seller.vat_number),
        legal_information=seller.legal_information,
        contact=contact(seller.contact) if seller.contact else Contact(name=seller.name, email=seller.email),
    )


def buyer_party(customer: records.Customer, *, outside_vat: bool = False) -> Buyer:
    """BG-7. Raises WrongField where there is neither a Peppol address nor an e-mail address."""
    country = customer.address.country
    reached = peppol_address(customer) or (Identifier(customer.email, EMAIL_SCHEME) if customer.email else None)
    if reached is None:
        raise WrongField(
            "customer",
            "that customer has no registration_number, VAT number, peppol_endpoint or email; add one of them there",
        )
    person = Contact(name=customer.contact, phone=customer.phone, email=customer.email)
    return Buyer(
        name=customer.name,
        address=address(customer.address),
        endpoint=reached,
        identifier=Identifier(customer.ref),
        legal_id=legal_registration(country, customer.registration_number) if customer.registration_number else None,
        vat_id=whole_vat(country, customer.vat_number) if customer.vat_number and not outside_vat else None,
        contact=person if person != Contact() else None,
    )


def check_buyer_address(seller: records.Seller, customer: records.Customer) -> None:
    """NL-R-004: a Dutch seller's invoice to a Dutch customer states the whole address; raises WrongField."""
    if seller.address.country != "NL":
        return
    try:
        check_dutch_address("address", customer.address, "NL-R-004")
    except WrongField as wrong:
        raise WrongField("customer", f"that customer's {wrong.field} is missing: {wrong}") from None


def tax_representative(seller: records.Seller, *, outside_vat: bool = False) -> TaxRepresentative | None:
    """BG-11; none on an invoice of category O, which names no VAT number (BR-O-02)."""
    given = seller.tax_representative
    if given is None or outside_vat:
        return None
    vat_id = whole_vat(given.address.country, given.vat_number)
    return TaxRepresentative(name=given.name, vat_id=vat_id, address=address(given.address))


def peppol_address(customer: records.Customer) -> Identifier | None:
    """Where Peppol looks for this customer: the stated address, or the one its numbers give; no consumer is there."""
    if customer.peppol_endpoint:
        return parse_address(customer.peppol_endpoint)
    if customer.kind == "consumer":
        return None
    try:
        return electronic_address(
            customer.address.country, registration=customer.registration_number, vat=customer.vat_number
        )
    except ValueError:
        return None


def channel_of(customer: records.Customer) -> Channel:
    """The first channel by which this customer's documents go."""
    elsewhere = customer.preference in ("email", "post") or peppol_address(customer) is None
    return "email" if elsewhere else "peppol"


def language_of(customer: records.Customer, seller: records.Seller) -> records.Language:
    return customer.language or seller.language


def whole_vat(country: str, number: str) -> str:
    return vat_number(vat_country(number) or country, number)


def address(record: records.Address) -> Address:
    return Address(
        country=record.country,
        line_1=record.street,
        line_2=record.street_2,
        city=record.city,
        postal_code=record.postal_code,
        subdivision=record.region,
    )


def contact(record: records.Contact) -> Contact:
    return Contact(name=record.name, phone=record.phone, email=record.email)
