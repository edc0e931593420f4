"""Invoices of one sender look alike: a document of a kind met before is asked only what its words and numbers decide.

Two documents are of one kind when they have the same elements, attributes and codes in the same order, and nothing in
them is blank. A rule that reads no more than that has given its answer on an earlier good document of the kind, the
specimen. Which rules those are is not declared but watched: the specimen is asked every rule once more while its groups
note whether a word or number is read. Where one of the remaining rules is not kept, or there is any doubt, the engine
judges the document in full, so every finding comes from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter
from threading import Lock
from typing import Any

from ubl.rules.ask import FINDERS
from ubl.rules.rule import UNREADABLE, Block, Rule, narrowed, of_scheme
from ubl.rules.tree import Attributes, Document, Group, Place

MOST_MET = 5_000
MOST_KINDS = 300
MOST_ELEMENTS = 1_500
FILE = "filename"
CODES = {"cbc:CustomizationID", "cbc:ProfileID", "cbc:ChargeIndicator", "cbc:Percent"}
CODED_BY_ID = {"cac:TaxScheme", "cac:TaxCategory", "cac:ClassifiedTaxCategory"}
TAG, TEXT = attrgetter("tag"), attrgetter("text")
ALONE = Lock()
"""A specimen is written over by each document of its kind: one at a time. Who finds it taken judges in full."""

Active = Callable[[Document], set[int]]


class Unlike(Exception):
    """This document is no specimen: something in it is beyond elements, attributes and text."""


class Look:
    """A document in reading order: each element's tag, number of children, attributes and text."""

    __slots__ = ("attributes", "sizes", "tags", "texts")

    def __init__(self, root: Any) -> None:
        elements = list(root.iter())
        self.tags: tuple[str, ...] = tuple(map(TAG, elements))
        self.sizes = tuple(map(len, elements))
        self.attributes = [element.items() for element in elements]
        self.texts: tuple[str | None, ...] = tuple(map(TEXT, elements))

    def mark(self) -> int:
        """The same for documents that will be of one kind, as far as can be told at a glance."""
        attributes = tuple(pair for pairs in self.attributes for pair in pairs if pair[0] != FILE)
        codes = tuple(text for tag, text in zip(self.tags, self.texts, strict=True) if tag.endswith("Code"))
        return hash((self.tags, attributes, codes))


class Kinds:
    """The kinds of document met so far, by their sizes. `active` tells which conditional rule sets apply."""

    def __init__(self, active: Active) -> None:
        self._active = active
        self._kinds: dict[tuple[int, ...], list[Kind]] = {}
        self._count = 0
        self._met: set[int] = set()

    def well(self, look: Look) -> bool:
        """Whether the document is of a known kind and keeps every rule; False says nothing."""
        kinds = self._kinds.get(look.sizes)
        if not kinds or not ALONE.acquire(blocking=False):
            return False
        try:
            return any(kind.is_of(look) and kind.well(look, self._active) for kind in kinds)
        finally:
            ALONE.release()

    def learn(self, look: Look, document: Document) -> bool:
        """Takes a document that keeps every rule as specimen, the second time one like it is met; True if it is kept.

        To learn costs a few times what it costs to judge in full.
        """
        if len(look.tags) > MOST_ELEMENTS or not self._met_before(look) or not ALONE.acquire(blocking=False):
            return False
        try:
            kind = Kind(look, document, self._active)
            if self._count == MOST_KINDS:
                self._kinds, self._count = {}, 0
            self._kinds.setdefault(look.sizes, []).append(kind)
            self._count += 1
        except Unlike:
            return False
        finally:
            ALONE.release()
        return True

    def _met_before(self, look: Look) -> bool:
        mark = look.mark()
        if mark in self._met:
            return True
        if len(self._met) == MOST_MET:
            self._met.clear()
        self._met.add(mark)
        return False


