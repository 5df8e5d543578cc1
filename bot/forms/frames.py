"""What one instance of a scope holds while a form is filled in, and how expressions look at it. What an entry is made of lives in `instances`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.forms.nodes import Brought, Element, Node, Scope

if TYPE_CHECKING:
    from bot.forms.instances import Instances


class Frame:
    """The values of one instance of a scope, by slot.

    `raw` is what was answered or calculated, `seen` what expressions read: "" while irrelevant, and without choices that are
    not offered now. `own` is each node's own relevance, `relevant` with that of everything around it.
    """

    __slots__ = ("children", "entry", "origin", "own", "parent", "position", "raw", "relevant", "scope", "seen")

    def __init__(self, entry: Instances, scope: Scope, parent: Frame | None, origin: Brought) -> None:
        self.entry = entry
        self.scope = scope
        self.parent = parent
        self.position = 1
        self.origin = origin
        self.raw = origin.values.copy()
        self.seen = origin.values.copy()
        self.own = [True] * len(origin.values)
        self.relevant = [True] * len(origin.values)
        self.children: list[list[Frame]] = [[] for _ in scope.children]

    def above(self, hops: int) -> Frame:
        """The frame so many scopes further out."""
        frame = self
        for _ in range(hops):
            frame = frame.parent  # type: ignore[assignment]
        return frame


Place = tuple[Frame, Node]
Item = Any  # a Place, or an Element of a secondary instance


class Focus:
    """What a predicate looks at: one item, its position among how many, and the frame of the whole expression."""

    __slots__ = ("item", "outer", "position", "size")

    def __init__(self, item: Item, position: int, size: int, outer: Frame) -> None:
        self.item = item
        self.position = position
        self.size = size
        self.outer = outer


def text_of(item: Item) -> str:
    """The string value of an item."""
    if isinstance(item, Element):
        return item.value()
    frame, node = item
    if not node.children:
        value: str = frame.seen[node.slot]
        return value
    return "".join(text_of(child) for child in children_of(item))


def children_of(item: Item) -> list[Item]:
    """The child items in document order."""
    if isinstance(item, Element):
        return list(item.children)
    frame, node = item
    found: list[Item] = []
    for child in node.children:
        found += instances(frame, child)
    return found


def instances(frame: Frame, child: Node) -> list[Item]:
    """The items of a child node: one, or one per instance of a repeat."""
    if child.scope is frame.scope:
        return [(frame, child)]
    return [(inner, child) for inner in frame.children[child.scope.index]]


def parent_of(item: Item) -> Item | None:
    """The item around, or None for the document."""
    if isinstance(item, Element):
        return item.parent
    frame, node = item
    if node.parent is None:
        return None
    return (frame.parent if node.is_repeat else frame, node.parent)


def order_of(item: Item) -> tuple[int, ...]:
    """A key that sorts items into document order."""
    if isinstance(item, Element):
        return (item.order,)
    frame, node = item
    key: tuple[int, ...] = (node.order,)
    while frame is not None and frame.scope.parent is not None:
        key = (frame.scope.root.order, frame.position, *key)
        frame = frame.parent
    return key


def name_of(item: Item) -> str:
    """The element's name."""
    return item.name if isinstance(item, Element) else item[1].name


def nearest(frame: Frame, node: Node) -> Frame:
    """The frame of `node` nearest to `frame`: the one around it, or else the first inside."""
    here: Frame = frame
    while not node.scope.is_within(here.scope):
        here = here.parent  # type: ignore[assignment]  # every scope is within the outermost
    chain: list[Scope] = []
    scope = node.scope
    while scope is not here.scope:
        chain.insert(0, scope)
        scope = scope.parent  # type: ignore[assignment]  # here.scope is above
    for inner in chain:
        row = here.children[inner.index]
        if not row:
            return here
        here = row[0]
    return here


def path_of(frame: Frame, node: Node) -> str:
    """The instance path of a node: "/data/child[2]/age"."""
    return frame_path(frame) + node.tail


def frame_path(frame: Frame) -> str:
    """The instance path of a frame's root."""
    if frame.parent is None:
        return frame.scope.root.path
    root = frame.scope.root
    outer = root.parent
    return f"{path_of(frame.parent, outer) if outer else ''}/{root.name}[{frame.position}]"
