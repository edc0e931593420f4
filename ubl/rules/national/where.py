"""Which country a document's seller and buyer count as: by VAT number first, then by address."""

from __future__ import annotations

from ubl.rules.ask import BUYER, SELLER, country, remembered, scheme_is
from ubl.rules.tree import NONE, Document, Group
from ubl.rules.values import norm

REPRESENTATIVE = ("cac:TaxRepresentativeParty",)


def vat_prefixes(groups: list[Group]) -> list[str]:
    """The first two characters of every VAT number of these parties."""
    return [
        scheme.get("cbc:CompanyID", "")[:2]
        for group in groups
        for scheme in group.get("cac:PartyTaxScheme", NONE)
        if scheme_is(scheme, "VAT")
    ]


def _country(document: Document, *parties: tuple[str, ...]) -> str:
    """The country by the first of `parties` with a VAT number, else by the address of the very first.

    Two VAT numbers of one party, or a blank one, name no country: the official rules cannot tell either.
    """
    for party in parties:
        prefixes = vat_prefixes(document.root.groups(*party))
        if len(prefixes) > 1:
            return ""
        if prefixes and prefixes[0]:
            return norm(prefixes[0]).upper()
    return country(document, *parties[0])


seller_country = remembered("seller country", lambda document: _country(document, SELLER, REPRESENTATIVE))
seller_own_country = remembered("seller own country", lambda document: _country(document, SELLER))
buyer_country = remembered("buyer country", lambda document: _country(document, BUYER))


def seller_address(document: Document) -> str:
    return country(document, *SELLER)


def buyer_address(document: Document) -> str:
    return country(document, *BUYER)