class Kind:
    """A specimen, its codes, where its words and numbers stand, and the questions that hang on them."""

    def __init__(self, look: Look, document: Document, active: Active) -> None:
        self._tags, self._sizes = look.tags, look.sizes
        self._files = [at for at, pairs in enumerate(look.attributes) if any(name == FILE for name, _ in pairs)]
        self._attributes = self._without_file_names(look)
        self._document = document
        self._positions: list[int] = []
        self._words: list[tuple[Group, str]] = []
        self._more_words: list[tuple[int, list[tuple[str, Attributes]], int]] = []
        self._codes: list[int] = []
        self._places: dict[Place, list[int]] = {}
        if self._walk(document.root, 0) != len(look.tags):
            raise Unlike
        self._code_texts = self._coded(look)
        self._tests: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
        self._leaf_tests: list[tuple[Callable[..., Any], int, Attributes, Group]] = []
        self._blocks: list[tuple[Block, Group]] = []
        self._known: dict[str, Any] = {}
        self._watch(active)

    def is_of(self, look: Look) -> bool:
        """Whether that document has this kind's elements, attributes and codes."""
        return (
            self._tags == look.tags
            and self._sizes == look.sizes
            and self._attributes == self._without_file_names(look)
            and self._code_texts == self._coded(look)
        )

    def well(self, look: Look, active: Active) -> bool:
        """Whether nothing is blank and the rules that read words and numbers are all kept."""
        document, texts = self._document, look.texts
        words = [texts[position] for position in self._positions]
        if not all(words) or any(map(str.isspace, words)):  # type: ignore[arg-type]
            return False
        for (group, name), text in zip(self._words, words, strict=True):
            group[name] = text
        for position, leaves, number in self._more_words:
            text = texts[position]
            if not text or text.isspace():
                return False
            leaves[number] = (text, leaves[number][1])
        document.cache = self._known.copy()
        try:
            return active(document) == self._active and self._keeps(document, texts)
        except UNREADABLE:
            return False

    def _keeps(self, document: Document, texts: tuple[str | None, ...]) -> bool:
        for test, arguments in self._tests:
            if not test(*arguments):
                return False
        for test, position, attributes, group in self._leaf_tests:
            if not test(texts[position], attributes, group, document):
                return False
        for block, group in self._blocks:
            for rule in narrowed(block, group, document):
                if not rule.test(group, document):
                    return False
        return True

    def _coded(self, look: Look) -> list[str | None]:
        texts = look.texts
        return [texts[position] for position in self._codes]

    def _without_file_names(self, look: Look) -> list[Attributes]:
        """The attributes; a lone attachment is named differently in every invoice, and no rule asks how.

        Of several, a German rule asks whether their names differ.
        """
        if len(self._files) != 1:
            return look.attributes
        found = look.attributes.copy()
        for position in self._files:
            found[position] = [(name, "" if name == FILE else value) for name, value in found[position]]
        return found

    def _walk(self, group: Group, position: int) -> int:
        """Notes where the leaves of `group` stand, in reading order; the position after it."""
        end, met = position + 1, dict[str, int]()
        for _ in range(self._sizes[position]):
            place = group.place.children.get(self._tags[end])
            if place is None or place.foreign or place.leaf == bool(self._sizes[end]):
                raise Unlike
            number = met[place.name] = met.get(place.name, -1) + 1
            if not place.leaf:
                end = self._walk(group[place.name][number], end)
                continue
            self._places.setdefault(place, []).append(end)
            if is_code(group.place, place.name):
                self._codes.append(end)
            elif number == 0:
                self._positions.append(end)
                self._words.append((group, place.name))
            else:
                assert group.repeats is not None
                self._more_words.append((end, group.repeats[place.name], number - 1))
            end += 1
        return end

    def _watch(self, active: Active) -> None:
        """Asks the specimen every rule and keeps those that read its words and numbers."""
        groups = [group for groups in self._document.groups.values() for group in groups]
        for group in groups:
            group.__class__ = Watched
        try:
            self._find_what_is_known()
            self._active = active(self._document)
            self._watch_groups()
            self._watch_leaves()
            for place, attributes, _ in self._document.attributes:
                for name, value in attributes:
                    for rule in place.rules.attributes.get(name, ()):
                        self._keep_if_read(rule, value, self._document)
        except UNREADABLE:
            raise Unlike from None
        finally:
            for group in groups:
                group.__class__ = Group

    def _find_what_is_known(self) -> None:
        for name, find in FINDERS.items():
            found, read = self._watched(find, self._document)
            if not read:
                self._known[name] = found

    def _watch_groups(self) -> None:
        for place, groups in self._document.groups.items():
            blocks = [*place.rules.narrowed]
            blocks += [block for number, block in place.rules.conditional if number in self._active]
            for group in groups:
                for rule in place.rules.plain:
                    self._keep_if_read(rule, group, self._document)
                for block in blocks:
                    rules, read = self._watched(narrowed, block, group, self._document)
                    if read:
                        self._blocks.append((block, group))
                        continue
                    for rule in rules:
                        self._keep_if_read(rule, group, self._document)

    def _watch_leaves(self) -> None:
        for place, leaves in self._document.leaves.items():
            for position, (text, attributes, group) in zip(self._places[place], leaves, strict=True):
                for rule in _leaf_rules(place.rules.leaves, attributes):
                    if is_code(group.place, place.name):
                        self._keep_if_read(rule, text, attributes, group, self._document)
                    else:
                        self._leaf_tests.append((rule.test, position, attributes, group))

    def _keep_if_read(self, rule: Rule, *arguments: Any) -> None:
        kept, read = self._watched(rule.test, *arguments)
        if not kept:
            raise Unlike
        if read:
            self._tests.append((rule.test, arguments))

    def _watched(self, ask: Callable[..., Any], *arguments: Any) -> tuple[Any, bool]:
        """The answer, and whether a word or number was read for it."""
        self._document.cache = self._known.copy()
        Watched.reads = 0
        answer = ask(*arguments)
        return answer, Watched.reads > 0


class Watched(Group):
    """A group that counts how often a word or number in it is read. Codes, names and what is there do not count."""

    __slots__ = ()
    reads = 0

    def __getitem__(self, name: str) -> Any:
        self._note(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        if name not in self:
            return default
        return self[name]

    def items(self) -> Any:
        Watched.reads += 1
        return super().items()

    def values(self) -> Any:
        Watched.reads += 1
        return super().values()

    def filled(self, name: str) -> bool:
        return name in self

    def _note(self, name: str) -> None:
        if name.startswith("cbc:") and not is_code(self.place, name):
            Watched.reads += 1


def is_code(place: Place, name: str) -> bool:
    """Whether a leaf of that name in a group at `place` holds a code, of which a sender uses few."""
    if name.endswith("Code"):
        return name != "cbc:ItemClassificationCode"
    return name in CODES or (name == "cbc:ID" and place.name in CODED_BY_ID)


def _leaf_rules(blocks: Iterable[Block], attributes: Attributes) -> list[Rule]:
    return [
        rule
        for block in blocks
        for rule in (block.rules if block.table is None else of_scheme(block.table, attributes))
    ]
