"""The fixed parts of a form: nodes of its instance, scopes that repeat, and what is asked. Answers live in `entries`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

_INSTANCE = re.compile(r"\[\d+\]")

Kind = Literal[
    "select_one", "select_multiple", "rank", "integer", "decimal", "range", "text", "date", "time", "datetime",
    "geopoint", "note", "acknowledge",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked at a node, whoever answers. `range` is (start, end, step); `has_other` says that a text question
    for "other" follows (`<name>_other`). `is_required_ever` is false only when no answer can make it required."""

    path: str
    name: str
    type: Kind
    appearance: str = ""
    range: tuple[float, float, float] | None = None
    is_required_ever: bool = False
    has_other: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One place in a walk through an entry: a question, or whether a repeat may get another instance."""

    path: str
    question: Question | None
    kind: Literal["question", "repeat"] = "question"


class Choice(NamedTuple):
    """One answer to choose: the value that is stored and the label that is read."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, eq=False)
class Brought:
    """What the form itself brings along for one instance: values by slot, and instances of the repeats inside, by their index."""

    values: list[str]
    inner: tuple[tuple[Brought, ...], ...]


@dataclass(slots=True, eq=False)
class Scope:
    """What is filled in once per instance of a repeat (the outermost scope: once per entry).

    `index` is its place among its parent's `children`; `nodes` its nodes by slot, the repeated element first.
    `template` is what a new instance begins as. `units` are the recalculations inside it, `readers` those that look at its
    instances. `beginnings` are the nodes that begin one after the other (calculations, first values, what triggers set) and the
    repeats inside, in document order. `is_offered` is the repeat's own relevance, seen from outside.
    """

    number: int
    root: Node
    parent: Scope | None = None
    index: int = 0
    depth: int = 0
    nodes: list[Node] = field(default_factory=list)
    children: list[Scope] = field(default_factory=list)
    template: Brought = None  # type: ignore[assignment]  # set when the whole tree is known
    units: tuple[int, ...] = ()
    readers: tuple[int, ...] = ()
    has_count: bool = False
    is_fixed: bool = False
    is_offered: Any = None
    beginnings: tuple[Node, ...] = ()

    def is_within(self, other: Scope) -> bool:
        """Whether this scope is `other` or lies inside it."""
        scope: Scope | None = self
        while scope is not None:
            if scope is other:
                return True
            scope = scope.parent
        return False


@dataclass(slots=True, eq=False)
class Node:
    """One element of the primary instance. `slot` is its place in its scope's frames; `order` in the whole document.

    Expressions are closures over a frame; `mask` and `spread` name the recalculations its value sets off. `actions` follow each
    change of its value; `firsts` set it when the form is opened, `news` when an instance is added around it. What it holds
    `is_number` by its type or its calculation. No answer changes that it `is_always_there`, nor, with `is_required_fixed`,
    whether it is required.
    """

    name: str
    path: str
    parent: Node | None
    order: int = 0
    slot: int = 0
    scope: Scope = None  # type: ignore[assignment]  # set as soon as the scope exists
    children: list[Node] = field(default_factory=list)
    datatype: str = "string"
    question: Question | None = None
    control: Any = None
    relevant: Any = None
    calculate: Any = None
    constraint: Any = None
    required: Any = None
    readonly: Any = None
    messages: dict[str, Any] = field(default_factory=dict)
    read: Any = None
    store: Any = None
    is_number: bool = False
    is_kept: bool = True
    is_filtered: bool = False
    is_always_there: bool = False
    is_required_fixed: bool = False
    calculation: int = -1
    mask: int = 0
    spread: tuple[tuple[int, bool], ...] = ()
    actions: tuple[Action, ...] = ()
    firsts: tuple[Action, ...] = ()
    news: tuple[Action, ...] = ()

    @property
    def tail(self) -> str:
        """The path from its scope's root to it."""
        return self.path[len(self.scope.root.path) :]

    @property
    def is_repeat(self) -> bool:
        """Whether this element stands once per instance."""
        return self.scope.root is self and self.scope.parent is not None

    @property
    def is_leaf(self) -> bool:
        """Whether it holds a value and not other nodes."""
        return not self.children

    def leaves(self) -> list[Node]:
        """This node if it holds a value, otherwise every node below it that does."""
        return [self] if self.is_leaf else [leaf for child in self.children for leaf in child.leaves()]


@dataclass(frozen=True, slots=True)
class Action:
    """A value that is set when something happens: `run` looks from the target's frame. `is_first`: only where relevant then."""

    target: Node
    run: Any
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """A question's place in the body."""

    node: Node
    step: Step


@dataclass(frozen=True, slots=True)
class Again:
    """A repeat's place in the body, and what is asked in each instance."""

    scope: Scope
    body: tuple[Ask | Again, ...]


Body = tuple[Ask | Again, ...]


@dataclass(slots=True, eq=False)
class Element:
    """One element of a secondary instance."""

    name: str
    text: str
    parent: Element | None
    order: int = 0
    children: list[Element] = field(default_factory=list)
    by_name: dict[str, list[Element]] = field(default_factory=dict)

    def value(self) -> str:
        """Its string value: its own text or that of everything below."""
        return self.text if not self.children else "".join(child.value() for child in self.children)


def without_instances(path: str) -> str:
    """The place in the form that an instance path leads to: "/data/child/age" for "/data/child[2]/age"."""
    return _INSTANCE.sub("", path) if "[" in path else path


def seen_from_outside(repeat: Node) -> Node:
    """A stand-in for a repeat that has no instance yet: it looks from the frame around it."""
    outer = repeat.scope.parent
    assert outer is not None  # noqa: S101 - only repeats are given
    stand_in = Node(repeat.name, repeat.path, repeat.parent, repeat.order)
    stand_in.scope = outer
    return stand_in
