"""A UBL Invoice or CreditNote as the model's `Invoice`, by walking the same syntax binding as the writer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from lxml import etree

from ubl.binding import BINDING
from ubl.binding_document import invoice_of
from ubl.binding_nodes import ROOTS, UNREADABLE, Constant, Element, Group, Leaf, Node, steps
from ubl.invoice import Invoice, ItemAttribute
from ubl.safe_xml import UnreadableXml, parse
from ubl.terms import name_of

ROOT_NAMES = {f"{{{namespace}}}{name}": name for name, namespace in ROOTS.items()}


class ReadError(ValueError):
    """The document cannot be held by the model; the message is one sentence with the term and its path."""


def read(data: bytes) -> Invoice:
    """The invoice in `data`. Sums that the document states are left out: `ubl.arithmetic` derives them anew.

    Elements outside EN 16931 are passed over. Raises ReadError for XML that cannot be read, another kind of document,
    a value of the wrong form, a required term that is missing, and a term that stands there more often than allowed.
    """
    return invoice_of(stated_in(data))


def read_with_payable(data: bytes) -> tuple[Invoice, Decimal | None]:
    """As `read`, with the amount that the document says is due (BT-115): compare it, or `fit_rounding` to it."""
    document = stated_in(data)
    return invoice_of(document), document.get("payable")


def stated_in(data: bytes) -> dict[str, Any]:
    """All that the document states, by the field names of the binding."""
    try:
        root = parse(data)
    except UnreadableXml as error:
        raise ReadError(str(error)) from error
    name = ROOT_NAMES.get(root.tag)
    if name is None:
        found = etree.QName(root)
        raise ReadError(
            f"This is no UBL Invoice or CreditNote but {found.localname} of {found.namespace or 'nowhere'}."
        )
    document: dict[str, Any] = {}
    read_nodes(root, BINDING[name], (document,), f"/{name}")
    require(Invoice, document, BINDING[name], f"/{name}")
    return document


def read_nodes(parent: Element, nodes: tuple[Node, ...], stack: tuple[dict[str, Any], ...], where: str) -> None:
    """Put what `nodes` find below `parent` into the innermost dictionary of `stack`."""
    for node in nodes:
        if isinstance(node, Leaf):
            read_leaf(parent, node, stack, where)
        elif isinstance(node, Group):
            read_group(parent, node, stack, where)


def read_leaf(parent: Element, leaf: Leaf, stack: tuple[dict[str, Any], ...], where: str) -> None:
    if callable(leaf.field):
        return
    path = f"{where}/{leaf.path}"
    found = parent.findall("/".join(steps(leaf.path)))
    if len(found) > 1:
        raise ReadError(f"{called(leaf.term)} stands {len(found)} times at {path}; it is allowed once.")
    text = (found[0].text or "").strip() if found else ""
    if not text:
        return
    try:
        put(stack, leaf.field, leaf.form.read(text))
    except UNREADABLE as error:
        raise ReadError(f"{called(leaf.term)} at {path} is '{text[:60]}'; write {leaf.form.like}.") from error
    for name, field, _ in leaf.attributes:
        value = (found[0].get(name) or "").strip()
        if value and field[0] not in "=/":
            put(stack, field, value)


def read_group(parent: Element, group: Group, stack: tuple[dict[str, Any], ...], where: str) -> None:
    siblings = [parent] if not group.path else parent.findall("/".join(steps(group.path)))
    found = [(place, each) for place, each in enumerate(siblings, start=1) if not group.where or group.where(each)]
    if len(found) > 1 and not group.repeated:
        raise ReadError(f"{called(group.term)} stands {len(found)} times at {where}/{group.path}; it is allowed once.")
    things = []
    for place, element in found:
        path = f"{where}/{group.path}" if group.path else where
        if group.repeated:
            path += f"[{place}]"
        if group.make is None:
            read_nodes(element, group.children, stack, path)
            continue
        values: dict[str, Any] = {}
        read_nodes(element, group.children, (*stack, values), path)
        if values:
            things.append(made(group, values, path))
    if things:
        put(stack, group.field, tuple(things) if group.repeated else things[0])


def made(group: Group, values: dict[str, Any], path: str) -> Any:
    assert group.make is not None
    require(group.make, values, group.children, path)
    return group.make(**values)


def require(make: Callable[..., Any], values: dict[str, Any], nodes: tuple[Node, ...], where: str) -> None:
    """A ReadError for the first field that `make` cannot do without and `values` lacks."""
    for name in required_fields(make):
        if name not in values:
            path, term = place_of(name, nodes, where) or (where, "")
            raise ReadError(f"{called(term)} is missing; it belongs at {path}.")


@cache
def required_fields(make: Callable[..., Any]) -> tuple[str, ...]:
    if not is_dataclass(make):
        return ItemAttribute._fields
    return tuple(field.name for field in fields(make) if field.default is MISSING and field.default_factory is MISSING)


def place_of(name: str, nodes: tuple[Node, ...], where: str) -> tuple[str, str] | None:
    """Path and term of the field `name`."""
    for node in nodes:
        if isinstance(node, Constant):
            continue
        path = f"{where}/{node.path}" if node.path else where
        if node.field in (name, f"../{name}"):
            return path, node.term
        if isinstance(node, Leaf):
            for attribute in node.attributes:
                if attribute.field == name:
                    return f"{path}/@{attribute.name}", attribute.term
        if isinstance(node, Group) and (below := place_of(name, node.children, path)):
            return below
    return None


def put(stack: tuple[dict[str, Any], ...], field: str, value: Any) -> None:
    if field.startswith("/"):
        stack[0][field[1:]] = value
    elif field.startswith("../"):
        stack[-2][field[3:]] = value
    else:
        stack[-1][field] = value


def called(term: str) -> str:
    """'BT-48 buyer VAT identifier'; where one place serves two terms, both."""
    return " / ".join(f"{one} {name_of(one)}" for one in term.split()) or "An element"
