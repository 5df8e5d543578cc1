"""What the rules of a form read, and in which way: its expressions as syntax trees over nodes. What they compute lives in `compiler`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal as Word

from lxml import etree

from bot.forms import paths
from bot.forms.constants import constant
from bot.forms.expressions import Binary, Call, Expression, Filter, Negation, Path, parse
from bot.forms.form import Form
from bot.forms.nodes import Node
from bot.forms.texts import local
from bot.forms.tokens import XPathError

_JR = "{http://openrosa.org/javarosa}"
_ROLES = ("relevant", "required", "readonly", "constraint", "calculate")
_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
_CHANCE = ("random", "uuid", "randomize", "once")

Manner = Word["equals", "number", "selected", "selected_any", "count", "length", "other"]
"""How a value is read: compared with a text or a number, searched for one choice or for any, counted, measured, or otherwise."""


@dataclass(frozen=True, slots=True)
class Mention:
    """One place in an expression that reads a node, and the constant it is held against."""

    node: Node
    manner: Manner
    value: str | float = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One expression of a node. `source` is as the XForm has it; `has_chance` says that its value is not only due to answers."""

    node: Node
    role: str
    source: str
    mentions: tuple[Mention, ...]
    has_chance: bool = False

    def reads(self) -> tuple[Node, ...]:
        """The nodes whose values it looks at, in the order in which they stand."""
        return tuple(dict.fromkeys(mention.node for mention in self.mentions))


@dataclass(slots=True)
class Rules:
    """All rules of a form by node, and for each select with a filter every choice of its list."""

    by_node: dict[Node, list[Rule]] = field(default_factory=dict)
    lists: dict[Node, tuple[str, ...]] = field(default_factory=dict)

    def of(self, node: Node, *roles: str) -> list[Rule]:
        """The rules of a node in these roles."""
        return [rule for rule in self.by_node.get(node, ()) if rule.role in roles]

    def conditions(self, node: Node) -> list[Rule]:
        """What decides whether a node is there at all: relevance and counts, from the outermost group to itself."""
        chain: list[Node] = []
        here: Node | None = node
        while here is not None:
            chain.insert(0, here)
            here = here.parent
        return [rule for each in chain for rule in self.of(each, "relevant", "repeat_count")]


