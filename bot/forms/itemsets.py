"""Where the choices of a select come from: rows of a list or instances of a repeat, which of them are offered, and what they are called."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.forms.codes import Code, Reads, View
from bot.forms.compiler import Compiler
from bot.forms.expressions import Call, Path, Step, parse
from bot.forms.frames import Focus, Frame, Item
from bot.forms.model import Model
from bot.forms.nodes import Choice, Element, Node
from bot.forms.texts import Output, Say
from bot.forms.tokens import XPathError

_PLAIN = re.compile(r"[\w.-]+")
_NAMED_TEXT = re.compile(r"jr:itext\(\s*[\w.-]+\s*\)")
_INSTANCE = re.compile(r"instance\(\s*['\"]([^'\"]+)['\"]\s*\)")


@dataclass(slots=True, eq=False)
class Itemset:
    """Where the choices of one select come from. `is_static` when neither answers nor chance change them; `has_plain_labels` when
    what they are called hangs on nothing but the language."""

    rows: Callable[[Frame], list[tuple[str, Callable[[Frame], str]]]]
    is_static: bool
    reads: Reads
    source: str = ""
    values: dict[str, None] | None = None
    has_plain_labels: bool = False
    said: dict[str, tuple[Choice, ...]] = field(default_factory=dict, repr=False)

    def choices(self, frame: Frame) -> tuple[Choice, ...]:
        """What can be chosen now, as it is called in the entry's language. Where no answer counts, it is the same for all."""
        entry = frame.entry
        is_same = self.is_static and self.has_plain_labels and not entry.is_verbatim
        if is_same and entry.language in self.said:
            return self.said[entry.language]
        choices = tuple(Choice(value, say(frame).strip()) for value, say in self.rows(frame))
        if is_same:
            self.said[entry.language] = choices
        return choices

    def offered(self, frame: Frame | None) -> dict[str, None]:
        """The values that can be chosen now, in their order. No frame is needed where `is_static`."""
        if self.values is not None:
            return self.values
        values = dict.fromkeys(value for value, _ in self.rows(frame))  # type: ignore[arg-type]
        if self.is_static:
            self.values = values
        return values


def read_itemset(model: Model, nodeset: str, value: str, label: str, node: Node) -> Itemset | None:
    """The choices that an itemset offers, seen from its select."""
    built = model.compile(nodeset, node, "choice_filter")
    if built is None:
        return None
    compiler, code = built
    if code.kind != "nodes":
        model.refuse(f"“{nodeset}” gives no choices", "name a list of the choices sheet", node.name)
        return None
    for column in (value, label):
        if not _has_column(model, nodeset, column):
            model.refuse(
                f"the list has no column “{column}”", "name its columns in parameters: value=… label=…", node.name
            )
            return None
    view = View(code.targets, is_focus=True, is_elements=code.is_elements)
    own = {**compiler.reads.values}
    values = _reader(model, compiler, value, view, node)
    labels = _reader(model, compiler, label, view, node)
    if values is None or labels is None:
        return None
    reads = compiler.reads
    is_static = code.is_elements and not (own or reads.scopes or reads.has_chance or reads.needs_entry)
    rows = _rows(_as_offered(compiler, code, nodeset, node), values, labels, is_static=is_static)
    is_plain = not reads.values and _is_plain_label(model, nodeset, label)
    return Itemset(rows, is_static, compiler.reads, nodeset, has_plain_labels=is_plain)


def _reader(model: Model, compiler: Compiler, source: str, view: View, node: Node) -> Callable[[Any], str] | None:
    try:
        return compiler.string(compiler.code(parse(source), view))
    except XPathError as error:
        model.refuse(f"the choices' “{source}” cannot be read: {error.what}", "mend the choices", node.name)
        return None


def _rows(
    items: Callable[[Frame], list[Item]],
    values: Callable[[Any], str],
    labels: Callable[[Any], str],
    *,
    is_static: bool,
) -> Callable[[Frame], list[tuple[str, Say]]]:
    def spoken(item: Item) -> Say:
        return lambda frame: labels(Focus(item, 1, 1, frame))

    def rows(frame: Frame) -> list[tuple[str, Say]]:
        return [(values(Focus(item, 1, 1, frame)), spoken(item)) for item in items(frame)]

    if not is_static:
        return rows
    kept: list[list[tuple[str, Say]]] = []

    def once(frame: Frame) -> list[tuple[str, Say]]:
        if not kept:
            kept.append(rows(frame))
        return kept[0]

    return once


def _as_offered(compiler: Compiler, code: Code, nodeset: str, node: Node) -> Callable[[Frame], list[Item]]:
    """The nodes behind the choices. Of a list inside the repeat of its select, ODK's engine offers what stands in all instances of
    that repeat; a resident is offered what stands in the one that is asked about."""
    tree = parse(nodeset)
    if node.scope.parent is None or not isinstance(tree, Path):
        return code.run
    if tree.start != "." and not (isinstance(tree.start, Call) and tree.start.name == "current"):
        return code.run
    steps = [Step("child", name, (), 0) for name in node.path.strip("/").split("/")]
    for step in tree.steps:
        if step.axis == "parent" and not step.predicates:
            steps.pop()
        elif step.axis != "self" or step.predicates:
            steps.append(step)
    near, everywhere = code.run, compiler.code(Path("/", tuple(steps), tree.at), View((node,))).run
    return lambda frame: everywhere(frame) if frame.entry.is_verbatim else near(frame)


def _is_plain_label(model: Model, nodeset: str, label: str) -> bool:
    """Whether the list's labels are mere text: a column, or the texts that a column names, without values put in."""
    if _PLAIN.fullmatch(label):
        return True
    keys = [key for name in _INSTANCE.findall(nodeset) for key in _keys(model.instances.get(name), model.texts)]
    spoken = [parts for key in keys for texts in model.texts[key].values() for parts in texts.values()]
    return _NAMED_TEXT.fullmatch(label) is not None and not any(
        isinstance(p, Output) for parts in spoken for p in parts
    )


def _has_column(model: Model, nodeset: str, column: str) -> bool:
    """Whether a list's rows have the column that choices are read from (true for what is no plain column of a list)."""
    names = _INSTANCE.findall(nodeset)
    rows = [row for name in names for root in model.instances[name].children for row in root.children]
    return not rows or not _PLAIN.fullmatch(column) or any(column in row.by_name for row in rows)


def read_labels(model: Model) -> None:
    """Let what names choices depend on the answers that stand in their labels."""
    for reads, node in model.named:
        source = node.control.choices.source if node.control is not None and node.control.choices is not None else ""
        for name in _INSTANCE.findall(source):
            for key in _keys(model.instances.get(name), model.texts):
                model.itext(key, node)
                inner = model.reads.get((node, f"text of {key}"))
                for target, is_local in (inner.values if inner else {}).items():
                    reads.value(target, is_local=is_local and reads is not inner)


def _keys(element: Element | None, texts: dict[str, Any]) -> list[str]:
    """The ids of texts that a list's elements name."""
    if element is None:
        return []
    return [element.text] * (element.text in texts) + [key for child in element.children for key in _keys(child, texts)]
