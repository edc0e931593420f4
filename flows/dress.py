"""How a document of this seller for this customer is dressed: language, look, and the retention clause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.erp.parties import language_of
from connectors.erp.party_records import Customer, Seller
from flows.issue import Dress
from ubl.paper import Look
from ubl.retention import LAWS, sentences

VERSION = {"nl": "versie", "fr": "version", "de": "Fassung", "en": "version"}


def dress_for(seller: Seller, customer: Customer) -> Dress:
    """The customer's language, else the seller's; the seller's brand; the clause of the law that governs the terms.

    No clause where the seller retains no title or that law has none here. Raises ValueError for a logo that is no
    picture.
    """
    language = language_of(customer, seller)
    return Dress(
        language=language,
        look=look_of(seller),
        retention_law=seller.title_law if seller.retention_of_title and seller.title_law in LAWS else None,
        terms=terms_in(language, seller, customer),
    )


def look_of(seller: Seller) -> Look:
    brand = seller.brand
    if brand is None:
        return Look()
    return Look(logo=brand.logo, colour=brand.colour) if brand.colour else Look(logo=brand.logo)


def brand_look(seller: Mapping[str, Any]) -> Look:
    """The look of a seller's letters, from the ERP's record as the ledger keeps it."""
    brand = seller.get("brand")
    return look_of(Seller.model_validate(seller)) if brand else Look()


def terms_in(language: str, seller: Seller, customer: Customer) -> str | None:
    """'onze algemene voorwaarden (versie 2025-03)': the version the customer accepted, else the present one."""
    terms = customer.terms_accepted or seller.terms
    return f"{sentences()['terms'][language]} ({VERSION[language]} {terms.version})" if terms else None
