"""Long invoices: lines that differ only in words and numbers are judged once.

The first line of a kind, the specimen, is read and asked every rule. A later line of the same kind has the same
elements, attributes and coded values; what is left to ask of it is whether its words are there and its numbers agree.
Where any of that fails, or a rule fires inside a line, the engine judges every line in full.
"""

from __future__ import annotations

from decimal import Decimal
from operator import attrgetter
from typing import Any

from ubl.rules.values import ONE, ZERO, NotAValue, dec, decimals, quotient

TAG, TEXT = attrgetter("tag"), attrgetter("text")
MOST_KINDS = 8
SLACK = Decimal("0.02")
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
WORDS = {
    (),
    ("Item",),
    ("Item", "SellersItemIdentification"),
    ("Item", "BuyersItemIdentification"),
    ("Item", "AdditionalItemProperty"),
    ("OrderLineReference",),
}
"""Where a leaf is words to every rule: present and not blank is all they ask. (A code there is still a code.)"""
WORD_LEAVES = {"ID", "Note", "Name", "Description", "AccountingCost", "Value", "LineID"}
QUANTITY, AMOUNT, PRICE, BASE = "quantity", "amount", "price", "base"
NUMBERS = {
    ("InvoicedQuantity",): QUANTITY,
    ("CreditedQuantity",): QUANTITY,
    ("LineExtensionAmount",): AMOUNT,
    ("Price", "PriceAmount"): PRICE,
    ("Price", "BaseQuantity"): BASE,
}


class Kind:
    """The lines that look like one specimen, and the sum of their amounts (the specimen's own left out)."""

    __slots__ = ("attributes", "coded", "numbers", "shape", "sizes", "sum", "texts", "words")

    def __init__(self, shape: list[str], sizes: list[int], attributes: list[Any], texts: list[str | None]) -> None:
        self.shape, self.sizes, self.attributes = shape, sizes, attributes
        self.sum = ZERO
        self.numbers: dict[str, int] = {}
        self.words: list[int] = []
        self.coded: list[int] = []
        for position, path in enumerate(_paths(shape, sizes)):
            if sizes[position] or position == 0:
                continue
            if path in NUMBERS and NUMBERS[path] not in self.numbers:
                self.numbers[NUMBERS[path]] = position
            elif path[:-1] in WORDS and path[-1] in WORD_LEAVES:
                self.words.append(position)
            else:
                self.coded.append(position)
        self.texts = [texts[position] for position in self.coded]


class Alike:
    """The kinds of line met in one document."""

    __slots__ = ("kinds", "sums", "taken")

    def __init__(self) -> None:
        self.kinds: list[Kind] = []
        self.sums: dict[int, Kind] = {}
        self.taken = 0

    def take(self, line: Any) -> Kind | None:
        """None if `line` is like one already met and fits, so nothing more need be asked of it; else its new kind."""
        elements = list(line.iter())
        shape = list(map(TAG, elements))
        sizes = list(map(len, elements))
        attributes = [element.items() for element in elements]
        texts = list(map(TEXT, elements))
        for kind in self.kinds:
            if shape == kind.shape and sizes == kind.sizes and attributes == kind.attributes:
                amount = _fits(kind, texts)
                if amount is not None:
                    kind.sum += amount
                    self.taken += 1
                    return None
        return Kind(shape, sizes, attributes, texts)

    def remember(self, kind: Kind, group: object) -> None:
        """`group`, just read in full, is the specimen of `kind`. Lines with allowances or charges have none."""
        if len(self.kinds) == MOST_KINDS or not {QUANTITY, AMOUNT, PRICE} <= kind.numbers.keys():
            return
        if CAC + "AllowanceCharge" in kind.shape or not all(tag.startswith((CBC, CAC)) for tag in kind.shape):
            return
        self.kinds.insert(0, kind)
        self.sums[id(group)] = kind

    def sum_beside(self, group: object) -> Decimal:
        """The line amounts of all lines like this specimen, without its own."""
        kind = self.sums.get(id(group))
        return ZERO if kind is None else kind.sum


def _fits(kind: Kind, texts: list[str | None]) -> Decimal | None:
    """The amount of a line of this kind, if its codes are the specimen's, its words are there and its numbers agree."""
    if [texts[position] for position in kind.coded] != kind.texts:
        return None
    for position in kind.words:
        text = texts[position]
        if not text or text.isspace():
            return None
    numbers = kind.numbers
    quantity, price, stated = (texts[numbers[name]] or "" for name in (QUANTITY, PRICE, AMOUNT))
    base = texts[numbers[BASE]] or "" if BASE in numbers else None
    if not price[:1].isdigit() or decimals(stated) > 2:
        return None
    try:
        amount = dec(stated)
        return amount if line_agrees(amount, quantity, price, base, ZERO) else None
    except (NotAValue, ArithmeticError):
        return None


def line_agrees(amount: Decimal, quantity: str | None, price: str | None, base: str | None, charges: Decimal) -> bool:
    """Quantity times price, plus the line's charges less its allowances, within two cents of its amount.

    An absent quantity or base quantity is one, and so is a base quantity of zero; an absent price is nothing. Peppol
    rule R120.
    """
    wanted = dec(quantity) if quantity is not None else ONE
    unit = dec(price) if price is not None else ZERO
    wanted *= unit if base is None else quotient(unit, dec(base) or ONE)
    return abs(amount - wanted - charges) <= SLACK


def _paths(shape: list[str], sizes: list[int]) -> list[tuple[str, ...]]:
    """The path of every element below the line, from the flat order of tags and numbers of children."""
    paths: list[tuple[str, ...]] = [()]
    open_groups: list[list[Any]] = [[(), sizes[0]]]
    for tag, size in zip(shape[1:], sizes[1:], strict=True):
        while not open_groups[-1][1]:
            open_groups.pop()
        open_groups[-1][1] -= 1
        path = (*open_groups[-1][0], tag.partition("}")[2])
        paths.append(path)
        if size:
            open_groups.append([path, size])
    return paths
