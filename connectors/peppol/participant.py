"""Who a receiver is on the Peppol network: any usual way of writing its number, as the addresses to ask for."""

from __future__ import annotations

import re
from collections.abc import Callable

from ubl.identifiers import (
    BARE,
    GLN,
    KBO,
    KVK,
    OIN,
    VAT_SCHEMES,
    dutch_registration,
    electronic_address,
    gln,
    is_digits,
    kbo,
    parse_address,
)
from ubl.invoice import Identifier

BELGIAN_VAT = VAT_SCHEMES["BE"]
META_SCHEME = "iso6523-actorid-upis"
LABEL = re.compile(
    r"(KBO|BCE|CBE|KVK|OIN|GLN|BTW|TVA|VAT)[\s-]?(?:NUMMER|NR|NO)?[\s.:]*(?=\d|[A-Z]{2}\W?\d)", re.IGNORECASE
)
FORMS = "0208:0123456749, BE 0123.456.749, KBO 0123.456.749, KvK 12345678, OIN with 20 digits, or a VAT number"


def candidates(text: str) -> tuple[str, ...]:
    """The addresses 'scheme:value' under which the party written as `text` may be registered, to be tried in order.

    A Belgian number gives 0208 (enterprise number), then 9925 (VAT); an address that names 9925 itself is tried first.
    Raises ValueError with one sentence.

    >>> candidates("BE 0123 456 749")
    ('0208:0123456749', '9925:BE0123456749')
    >>> candidates("KvK 12345678"), candidates("NL 1234.56.782.B90")
    (('0106:12345678',), ('9944:NL123456782B90',))
    """
    written = text.strip().removeprefix(f"{META_SCHEME}::")
    try:
        found = _identifier(written)
    except ValueError as problem:
        raise ValueError(f"{problem} Ways of writing it: {FORMS}.") from None
    return alternatives(found)


def alternatives(address: Identifier) -> tuple[str, ...]:
    """`address` itself, and for a Belgian company the same number under the other Belgian scheme."""
    if address.scheme == KBO:
        return str(address), f"{BELGIAN_VAT}:BE{address.value}"
    if address.scheme == BELGIAN_VAT:
        return str(address), f"{KBO}:{kbo(address.value)}"
    return (str(address),)


def _identifier(written: str) -> Identifier:
    if scheme := re.match(r"(\d{4})\s*:", written):
        return parse_address(f"{scheme[1]}:{written[scheme.end() :]}")
    if label := LABEL.match(written):
        return LABELLED.get(label[1].upper(), _identifier)(written[label.end() :])
    bare = written.translate(BARE).upper()
    country = bare[:2]
    if country in VAT_SCHEMES:
        return Identifier(kbo(bare), KBO) if country == "BE" else electronic_address(country, vat=bare)
    if is_digits(bare, 8) or is_digits(bare, 20):
        return dutch_registration(bare)
    if is_digits(bare, 13):
        return Identifier(gln(bare), GLN)
    if is_digits(bare, 9) or is_digits(bare, 10):
        return Identifier(kbo(bare), KBO)
    raise ValueError(f"'{written}' is no number of a company that can be looked up.")


def _belgian(number: str) -> Identifier:
    return Identifier(kbo(number), KBO)


def _dutch(scheme: str) -> Callable[[str], Identifier]:
    return lambda number: parse_address(f"{scheme}:{number}")


LABELLED: dict[str, Callable[[str], Identifier]] = {  # a VAT number says its country itself
    "KBO": _belgian,
    "BCE": _belgian,
    "CBE": _belgian,
    "KVK": _dutch(KVK),
    "OIN": _dutch(OIN),
    "GLN": lambda number: Identifier(gln(number), GLN),
}
