"""What the syntax binding is made of: nodes that pair a model field with a place in UBL, and how values look as text.

A node says the same thing to the writer and to the reader. Paths are steps below the element that holds the node;
neighbours whose paths start alike share that element. A field is an attribute of the object that the node's group
stands for; with `/` before it, it is one of the whole document, with `../` one of the object around.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any, NamedTuple

from lxml import etree

from ubl.invoice import DocumentType, Identifier, OtherType

CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
PREFIXES = {"cac": CAC, "cbc": CBC}
ROOTS = {
    "Invoice": "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2",
    "CreditNote": "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2",
}

Element = etree._Element
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NUMBER_TEXT = re.compile(r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})", re.ASCII)
TYPE_TEXT = re.compile(r"\d{1,3}", re.ASCII)
DATE_TEXT = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Form:
    """How a value is written as text and read back; both raise ValueError. `like` describes it to a person."""

    write: Callable[[Any], str]
    read: Callable[[str], Any]
    like: str


def clean(text: str) -> str:
    """`text` without the characters that XML 1.0 forbids and without white space around it."""
    return NOT_IN_XML.sub("", text).strip()


def write_number(number: Decimal) -> str:
    """Plain digits with the decimals the number has, never an exponent."""
    if not number.is_finite():
        raise ValueError(f"{number} is no number")
    return format(number if number else abs(number), "f")


def write_amount(amount: Decimal) -> str:
    """Two decimals exactly (BR-DEC-*); raises ValueError where digits would be lost."""
    rounded = amount.quantize(Decimal("0.01")) if amount.is_finite() else amount
    if rounded != amount:
        raise ValueError(f"the amount {amount} has more than two decimals")
    return write_number(rounded)


def read_number(text: str) -> Decimal:
    if not NUMBER_TEXT.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


def read_date(text: str) -> date:
    if not DATE_TEXT.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def read_flag(text: str) -> bool:
    return {"true": True, "1": True, "false": False, "0": False}[text]


def read_binary(text: str) -> bytes:
    return base64.b64decode("".join(text.split()), validate=True)


def write_type(kind: DocumentType | OtherType) -> str:
    return kind.value


def read_type(text: str, credit_note: bool) -> DocumentType | OtherType:
    """One of the types that this software writes, else the code as it stands; 381 under the root Invoice is another."""
    if not TYPE_TEXT.fullmatch(text):
        raise ValueError(text)
    known = DocumentType._value2member_map_.get(text)
    if isinstance(known, DocumentType) and known.is_credit_note == credit_note:
        return known
    return OtherType(text, is_credit_note=credit_note)


TEXT = Form(clean, str, "text")
DATE = Form(date.isoformat, read_date, "a date like 2026-01-31")
AMOUNT = Form(write_amount, read_number, "an amount like 1234.50")
NUMBER = Form(write_number, read_number, "a number like 12.5")
FLAG = Form(lambda value: "true" if value else "false", read_flag, "true or false")
BINARY = Form(lambda value: base64.b64encode(value).decode("ascii"), read_binary, "base64")
INVOICE_TYPE = Form(write_type, partial(read_type, credit_note=False), "a code of UNTDID 1001, such as 380")
CREDIT_NOTE_TYPE = Form(write_type, partial(read_type, credit_note=True), "a code of UNTDID 1001, such as 381")

UNREADABLE = (ValueError, KeyError, binascii.Error)


class Attribute(NamedTuple):
    """An XML attribute beside a value: the field it states, or with `=` before it a constant."""

    name: str
    field: str
    term: str = ""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One business term in one element.

    A callable instead of a field computes the value when writing; the reader passes over it.
    """

    path: str
    field: str | Callable[[Any], Any]
    term: str = ""
    form: Form = TEXT
    attributes: tuple[Attribute, ...] = ()
    only: str | None = None  # the root that has it, where the other has not


@dataclass(frozen=True, slots=True)
class Constant:
    """An element that UBL wants beside its neighbours and that says nothing by itself."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """An element with others beneath it; with `field`, they describe the object `make` in that field.

    An empty path adds no element of its own. `where` tells apart siblings of one name when reading.
    """

    path: str
    children: tuple[Node, ...]
    field: str = ""
    make: Callable[..., Any] | None = None
    term: str = ""
    repeated: bool = False
    where: Callable[[Element], bool] | None = None
    only: str | None = None


Node = Leaf | Constant | Group


def identifier(path: str, field: str, term: str, attribute: str = "schemeID") -> Group:
    """An identifier and the scheme it belongs to, of which the second may be missing."""
    leaf = Leaf(path, "value", term, attributes=(Attribute(attribute, "scheme"),))
    return Group("", (leaf,), field, Identifier)


def has(path: str, *texts: str) -> Callable[[Element], bool]:
    """True of an element in which `path` (an attribute with @) holds one of `texts`."""
    return lambda element: text_at(element, path) in texts


def has_not(path: str, *texts: str) -> Callable[[Element], bool]:
    return lambda element: text_at(element, path) not in texts


def text_at(element: Element, path: str) -> str | None:
    elements, _, attribute = path.partition("@")
    found = element.find("/".join(steps(elements.rstrip("/"))))
    if found is None:
        return None
    text = found.get(attribute) if attribute else found.text
    return text.strip() if text else None


@lru_cache(maxsize=1024)
def steps(path: str) -> tuple[str, ...]:
    """`cac:Price/cbc:PriceAmount` as the names lxml knows."""
    pairs = [step.partition(":") for step in path.split("/") if step]
    return tuple(f"{{{PREFIXES[prefix]}}}{name}" for prefix, _, name in pairs)


def for_root(nodes: tuple[Node, ...], root: str) -> tuple[Node, ...]:
    """`nodes` as they stand under `root` (Invoice or CreditNote)."""
    kept: list[Node] = []
    for node in nodes:
        if isinstance(node, Constant):
            kept.append(node)
        elif node.only in (None, root):
            kept.append(replace(node, children=for_root(node.children, root)) if isinstance(node, Group) else node)
    return tuple(kept)
