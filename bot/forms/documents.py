"""The XML of an XForm taken apart: its model, lists and texts as plain parts. Nothing is compiled here."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from bot.forms.model import Model
from bot.forms.nodes import Brought, Element, Node, Scope
from bot.forms.texts import Parts, local, parts_of
from bot.problems import InputRefused, Problem

JR = "{http://openrosa.org/javarosa}"
ODK = "{http://www.opendatakit.org/xforms}"
_MEDIA = {"image", "big-image", "audio", "video"}


@dataclass(slots=True)
class Document:
    """An XForm's parts that later steps of loading read."""

    model: etree._Element
    body: etree._Element
    primary: etree._Element
    binds: list[etree._Element]
    repeats: frozenset[str]


def take_apart(xform: str, model: Model) -> Document:
    """Fill `model` with title, nodes, lists and texts; give what must still be compiled. Raises `InputRefused`."""
    root = _parse(xform)
    found = {name: next((e for e in root.iter() if local(e) == name), None) for name in ("title", "model", "body")}
    head, body = found["model"], found["body"]
    if head is None or body is None:
        raise InputRefused(
            [Problem("this is no XForm: it has no model or no body", "give the form that pyxform makes")]
        )
    instances = [child for child in head if local(child) == "instance"]
    primary = next((e for i in instances[:1] for e in i if local(e)), None)
    if primary is None:
        raise InputRefused([Problem("the form has no primary instance", "give the form that pyxform makes")])
    model.title = (found["title"].text or "").strip() if found["title"] is not None else ""
    model.version = primary.get("version") or primary.get("{http://openrosa.org/xforms}version") or ""
    repeats = frozenset(str(e.get("nodeset")).strip() for e in body.iter() if local(e) == "repeat")
    _grow_tree(primary, model, repeats)
    for instance in instances[1:]:
        _read_list(instance, model)
    _read_texts(head, model)
    binds = [child for child in head if local(child) == "bind"]
    return Document(head, body, primary, binds, repeats)


def _parse(xform: str) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(xform.encode(), parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise InputRefused(
            [
                Problem(
                    "the form is no well-formed XML",
                    "give the form that pyxform makes",
                    place=f"line {line}, column {column}",
                )
            ]
        ) from None
    if "<!DOCTYPE" in xform:
        raise InputRefused([Problem("the form declares a document type", "leave the DOCTYPE out")])
    return root


# --- the primary instance


def _grow_tree(primary: etree._Element, model: Model, repeats: frozenset[str]) -> None:
    document = Node("", "", None)
    scope = Scope(0, document)
    _enter(document, scope, model)
    model.document = document
    model.scopes.append(scope)
    templates: dict[Scope, etree._Element] = {}
    _add(primary, document, scope, model, repeats, templates)
    scope.template = _brought([primary], scope, "")
    for inner, template in templates.items():
        inner.template = _brought(list(template), inner, inner.root.path)


def _enter(node: Node, scope: Scope, model: Model) -> None:
    node.scope, node.slot, node.order = scope, len(scope.nodes), len(model.nodes)
    scope.nodes.append(node)
    model.nodes.append(node)


def _add(
    element: etree._Element,
    parent: Node,
    scope: Scope,
    model: Model,
    repeats: frozenset[str],
    templates: dict[Scope, etree._Element],
) -> None:
    name = local(element)
    node = Node(name, f"{parent.path}/{name}", parent)
    parent.children.append(node)
    if node.path in repeats:
        outer = scope
        scope = Scope(len(model.scopes), node, outer, len(outer.children), outer.depth + 1)
        outer.children.append(scope)
        model.scopes.append(scope)
        templates[scope] = element
    model.by_path[node.path] = node
    _enter(node, scope, model)
    same: dict[str, list[etree._Element]] = {}
    for child in element:
        if local(child):
            same.setdefault(local(child), []).append(child)
    for name, twins in same.items():
        if len(twins) > 1 and f"{node.path}/{name}" not in repeats:
            model.refuse(f"{node.path}/{name} stands twice in the form", "give each question its own name")
        template = next((twin for twin in twins if _is_template(twin)), twins[0])
        _add(template, node, scope, model, repeats, templates)


def _is_template(element: etree._Element) -> bool:
    return element.get(f"{JR}template") is not None


def _brought(elements: list[etree._Element], scope: Scope, path: str) -> Brought:
    """What the form brings along in one instance, given the elements inside it."""
    slots = {node.path: node for node in scope.nodes}
    inner = {child.root.path: child for child in scope.children}
    values = [""] * len(scope.nodes)
    found: list[list[Brought]] = [[] for _ in scope.children]

    def visit(children: list[etree._Element], around: str) -> None:
        for child in children:
            here = f"{around}/{local(child)}"
            if here in inner:
                if not _is_template(child):
                    found[inner[here].index].append(_brought(list(child), inner[here], here))
            elif here in slots:
                if slots[here].is_leaf:
                    values[slots[here].slot] = child.text or ""
                visit(list(child), here)

    visit(elements, path)
    return Brought(values, tuple(tuple(row) for row in found))


# --- secondary instances


def _read_list(instance: etree._Element, model: Model) -> None:
    name = instance.get("id", "")
    source = instance.get("src")
    if source is not None:
        model.refuse(
            f"the list {name!r} is read from another file ({source})",
            "put its rows on the choices sheet",
            f"list {name}",
        )
    root = Element("instance", "", None)
    count = [0]
    for child in instance:
        if local(child):
            _add_element(child, root, count)
    model.instances[name] = root


def _add_element(source: etree._Element, parent: Element, count: list[int]) -> None:
    count[0] += 1
    element = Element(local(source), (source.text or "") if not len(source) else "", parent, count[0])
    parent.children.append(element)
    parent.by_name.setdefault(element.name, []).append(element)
    for child in source:
        if local(child):
            _add_element(child, element, count)


# --- texts


def _read_texts(head: etree._Element, model: Model) -> None:
    translations = [e for e in head.iter() if local(e) == "translation"]
    default = next((e for e in translations if _is_true(e.get("default"))), None)
    ordered = ([default] if default is not None else []) + [e for e in translations if e is not default]
    model.languages = tuple(str(e.get("lang")) for e in ordered) or ("default",)
    for translation in ordered:
        language = str(translation.get("lang"))
        for text in translation:
            if local(text) == "text":
                _read_text(text, language, model)


def _read_text(text: etree._Element, language: str, model: Model) -> None:
    forms = model.texts.setdefault(text.get("id", ""), {})
    for value in text:
        form = value.get("form") or ""
        if form in _MEDIA:
            model.refuse(
                f"the text {text.get('id')!r} shows a file ({form}), which not every channel can carry",
                f"leave the column media::{form} out",
            )
        spoken = forms.setdefault(form, {})
        assert isinstance(spoken, dict)  # noqa: S101 - filled only here
        spoken[language] = parts_of(value)


def _is_true(text: str | None) -> bool:
    return bool(text) and re.sub(r"\s", "", str(text)) in ("true()", "true", "1", "")


def inline_parts(element: etree._Element) -> Parts:
    """The parts of a label that stands in the body itself."""
    return parts_of(element)
