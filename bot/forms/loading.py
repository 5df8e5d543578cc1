"""From an XForm to a compiled `Form`: takes it apart, compiles its rules and texts, orders its recalculations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo

from bot.forms import answers
from bot.forms.binds import read_actions, read_binds
from bot.forms.bodies import read_body
from bot.forms.documents import take_apart
from bot.forms.form import Form
from bot.forms.graph import Cycle, Unit, order
from bot.forms.itemsets import read_labels
from bot.forms.model import Model
from bot.forms.nodes import Again, Ask, Body, Brought, Node, Question, Scope, seen_from_outside
from bot.forms.selections import still_offered
from bot.problems import InputRefused, Problem


def load(xform: str, zone: tzinfo | None = None) -> Form:
    """Compile an XForm. Raises `InputRefused` with every problem."""
    model = Model(zone)
    document = take_apart(xform, model)
    read_binds(document, model)
    read_actions(document, model)
    body = read_body(document.body, model)
    read_labels(model)
    _store(model)
    units = _units(model)
    if model.problems:
        raise InputRefused(model.problems)
    try:
        ordered = order(units, model.scopes)
    except Cycle as cycle:
        raise InputRefused([_waiting(cycle)]) from None
    return _form(model, body, ordered)


def _waiting(cycle: Cycle) -> Problem:
    names = " → ".join(dict.fromkeys(node.name for node in cycle.nodes))
    return Problem(
        f"these depend on each other in a circle: {names}",
        "let one of them not refer to the others (a question's relevance cannot look at its own answer)",
        place=f"{cycle.nodes[0].name}, relevant or calculation",
    )


def _units(model: Model) -> list[Unit]:
    units: list[Unit] = []
    for node in model.nodes:
        if node.relevant is not None and node.relevant is not True:
            condition = node.relevant if node.relevant is not False else _never
            units.append(Unit("relevant", node, node.scope, condition, model.reads[node, "relevant"]))
        if node.is_repeat and node.scope in model.counts:
            _add_count(node, model, units)
        if node.calculate is not None:
            units.append(Unit("calculate", node, node.scope, node.calculate, model.reads[node, "calculate"]))
        if node.is_filtered:
            units.append(Unit("choices", node, node.scope, None, node.control.choices.reads))
    return units


def _never(frame: object) -> bool:
    return False


def _add_count(node: Node, model: Model, units: list[Unit]) -> None:
    outside = seen_from_outside(node)
    run = model.number(model.counts[node.scope], outside, "repeat_count")
    reads = model.reads.get((outside, "repeat_count"))
    if run is not None and reads is not None and node.scope.parent is not None:
        units.append(Unit("count", node, node.scope.parent, run, reads))


def _form(model: Model, body: Body, units: list[Unit]) -> Form:
    root = model.scopes[0]
    for unit in units:
        if unit.role == "calculate":
            unit.node.calculation = unit.index
    for scope in model.scopes:
        scope.units = tuple(unit.index for unit in units if unit.scope is scope and scope.parent is not None)
        scope.readers = tuple(unit.index for unit in units if scope in unit.reads.scopes)
    has_beginnings = _read_beginnings(model)
    questions = tuple(_asked(body))
    translated = tuple(unit.index for unit in units if unit.reads.is_translated)
    data = model.document.children[0]
    start = len(data.path) + 1
    leaves = [node for node in root.nodes if node.is_leaf]
    outer = [item for item in body if isinstance(item, Ask)]
    return Form(
        title=model.title,
        version=model.version,
        languages=model.languages,
        questions=questions,
        root=root,
        root_path=data.path,
        scopes=tuple(model.scopes),
        body=body,
        nodes=model.by_path,
        units=tuple(units),
        all_units=(1 << len(units)) - 1,
        repeated=tuple(unit.index for unit in units if unit.scope.parent is not None),
        translated=translated,
        translated_units=sum(1 << index for index in translated),
        has_beginnings=has_beginnings,
        is_steady=not has_beginnings and all(map(_is_steady, units)) and len(model.scopes) == 1,
        has_chance=any(reads.has_chance for reads in model.reads.values())
        or any(n.control.choices.reads.has_chance for n in model.nodes if n.control and n.control.choices),
        kept=tuple(node.path[start:] if node.is_leaf and node.is_kept else "" for node in root.nodes),
        slots={node.path[start:]: node.slot for node in leaves},
        outermost={node.path: node for node in root.nodes if node.path},
        walk=tuple((ask.step.path, ask.step) for ask in outer),
        walked=tuple(ask.node.slot for ask in outer),
    )


def _is_steady(unit: Unit) -> bool:
    """Whether only answers change what it recalculates, and no answer stands where it writes."""
    reads = unit.reads
    is_answered = unit.role == "calculate" and unit.node.question is not None
    return not (reads.needs_entry or reads.has_chance or reads.keeps_itself or unit.is_own or is_answered)


def _read_beginnings(model: Model) -> bool:
    """Where the order counts in which values begin, note it for each scope."""
    heard = {action.target for node in model.nodes for action in node.actions}
    keep = {node for (node, _), reads in model.reads.items() if reads.keeps_itself}
    if not (heard or keep or any(node.firsts or node.news for node in model.nodes)):
        return False
    for scope in model.scopes:
        own = [n for n in scope.nodes if n.calculation >= 0 or n.firsts or n.news or n in heard]
        scope.beginnings = tuple(sorted([*own, *(inner.root for inner in scope.children)], key=lambda node: node.order))
    return True


def _store(model: Model) -> None:
    """How each node's values are read and stored, those that the form brings along included."""
    for node in model.nodes:
        node.read = answers.reader(node.question, node.datatype)
        node.store = answers.store(node.question, node.datatype)
    for scope in model.scopes:
        _store_first(scope.template, scope)
    for node in model.nodes:
        if (offered := _always_offered(node)) is not None:
            node.store = _choosing(node, offered, node.store)


def _always_offered(node: Node) -> Mapping[str, None] | None:
    choices = node.control.choices if node.control is not None else None
    return choices.offered(None) if choices is not None and choices.is_static else None


def _choosing(node: Node, offered: Mapping[str, None], keep: answers.Store | None) -> answers.Store:
    def run(text: str) -> str:
        kept = keep(text) if keep is not None else text
        return still_offered(node, kept, offered) if kept else ""

    return run


def _store_first(brought: Brought, scope: Scope) -> None:
    """The values that the form brings along, as their types store them. A choice that is not offered is kept, and reads as none."""
    for node in scope.nodes:
        value = brought.values[node.slot]
        if value and node.store is not None:
            value = node.store(value)
        offered = _always_offered(node) if value else None
        if offered is not None and still_offered(node, value, offered) != value:
            node.is_filtered = True
        brought.values[node.slot] = value
    for inner, row in zip(scope.children, brought.inner, strict=True):
        for each in row:
            _store_first(each, inner)


def _asked(body: Body) -> list[Question]:
    found: list[Question] = []
    for item in body:
        if isinstance(item, Again):
            found += _asked(item.body)
        elif isinstance(item, Ask) and item.node.question is not None:
            found.append(item.node.question)
    return found
