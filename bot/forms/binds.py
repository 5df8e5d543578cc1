"""The rules of each node: relevance, calculation, constraint, and values set at an event. What residents see lives in `bodies`."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from bot.forms.documents import JR, Document
from bot.forms.expressions import Call, Literal, parse
from bot.forms.model import Model
from bot.forms.nodes import Action, Node
from bot.forms.texts import Say, local
from bot.forms.tokens import XPathError

REFUSED_TYPES = {
    "binary": "a picture, sound or file",
    "barcode": "a barcode",
    "geotrace": "a line on a map",
    "geoshape": "an area on a map",
    "intent": "an answer from another app",
}
_EVENTS = {"odk-instance-first-load", "odk-new-repeat", "xforms-value-changed", "xforms-ready"}
_PRELOADS = {("timestamp", "start"): "now()", ("date", "today"): "today()"}


def node_at(model: Model, path: str | None, around: Node | None = None) -> Node | None:
    """The node that a nodeset or ref names, or None with a problem noted."""
    wanted = re.sub(r"\s", "", path or "")
    if around is not None and wanted and not wanted.startswith("/"):
        wanted = f"{around.path}/{wanted.removeprefix('./')}"
    node = model.by_path.get(re.sub(r"(?<=/)[\w.-]+:", "", wanted))
    if node is None:
        model.refuse(f"the form binds {path!r}, which does not exist", "mend the form")
    return node


def read_binds(document: Document, model: Model) -> None:
    """Datatypes, conditions and calculations of all nodes."""
    bound = [(bind, node) for bind in document.binds if (node := node_at(model, bind.get("nodeset"))) is not None]
    for bind, node in bound:
        _read_bind(bind, node, model)
    for bind, node in bound:  # texts tell numbers as such, which every type and calculation has a say in
        _read_messages(bind, node, model)
    for node in model.nodes:
        reads = model.reads.get((node, "required"))
        node.is_required_fixed = reads is None or not (reads.values or reads.scopes)
        node.is_always_there = _is_always_there(node)


def _is_always_there(node: Node | None) -> bool:
    return node is None or (node.relevant in (None, True) and _is_always_there(node.parent))


def _read_bind(bind: etree._Element, node: Node, model: Model) -> None:
    node.datatype = (bind.get("type") or "string").rpartition(":")[2]
    node.is_number = node.datatype in ("int", "decimal")
    if node.is_repeat and bind.get("relevant"):
        node.scope.is_offered = model.outside(bind.get("relevant") or "", node)
    for role in ("relevant", "required", "readonly", "constraint"):
        source = bind.get(role)
        if source and source.strip():
            setattr(node, role, model.truth(source, node, role))
    source = bind.get("calculate")
    if source and source.strip():
        node.calculate = model.result(source, node)
        reads = model.reads.get((node, "calculate"))
        node.is_kept = reads is not None and (reads.keeps_itself or node in reads.values)
    if bind.get(f"{JR}preload"):
        _read_preload(bind, node, model)


def _read_messages(bind: etree._Element, node: Node, model: Model) -> None:
    for kind in ("constraint", "required"):
        message = bind.get(f"{JR}{kind}Msg")
        if message is not None:
            node.messages[kind] = spoken(message, node, model)


def spoken(source: str, node: Node, model: Model) -> Say:
    """A message that is either a jr:itext() call or the text itself."""
    key = itext_key(source)
    if key is not None:
        return model.itext(key, node)
    return lambda frame: source


def itext_key(source: str | None) -> str | None:
    """The id in "jr:itext('id')", or None."""
    if not source or "jr:itext" not in source:
        return None
    try:
        tree = parse(source)
    except XPathError:
        return None
    if isinstance(tree, Call) and tree.name == "jr:itext" and tree.arguments and isinstance(tree.arguments[0], Literal):
        return tree.arguments[0].text
    return None


def _read_preload(bind: etree._Element, node: Node, model: Model) -> None:
    """Metadata. The record's own id stays empty: it belongs to the participation; so does what only a device knows."""
    kind, parameter = bind.get(f"{JR}preload"), bind.get(f"{JR}preloadParams") or ""
    if kind in ("uid", "property"):
        return
    if (kind, parameter) == ("timestamp", "end"):
        now = model.result("now()", node)
        node.calculate = lambda frame: "" if frame.entry.is_verbatim or now is None else now(frame)
        node.is_kept = False
    elif (str(kind), parameter) in _PRELOADS:
        _first(model, node, _PRELOADS[str(kind), parameter])
    else:
        model.refuse(
            f"the metadata {node.name!r} ({kind} {parameter}) comes from a device, and a conversation has none",
            "remove the row",
            node.name,
        )


def _first(model: Model, node: Node, source: str) -> None:
    run = model.text(source, node, "default")
    if run is not None:
        node.firsts = (*node.firsts, Action(node, run))


# --- actions


def read_actions(document: Document, model: Model) -> None:
    """Values that are set at an event: dynamic defaults and triggers."""
    for element in document.model:
        if local(element) in ("setvalue", "setgeopoint", "recordaudio"):
            _read_action(element, None, None, model)


def read_control_actions(element: etree._Element, node: Node, repeat: Node | None, model: Model) -> None:
    """The same, nested in a control or repeat of the body."""
    for child in element:
        if local(child) in ("setvalue", "setgeopoint", "recordaudio"):
            _read_action(child, node, repeat, model)


def _read_action(element: etree._Element, source: Node | None, repeat: Node | None, model: Model) -> None:
    target = node_at(model, element.get("ref") or element.get("bind"))
    events = set((element.get("event") or "").split())
    if target is None:
        return
    if local(element) != "setvalue" or events - _EVENTS:
        what = local(element) if local(element) != "setvalue" else f"the event {' '.join(sorted(events - _EVENTS))}"
        model.refuse(f"{target.name!r}: {what} cannot be carried", "remove the row", target.name)
        return
    expression = element.get("value")
    text = (element.text or "").strip()
    run: Any = model.text(expression, target, "default") if expression else (lambda frame: text)
    if run is None:
        return
    if events & {"odk-instance-first-load", "xforms-ready"}:
        target.firsts = (*target.firsts, Action(target, run, is_first=True))
    if "odk-new-repeat" in events and repeat is not None:
        target.news = (*target.news, Action(target, run, is_first=True))
    if "xforms-value-changed" in events and source is not None:
        _listen(source, Action(target, run), model)


def _listen(source: Node, action: Action, model: Model) -> None:
    if not source.scope.is_within(action.target.scope):
        model.refuse(
            f"{action.target.name!r} is inside a repeat, and its trigger {source.name!r} outside it",
            "put the trigger into the same repeat",
            action.target.name,
        )
        return
    source.actions = (*source.actions, action)
