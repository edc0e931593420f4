"""An invoice as UBL 2.1 in Peppol BIS Billing 3.0, by walking the syntax binding."""

from __future__ import annotations

from typing import Any

from lxml import etree

from ubl.binding import BINDING
from ubl.binding_document import document_of
from ubl.binding_nodes import PREFIXES, ROOTS, Constant, Element, Form, Group, Leaf, Node, clean, steps
from ubl.invoice import Invoice


class WriteError(ValueError):
    """The invoice holds something for which UBL has no place; the message is one sentence that names the term."""


def write(invoice: Invoice) -> bytes:
    """`invoice` as UTF-8 XML, its sums derived; a WriteError says what stands in the way.

    Text loses the characters that XML forbids; an empty text is left away (PEPPOL-EN16931-R008).
    """
    name = "CreditNote" if invoice.type.is_credit_note else "Invoice"
    root = etree.Element(f"{{{ROOTS[name]}}}{name}", nsmap=namespaces(name))
    try:
        document = document_of(invoice)
        fill(root, BINDING[name], (document,))
    except ValueError as error:
        raise WriteError(f"Invoice {invoice.number}: {error}.") from error
    except ArithmeticError as error:
        raise WriteError(f"Invoice {invoice.number}: a number has more digits than can be reckoned exactly.") from error
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def namespaces(root: str) -> dict[Any, str]:
    return {None: ROOTS[root], **PREFIXES}


def fill(parent: Element, nodes: tuple[Node, ...], stack: tuple[Any, ...]) -> bool:
    """Append what `nodes` say of the innermost object of `stack`; True where that was more than constants."""
    said = False
    for node in nodes:
        if isinstance(node, Constant):
            place(parent, node.path).text = node.text
        elif isinstance(node, Leaf):
            said |= write_leaf(parent, node, stack)
        else:
            said |= write_group(parent, node, stack)
    return said


def write_leaf(parent: Element, leaf: Leaf, stack: tuple[Any, ...]) -> bool:
    value = leaf.field(stack[-1]) if callable(leaf.field) else look_up(stack, leaf.field)
    if value is None:
        return False
    text = written(value, leaf.form, leaf.term)
    if not text:
        return False
    element = place(parent, leaf.path)
    element.text = text
    for name, field, _ in leaf.attributes:
        stated = field[1:] if field.startswith("=") else clean(look_up(stack, field) or "")
        if stated:
            element.set(name, stated)
    return True


def written(value: Any, form: Form, term: str) -> str:
    try:
        return form.write(value)
    except ValueError as error:
        raise ValueError(f"{error} ({term})" if term else str(error)) from error


def write_group(parent: Element, group: Group, stack: tuple[Any, ...]) -> bool:
    said = False
    for inner in described(group, stack):
        if not group.path:
            said |= fill(parent, group.children, inner)
            continue
        element = place(parent, group.path)
        if fill(element, group.children, inner):
            said = True
        else:
            withdraw(parent, element)
    return said


def described(group: Group, stack: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """The stack for each object that `group` writes an element for."""
    if not group.field:
        return [stack]
    value = look_up(stack, group.field)
    if group.repeated:
        return [(*stack, thing) for thing in value]
    return [] if value is None else [(*stack, value)]


def place(parent: Element, path: str) -> Element:
    """A new element at `path`, within the neighbour's enclosing elements where the path begins like the neighbour's."""
    *around, last = steps(path)
    for step in around:
        before = parent[-1] if len(parent) else None
        parent = before if before is not None and before.tag == step else etree.SubElement(parent, step)
    return etree.SubElement(parent, last)


def withdraw(parent: Element, element: Element) -> None:
    """Take `element` away again, with whatever was placed around it below `parent` and is now empty."""
    while element is not parent:
        around = element.getparent()
        assert around is not None
        around.remove(element)
        if len(around):
            return
        element = around


def look_up(stack: tuple[Any, ...], field: str) -> Any:
    if field.startswith("/"):
        holder, field = stack[0], field[1:]
    elif field.startswith("../"):
        holder, field = stack[-2], field[3:]
    else:
        holder = stack[-1]
    return holder.get(field) if isinstance(holder, dict) else getattr(holder, field)
