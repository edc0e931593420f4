"""Partial invoices of one order against each other: each number once, one total, nothing after the last."""

from __future__ import annotations

from connectors.erp.records import Document


def misnumbered(document: Document, earlier: list[Document]) -> tuple[str, str] | None:
    """The field to change and why, where `document` does not fit the `earlier` parts of its order."""
    part = document.partial
    if part is None:
        return None
    for other in earlier:
        theirs = other.partial
        if theirs is None or is_replaced(other, document):
            continue
        if theirs.number == part.number:
            return "partial.number", (
                f"is {part.number}, which {other.number} is already; number the parts of an order 1, 2, 3 …, "
                "or name the invoice that this one replaces as original_invoice"
            )
        if None not in (theirs.of, part.of) and theirs.of != part.of:
            return "partial.of", f"is {part.of}, but {other.number} says {theirs.of}; write the same on each part"
        first, last = sorted(((theirs, other), (part, document)), key=lambda pair: pair[0].number)
        if first[0].is_last:
            return "partial.number", (
                f"is {part.number}, but {first[1].number} was the last part, before {last[1].number}; "
                "correct the numbers, or which one is final"
            )
    return None


def is_replaced(other: Document, by: Document) -> bool:
    return by.original_invoice is not None and by.original_invoice.number == other.number


def order_of(document: Document) -> tuple[str, str, str]:
    """What the parts of one order share: seller, customer, number of the order."""
    return document.seller, document.customer, document.order or document.sales_order or ""
