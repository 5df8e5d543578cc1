"""An entry laid open node by node, in the words of ODK's engine, so that walks can be compared. What an answer does lives in `entries`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.forms.frames import Frame, path_of
from bot.forms.nodes import Node

if TYPE_CHECKING:
    from bot.forms.entries import Entry

State = dict[str, dict[str, Any]]


def state(entry: Entry) -> State:
    """Every node by its instance path: questions, notes and calculations, groups, and instances of repeats.

    Each has `relevant`, `required`, `valid`, `value` ("" while irrelevant, and for what holds other nodes), `label` (None without
    one; in the entry's language), and `is_leaf`. What holds others is valid when all below it are.
    """
    found: State = {}
    _visit(entry, entry.outermost, entry.form.root.root.children[0], found)
    return found


def choices(entry: Entry) -> dict[str, list[tuple[str, str]]]:
    """What each question with choices offers now: value and label."""
    found: dict[str, list[tuple[str, str]]] = {}
    for scope in entry.form.scopes:
        for frame in entry.frames(scope, entry.outermost):
            for node in scope.nodes:
                if node.control is not None and node.control.choices is not None:
                    rows = node.control.choices.rows(frame)
                    found[path_of(frame, node)] = [(value, say(frame)) for value, say in rows]
    return found


def take(entry: Entry, path: str, value: str) -> bool:
    """Take one step of a walk as ODK's engine does: an answer, "@lang" with one of the form's languages, "@repeat" with the path
    of a repeat that gets another instance, or "@remove" with that of an instance that goes. False when the form does not let it happen, and nothing has changed. Raises `KeyError`
    for what is not there.
    """
    if path == "@lang":
        if value not in entry.form.languages:
            raise KeyError(value)
        entry.speak(value)
        return True
    if path == "@repeat":
        return _add(entry, value)
    if path == "@remove":
        return _remove(entry, value)
    return entry.fill(path, value)


def _add(entry: Entry, path: str) -> bool:
    entry.repeat_count(path)
    try:
        entry.add_repeat(path)
    except ValueError:
        return False
    return True


def _remove(entry: Entry, path: str) -> bool:
    entry.value(path)
    if not path.endswith("]"):
        raise KeyError(path)
    try:
        entry.remove_repeat(path)
    except ValueError:
        return False
    return True


def _visit(entry: Entry, frame: Frame, node: Node, found: State) -> bool:
    slot, path = node.slot, path_of(frame, node)
    told = found[path] = {
        "relevant": frame.relevant[slot],
        "required": entry.holds(node.required, frame),
        "valid": True,
        "value": frame.seen[slot] if node.is_leaf else "",
        "label": node.control.label(frame) if node.control is not None and node.control.has_label else None,
        "is_leaf": node.is_leaf,
    }
    if node.is_leaf:
        told["valid"] = entry.stands(frame, node)
    for child in node.children:
        inner = [frame] if child.scope is frame.scope else frame.children[child.scope.index]
        for each in inner:
            told["valid"] &= _visit(entry, each, child, found)
    return bool(told["valid"])
