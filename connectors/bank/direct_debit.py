"""Writes SEPA direct debits as pain.008.001.08 (ISO 20022 CustomerDirectDebitInitiation), by `sepaxml`.

Addresses are structured: street, number, postal code, town, country. The ids in the message are ours, not made at
random, so that the bank's answers are found again and the same collections give the same file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lxml import etree
from sepaxml import SepaDD
from sepaxml.validation import ValidationError, try_valid_xml

from ubl import safe_xml

SCHEMA = "pain.008.001.08"
NAMESPACE = {"p": f"urn:iso:std:iso:20022:tech:xsd:{SCHEMA}"}
INSTRUMENT = {"core": "CORE", "b2b": "B2B"}
HOUSE = re.compile(r"^(?P<street>.*\D)\s+(?P<number>\d\S{0,15})$")


class BadCollection(ValueError):
    """What should be collected makes no valid message; one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Creditor:
    """Who collects, into which account."""

    name: str
    iban: str
    creditor_id: str
    address: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Debit:
    """One collection of `cents` euro cents. `text` is what the debtor reads on the statement."""

    end_to_end: str
    cents: int
    sequence: str
    collected: date
    mandate: str
    signed: date
    name: str
    iban: str
    address: dict[str, Any]
    text: str


def batch_id(message: str, sequence: str, collected: date) -> str:
    """The payment information that a collection stands in: one for each sequence type and day; up to 35 characters."""
    return f"{message}-{sequence}-{collected:%y%m%d}"


def message(creditor: Creditor, scheme: str, debits: Sequence[Debit], *, id: str, at: datetime) -> bytes:
    """The message `id` with these collections, valid by its schema. Raises BadCollection."""
    config: dict[str, Any] = {
        "name": creditor.name,
        "IBAN": creditor.iban,
        "creditor_id": creditor.creditor_id,
        "batch": True,
        "currency": "EUR",
        "instrument": INSTRUMENT[scheme],
        "address": structured(creditor.address),
    }
    made = SepaDD(config, schema=SCHEMA, clean=True)
    for debit in sorted(debits, key=lambda each: (each.sequence, each.collected, each.end_to_end)):
        made.add_payment(
            {
                "name": debit.name,
                "IBAN": debit.iban,
                "amount": debit.cents,
                "type": debit.sequence,
                "collection_date": debit.collected,
                "mandate_id": debit.mandate,
                "mandate_date": debit.signed,
                "description": debit.text,
                "endtoend_id": debit.end_to_end,
                "address": structured(debit.address),
            }
        )
    content = with_our_ids(made.export(validate=False), id, at)
    try:
        try_valid_xml(content, SCHEMA)
    except ValidationError as problem:
        why = getattr(problem.__cause__, "reason", None) or problem
        raise BadCollection(f"the direct debits of {creditor.name} make no valid {SCHEMA}: {why}") from problem
    return content


def with_our_ids(content: bytes, id: str, at: datetime) -> bytes:
    root = safe_xml.parse(content, max_bytes=len(content), max_depth=30)
    for path, text in (("MsgId", id), ("CreDtTm", at.strftime("%Y-%m-%dT%H:%M:%SZ"))):
        root.find(f".//p:GrpHdr/p:{path}", NAMESPACE).text = text
    for information in root.iterfind(".//p:PmtInf", NAMESPACE):
        sequence = information.findtext("p:PmtTpInf/p:SeqTp", namespaces=NAMESPACE)
        collected = date.fromisoformat(information.findtext("p:ReqdColltnDt", namespaces=NAMESPACE))
        information.find("p:PmtInfId", NAMESPACE).text = batch_id(id, sequence, collected)
    etree.indent(root)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written


def structured(address: dict[str, Any]) -> dict[str, str]:
    """An ERP's address in ISO 20022's fields; empty where town or country is unknown: half an address is refused."""
    city, country = address.get("city"), address.get("country")
    if not city or not country:
        return {}
    street = str(address.get("street") or "").strip()
    house = HOUSE.match(street)
    parts = {
        "street_name": (house["street"] if house else street)[:70],
        "building_number": house["number"] if house else "",
        "postcode": str(address.get("postal_code") or "")[:16],
        "town": str(city)[:35],
        "country": str(country),
    }
    return {name: text for name, text in parts.items() if text}
