"""XPath location steps: which nodes a step can reach in the form (statically) and which items it reaches now."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bot.forms.expressions import Step
from bot.forms.frames import Item, children_of, instances, name_of, order_of, parent_of
from bot.forms.nodes import Element, Node

Reach = Callable[[Item], list[Item]]


def plain(test: str) -> str:
    """A name test without its prefix: forms use prefixes (orx:meta) for names that are unique without them."""
    return test.rpartition(":")[2]


def reachable(nodes: Iterable[Node], step: Step) -> list[Node]:
    """The nodes of the primary instance that a step can lead to, whatever was answered."""
    found: dict[Node, None] = {}
    for node in nodes:
        for target in _static_axis(node, step.axis):
            if _passes_name(target.name, step.test):
                found[target] = None
    return list(found)


def _passes_name(name: str, test: str) -> bool:
    return test == "node()" or (test == "*" and name != "") or name == plain(test)


def _static_axis(node: Node, axis: str) -> list[Node]:
    if axis == "self":
        return [node]
    if axis == "child":
        return node.children
    if axis == "parent":
        return [node.parent] if node.parent else []
    if axis in ("ancestor", "ancestor-or-self"):
        outwards = _outwards(node)
        return outwards if axis == "ancestor-or-self" else outwards[1:]
    if axis in ("descendant", "descendant-or-self"):
        inwards = _inwards(node)
        return inwards if axis == "descendant-or-self" else inwards[1:]
    if axis in ("following-sibling", "preceding-sibling"):
        return list(node.parent.children) if node.parent else []
    root = _outwards(node)[-1]
    return _inwards(root)


def _outwards(node: Node) -> list[Node]:
    found = [node]
    while found[-1].parent is not None:
        found.append(found[-1].parent)
    return found


def _inwards(node: Node) -> list[Node]:
    return [node, *(below for child in node.children for below in _inwards(child))]


def walker(step: Step) -> Reach:
    """A function from one item to the items that the step's axis and test reach, in the axis' own order."""
    test = step.test
    if step.axis == "child" and test not in ("*", "node()"):
        return _named_children(plain(test))
    axis = _AXES[step.axis]
    if test == "node()":
        return axis
    return lambda item: [found for found in axis(item) if _passes_name(name_of(found), test)]


def _named_children(name: str) -> Reach:
    def walk(item: Item) -> list[Item]:
        if isinstance(item, Element):
            return list(item.by_name.get(name, ()))
        frame, node = item
        found: list[Item] = []
        for child in node.children:
            if child.name == name:
                found += instances(frame, child)
        return found

    return walk


def _self(item: Item) -> list[Item]:
    return [item]


def _parent(item: Item) -> list[Item]:
    parent = parent_of(item)
    return [] if parent is None else [parent]


def _ancestors(item: Item) -> list[Item]:
    found: list[Item] = []
    parent = parent_of(item)
    while parent is not None:
        found.append(parent)
        parent = parent_of(parent)
    return found


def _descendants(item: Item) -> list[Item]:
    found: list[Item] = []
    for child in children_of(item):
        found.append(child)
        found += _descendants(child)
    return found


def _siblings(item: Item) -> tuple[list[Item], int]:
    parent = parent_of(item)
    row = [item] if parent is None else children_of(parent)
    return row, row.index(item)


def _after(item: Item) -> list[Item]:
    row, place = _siblings(item)
    return row[place + 1 :]


def _before(item: Item) -> list[Item]:
    row, place = _siblings(item)
    return row[:place][::-1]


def _following(item: Item) -> list[Item]:
    later = [after for outer in [item, *_ancestors(item)] for after in _after(outer)]
    return in_order(below for after in later for below in [after, *_descendants(after)])


def _preceding(item: Item) -> list[Item]:
    earlier = [before for outer in [item, *_ancestors(item)] for before in _before(outer)]
    return in_order(below for before in earlier for below in [before, *_descendants(before)])[::-1]


_AXES: dict[str, Reach] = {
    "self": _self,
    "child": children_of,
    "parent": _parent,
    "ancestor": _ancestors,
    "ancestor-or-self": lambda item: [item, *_ancestors(item)],
    "descendant": _descendants,
    "descendant-or-self": lambda item: [item, *_descendants(item)],
    "following-sibling": _after,
    "preceding-sibling": _before,
    "following": _following,
    "preceding": _preceding,
}


def in_order(items: Iterable[Item]) -> list[Item]:
    """Each item once, in document order."""
    unique: list[Item] = []
    known: set[object] = set()
    for item in items:
        mark = id(item) if isinstance(item, Element) else (id(item[0]), item[1].order)
        if mark not in known:
            known.add(mark)
            unique.append(item)
    return sorted(unique, key=order_of)


def can_disorder(step: Step) -> bool:
    """Whether a step from several items can give repetitions or break document order."""
    return step.axis not in ("self", "child")
