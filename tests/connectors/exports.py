"""A small export that reads well, to be bent by the tests: one Belgian seller, one Dutch, and their customers."""

from __future__ import annotations

import copy
import json
from typing import Any

from connectors.erp.export import Export, Ready, Refused, read_export

BELGIAN_SELLER: dict[str, Any] = {
    "ref": "be",
    "name": "Dekade NV",
    "address": {"street": "Kaai 1", "postal_code": "9000", "city": "Gent", "country": "BE"},
    "registration_number": "0901.234.522",
    "vat_number": "BE 0901.234.522",
    "iban": "BE68 5390 0754 7034",
    "email": "facturen@dekade.example",
    "language": "nl",
    "terms": {"version": "2025-01", "date": "2025-01-01"},
    "retention_of_title": True,
    "penalty": {"percent": 10, "minimum": "50.00"},
}
DUTCH_SELLER: dict[str, Any] = {
    **BELGIAN_SELLER,
    "ref": "nl",
    "name": "Dekade B.V.",
    "address": {"street": "Kade 1", "postal_code": "8011 AA", "city": "Zwolle", "country": "NL"},
    "registration_number": "99812345",
    "vat_number": "NL998123456B01",
    "iban": "NL91ABNA0417164300",
}
BUSINESS: dict[str, Any] = {
    "ref": "C-1",
    "name": "Zuid BV",
    "kind": "business",
    "address": {"street": "Plein 2", "postal_code": "2800", "city": "Mechelen", "country": "BE"},
    "registration_number": "0903456713",
    "vat_number": "BE0903456713",
    "email": "ap@zuid.example",
    "buyer_reference": "AP",
    "terms_accepted": {"version": "2025-01", "on": "2025-06-01", "proof": "signed offer"},
}
CONSUMER: dict[str, Any] = {
    "ref": "C-2",
    "name": "Jan Peeters",
    "kind": "consumer",
    "address": {"street": "Laan 3", "postal_code": "2440", "city": "Geel", "country": "BE"},
    "email": "jan@peeters.example",
}
GERMAN: dict[str, Any] = {
    "ref": "C-3",
    "name": "Bauer GmbH",
    "kind": "business",
    "address": {"street": "Straße 4", "postal_code": "52070", "city": "Aachen", "country": "DE"},
    "vat_number": "DE998123451",
    "buyer_reference": "4500",
}
LINE: dict[str, Any] = {
    "description": "Pump",
    "nature": "goods",
    "quantity": 2,
    "unit_price": "100.00",
    "vat_category": "S",
    "vat_rate": 21,
}


def line(**changes: Any) -> dict[str, Any]:
    return changed(LINE, changes)


def document(**changes: Any) -> dict[str, Any]:
    """An invoice of 242.00 to Zuid BV, with `changes`; a change to None leaves the field out."""
    plain = {
        "kind": "invoice",
        "number": "2026-7",
        "seller": "be",
        "customer": "C-1",
        "issued": "2026-01-05",
        "lines": [LINE],
    }
    return changed(plain, changes)


def changed(record: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = copy.deepcopy(record) | changes
    return {field: value for field, value in merged.items() if value is not None}


def file(*documents: Any, sellers: Any = None, customers: Any = None) -> bytes:
    content = {
        "format": "voldaan-export/1",
        "sellers": sellers or [BELGIAN_SELLER, DUTCH_SELLER],
        "customers": customers or [BUSINESS, CONSUMER, GERMAN],
        "documents": list(documents),
    }
    return json.dumps(content).encode()


def read(*documents: Any, sellers: Any = None, customers: Any = None) -> Export:
    return read_export(file(*documents, sellers=sellers, customers=customers), "export.json")


def ready(*, sellers: Any = None, customers: Any = None, **changes: Any) -> Ready:
    """The one row of an export with one document, which must read well."""
    (row,) = read(document(**changes), sellers=sellers, customers=customers).documents
    assert isinstance(row, Ready), row
    return row


def sentence(record: Any, *, sellers: Any = None, customers: Any = None) -> str:
    """The sentence with which the one document of an export is refused."""
    (row,) = read(record, sellers=sellers, customers=customers).documents
    assert isinstance(row, Refused), row
    return row.sentence
