"""The reference for a survey's step: the same XForm held by lxml, its XPath expressions compiled once.

This is what pyxform and lxml give, written with care: what lxml lacks of ODK's functions is added, what is not relevant
is blanked as ODK asks, lists that nothing filters are read once. Without a graph of who reads whom, which neither has,
each answer evaluates all of the form; `is_tracking` adds such a graph, in topological order, for a second look.
"""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from math import isnan
from typing import Any

from lxml import etree

XF = "{http://www.w3.org/2002/xforms}"
_PATH = re.compile(r"/data/\w+")
_OWN = re.compile(r"(?<![\w/)\]])\.(?![\d.])")


def _text(value: Any) -> str:
    if isinstance(value, list):
        return (value[0].text or "") if value else ""
    if isinstance(value, float):
        return "" if isnan(value) else f"{value:.15g}"
    return str(value)


def _functions(lists: dict[str, Any]) -> None:
    functions = etree.FunctionNamespace(None)
    functions["instance"] = lambda _, name: [lists[_text(name)]]
    functions["selected"] = lambda _, nodes, value: _text(value) in _text(nodes).split()
    functions["count-selected"] = lambda _, nodes: float(len(_text(nodes).split()))
    functions["coalesce"] = lambda _, first, second: _text(first) or _text(second)
    functions["if"] = lambda _, test, yes, no: yes if test else no


def _plain(element: Any) -> Any:
    """A secondary instance without namespaces, as ODK's paths expect it."""
    copy = deepcopy(element[0])
    for node in copy.iter():
        node.tag = etree.QName(node).localname
    parent = etree.Element("instance")
    parent.append(copy)
    return parent


def _offered(items: list[Any]) -> dict[str, str]:
    return {item.findtext("name"): item.findtext("label") for item in items}


@dataclass(slots=True)
class Question:
    """How a question is put: its text with what is filled in, and its choices, known beforehand where nothing filters them."""

    name: str
    kind: str
    label: str = ""
    outputs: tuple[Any, ...] = ()
    itemset: Any = None
    fixed: dict[str, str] | None = None


@dataclass(slots=True)
class Bind:
    """One node's expressions, compiled, and who must be evaluated when it changes."""

    name: str
    at: int
    relevant: Any = None
    constraint: Any = None
    required: bool = False
    calculate: Any = None
    kind: str = "string"
    reads: set[str] = field(default_factory=set)
    dependants: tuple[Bind, ...] = ()


class LxmlForm:
    """An XForm without repeats."""

    def __init__(self, xform: str) -> None:
        root = etree.fromstring(xform.encode())
        first, *others = root.iterfind(f".//{XF}model/{XF}instance")
        instance = first[0]
        _functions({other.get("id"): _plain(other) for other in others})
        self.blank = etree.Element("data")
        for child in instance:
            if etree.QName(child).localname != "meta":
                etree.SubElement(self.blank, etree.QName(child).localname)
        self.binds: dict[str, Bind] = {}
        for bind in root.iter(f"{XF}bind"):
            name = bind.get("nodeset").removeprefix("/data/")
            if "/" not in name:
                self.binds[name] = self._bind(name, bind)
        order = list(
            TopologicalSorter(
                {b.name: {r for r in b.reads if r in self.binds} for b in self.binds.values()}
            ).static_order()
        )
        self.ordered = tuple(self.binds[name] for name in order)
        for bind in self.binds.values():
            found = self._after(bind.name)
            bind.dependants = tuple(self.binds[name] for name in order if name in found)
        body = root.find("{http://www.w3.org/1999/xhtml}body")
        self.questions = {question.name: question for question in map(self._question, body)}

    def _question(self, control: Any) -> Question:
        question = Question(control.get("ref").removeprefix("/data/"), etree.QName(control).localname)
        label = control.find(f"{XF}label")
        outputs = label.findall(f"{XF}output")
        question.label = (label.text or "") + "".join("{}" + (output.tail or "") for output in outputs)
        question.outputs = tuple(etree.XPath(output.get("value")) for output in outputs)
        itemset = control.find(f"{XF}itemset")
        if itemset is not None:
            question.itemset = etree.XPath(
                itemset.get("nodeset").replace("/data/", "$data/")
            )  # a list is no part of /data
            if "/data/" not in itemset.get("nodeset"):
                question.fixed = _offered(question.itemset(self.blank))
        return question

    def _bind(self, name: str, bind: Any) -> Bind:
        built = Bind(
            name,
            self.blank.index(self.blank.find(name)),
            required=bind.get("required") == "true()",
            kind=bind.get("type"),
        )
        for role in ("relevant", "constraint", "calculate"):
            source = bind.get(role)
            if source is None:
                continue
            if role != "constraint":
                built.reads |= {path.removeprefix("/data/") for path in _PATH.findall(source)}
            source = _OWN.sub(f" /data/{name} ", source) if role == "constraint" else source
            setattr(built, role, etree.XPath(re.sub(r"round\((.*), 0\)", r"floor(\1 + 0.5)", source)))
        return built

    def _after(self, name: str) -> set[str]:
        found: set[str] = set()
        waiting = [name]
        while waiting:
            read = waiting.pop()
            for bind in self.binds.values():
                if read in bind.reads and bind.name not in found:
                    found.add(bind.name)
                    waiting.append(bind.name)
        return found


