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


def _first_country(document: Document, *parties: tuple[str, ...]) -> str:
    """Two VAT numbers of one party name no country: the official engine cannot tell either."""
    for party in parties:
        prefixes = vat_prefixes(document.root.groups(*party))
        if len(prefixes) > 1:
            return ""
        if prefixes and prefixes[0]:
            return norm(prefixes[0]).upper()
    return ""


def _by_address(document: Document, party: tuple[str, ...]) -> str:
    return country(document, *party)


def _ambiguous(document: Document, *parties: tuple[str, ...]) -> bool:
    return any(len(vat_prefixes(document.root.groups(*party))) > 1 for party in parties)


def _seller_by_vat(document: Document) -> str:
    if _ambiguous(document, SELLER):
        return ""
    return _first_country(document, SELLER, REPRESENTATIVE) or (
        "" if _ambiguous(document, REPRESENTATIVE) else _by_address(document, SELLER)
    )


def _buyer_by_vat(document: Document) -> str:
    if _ambiguous(document, BUYER):
        return ""
    return _first_country(document, BUYER) or _by_address(document, BUYER)


seller_country = remembered("seller country", _seller_by_vat)
buyer_country = remembered("buyer country", _buyer_by_vat)
seller_address = remembered("seller address", lambda document: _by_address(document, SELLER))
buyer_address = remembered("buyer address", lambda document: _by_address(document, BUYER))


def written_country(document: Document, party: tuple[str, ...]) -> str:
    """The country code in the address as it is written: lower case or spaces make it another text."""
    for each in document.root.groups(*party, "cac:PostalAddress", "cac:Country"):
        return str(each.get("cbc:IdentificationCode", ""))
    return ""
