"""In which order recalculations run, and which of them a value sets off. Worked out once per form; running them lives in `entries`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.forms.codes import Reads
from bot.forms.nodes import Node, Scope

Role = Literal["relevant", "calculate", "count", "choices"]


@dataclass(slots=True, eq=False)
class Unit:
    """One recalculation: what it recalculates, how, and which units come before. `index` is its place in the order.

    `is_own`: it looks at its own value.
    """

    role: Role
    node: Node
    scope: Scope
    run: Any
    reads: Reads
    is_own: bool = False
    index: int = -1
    before: set[Unit] = field(default_factory=set)


class Cycle(ValueError):
    """Recalculations that wait for each other. `nodes` are those involved."""

    def __init__(self, nodes: list[Node]) -> None:
        super().__init__(" → ".join(node.name for node in nodes))
        self.nodes = nodes


def order(units: list[Unit], scopes: Iterable[Scope]) -> list[Unit]:
    """The units so that each comes after all it depends on; gives every unit its index. Raises `Cycle`."""
    by_node: dict[Node, list[Unit]] = {}
    for unit in units:
        by_node.setdefault(unit.node, []).append(unit)
    for unit in units:
        unit.before = _before(unit, by_node)
        unit.is_own = unit.node in unit.reads.values or unit.reads.keeps_itself
    ordered: list[Unit] = []
    done: dict[Unit, bool] = {}
    for unit in units:
        _visit(unit, done, ordered, [])
    for index, unit in enumerate(ordered):
        unit.index = index
    _spread(ordered)
    return ordered


def _before(unit: Unit, by_node: dict[Node, list[Unit]]) -> set[Unit]:
    wanted: set[Unit] = set()
    for node in unit.reads.values:
        if node is unit.node and unit.role == "calculate":
            continue
        wanted.update(by_node.get(node, ()))
        wanted.update(_conditions(node, by_node))
    for scope in unit.reads.scopes:
        wanted.update(other for other in by_node.get(scope.root, ()) if other.role == "count")
    if unit.role != "count":
        wanted.update(_conditions(unit.node, by_node))
    if unit.role in ("calculate", "choices"):
        earlier = ("relevant",) if unit.role == "calculate" else ("relevant", "calculate")
        wanted.update(other for other in by_node[unit.node] if other.role in earlier)
    if unit.role == "choices":
        wanted.discard(unit)
    return wanted


def _conditions(node: Node, by_node: dict[Node, list[Unit]]) -> set[Unit]:
    """What decides on whether a node is there and relevant, apart from its own units."""
    found: set[Unit] = set()
    outer = node.parent
    if node.is_repeat:
        found.update(other for other in by_node.get(node, ()) if other.role == "count")
    while outer is not None:
        found.update(other for other in by_node.get(outer, ()) if other.role in ("relevant", "count"))
        outer = outer.parent
    return found


def _visit(unit: Unit, done: dict[Unit, bool], ordered: list[Unit], trail: list[Unit]) -> None:
    """Depth first with an explicit stack: forms may chain hundreds of calculations."""
    stack: list[tuple[Unit, list[Unit]]] = []
    if unit in done:
        return
    done[unit] = False
    stack.append((unit, sorted(unit.before, key=_place)))
    while stack:
        here, waiting = stack[-1]
        if not waiting:
            stack.pop()
            done[here] = True
            ordered.append(here)
            continue
        following = waiting.pop(0)
        if following not in done:
            done[following] = False
            stack.append((following, sorted(following.before, key=_place)))
        elif not done[following]:
            trail = [entry[0] for entry in stack]
            raise Cycle([each.node for each in trail[trail.index(following) :]])


def _place(unit: Unit) -> tuple[int, str]:
    return (unit.node.order, unit.role)


def _spread(ordered: list[Unit]) -> None:
    """Tell each node which units its value sets off, and whether only in the same frame and those inside it."""
    local: dict[Node, dict[int, bool]] = {}
    for unit in ordered:
        for node, is_local in unit.reads.values.items():
            if node is unit.node and unit.role == "calculate":
                continue
            local.setdefault(node, {})[unit.index] = is_local
        if unit.role == "choices":
            local.setdefault(unit.node, {}).pop(unit.index, None)
    for node, reached in local.items():
        node.mask = sum(1 << index for index in reached)
        node.spread = tuple(
            (index, is_local) for index, is_local in reached.items() if ordered[index].scope.parent is not None
        )
