"""Reads an ERP export. Each document is parsed or refused by itself; only a file that is no export is refused whole."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from connectors.erp.parts import misnumbered, order_of
from connectors.erp.party_records import Customer, Seller
from connectors.erp.records import Document, ExportFile
from connectors.erp.sentences import TWICE, sentence, shown

MAX_BYTES = 64_000_000
FORMAT = "voldaan-export/1"
LISTS = ("sellers", "customers", "documents")


class UnreadableExport(ValueError):
    """The file as a whole cannot be read; the message is one sentence with line and column where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A document that reads well, with its parties. `row` counts from 1 within the file's documents."""

    row: int
    document: Document
    seller: Seller
    customer: Customer
    content_hash: str

    @property
    def number(self) -> str:
        return self.document.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A document that is not taken in, and the one sentence that says why and what to write instead."""

    row: int
    number: str
    seller: str
    customer: str
    sentence: str
    content_hash: str


Row = Ready | Refused
PartyKey = tuple[str | None, str]
Party = TypeVar("Party", Seller, Customer)
Shape = TypeVar("Shape", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Export:
    """What a file holds: the parties that read well, and one row per document, repeated equal documents left out."""

    name: str
    sellers: tuple[Seller, ...]
    customers: tuple[Customer, ...]
    documents: list[Row]

    @property
    def ready(self) -> list[Ready]:
        return [row for row in self.documents if isinstance(row, Ready)]

    @property
    def refused(self) -> list[Refused]:
        return [row for row in self.documents if isinstance(row, Refused)]


def read_export(data: bytes, name: str) -> Export:
    """The export in `data` (JSON, UTF-8, `voldaan-export/1`); `name` is for sentences only. Raises UnreadableExport."""
    content = parse(data, name)
    sellers = read_parties(Seller, content["sellers"], "sellers")
    customers = read_parties(Customer, content["customers"], "customers")
    rows: list[Row] = []
    seen: dict[tuple[str, str], Row] = {}
    parts: dict[tuple[str, str, str], list[Document]] = {}
    for index, raw in enumerate(content["documents"]):
        row = read_document(index, raw, sellers, customers)
        key = (row.document.seller if isinstance(row, Ready) else row.seller, row.number)
        earlier = seen.setdefault(key, row)
        if earlier is row:
            rows.append(row)
        elif earlier.content_hash != row.content_hash:
            rows.append(conflict(row, earlier) if isinstance(row, Ready) else row)
    return Export(name, good(sellers), good(customers), [in_order(row, parts) for row in rows])


def in_order(row: Row, parts: dict[tuple[str, str, str], list[Document]]) -> Row:
    """`row`, or refused where it is a part of an order that does not fit the parts before it in the file."""
    if isinstance(row, Refused) or row.document.partial is None:
        return row
    earlier = parts.setdefault(order_of(row.document), [])
    wrong = misnumbered(row.document, earlier)
    if wrong is None:
        earlier.append(row.document)
        return row
    field, why = wrong
    return Refused(
        row=row.row,
        number=row.number,
        seller=row.document.seller,
        customer=row.document.customer,
        sentence=f"Row {row.row}: documents[{row.row - 1}].{field} {why}.",
        content_hash=row.content_hash,
    )


def parse(data: bytes, name: str) -> dict[str, Any]:
    """The file's object with its three lists; numbers are Decimal, a name written twice is kept under a marked name."""
    if len(data) > MAX_BYTES:
        raise UnreadableExport(
            f"{name} holds {len(data):,} bytes, more than {MAX_BYTES:,}; split it into several files."
        )
    try:
        content = json.loads(
            data.decode("utf-8-sig"),
            parse_float=exact,
            parse_int=exact,
            parse_constant=str,
            object_pairs_hook=marking_repeats,
        )
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise UnreadableExport(f"{name}, line {line}: this is not UTF-8 text; save the export as UTF-8.") from None
    except json.JSONDecodeError as problem:
        raise UnreadableExport(
            f"{name}, line {problem.lineno}, column {problem.colno}: this is not JSON ({problem.msg}); "
            "look for a missing comma, quote or bracket there."
        ) from None
    except (RecursionError, ValueError):
        raise UnreadableExport(f"{name} is nested too deeply to be an export.") from None
    return checked(content, name)


