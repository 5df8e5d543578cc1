"""ODK functions that look at the form and not only at their arguments: conditions, places, repeats. What they look up lives in `lookups`, the clock in `moments`, chance in `chance`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.forms import chance, lookups, moments
from bot.forms.codes import Code, Run, Special, View, constant, nodes
from bot.forms.expressions import Call, Path
from bot.forms.frames import Frame, Item, children_of, name_of, parent_of
from bot.forms.nodes import Element, Node, Scope
from bot.forms.tokens import XPathError

if TYPE_CHECKING:
    from bot.forms.compiler import Compiler

REFUSED = {
    "property": "a conversation has no device to ask for properties",
    "id": "attributes cannot be read in a form",
    "lang": "attributes cannot be read in a form",
    "namespace-uri": "names of elements are no answers",
    "intersects": "lines and shapes are not asked for",
    "pull-data": "write pulldata()",
    "search": "choices from other files cannot be read; put them on the choices sheet and use choice_filter",
    "thousandsep": "write numbers plainly; they are shown in each reader's way",
}


def _if(compiler: Compiler, tree: Call, view: View) -> Code:
    condition = compiler.boolean(compiler.code(tree.arguments[0], view))
    yes, no = (compiler.code(argument, view) for argument in tree.arguments[1:])
    return compiler.either(condition, yes, no)


def _coalesce(compiler: Compiler, tree: Call, view: View) -> Code:
    a, b = (compiler.string(compiler.code(argument, view)) for argument in tree.arguments)
    return Code("string", lambda c: a(c) or b(c))


def _once(compiler: Compiler, tree: Call, view: View) -> Code:
    if view.is_focus:
        raise XPathError("once() cannot stand in […]", tree.at)
    compute = compiler.string(compiler.code(tree.arguments[0], view))
    slot = compiler.node.slot
    compiler.reads.keeps_itself = True
    return Code("string", lambda c: c.raw[slot] or compute(c))


def _places_of(compiler: Compiler, tree: Call, view: View) -> Code:
    """The argument of a function for which only the nodes count and not what they hold."""
    argument = tree.arguments[0]
    is_plain = isinstance(argument, Path) and not any(step.predicates for step in argument.steps)
    before = compiler.reads.values.copy()
    code = compiler.nodes_of(tree, view)
    if is_plain:
        compiler.reads.values = before
        compiler.reads.needs_entry = True
    return code


def _count(compiler: Compiler, tree: Call, view: View) -> Code:
    run = _places_of(compiler, tree, view).run
    return Code("number", lambda c: float(len(run(c))))


def _position(compiler: Compiler, tree: Call, view: View) -> Code:
    if tree.arguments:
        code = _places_of(compiler, tree, view)
        for target in code.targets:
            if target.is_repeat:
                compiler.reads.scopes.add(target.scope)
        run = code.run
        return Code("number", lambda c: _place(run(c)))
    if not view.is_focus:
        return constant("number", 1.0)
    compiler.uses_focus = True
    return Code("number", lambda c: float(c.position))


def _place(items: list[Item]) -> float:
    """The position of the first item among its siblings of the same name; NaN without items."""
    if not items:
        return float("nan")
    item = items[0]
    if not isinstance(item, Element):
        frame, node = item
        return float(frame.position) if node.is_repeat else 1.0
    parent = parent_of(item)
    row = [child for child in children_of(parent) if name_of(child) == item.name] if parent else [item]
    return float(row.index(item) + 1)


def _last(compiler: Compiler, tree: Call, view: View) -> Code:
    if not view.is_focus:
        return constant("number", 1.0)
    compiler.uses_focus = True
    return Code("number", lambda c: float(c.size))


def _current(compiler: Compiler, tree: Call, view: View) -> Code:
    node = compiler.node
    if node.is_leaf:
        compiler.reads.value(node, is_local=True)
    if view.is_focus:
        return nodes(lambda c: [(c.outer, node)], (node,), is_single=True)
    return nodes(lambda c: [(c, node)], (node,), is_single=True)


def _indexed_repeat(compiler: Compiler, tree: Call, view: View) -> Code:
    if len(tree.arguments) % 2 == 0:
        raise XPathError("indexed-repeat() takes a node and then pairs of a repeat and a number", tree.at)
    target = _static_node(compiler, tree, 0, view)
    places: dict[Scope, Run] = {}
    for at in range(1, len(tree.arguments), 2):
        repeat = _static_node(compiler, tree, at, view)
        if not repeat.is_repeat:
            raise XPathError(f"indexed-repeat(): {repeat.name!r} is no repeat", tree.at)
        places[repeat.scope] = compiler.number(compiler.code(tree.arguments[at + 1], view))
        compiler.reads.scopes.add(repeat.scope)
    compiler.reads.value(target, is_local=False)
    chain = _chain(target.scope)
    frame = view.frame

    def run(c: Any) -> list[Item]:
        found: Frame | None = _chosen(frame(c), chain, {scope: place(c) for scope, place in places.items()})
        return [(found, target)] if found else []

    return nodes(run, (target,))


def _static_node(compiler: Compiler, tree: Call, at: int, view: View) -> Node:
    values = compiler.reads.values.copy()
    code = compiler.code(tree.arguments[at], view)
    compiler.reads.values = values
    if code.kind != "nodes" or len(code.targets) != 1:
        raise XPathError(f"{tree.name}() takes the path of one node", tree.at)
    return code.targets[0]


def _chain(scope: Scope) -> list[Scope]:
    chain: list[Scope] = []
    while scope.parent is not None:
        chain.insert(0, scope)
        scope = scope.parent
    return chain


def _chosen(here: Frame, chain: list[Scope], places: dict[Scope, float]) -> Frame | None:
    """The frame at the given places; where no place is given, the one around `here`, or else the first."""
    around: dict[Scope, Frame] = {}
    outer: Frame | None = here
    while outer is not None:
        around[outer.scope], root = outer, outer
        outer = outer.parent
    frame = root
    for scope in chain:
        if scope in places:
            row, place = frame.children[scope.index], places[scope]
            if not (1 <= place <= len(row) and place == int(place)):
                return None
            frame = row[int(place) - 1]
        elif scope in around and around[scope].parent is frame:
            frame = around[scope]
        elif frame.children[scope.index]:
            frame = frame.children[scope.index][0]
        else:
            return None
    return frame


def _name(compiler: Compiler, tree: Call, view: View) -> Code:
    """name() and local-name() of the first node."""
    run = compiler.nodes_of(tree, view).run
    return Code("string", lambda c: name_of(items[0]) if (items := run(c)) else "")


def _version(compiler: Compiler, tree: Call, view: View) -> Code:
    return constant("string", compiler.model.version)


FORMS: dict[str, Special] = {
    **chance.FORMS,
    **lookups.FORMS,
    **moments.FORMS,
    "if": (3, 3, _if),
    "coalesce": (2, 2, _coalesce),
    "once": (1, 1, _once),
    "count": (1, 1, _count),
    "position": (0, 1, _position),
    "last": (0, 0, _last),
    "current": (0, 0, _current),
    "indexed-repeat": (3, 7, _indexed_repeat),
    "name": (1, 1, _name),
    "local-name": (1, 1, _name),
    "version": (0, 0, _version),
}
