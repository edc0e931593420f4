"""Enterprise and VAT numbers of an export, checked as their country checks them."""

from __future__ import annotations

from typing import Protocol

from connectors.erp.fields import WrongField
from ubl.identifiers import electronic_address, legal_registration, parse_address, vat_number


class PostalAddress(Protocol):
    @property
    def country(self) -> str: ...
    @property
    def street(self) -> str | None: ...
    @property
    def postal_code(self) -> str | None: ...
    @property
    def city(self) -> str | None: ...


def check_dutch_address(field: str, address: PostalAddress, rule: str) -> None:
    """Raises WrongField where a Dutch address lacks street, postal code or city, which `rule` (NL-R-002 …) asks."""
    if address.country != "NL":
        return
    for part in ("street", "postal_code", "city"):
        if not getattr(address, part):
            raise WrongField(
                f"{field}.{part}", f"a Dutch address has street, postal_code and city on an invoice ({rule}); write it"
            )


def check_registration(country: str, registration: str | None, vat: str | None) -> None:
    """Raises WrongField where a number cannot be right for a party in `country`."""
    if registration is not None:
        try:
            legal_registration(country, registration)
        except ValueError as problem:
            raise WrongField("registration_number", str(problem).rstrip(".")) from None
    if vat is not None:
        try:
            vat_number(vat_country(vat) or country, vat)
        except ValueError as problem:
            raise WrongField("vat_number", str(problem).rstrip(".")) from None


def check_seller(country: str, registration: str, vat: str) -> None:
    """As for any party, and the numbers must also give the seller's own address on Peppol."""
    check_registration(country, registration, vat)
    try:
        electronic_address(country, registration=registration, vat=vat)
    except ValueError as problem:
        raise WrongField("vat_number", str(problem).rstrip(".")) from None


def check_endpoint(endpoint: str | None) -> None:
    if endpoint is not None:
        try:
            parse_address(endpoint)
        except ValueError as problem:
            raise WrongField("peppol_endpoint", str(problem).rstrip(".")) from None


def vat_country(vat: str) -> str | None:
    """The country that a VAT number names: 'BE' for 'BE 0123.456.749', GR for 'EL…', None where it names none."""
    prefix = vat.strip()[:2].upper()
    if not (prefix.isascii() and prefix.isalpha()):
        return None
    return "GR" if prefix == "EL" else prefix
