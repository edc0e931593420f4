"""Asks every rule of every place in a document where it applies.

`run(root)` reads the tree once and returns what fired. The rules that apply to a path are found the first time that
path is seen in this process; from then on a document costs one pass and its tests, nothing else.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from ubl.rules.kinds import Kinds, Look
from ubl.rules.rule import UNREADABLE, Block, Context, PlaceRules, Rule, Rules, RuleSet, narrowed, of_scheme
from ubl.rules.tree import LINES, LONG, MOST_PLACES, ROOTS, Document, Group, Place, short_name

CURRENCY = "currencyID"
Indexed = tuple[int, str, Block]
GROUP, LEAF = "group", "leaf"
DOCUMENT, ANY = "/", "*"
Ask = Callable[["Rules", list[Group], Document, "list[Fired]"], None]


class Fired(NamedTuple):
    """A rule that is not kept, at a group or at a leaf below it. `found` is the value at fault, where there is one."""

    rule: Rule
    group: Group
    leaf: str
    found: str


class Engine:
    """A fixed list of rule sets, with the places met so far."""

    def __init__(self, sets: tuple[RuleSet, ...], blank: Rule) -> None:
        self.sets = sets
        self.blank = blank
        self.rules = [rule for each in sets for rule in each.rules()] + [blank]
        self._conditional = [(number, each.applies) for number, each in enumerate(sets) if each.applies is not None]
        self._contexts = _by_last_step(sets)
        self._anywhere = {name: [rule] for each in sets for name, rule in each.anywhere.items()}
        self._kinds = Kinds(self.active)
        self._places = 0
        self._roots = {tag: self._dress(Place(name, None)) for tag, name in ROOTS.items()}

    def run(self, root: Any) -> list[Fired]:
        """Everything that fires in the Invoice or CreditNote `root`; KeyError for another root."""
        with decimal.localcontext(decimal.Context(prec=100)):
            look = Look(root) if len(root) < LONG else None
            if look is not None and self._kinds.well(look):
                return []
            document = Document(root, self._roots[root.tag], self._find)
            fired = self._judge(document)
            if document.alike is not None and document.alike.taken and any(_in_a_line(each.group) for each in fired):
                fired = self._judge(Document(root, self._roots[root.tag], self._find, in_full=True))
            if not fired and not (look is not None and self._kinds.learn(look, document)):
                document.release()
        return fired

    def active(self, document: Document) -> set[int]:
        """The numbers of the rule sets that apply to this document on a condition, such as a seller's country."""
        return {number for number, applies in self._conditional if applies(document)}

    def _judge(self, document: Document) -> list[Fired]:
        fired: list[Fired] = []
        try:
            self._ask_groups(document, _ask, fired)
        except UNREADABLE:
            fired.clear()
            self._ask_groups(document, _ask_warily, fired)
        self._ask_leaves(document, fired)
        self._ask_attributes(document, fired)
        for place, group in document.restricted.items():
            fired += [Fired(rule, group, place.name, "") for rule in place.restricted]
        fired += [Fired(self.blank, group, leaf or "", "") for group, leaf in document.blanks]
        return fired

    def _ask_groups(self, document: Document, ask: Ask, fired: list[Fired]) -> None:
        active = self.active(document)
        for place, groups in document.groups.items():
            rules: PlaceRules = place.rules
            ask(rules.plain, groups, document, fired)
            for block in rules.narrowed:
                for group in groups:
                    if found := narrowed(block, group, document):
                        ask(found, [group], document, fired)
            if active:
                for number, block in rules.conditional:
                    if number in active:
                        for group in groups:
                            ask(narrowed(block, group, document), [group], document, fired)

    def _ask_leaves(self, document: Document, fired: list[Fired]) -> None:
        for place, leaves in document.leaves.items():
            name = "" if place.foreign else place.name
            for block in place.rules.leaves:
                for text, attributes, group in leaves:
                    for rule in block.rules if block.table is None else of_scheme(block.table, attributes):
                        if not rule.test(text, attributes, group, document):
                            fired.append(Fired(rule, group, name, text))

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
        """Finds what applies at a new place, among the blocks whose context ends in its name."""
        place.rules = rules = PlaceRules()
        rules.attributes = dict(self._anywhere)
        name = place.name if place.up is not None else DOCUMENT
        for _, (number, kind, block) in sorted(
            {**self._contexts[ANY], **self._contexts.get(name, {})}.items(), key=_first
        ):
            if not any(stands(place.path, context) for context in block.contexts):
                continue
            if kind == LEAF:
                rules.leaves.append(block)
            elif kind != GROUP:
                attribute = kind[1:]
                rules.attributes[attribute] = [*rules.attributes.get(attribute, ()), *block.rules]
            elif place.leaf:
                continue
            elif self.sets[number].applies is not None:
                rules.conditional.append((number, block))
            elif block.when is None:
                rules.plain += block.rules
            else:
                rules.narrowed.append(block)
        path = "/".join(place.path[1:])
        place.restricted = tuple(each.restricted[path] for each in self.sets if path in each.restricted)
        place.watched = bool(rules.leaves)
        place.wanted = [(CURRENCY, "")] if CURRENCY in rules.attributes else []
        return place


def _first(item: tuple[int, Indexed]) -> int:
    return item[0]


def _by_last_step(sets: tuple[RuleSet, ...]) -> dict[str, dict[int, Indexed]]:
    """Every block under the last step of each of its contexts, so that a new place looks at few; keyed by its order."""
    found: dict[str, dict[int, Indexed]] = {ANY: {}}
    entries: list[Indexed] = []
    for number, each in enumerate(sets):
        entries += [(number, GROUP, block) for block in each.groups]
        entries += [(number, LEAF, block) for block in each.leaves]
        entries += [(number, "@" + name, block) for name, blocks in each.attributes.items() for block in blocks]
    for order, entry in enumerate(entries):
        for context in entry[2].contexts:
            last = context.rpartition("/")[2] or DOCUMENT if isinstance(context, str) else ANY
            found.setdefault(last, {})[order] = entry
    return found


def _ask(rules: Rules, groups: list[Group], document: Document, fired: list[Fired]) -> None:
    for group in groups:
        for rule in rules:
            if not rule.test(group, document):
                fired.append(Fired(rule, group, rule.leaf, ""))


def _ask_warily(rules: Rules, groups: list[Group], document: Document, fired: list[Fired]) -> None:
    """As `_ask`, where some value cannot be read: only the rules that need that value stay silent."""
    for group in groups:
        for rule in rules:
            with suppress(*UNREADABLE):
                if not rule.test(group, document):
                    fired.append(Fired(rule, group, rule.leaf, ""))


def _in_a_line(group: Group | None) -> bool:
    while group is not None:
        if group.place.name in LINES:
            return True
        group = group.up
    return False


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