def checked(content: Any, name: str) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise UnreadableExport(f'{name} holds no JSON object; begin with {{"format": "{FORMAT}", …}}.')
    if content.get("format") != FORMAT:
        raise UnreadableExport(f'{name}: format is {shown(content.get("format"))}; write "format": "{FORMAT}".')
    for field in content:
        if field not in ExportFile.model_fields:
            known = get_close_matches(field.removesuffix(TWICE), LISTS, n=1) or [", ".join(LISTS)]
            raise UnreadableExport(f"{name}: {shown(field)} is no field of an export; write {known[0]}, once.")
    for field in LISTS:
        if not isinstance(content.get(field), list):
            raise UnreadableExport(f"{name}: {field} is missing or no list; write it as a list between [ and ].")
    return content


def exact(digits: str) -> Decimal | int | str:
    """A JSON number without loss; one beyond any sense stays text, so that its row is refused and not the file."""
    if len(digits) > 60:
        return digits
    try:
        return int(digits) if digits.lstrip("-").isdigit() else Decimal(digits)
    except InvalidOperation:
        return digits


def marking_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in pairs:
        result[name + TWICE if name in result else name] = value
    return result


def good(parties: dict[PartyKey, Party | str]) -> tuple[Party, ...]:
    return tuple(party for party in parties.values() if not isinstance(party, str))


def read_parties(model: type[Party], raws: list[Any], path: str) -> dict[PartyKey, Party | str]:
    """Each party under (seller or None, ref); in place of one that does not read well stands the sentence about it."""
    parties: dict[PartyKey, Party | str] = {}
    for index, raw in enumerate(raws):
        here = f"{path}[{index}]"
        party = read_record(model, raw, here)
        if isinstance(party, str):
            key = (text_of(raw, "seller") or None, text_of(raw, "ref"))
        else:
            key = (getattr(party, "seller", None), party.ref)
        earlier = parties.setdefault(key, party)
        if earlier != party:
            parties[key] = f"{here} has the ref {shown(key[1])} of another with other content; give each its own ref."
    return parties


def read_record(model: type[Shape], raw: Any, path: str) -> Shape | str:
    try:
        return model.model_validate(raw)
    except ValidationError as problem:
        return sentence(model, problem, path)


def read_document(
    index: int, raw: Any, sellers: dict[PartyKey, Seller | str], customers: dict[PartyKey, Customer | str]
) -> Row:
    document = read_record(Document, raw, f"documents[{index}]")
    if isinstance(document, str):
        return refused(index, raw, document)
    seller = sellers.get((None, document.seller))
    customer = customers.get((document.seller, document.customer)) or customers.get((None, document.customer))
    for party, field, ref in ((seller, "seller", document.seller), (customer, "customer", document.customer)):
        if party is None:
            return refused(
                index,
                raw,
                f"documents[{index}].{field} is {shown(ref)}, which is not among the {field}s; add it there.",
            )
        if isinstance(party, str):
            return refused(index, raw, f"documents[{index}].{field} {shown(ref)} cannot be used: {party}")
    assert isinstance(seller, Seller) and isinstance(customer, Customer)
    return Ready(
        row=index + 1, document=document, seller=seller, customer=customer, content_hash=content_hash(document)
    )


def refused(index: int, raw: Any, why: str) -> Refused:
    return Refused(
        row=index + 1,
        number=text_of(raw, "number") or f"row {index + 1}",
        seller=text_of(raw, "seller"),
        customer=text_of(raw, "customer"),
        sentence=f"Row {index + 1}: {why}",
        content_hash=digest(raw),
    )


def conflict(row: Ready, earlier: Row) -> Refused:
    return Refused(
        row=row.row,
        number=row.number,
        seller=row.document.seller,
        customer=row.document.customer,
        sentence=f"Row {row.row}: documents[{row.row - 1}].number is {shown(row.number)}, which row {earlier.row} "
        "bears with other content; give this document a number of its own, or remove it.",
        content_hash=row.content_hash,
    )


def content_hash(document: Document) -> str:
    """SHA-256 of what the document says: equal for 21 and "21.00", fields in another order, a default left out."""
    return digest(document.model_dump(exclude_defaults=True))


def digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(canonical(value), sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): canonical(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [canonical(part) for part in value]
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return plain(Decimal(value))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    return value


def plain(number: Decimal) -> str:
    """One text for equal numbers: 21, 21.00 and 2.1E+1 give 21E0."""
    sign, digits, exponent = number.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    short = text.rstrip("0")
    return f"{'-' if sign else ''}{short}E{int(exponent) + len(text) - len(short)}" if short else "0"


def text_of(raw: Any, field: str) -> str:
    """What a record that may be anything says in `field`, short and printable."""
    value = raw.get(field) if isinstance(raw, dict) else None
    return shown(value).strip("'") if isinstance(value, str | int | Decimal) else ""
