"""Questions the rules ask of a group or of the whole document, in the words of EN 16931."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from ubl.rules.tree import NONE, Document, Group
from ubl.rules.values import boolean, dec, decimals, norm

SELLER = ("cac:AccountingSupplierParty", "cac:Party")
BUYER = ("cac:AccountingCustomerParty", "cac:Party")


def filled(leaf: str) -> Callable[[Group, Document], bool]:
    """The leaf is there and not blank."""
    return lambda group, document: group.filled(leaf)


def there(*names: str) -> Callable[[Group, Document], bool]:
    """At least one of the children is there."""
    if len(names) == 1:
        (name,) = names
        return lambda group, document: name in group
    return lambda group, document: any(name in group for name in names)


def absent(*names: str) -> Callable[[Group, Document], bool]:
    return lambda group, document: not any(name in group for name in names)


def two_decimals(leaf: str) -> Callable[[Group, Document], bool]:
    def test(group: Group, document: Document) -> bool:
        text = group.get(leaf)
        return text is None or text[-3:-2] == "." or decimals(text) <= 2

    return test


def at_most_one(*path: str) -> Callable[[Group, Document], bool]:
    """No more than one leaf (or group) at the end of the path."""
    *groups, last = path
    leaf = last.startswith("cbc:")
    names = frozenset(path)

    def test(group: Group, document: Document) -> bool:
        if document.repeated.isdisjoint(names):
            return True
        below: Iterable[Group] = group.groups(*groups) if groups else (group,)
        if leaf:
            return sum(len(each.leaves(last)) for each in below if last in each) <= 1
        return sum(len(each.get(last, NONE)) for each in below) <= 1

    return test


def filled_at(*path: str) -> Callable[[Group, Document], bool]:
    """Some leaf at the end of the path is not blank."""
    *groups, leaf = path

    def test(group: Group, document: Document) -> bool:
        for each in group.groups(*groups):  # noqa: SIM110
            if each.filled(leaf):
                return True
        return False

    return test


def there_at(*path: str) -> Callable[[Group, Document], bool]:
    """Some child at the end of the path is there."""
    *groups, child = path

    def test(group: Group, document: Document) -> bool:
        for each in group.groups(*groups):  # noqa: SIM110 (a generator costs three times as much here)
            if child in each:
                return True
        return False

    return test


def something_repeated(paths: Iterable[Iterable[str]]) -> Callable[[Group, Document], bool]:
    """Any name on these paths is there twice under some parent: else no rule about "at most one" can fire."""
    names = frozenset(name for path in paths for name in path)
    return lambda group, document: not document.repeated.isdisjoint(names)


def amount(group: Group, leaf: str) -> Decimal | None:
    """The decimal in a leaf; None where it is absent."""
    text = group.get(leaf)
    return None if text is None else dec(text)


def is_charge(group: Group) -> bool | None:
    """cac:AllowanceCharge: True a charge, False an allowance, None neither."""
    text = group.get("cbc:ChargeIndicator")
    return None if text is None else True if text == "true" else False if text == "false" else boolean(text)


def is_vat(group: Group) -> bool:
    """The tax scheme of a category or a registration is VAT, however it is cased or spaced."""
    for scheme in group.get("cac:TaxScheme", NONE):
        text = scheme.get("cbc:ID")
        if text is not None and (text == "VAT" or norm(text.upper()) == "VAT"):
            return True
    return False


def scheme_is(group: Group, wanted: str) -> bool:
    """The tax scheme is exactly `wanted`."""
    return any(wanted in scheme.texts("cbc:ID") for scheme in group.get("cac:TaxScheme", NONE))


def category(group: Group) -> str:
    """The VAT category code of a tax category."""
    return norm(group.get("cbc:ID", ""))


def vat_category(group: Group, document: Document) -> str | None:
    """The VAT category code, where the tax is VAT."""
    return category(group) if is_vat(group) else None


FINDERS: dict[str, Callable[[Document], Any]] = {}
"""What is found once per document, by name."""


def remembered(name: str, find: Callable[[Document], Any]) -> Callable[[Document], Any]:
    """`find`, asked once per document."""
    FINDERS[name] = find

    def ask(document: Document) -> Any:
        cache = document.cache
        if name not in cache:
            cache[name] = find(document)
        return cache[name]

    return ask


def written_country(document: Document, party: tuple[str, ...]) -> str:
    """The country code in the address of a party as it is written; empty where it has none."""
    key = party[0]
    if key not in document.cache:
        found = document.root.groups(*party, "cac:PostalAddress", "cac:Country")
        document.cache[key] = found[0].get("cbc:IdentificationCode", "") if found else ""
    return str(document.cache[key])


def country(document: Document, *party: str) -> str:
    """The same in upper case, without spaces around it."""
    return norm(written_country(document, party)).upper()
