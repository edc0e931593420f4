"""The document as the rules see it: one pass over the lxml tree, then only plain Python objects.

A `Group` is an element with children (`cac:…`): a dict from child name to the text of a leaf (`"cbc:ID"`), to the list
of its groups (`"cac:Item"`), and, under `"@cbc:ID"`, to the attributes of a leaf. A `Place` is a path in the document
("/Invoice/cac:InvoiceLine/cac:Price"), made once per process; the rules that apply to it are found once and stay there,
so a thousand lines cost no lookup of rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from ubl.rules.alike import Alike
from ubl.rules.values import WHITESPACE, ZERO

NAMESPACES = {
    "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2": "cbc",
    "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2": "cac",
    "urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2": "ext",
}
ROOTS = {
    "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice": "Invoice",
    "{urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}CreditNote": "CreditNote",
}
LINES = ("cac:InvoiceLine", "cac:CreditNoteLine")
LONG = 60
MOST_PLACES = 5_000

Attributes = list[tuple[str, str]]
NONE: tuple[Any, ...] = ()


class Place:
    """A path in a document; `rules` is filled by the engine when the place is first seen."""

    __slots__ = (
        "attributes",
        "children",
        "foreign",
        "leaf",
        "name",
        "path",
        "restricted",
        "rules",
        "up",
        "wanted",
        "watched",
    )

    def __init__(self, name: str, up: Place | None) -> None:
        self.name = name
        self.up = up
        self.path: tuple[str, ...] = (*(up.path if up else ()), name)
        self.leaf = name.startswith("cbc:")
        self.foreign = up is not None and not name.startswith(("cbc:", "cac:"))
        self.attributes = "@" + name
        self.children: dict[str, Place] = {}
        self.watched = False
        self.wanted: Attributes = []
        self.restricted: tuple[Any, ...] = ()
        self.rules: Any = None


class Group(dict[str, Any]):
    """An element with children. Leaves that come more than once keep their first text here, the rest in `repeats`."""

    __slots__ = ("place", "repeats", "up")
    place: Place
    up: Group | None
    repeats: dict[str, list[tuple[str, Attributes]]] | None

    def groups(self, *names: str) -> list[Group]:
        """All groups below, along the path of `names`."""
        found: list[Group] = self.get(names[0], NONE)
        for name in names[1:]:
            if len(found) == 1:
                found = found[0].get(name, NONE)
            else:
                found = [child for group in found for child in group.get(name, NONE)]
        return found

    def leaves(self, name: str) -> list[tuple[str, Attributes]]:
        """(text, attributes) of every leaf of that name directly below."""
        if name not in self:
            return []
        first = [(self[name], self.get("@" + name, NONE))]
        return first + self.repeats[name] if self.repeats and name in self.repeats else first

    def filled(self, name: str) -> bool:
        """The leaf is there and not blank."""
        return name in self and bool(self[name].strip(WHITESPACE))

    def texts(self, name: str) -> list[str]:
        return [text for text, _ in self.leaves(name)]

    def attribute(self, leaf: str, name: str) -> str | None:
        """The attribute of the first leaf of that name."""
        for key, value in self.get("@" + leaf, NONE):
            if key == name:
                return str(value)
        return None


EMPTY = Group()
EMPTY.repeats = None
EMPTY.up = None

Leaf = tuple[str, Attributes, Group]
Find = Callable[[Place, str], Place]


class Document:
    """One read invoice or credit note: its root group, and every group, watched leaf and new attribute by place.

    `repeated` holds the names that some parent has more than once: where none is, nothing can be there twice.
    """

    __slots__ = (
        "alike",
        "attributes",
        "blanks",
        "cache",
        "groups",
        "kind",
        "leaves",
        "named",
        "repeated",
        "restricted",
        "root",
        "usual",
    )

    def __init__(self, root: Any, place: Place, find: Find, in_full: bool = False) -> None:
        self.kind = place.name
        self.alike = None if in_full or len(root) < LONG else Alike()
        self.groups: dict[Place, list[Group]] = {}
        self.leaves: dict[Place, list[Leaf]] = {}
        self.attributes: list[tuple[Place, Attributes, Group]] = []
        self.usual: dict[Place, Attributes] = {}
        self.restricted: dict[Place, Group] = {}
        self.blanks: list[tuple[Group, str | None]] = []
        self.repeated: set[str] = set()
        self.cache: dict[str, Any] = {}
        self.root = self._read(root, place, None, find)
        if root.attrib:
            self.attributes.append((place, root.items(), self.root))
        self.named: dict[str, list[Group]] = {}
        for at, groups in self.groups.items():
            if at.name in self.named:
                self.named[at.name] = self.named[at.name] + groups
            else:
                self.named[at.name] = groups

    def release(self) -> None:
        """Unties the groups from one another, so that they are freed at once and not by the garbage collector."""
        for groups in self.groups.values():
            for group in groups:
                group.up = None

    def sum_beside(self, line: Group) -> Decimal:
        """The amounts of the lines like this one that were not read in full."""
        return self.alike.sum_beside(line) if self.alike is not None else ZERO

    def all(self, name: str) -> list[Group]:
        """Every group of that name, wherever it stands."""
        return self.named.get(name, NONE)  # type: ignore[arg-type]

    def texts(self, leaf: str) -> Iterator[str]:
        """The text of every leaf of that name, wherever it stands."""
        for groups in self.groups.values():
            for group in groups:
                if leaf in group:
                    yield from group.texts(leaf)

    def _read(self, element: Any, place: Place, up: Group | None, find: Find) -> Group:
        group = Group()
        group.place = place
        group.up = up
        group.repeats = None
        children = place.children
        for child in element:
            tag = child.tag
            at = children.get(tag) or find(place, tag)
            name = at.name
            if at.leaf:
                text = child.text
                attributes = child.items()
                if not text or text.isspace():
                    text = self._unusual_text(child, group, name)
                if name in group:
                    self.repeated.add(name)
                    if group.repeats is None:
                        group.repeats = {}
                    group.repeats.setdefault(name, []).append((text, attributes))
                else:
                    group[name] = text
                    if attributes:
                        group[at.attributes] = attributes
                if attributes:
                    if self.usual.get(at) != attributes:
                        self.usual[at] = attributes
                        self.attributes.append((at, attributes, group))
                elif at.wanted:
                    self.attributes.append((at, at.wanted, group))
                if at.watched:
                    self.leaves.setdefault(at, []).append((text, attributes, group))
            elif up is None and name in LINES and self.alike is not None:
                self._read_line(child, at, group, find, self.alike)
            else:
                below = self._read(child, at, group, find)
                if name in group:
                    self.repeated.add(name)
                    group[name].append(below)
                else:
                    group[name] = [below]
            if at.restricted:
                self.restricted.setdefault(at, group)
        self.groups.setdefault(place, []).append(group)
        if not group or place.foreign:
            self._read_bare(element, place, group)
        return group

    def _read_line(self, line: Any, place: Place, root: Group, find: Find, alike: Alike) -> None:
        """A line of a long document: read only if no line like it was."""
        self.repeated.add(place.name)
        kind = alike.take(line)
        if kind is not None:
            below = self._read(line, place, root, find)
            alike.remember(kind, below)
            root.setdefault(place.name, []).append(below)

    def _unusual_text(self, leaf: Any, group: Group, name: str) -> str:
        text = "".join(leaf.itertext())
        if not len(leaf) and not text.strip(" \t\r\n"):
            self.blanks.append((group, name))
        return text

    def _read_bare(self, element: Any, place: Place, group: Group) -> None:
        """A group without children, or an element from outside UBL: text and attributes count for a few rules."""
        text = "".join(element.itertext())
        if not group and not text.strip(" \t\r\n"):
            self.blanks.append((group, None))
        if place.foreign:
            self.leaves.setdefault(place, []).append((text, element.items(), group))
        if element.attrib and place.up is not None:
            self.attributes.append((place, element.items(), group))


def short_name(tag: str) -> str:
    """`cbc:ID` for the Clark name of a UBL element; the Clark name itself for anything else."""
    namespace, _, local = tag[1:].partition("}")
    prefix = NAMESPACES.get(namespace)
    return f"{prefix}:{local}" if prefix else tag


class Paths:
    """XML paths of groups, with a position where a name is not unique; siblings are counted once."""

    def __init__(self) -> None:
        self._positions: dict[tuple[int, str], dict[int, int]] = {}

    def of(self, group: Group, leaf: str = "") -> str:
        """The path of a group, or of a leaf (or attribute) directly below it."""
        steps: list[str] = [leaf] if leaf else []
        here: Group | None = group
        while here is not None:
            name = here.place.name
            steps.append(name if here.up is None else self._step(here, here.up, name))
            here = here.up
        return "/" + "/".join(reversed(steps))

    def _step(self, group: Group, up: Group, name: str) -> str:
        siblings: list[Group] = up[name]
        if len(siblings) == 1:
            return name
        key = (id(up), name)
        if key not in self._positions:
            self._positions[key] = {id(sibling): n for n, sibling in enumerate(siblings, 1)}
        return f"{name}[{self._positions[key][id(group)]}]"
