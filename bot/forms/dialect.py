"""ODK functions that look at the form and not only at their arguments: choices, repeats, instances, the clock, chance."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bot.forms import moments
from bot.forms.codes import Code, Run, View, constant, nodes
from bot.forms.expressions import Call, Literal, Path, parse
from bot.forms.frames import Frame, Item, children_of, name_of, parent_of
from bot.forms.nodes import Element, Node, Scope
from bot.forms.shuffling import seed_of, shuffled
from bot.forms.tokens import XPathError

if TYPE_CHECKING:
    from bot.forms.compiler import Compiler

Build = Callable[["Compiler", Call, View], Code]

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


def _nodes_of(compiler: Compiler, tree: Call, view: View, at: int = 0) -> Code:
    code = compiler.code(tree.arguments[at], view)
    if code.kind != "nodes":
        raise XPathError(f"{tree.name}() takes nodes, not a {code.kind}", tree.at)
    return code


def _places_of(compiler: Compiler, tree: Call, view: View) -> Code:
    """The same where only nodes count and not what they hold."""
    argument = tree.arguments[0]
    is_plain = isinstance(argument, Path) and not any(step.predicates for step in argument.steps)
    before = compiler.reads.values.copy()
    code = _nodes_of(compiler, tree, view)
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


def _instance(compiler: Compiler, tree: Call, view: View) -> Code:
    name = tree.arguments[0]
    if not isinstance(name, Literal):
        raise XPathError("instance() takes the list's name in quotation marks", tree.at)
    element = compiler.model.instances.get(name.text)
    if element is None:
        known = ", ".join(sorted(compiler.model.instances)) or "none"
        raise XPathError(f"there is no list {name.text!r} (lists: {known})", tree.at)
    return nodes(lambda c: [element], (), is_elements=True, is_single=True, text=lambda c: element.value())


def _pulldata(compiler: Compiler, tree: Call, view: View) -> Code:
    source, wanted, by = tree.arguments[:3]
    if not isinstance(source, Literal) or source.text not in compiler.model.instances:
        raise XPathError(
            "pulldata() reads another file, which cannot be carried; put the rows on the choices sheet", tree.at
        )
    items = [row for root in compiler.model.instances[source.text].children for row in root.children]
    column, key_column, key = (compiler.string(compiler.code(part, view)) for part in (wanted, by, tree.arguments[3]))

    def run(c: Any) -> str:
        name, key_name, value = column(c), key_column(c), key(c)
        for row in items:
            found = row.by_name.get(name)
            if found and any(child.value() == value for child in row.by_name.get(key_name, ())):
                return found[0].value()
        return ""

    return Code("string", run)


def _frame(view: View) -> Callable[[Any], Frame]:
    return (lambda c: c.outer) if view.is_focus else (lambda c: c)


def _random(compiler: Compiler, tree: Call, view: View) -> Code:
    compiler.reads.has_chance = True
    frame, node = _frame(view), compiler.node
    return Code("number", lambda c: frame(c).entry.chance(frame(c), node, tree.at) / 2.0**128)


def _uuid(compiler: Compiler, tree: Call, view: View) -> Code:
    compiler.reads.has_chance = True
    frame, node = _frame(view), compiler.node
    if tree.arguments:
        length = compiler.number(compiler.code(tree.arguments[0], view))
        return Code("string", lambda c: _letters(frame(c).entry.chance(frame(c), node, tree.at), length(c)))
    return Code("string", lambda c: uuid_text(frame(c).entry.chance(frame(c), node, tree.at)))


_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _letters(chance: int, length: float) -> str:
    wanted = int(length) if length == length and 0 < length <= 64 else 0
    found = ""
    while len(found) < wanted:
        chance, rest = divmod(chance * 6364136223846793005 + 1442695040888963407, len(_ALPHABET))
        chance &= (1 << 128) - 1
        found += _ALPHABET[rest]
    return found


def uuid_text(chance: int) -> str:
    """A version 4 UUID (RFC 4122) made of 128 bits."""
    bits = (chance & ~(0xF << 76) | (4 << 76)) & ~(0x3 << 62) | (2 << 62)
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _randomize(compiler: Compiler, tree: Call, view: View) -> Code:
    code = _nodes_of(compiler, tree, view)
    run, frame, node = code.run, _frame(view), compiler.node
    if len(tree.arguments) == 2:
        given = compiler.code(tree.arguments[1], view)
        seed, text = compiler.number(given), compiler.string(given)
        return nodes(lambda c: shuffled(run(c), seed_of(seed(c), text(c))), code.targets, is_elements=code.is_elements)
    compiler.reads.has_chance = True
    return nodes(
        lambda c: shuffled(run(c), frame(c).entry.chance(frame(c), node, tree.at) % 2147483647),
        code.targets,
        is_elements=code.is_elements,
    )


def _choice_name(compiler: Compiler, tree: Call, view: View) -> Code:
    value = compiler.string(compiler.code(tree.arguments[0], view))
    where = tree.arguments[1]
    if not isinstance(where, Literal):
        raise XPathError(
            "jr:choice-name() takes the question in quotation marks: jr:choice-name(${q}, '${q}')", tree.at
        )
    before = compiler.reads.values.copy()
    code = compiler.code(parse(where.text), view)
    compiler.reads.values = before
    if not code.targets:
        raise XPathError(f"jr:choice-name(): {where.text.strip()!r} is no question", tree.at)
    names = compiler.model.choice_names(code.targets[0])
    compiler.model.named.append((compiler.reads, code.targets[0]))
    compiler.reads.is_translated = True
    frame = _frame(view)
    return Code("string", lambda c: names(frame(c), value(c)))


def _itext(compiler: Compiler, tree: Call, view: View) -> Code:
    key = tree.arguments[0]
    compiler.reads.is_translated = True
    frame = _frame(view)
    if isinstance(key, Literal):
        text = compiler.model.itext(key.text, compiler.node)
        return Code("string", lambda c: text(frame(c)))
    keyed, model, node = compiler.string(compiler.code(key, view)), compiler.model, compiler.node
    return Code("string", lambda c: model.itext(keyed(c), node)(frame(c)))


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
    frame = _frame(view)

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
    run = _nodes_of(compiler, tree, view).run
    return Code("string", lambda c: name_of(items[0]) if (items := run(c)) else "")


def _version(compiler: Compiler, tree: Call, view: View) -> Code:
    return constant("string", compiler.model.version)


FORMS: dict[str, tuple[int, int | None, Build]] = {
    **moments.FORMS,
    "if": (3, 3, _if),
    "coalesce": (2, 2, _coalesce),
    "once": (1, 1, _once),
    "count": (1, 1, _count),
    "position": (0, 1, _position),
    "last": (0, 0, _last),
    "current": (0, 0, _current),
    "instance": (1, 1, _instance),
    "pulldata": (4, 4, _pulldata),
    "random": (0, 0, _random),
    "uuid": (0, 1, _uuid),
    "randomize": (1, 2, _randomize),
    "jr:choice-name": (2, 2, _choice_name),
    "jr:itext": (1, 1, _itext),
    "indexed-repeat": (3, 7, _indexed_repeat),
    "name": (1, 1, _name),
    "local-name": (1, 1, _name),
    "version": (0, 0, _version),
}
