"""Asks every rule of every place in a document where it applies.

`run(root)` reads the tree once and returns what fired. The rules that apply to a path are found the first time that
path is seen in this process; from then on a document costs one pass and its tests, nothing else.
"""

from __future__ import annotations

import decimal
from contextlib import suppress
from typing import Any, NamedTuple

from ubl.rules.rule import Block, Context, Rule, RuleSet
from ubl.rules.tree import MOST_PLACES, NONE, ROOTS, Document, Group, Place, short_name
from ubl.rules.values import NotAValue


CURRENCY = "currencyID"


class Fired(NamedTuple):
    """A rule that is not kept, at a group or at a leaf below it. `found` is the value at fault, where there is one."""

    rule: Rule
    group: Group
    leaf: str
    found: str


class PlaceRules:
    """What applies at one place, with the number of the rule set it comes from."""

    __slots__ = ("attributes", "groups", "leaves")

    def __init__(self) -> None:
        self.groups: list[tuple[int, Block]] = []
        self.leaves: list[tuple[int, tuple[Rule, ...]]] = []
        self.attributes: dict[str, list[Rule]] = {}


class Engine:
    """A fixed list of rule sets, with the places met so far."""

    def __init__(self, sets: tuple[RuleSet, ...], blank: Rule) -> None:
        self.sets = sets
        self.blank = blank
        self.rules = [rule for each in sets for rule in each.rules()] + [blank]
        self._places = 0
        self._roots = {tag: self._dress(Place(name, None)) for tag, name in ROOTS.items()}

    def run(self, root: Any) -> list[Fired]:
        """Everything that fires in the Invoice or CreditNote `root`; KeyError for another root."""
        with decimal.localcontext(decimal.Context(prec=100)):
            document = Document(root, self._roots[root.tag], self._find)
            fired: list[Fired] = []
            active = [each.applies is None or bool(each.applies(document)) for each in self.sets]
            self._ask_groups(document, active, fired)
            self._ask_leaves(document, active, fired)
            self._ask_attributes(document, fired)
        for place, group in document.restricted.items():
            fired += [Fired(rule, group, place.name, "") for rule in place.restricted]
        fired += [Fired(self.blank, group, leaf or "", "") for group, leaf in document.blanks]
        return fired

    def _ask_groups(self, document: Document, active: list[bool], fired: list[Fired]) -> None:
        for place, groups in document.groups.items():
            for number, block in place.rules.groups:
                if not active[number]:
                    continue
                before = len(fired)
                try:
                    _ask(block, groups, document, fired)
                except NotAValue:
                    del fired[before:]
                    _ask_one_by_one(block, groups, document, fired)

    def _ask_leaves(self, document: Document, active: list[bool], fired: list[Fired]) -> None:
        for place, leaves in document.leaves.items():
            for number, rules in place.rules.leaves:
                if not active[number]:
                    continue
                for rule in rules:
                    test = rule.test
                    for text, attributes, group in leaves:
                        if not test(text, attributes, group, document):
                            fired.append(Fired(rule, group, "" if place.foreign else place.name, text))

    def _ask_attributes(self, document: Document, fired: list[Fired]) -> None:
        for place, attributes, group in document.attributes:
            rules = place.rules.attributes
            for name, value in attributes:
                if name in rules:
                    leaf = f"{place.name}/@{name}" if place.leaf else f"@{name}"
                    fired += [Fired(rule, group, leaf, value) for rule in rules[name] if not rule.test(value, document)]

    def _find(self, up: Place, tag: str) -> Place:
        place = self._dress(Place(short_name(tag), up))
        if self._places < MOST_PLACES:
            self._places += 1
            up.children[tag] = place
        return place

    def _dress(self, place: Place) -> Place:
        place.rules = rules = PlaceRules()
        for number, each in enumerate(self.sets):
            for block in each.groups:
                if not place.leaf and _stands(place, block):
                    rules.groups.append((number, block))
            for block in each.leaves:
                if _stands(place, block):
                    rules.leaves.append((number, block.rules))
            for name, blocks in each.attributes.items():
                found = [rule for block in blocks if _stands(place, block) for rule in block.rules]
                if found:
                    rules.attributes.setdefault(name, []).extend(found)
            for name, rule in each.anywhere.items():
                rules.attributes.setdefault(name, []).append(rule)
            restricted = each.restricted.get("/".join(place.path[1:]))
            if restricted is not None:
                place.restricted = (*place.restricted, restricted)
        place.watched = bool(rules.leaves)
        place.wanted = [(CURRENCY, "")] if CURRENCY in rules.attributes else []
        return place


def _ask(block: Block, groups: list[Group], document: Document, fired: list[Fired]) -> None:
    when, table = block.when, block.table
    if table is not None:
        for group in groups:
            for rule in table.get(when(group, document), NONE):  # type: ignore[misc]
                if not rule.test(group, document):
                    fired.append(Fired(rule, group, rule.leaf, ""))
        return
    asked = groups if when is None else [group for group in groups if when(group, document)]
    for rule in block.rules:
        test = rule.test
        for group in asked:
            if not test(group, document):
                fired.append(Fired(rule, group, rule.leaf, ""))


def _ask_one_by_one(block: Block, groups: list[Group], document: Document, fired: list[Fired]) -> None:
    """As `_ask`, where a value could not be read: only the rules that need that value stay silent."""
    for group in groups:
        for rule in block.rules:
            alone = Block(block.contexts, (rule,), block.when)
            if block.table is not None:
                alone = Block(block.contexts, (), block.when, _only(rule, block.table))
            with suppress(NotAValue):
                _ask(alone, [group], document, fired)


def _only(rule: Rule, table: dict[Any, tuple[Rule, ...]]) -> dict[Any, tuple[Rule, ...]]:
    return {key: (rule,) for key, rules in table.items() if rule in rules}


def _stands(place: Place, block: Block) -> bool:
    return any(stands(place.path, context) for context in block.contexts)


def stands(path: tuple[str, ...], context: Context) -> bool:
    """Whether the place at `path` (document first) is one that `context` names."""
    if not isinstance(context, str):
        return context(path)
    if context == "/":
        return len(path) == 1
    steps = tuple(context.strip("/").split("/"))
    if context.startswith("/"):
        return path[1:] == steps
    return path[-len(steps) :] == steps
