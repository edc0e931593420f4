"""What a rule is: an official id, a severity, the context it speaks of, and a test that says whether all is well.

A context is a path: "/" the document, "/cac:TaxTotal" only there, "cac:Party/cac:Contact" wherever it stands; "Line"
stands for an invoice line or a credit note line. A function of the path may stand instead. A test that needs a value
the document does not hold in the type asked for raises `NotAValue`: the schema reports that, the rule says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ubl.rules.tree import LINES, NONE, Attributes, Document, Group
from ubl.rules.values import NotAValue

GroupTest = Callable[[Group, Document], Any]
LeafTest = Callable[[str, Attributes, Group, Document], Any]
AttributeTest = Callable[[str, Document], Any]
Context = str | Callable[[tuple[str, ...]], bool]
Contexts = Context | Iterable[Context]


class Rule(NamedTuple):
    """`leaf` is where the finding points, below the context's group; empty for the context itself."""

    id: str
    severity: str
    leaf: str
    test: Callable[..., Any]


Rules = tuple[Rule, ...]
UNREADABLE = (NotAValue, ArithmeticError)


@dataclass(frozen=True, slots=True)
class Block:
    """Rules that share contexts. `when` narrows the groups they are asked of; with a `table` it gives the key instead
    (or `several` keys), and the rules found under it are asked.
    """

    contexts: tuple[Context, ...]
    rules: tuple[Rule, ...]
    when: GroupTest | None = None
    table: dict[Any, tuple[Rule, ...]] | None = None
    several: bool = False


class PlaceRules:
    """What applies at one place: plainly, on a condition, or when the rule set of that number applies."""

    __slots__ = ("attributes", "conditional", "leaves", "narrowed", "plain")

    def __init__(self) -> None:
        self.plain: Rules = ()
        self.narrowed: list[Block] = []
        self.conditional: list[tuple[int, Block]] = []
        self.leaves: list[Block] = []
        self.attributes: dict[str, list[Rule]] = {}


@dataclass(slots=True)
class RuleSet:
    """The rules of one authority and version. `applies` decides for a whole document; None is always."""

    name: str
    version: str
    applies: Callable[[Document], Any] | None = None
    groups: list[Block] = field(default_factory=list)
    leaves: list[Block] = field(default_factory=list)
    attributes: dict[str, list[Block]] = field(default_factory=dict)
    anywhere: dict[str, Rule] = field(default_factory=dict)
    restricted: dict[str, Rule] = field(default_factory=dict)

    def on(self, contexts: Contexts, *rules: Rule, when: GroupTest | None = None) -> None:
        """Rules asked of a group."""
        self.groups.append(Block(spread(contexts), rules, when))

    def choose(
        self, contexts: Contexts, key: GroupTest, table: dict[Any, tuple[Rule, ...]], several: bool = False
    ) -> None:
        """Rules asked of a group according to the key, or the `several` keys, that `key` finds in it."""
        every = tuple(rule for rules in table.values() for rule in rules)
        self.groups.append(Block(spread(contexts), every, key, table, several))

    def of(self, contexts: Contexts, *rules: Rule) -> None:
        """Rules asked of a leaf: test(text, attributes, group, document)."""
        self.leaves.append(Block(spread(contexts), rules))

    def of_scheme(self, contexts: Contexts, table: dict[str, tuple[Rule, ...]]) -> None:
        """Rules asked of a leaf according to its schemeID."""
        every = tuple(rule for rules in table.values() for rule in rules)
        self.leaves.append(Block(spread(contexts), every, table=table))

    def attribute(self, contexts: Contexts, name: str, *rules: Rule) -> None:
        """Rules asked of an attribute where it is present: test(value, document)."""
        self.attributes.setdefault(name, []).append(Block(spread(contexts), rules))

    def rules(self) -> list[Rule]:
        """Every rule once, in the order of declaration."""
        blocks = [*self.groups, *self.leaves, *(block for blocks in self.attributes.values() for block in blocks)]
        found = [rule for block in blocks for rule in block.rules]
        found += [*self.anywhere.values(), *self.restricted.values()]
        return list({rule.id: rule for rule in found}.values())


def fatal(id: str, test: Callable[..., Any], leaf: str = "") -> Rule:
    return Rule(id, "fatal", leaf, test)


def warning(id: str, test: Callable[..., Any], leaf: str = "") -> Rule:
    return Rule(id, "warning", leaf, test)


def never(*_: Any) -> bool:
    """The test of a rule that fires as soon as its context is there."""
    return False


def spread(contexts: Contexts) -> tuple[Context, ...]:
    """The contexts one by one, with "Line" written out."""
    if isinstance(contexts, str) or callable(contexts):
        contexts = (contexts,)
    found: list[Context] = []
    for context in contexts:
        if isinstance(context, str) and "Line" in (steps := context.split("/")):
            found += ["/".join(line if step == "Line" else step for step in steps) for line in LINES]
        else:
            found.append(context)
    return tuple(found)


def narrowed(block: Block, group: Group, document: Document) -> Rules:
    """The rules of a block that this group is to be asked; none where that hangs on a value that cannot be read."""
    if block.when is None:
        return block.rules
    try:
        answer = block.when(group, document)
    except UNREADABLE:
        return NONE
    if block.table is None:
        return block.rules if answer else NONE
    if block.several:
        return tuple(rule for key in answer for rule in block.table.get(key, NONE))
    return block.table.get(answer, NONE)


def of_scheme(table: dict[Any, Rules], attributes: Attributes) -> Rules:
    """The rules for the schemeID among `attributes`."""
    for name, value in attributes:
        if name == "schemeID":
            return table.get(value, NONE)
    return NONE