class LxmlEntry:
    """One filled form."""

    def __init__(self, form: LxmlForm, *, is_tracking: bool = False) -> None:
        self.form = form
        self.is_tracking = is_tracking
        self.data = deepcopy(form.blank)
        self.kept: dict[str, str] = {}
        self.relevant: dict[str, bool] = {}
        for bind in form.ordered:
            self._evaluate(bind)

    def _evaluate(self, bind: Bind) -> None:
        node = self.data[bind.at]
        is_relevant = True if bind.relevant is None else bool(bind.relevant(self.data))
        self.relevant[bind.name] = is_relevant
        if not is_relevant:
            node.text = ""
        elif bind.calculate is not None:
            node.text = _text(bind.calculate(self.data))
        else:
            node.text = self.kept.get(bind.name, "")

    def set(self, path: str, value: str) -> bool:
        """Take one answer; False when it is not allowed."""
        name = path[6:]
        bind = self.form.binds[name]
        node = self.data[bind.at]
        before = node.text
        node.text = value
        is_allowed = self._is_allowed(bind, self.form.questions[name], value)
        if not is_allowed or (value and bind.constraint is not None and not bind.constraint(self.data)):
            node.text = before
            return False
        self.kept[name] = value
        for dependant in bind.dependants if self.is_tracking else self.form.ordered:
            self._evaluate(dependant)
        return True

    def _is_allowed(self, bind: Bind, question: Question, value: str) -> bool:
        if not value:
            return not bind.required
        if question.itemset is not None:
            offered = self.choices(question.name)
            return value in offered if question.kind == "select1" else all(part in offered for part in value.split())
        try:
            return bind.kind == "string" or (int(value) if bind.kind == "int" else float(value)) is not None
        except ValueError:
            return False

    def choices(self, name: str) -> dict[str, str]:
        """The values that can be chosen now, with their labels."""
        question = self.form.questions[name]
        return question.fixed if question.fixed is not None else _offered(question.itemset(self.data, data=self.data))

    def label(self, name: str) -> str:
        """A question's text."""
        question = self.form.questions[name]
        return question.label.format(*(_text(output(self.data)) for output in question.outputs))

    def next(self, answered: set[str]) -> str | None:
        """The first question that is relevant and not answered."""
        return next((name for name in self.form.questions if name not in answered and self.relevant[name]), None)


def as_xml(entry: LxmlEntry) -> bytes:
    """The instance as ODK clients keep it."""
    return bytes(etree.tostring(entry.data))