def read_rules(form: Form, xform: str, now: datetime) -> Rules:
    """The rules of a compiled form, from its XForm. `now` stands for today() and now()."""
    rules = Rules()
    reader = _Reader(form, rules, now)
    root = etree.fromstring(xform.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    for element in root.iter():
        name = local(element)
        if name == "bind":
            for role in _ROLES:
                reader.add(element.get("nodeset"), role, element.get(role))
        elif name == "repeat":
            reader.add(element.get("nodeset"), "repeat_count", element.get(f"{_JR}count"))
        elif name == "itemset":
            _read_itemset(element, root, reader)
        elif name == "setvalue":
            reader.add(element.get("ref"), "action", element.get("value") or "''")
    return rules


def _read_itemset(element: etree._Element, root: etree._Element, reader: _Reader) -> None:
    parent = element.getparent()
    source = element.get("nodeset") or ""
    ref = parent.get("ref") if parent is not None else None
    reader.add(ref, "choice_filter", source)
    name = re.match(r"\s*(?:randomize\(\s*)?instance\(\s*'([^']*)'\s*\)", source)
    node = reader.node(ref)
    if name is None or node is None or "[" not in source:
        return
    instance = next((e for e in root.iter() if local(e) == "instance" and e.get("id") == name[1]), None)
    if instance is not None and instance.get("src") is None:
        value = next((child.get("ref") for child in element if local(child) == "value"), "name")
        rows = [child for item in instance.iter() if local(item) == "item" for child in item]
        reader.rules.lists[node] = tuple(dict.fromkeys(row.text or "" for row in rows if local(row) == value))


class _Reader:
    """Parses the expressions of one form and finds the nodes they name."""

    def __init__(self, form: Form, rules: Rules, now: datetime) -> None:
        self.form, self.rules, self.now = form, rules, now
        self.document = next(iter(form.nodes.values()))
        while self.document.parent is not None:
            self.document = self.document.parent

    def node(self, path: str | None) -> Node | None:
        """The node at an absolute path as binds write it."""
        return self.form.nodes.get(re.sub(r"(?<=/)[\w.-]+:|\s", "", path or ""))

    def add(self, path: str | None, role: str, source: str | None) -> None:
        """Note a rule; one that cannot be read was refused when the form was compiled."""
        node = self.node(path)
        if node is None or source is None or not source.strip():
            return
        try:
            tree = parse(source)
        except XPathError:
            return
        mentions = tuple(self._mentions(tree, node, (node,)))
        has_chance = role == "action" or any(re.search(rf"\b{word}\s*\(", source) for word in _CHANCE)
        self.rules.by_node.setdefault(node, []).append(Rule(node, role, source.strip(), mentions, has_chance))

    # --- what an expression mentions

    def _mentions(self, tree: Expression, node: Node, view: tuple[Node, ...]) -> Iterator[Mention]:
        """`view` are the nodes that "." can be: the bound node, or those a predicate looks at (none: rows of a list)."""
        if isinstance(tree, Binary) and tree.operator in _COMPARISONS:
            yield from self._comparison(tree, node, view)
        elif isinstance(tree, Binary):
            yield from self._mentions(tree.left, node, view)
            yield from self._mentions(tree.right, node, view)
        elif isinstance(tree, Negation):
            yield from self._mentions(tree.operand, node, view)
        elif isinstance(tree, Call):
            yield from self._call(tree, node, view)
        elif isinstance(tree, Filter):
            yield from self._mentions(tree.operand, node, view)
            targets = self._targets(tree.operand, node, view)
            for predicate in tree.predicates:
                yield from self._loosely(predicate, node, targets)
        elif isinstance(tree, Path):
            yield from self._path(tree, node, view)

    def _comparison(self, tree: Binary, node: Node, view: tuple[Node, ...]) -> Iterator[Mention]:
        for near, far in ((tree.left, tree.right), (tree.right, tree.left)):
            held_against = constant(far, self.now)
            if held_against is None:
                continue
            manner, subject = _subject(near)
            targets = self._single(subject, node, view)
            if targets is None:
                break
            yield self._held(targets, manner, held_against, is_equality=tree.operator in ("=", "!="))
            return
        yield from self._mentions(tree.left, node, view)
        yield from self._mentions(tree.right, node, view)

    def _held(self, target: Node, manner: Manner, value: str | float, *, is_equality: bool) -> Mention:
        from bot.forms.values import number

        if manner != "equals":
            return Mention(target, manner, number(value) if isinstance(value, str) else value)
        if is_equality and isinstance(value, str):
            return Mention(target, "equals", value)
        return Mention(target, "number", number(value) if isinstance(value, str) else value)

    def _call(self, tree: Call, node: Node, view: tuple[Node, ...]) -> Iterator[Mention]:
        if tree.name in ("selected", "is-selected") and len(tree.arguments) == 2:
            target = self._single(tree.arguments[0], node, view)
            value = constant(tree.arguments[1], self.now)
            if target is not None:
                yield Mention(target, "selected_any") if value is None else Mention(target, "selected", _text(value))
                yield from self._mentions(tree.arguments[1], node, view)
                return
        is_structural = tree.name in ("position", "count")
        for argument in tree.arguments:
            found = self._mentions(argument, node, view)
            yield from self._predicates(argument, node, view) if is_structural and isinstance(argument, Path) else found

    def _predicates(self, tree: Path, node: Node, view: tuple[Node, ...]) -> Iterator[Mention]:
        """Of a path whose nodes are only counted, not read."""
        reached = self._start(tree, node, view)
        for step in tree.steps:
            reached = tuple(paths.reachable(reached, step))
            for predicate in step.predicates:
                yield from self._loosely(predicate, node, reached)

    def _path(self, tree: Path, node: Node, view: tuple[Node, ...]) -> Iterator[Mention]:
        if not isinstance(tree.start, str) and not _is_current(tree.start):
            yield from self._mentions(tree.start, node, view)
        reached: tuple[Node, ...] = self._start(tree, node, view)
        for step in tree.steps:
            reached = tuple(paths.reachable(reached, step))
            for predicate in step.predicates:
                yield from self._loosely(predicate, node, reached)
        for target in reached:
            for leaf in target.leaves():
                yield Mention(leaf, "other")

    def _loosely(self, tree: Expression, node: Node, view: tuple[Node, ...]) -> Iterator[Mention]:
        """Inside […]: what is read of the form there is not held against one constant."""
        for mention in self._mentions(tree, node, view):
            is_search = mention.manner in ("selected", "selected_any")
            yield mention if is_search else Mention(mention.node, "other")

    def _targets(self, tree: Expression, node: Node, view: tuple[Node, ...]) -> tuple[Node, ...]:
        if not isinstance(tree, Path):
            return ()
        reached = self._start(tree, node, view)
        for step in tree.steps:
            reached = tuple(paths.reachable(reached, step))
        return reached

    def _start(self, tree: Path, node: Node, view: tuple[Node, ...]) -> tuple[Node, ...]:
        if tree.start == "/":
            return (self.document,)
        if tree.start == ".":
            return view
        return (node,) if _is_current(tree.start) else self._targets_of_start(tree.start, node, view)

    def _targets_of_start(self, start: Expression | str, node: Node, view: tuple[Node, ...]) -> tuple[Node, ...]:
        return () if isinstance(start, str) else self._targets(start, node, view)

    def _single(self, tree: Expression, node: Node, view: tuple[Node, ...]) -> Node | None:
        """The one leaf that a plain path names, or None."""
        if isinstance(tree, Path) and not any(step.predicates for step in tree.steps):
            targets = self._targets(tree, node, view)
            if len(targets) == 1 and targets[0].is_leaf:
                return targets[0]
        return None


_MANNERS: dict[str, Manner] = {
    "count-selected": "count",
    "string-length": "length",
    "number": "number",
    "int": "other",
    "string": "equals",
}


def _subject(tree: Expression) -> tuple[Manner, Expression]:
    """What stands against a constant, and how it is looked at."""
    if isinstance(tree, Call) and len(tree.arguments) == 1 and _MANNERS.get(tree.name, "other") != "other":
        return _MANNERS[tree.name], tree.arguments[0]
    return "equals", tree


def _is_current(start: Expression | str) -> bool:
    return isinstance(start, Call) and start.name == "current"


def _text(value: str | float) -> str:
    from bot.forms.values import string

    return value if isinstance(value, str) else string(value)
