"""What residents see of a form: questions with their texts and choices, groups, repeats. Rules of answers live in `binds`."""

from __future__ import annotations

from lxml import etree

from bot.forms.binds import REFUSED_TYPES, itext_key, node_at, read_control_actions
from bot.forms.codes import Reads
from bot.forms.documents import JR, inline_parts
from bot.forms.itemsets import Itemset, read_itemset
from bot.forms.model import Control, Model
from bot.forms.nodes import Again, Ask, Body, Kind, Node, Question, Step
from bot.forms.texts import Say, local

_INPUTS: dict[str, Kind] = {
    "int": "integer", "decimal": "decimal", "string": "text", "date": "date", "time": "time", "dateTime": "datetime",
    "geopoint": "geopoint", "boolean": "text",
}  # fmt: skip
_SELECTS: dict[str, Kind] = {"select1": "select_one", "select": "select_multiple", "rank": "rank"}
_SILENT = {"label", "hint", "setvalue", "setgeopoint", "recordaudio", "help", "alert", ""}


def read_body(body: etree._Element, model: Model) -> Body:
    """Everything to ask, in order."""
    return _children(body, model, None)


def _children(parent: etree._Element, model: Model, around: Node | None) -> Body:
    found: list[Ask | Again] = []
    for element in parent:
        name = local(element)
        if name in _SILENT:
            continue
        if name == "group":
            found += _group(element, model, around)
        elif name == "repeat":
            found += _repeat(element, model, around)
        else:
            found += _control(element, name, model, around)
    return tuple(found)


def _group(element: etree._Element, model: Model, around: Node | None) -> Body:
    ref = element.get("ref")
    node = node_at(model, ref, around) if ref else around
    if ref and node is not None:
        node.control = Control(*_texts(element, node, model))
    return _children(element, model, node)


def _repeat(element: etree._Element, model: Model, around: Node | None) -> Body:
    node = node_at(model, element.get("nodeset"), around)
    if node is None:
        return ()
    scope = node.scope
    count = element.get(f"{JR}count")
    scope.has_count = count is not None
    scope.is_fixed = scope.has_count or (element.get(f"{JR}noAddRemove") or "").strip().startswith("true")
    if count is not None:
        model.counts[scope] = count
    read_control_actions(element, node, node, model)
    return (Again(scope, _children(element, model, node)),)


def _control(element: etree._Element, name: str, model: Model, around: Node | None) -> Body:
    node = node_at(model, element.get("ref"), around)
    if node is None:
        return ()
    kind = _kind(name, node)
    if kind is None:
        what = REFUSED_TYPES.get(node.datatype) or f"a control “{name}” of type {node.datatype}"
        model.refuse(
            f"{node.name!r} asks for {what}, which cannot be carried yet",
            "ask in words or by choices instead",
            node.name,
        )
        return ()
    if around is not None and not _is_inside(node, around):
        model.refuse(
            f"{node.name!r} is shown in the group {around.name!r} but stored outside it", "mend the form", node.name
        )
    node.question = Question(
        node.path, node.name, kind, element.get("appearance") or "", _range(element, node, model) if kind == "range" else None,
        is_required_ever=node.required is not None and node.required is not False,
        has_other=name in _SELECTS and f"{node.path}_other" in model.by_path,
    )  # fmt: skip
    node.control = Control(*_texts(element, node, model), _choices(element, node, model) if name in _SELECTS else None)
    repeat = node.scope.root if node.scope.parent is not None else None
    read_control_actions(element, node, repeat, model)
    return (Ask(node, Step(node.path, node.question)),)


def _kind(name: str, node: Node) -> Kind | None:
    if node.datatype in REFUSED_TYPES:
        return None
    if name in _SELECTS:
        return _SELECTS[name]
    if name == "range":
        return "range"
    if name == "trigger":
        return "acknowledge"
    if name != "input":
        return None
    kind = _INPUTS.get(node.datatype)
    return "note" if kind == "text" and node.readonly is True else kind


def _is_inside(node: Node, around: Node) -> bool:
    here: Node | None = node
    while here is not None and here is not around:
        here = here.parent
    return here is not None


def _range(element: etree._Element, node: Node, model: Model) -> tuple[float, float, float] | None:
    try:
        bounds = [float(element.get(name) or "") for name in ("start", "end", "step")]
    except ValueError:
        model.refuse(f"{node.name!r} has no whole range", "write start=1 end=5 step=1 in parameters", node.name)
        return None
    start, end, step = (int(bound) if bound == int(bound) else bound for bound in bounds)
    if step == 0 or start == end:
        model.refuse(f"{node.name!r} has an empty range", "write start=1 end=5 step=1 in parameters", node.name)
    return start, end, abs(step)


# --- texts


def _nothing(frame: object) -> str:
    return ""


def _texts(element: etree._Element, node: Node, model: Model) -> tuple[Say, Say, Say, bool]:
    label, hint = (next((c for c in element if local(c) == name), None) for name in ("label", "hint"))
    key = itext_key(hint.get("ref")) if hint is not None else None
    guidance = model.itext(key, node, "guidance") if key else _nothing
    return _text(label, node, model), _text(hint, node, model), guidance, label is not None


def _text(element: etree._Element | None, node: Node, model: Model) -> Say:
    if element is None:
        return _nothing
    key = itext_key(element.get("ref"))
    if key is not None:
        return model.itext(key, node)
    ref = element.get("ref")
    if ref:
        return model.text(ref, node, "label") or _nothing
    return model.say_parts(inline_parts(element), node, "label")


# --- choices


def _choices(element: etree._Element, node: Node, model: Model) -> Itemset | None:
    itemset = next((child for child in element if local(child) == "itemset"), None)
    if itemset is None:
        return _inline(element, node, model)
    value = next((child.get("ref") for child in itemset if local(child) == "value"), None)
    label = next((child.get("ref") for child in itemset if local(child) == "label"), None)
    choices = read_itemset(model, itemset.get("nodeset") or "", value or "name", label or value or "name", node)
    if choices is not None and not choices.is_static:
        node.is_filtered = True
    return choices


def _inline(element: etree._Element, node: Node, model: Model) -> Itemset:
    rows: list[tuple[str, Say]] = []
    for item in element:
        if local(item) == "item":
            value = next((c.text or "" for c in item if local(c) == "value"), "").strip()
            rows.append((value, _text(next((c for c in item if local(c) == "label"), None), node, model)))
    return Itemset(lambda frame: rows, True, Reads())
