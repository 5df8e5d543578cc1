"""What an expression compiles to: a closure with what it gives and what it depends on. How it gets there lives in `compiler`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, Literal, Protocol

from bot.forms.frames import Frame, text_of
from bot.forms.nodes import Element, Node, Scope

Kind = Literal["string", "number", "boolean", "nodes"]
Run = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Code:
    """One compiled expression. `run` takes a `Frame` (or, inside predicates, a `Focus`) and gives what `kind` says.

    Nodes have `text` (string value of the first) and `targets`, the nodes they can be; `is_single` when there is always
    exactly one. `constant` holds the value of what never changes. `text` of a number is how it is written where that is not
    plainly string(): dates. `branches` are condition, yes and no of what gives one kind of value or another.
    """

    kind: Kind
    run: Run
    text: Run | None = None
    targets: tuple[Node, ...] = ()
    is_elements: bool = False
    is_single: bool = False
    is_constant: bool = False
    constant: Any = None
    branches: tuple[Run, Code, Code] | None = None

    @property
    def is_number(self) -> bool:
        """Whether its text is a number, plainly written."""
        if self.kind == "nodes":
            return bool(self.targets) and all(target.is_number for target in self.targets)
        return self.kind == "number" and self.text is None


Special = tuple[int, int | None, Callable[..., Code]]
"""A function that is compiled in its own way: the least and the most arguments (None: any number), and what makes the code of a
call from the compiler, the call and the view."""


@dataclass(slots=True)
class Reads:
    """What an expression depends on. `values` maps nodes to whether they are read only from the same or an outer frame;
    `scopes` are repeats whose instances it counts or walks; with `needs_entry` it looks at more that no answer changes: the clock,
    or where nodes are."""

    values: dict[Node, bool] = field(default_factory=dict)
    scopes: set[Scope] = field(default_factory=set)
    is_translated: bool = False
    has_chance: bool = False
    needs_entry: bool = False
    keeps_itself: bool = False

    def value(self, node: Node, *, is_local: bool) -> None:
        """Note that a node's value is read."""
        self.values[node] = self.values.get(node, True) and is_local


class Model(Protocol):
    """What the compiler must know of a form."""

    document: Node
    instances: dict[str, Element]
    version: str
    named: list[tuple[Reads, Node]]
    zone: tzinfo | None

    def choice_names(self, node: Node) -> Callable[[Frame, str], str]:
        """A function that gives the label of a value of the select at `node`, in the entry's language."""

    def itext(self, key: str, node: Node) -> Callable[[Frame], str]:
        """The text of an itext id in the entry's language."""


@dataclass(frozen=True, slots=True)
class View:
    """From where an expression looks: the bound node's frame, or (`is_focus`) each item of a predicate."""

    nodes: tuple[Node, ...]
    is_focus: bool = False
    is_elements: bool = False

    @property
    def frame(self) -> Callable[[Any], Frame]:
        """From what a closure runs on to the frame that the whole expression looks from."""
        return (lambda c: c.outer) if self.is_focus else (lambda c: c)


def constant(kind: Kind, value: Any) -> Code:
    """Code of a value that never changes."""
    return Code(kind, lambda c: value, is_constant=True, constant=value)


def nodes(
    run: Run, targets: tuple[Node, ...], *, is_elements: bool = False, is_single: bool = False, text: Run | None = None
) -> Code:
    """Code that gives items."""

    def first(c: Any) -> str:
        items = run(c)
        return text_of(items[0]) if items else ""

    return Code("nodes", run, text=text or first, targets=targets, is_elements=is_elements, is_single=is_single)
