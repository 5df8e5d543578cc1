"""The model of one form while it is loaded: its tree of nodes, its lists and its texts, and how expressions find them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from bot.decimals import number_text
from bot.forms.codes import Code, Reads, View
from bot.forms.compiler import Compiler
from bot.forms.expressions import Call, Path, Step, parse
from bot.forms.frames import Focus, Frame, Item
from bot.forms.nodes import Choice, Element, Node, Scope
from bot.forms.texts import Output, Parts, Say, Translations, code_of, is_missing, joined
from bot.forms.tokens import XPathError
from bot.problems import Problem

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


@dataclass(slots=True, eq=False)
class Control:
    """How a node is shown: its texts, and its choices if it has any."""

    label: Say
    hint: Say
    guidance: Say
    has_label: bool
    choices: Itemset | None = None


@dataclass(slots=True)
class Model:
    """What loading gathers; `Form` keeps what is needed afterwards. `zone` is where dates without offset are; None: their days
    count as UTC days wherever they are, so that summer time shifts nothing."""

    zone: tzinfo | None = None
    title: str = ""
    version: str = ""
    languages: tuple[str, ...] = ()
    document: Node = None  # type: ignore[assignment]  # set by the first step of loading
    instances: dict[str, Element] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    by_path: dict[str, Node] = field(default_factory=dict)
    scopes: list[Scope] = field(default_factory=list)
    texts: dict[str, dict[str, Translations]] = field(default_factory=dict)
    reads: dict[tuple[Node, str], Reads] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    counts: dict[Scope, str] = field(default_factory=dict)
    named: list[tuple[Reads, Node]] = field(default_factory=list)
    said: dict[tuple[str, str, Node], Say] = field(default_factory=dict)

    def refuse(self, what: str, remedy: str, place: str = "") -> None:
        """Note a problem and go on."""
        self.problems.append(Problem(what, remedy, place=place))

    # --- expressions

    def compile(self, source: str, node: Node, role: str) -> tuple[Compiler, Code] | None:
        """The code of an expression bound to a node, or None with a problem noted."""
        compiler = Compiler(self, node)
        try:
            code = compiler.compile(source)
        except XPathError as error:
            self.refuse(
                f"the expression “{source.strip()}” cannot be used: {error.what} (at character {error.at + 1})",
                "mend the expression",
                f"{node.name}, {role}",
            )
            return None
        return compiler, code

    def truth(self, source: str, node: Node, role: str) -> Any:
        """A condition as a function of a frame; `True` or `False` when it never changes; None without one."""
        built = self.compile(source, node, role)
        if built is None:
            return None
        compiler, code = built
        self.reads[node, role] = compiler.reads
        run = compiler.boolean(code)
        return bool(run(None)) if is_fixed(code, compiler.reads) else run

    def outside(self, source: str, repeat: Node) -> Any:
        """A repeat's relevance as a function of the frame around it; None when it cannot be told without an instance."""
        compiler = Compiler(self, seen_from_outside(repeat))
        try:
            return compiler.boolean(compiler.compile(source))
        except XPathError:
            return None

    def text(self, source: str, node: Node, role: str) -> Say | None:
        """A text value as a function of a frame."""
        built = self.compile(source, node, role)
        if built is None:
            return None
        compiler, code = built
        run = compiler.string(code)
        self.reads[node, role] = compiler.reads
        return run

    def result(self, source: str, node: Node) -> Say | None:
        """A calculation as a function of a frame."""
        built = self.compile(source, node, "calculate")
        if built is None:
            return None
        compiler, code = built
        run = compiler.string(code)
        self.reads[node, "calculate"] = compiler.reads
        node.is_number = node.is_number or code.is_number
        return run

    def number(self, source: str, node: Node, role: str) -> Callable[[Frame], float] | None:
        """A number as a function of a frame."""
        built = self.compile(source, node, role)
        if built is None:
            return None
        compiler, code = built
        run = compiler.number(code)
        self.reads[node, role] = compiler.reads
        return run

    # --- texts

    def say_parts(self, parts: Parts, node: Node, role: str) -> Say:
        """A text with its values put in, seen from a node."""
        runs: list[str | Say] = []
        reads = self.reads.setdefault((node, f"text of {role}"), Reads())
        for part in parts:
            if isinstance(part, Output):
                run = self._put_in(part.source, node, role)
                if run and node.is_repeat:
                    run = self._of_its_own(part.source, node, role, run)
                for target, is_local in self.reads.get((node, f"output of {role}"), reads).values.items():
                    reads.value(target, is_local=is_local)
                runs.append(run or "")
            else:
                runs.append(part)
        return joined(runs)

    def _put_in(self, source: str, node: Node, role: str) -> Say | None:
        """A value as a resident reads it; ODK's engine writes numbers the same in every language."""
        built = self.compile(source, node, f"output of {role}")
        if built is None:
            return None
        compiler, code = built
        verbatim = compiler.string(code)
        self.reads[node, f"output of {role}"] = compiler.reads
        if not code.is_number:
            return verbatim

        def say(frame: Frame) -> str:
            entry, text = frame.entry, verbatim(frame)
            return text if entry.is_verbatim else number_text(text, code_of(entry.language))

        return say

    def _of_its_own(self, source: str, repeat: Node, role: str, verbatim: Say) -> Say:
        """A value in the name of a repeat. The path that XLSForm's ${…} becomes there leads to all instances, and ODK's engine reads
        the first; who is asked about the second child hears the second child's name."""
        own = re.sub(rf"(?<![\w./-])(?:{re.escape(repeat.path)}|\.\./{re.escape(repeat.name)})/", "./", source)
        near = self._put_in(own, repeat, role)
        if near is None or own == source:
            return verbatim
        return lambda frame: verbatim(frame) if frame.entry.is_verbatim else near(frame)

    def itext(self, key: str, node: Node, form: str = "") -> Say:
        """The text of an itext id in the entry's language, or "" when there is none."""
        known = self.said.get((key, form, node))
        if known is None:
            known = self.said[key, form, node] = self._itext(key, node, form)
        return known

    def _itext(self, key: str, node: Node, form: str) -> Say:
        translations = self.texts.get(key, {}).get(form)
        if translations is None:
            return _silence
        written = {language: self.say_parts(parts, node, key) for language, parts in translations.items()}
        spoken = {language: written[language] for language, parts in translations.items() if not is_missing(parts)}
        fallback = spoken.get(self.languages[0]) or next(iter(spoken.values()), _silence)
        if len(self.languages) == 1:
            return next(iter(written.values()), _silence)

        def say(frame: Frame) -> str:
            entry = frame.entry
            if entry.is_verbatim:
                return written.get(entry.language, _silence)(frame)
            return spoken.get(entry.language, fallback)(frame)

        return say

    # --- choices

    def choice_names(self, node: Node) -> Callable[[Frame, str], str]:
        """The label of a value of the select at `node`. The select is looked up late: it may be loaded after the caller."""

        def name(frame: Frame, value: str) -> str:
            control = node.control
            if control is None or control.choices is None:
                return ""
            here = around(frame, node)
            return next((say(here) for row, say in control.choices.rows(here) if row == value), "")

        return name

    def itemset(self, nodeset: str, value: str, label: str, node: Node) -> Itemset | None:
        """The choices that an itemset offers, seen from its select."""
        built = self.compile(nodeset, node, "choice_filter")
        if built is None:
            return None
        compiler, code = built
        if code.kind != "nodes":
            self.refuse(f"“{nodeset}” gives no choices", "name a list of the choices sheet", node.name)
            return None
        for column in (value, label):
            if not self._has_column(nodeset, column):
                self.refuse(
                    f"the list has no column “{column}”", "name its columns in parameters: value=… label=…", node.name
                )
                return None
        view = View(code.targets, is_focus=True, is_elements=code.is_elements)
        own = {**compiler.reads.values}
        values = _reader(self, compiler, value, view, node)
        labels = _reader(self, compiler, label, view, node)
        if values is None or labels is None:
            return None
        reads = compiler.reads
        is_static = code.is_elements and not (own or reads.scopes or reads.has_chance or reads.needs_entry)
        rows = _rows(self._as_offered(compiler, code, nodeset, node), values, labels, is_static=is_static)
        is_plain = not reads.values and self._is_plain_label(nodeset, label)
        return Itemset(rows, is_static, compiler.reads, nodeset, has_plain_labels=is_plain)

    def _as_offered(self, compiler: Compiler, code: Code, nodeset: str, node: Node) -> Callable[[Frame], list[Item]]:
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

    def _is_plain_label(self, nodeset: str, label: str) -> bool:
        """Whether the list's labels are mere text: a column, or the texts that a column names, without values put in."""
        if _PLAIN.fullmatch(label):
            return True
        keys = [key for name in _INSTANCE.findall(nodeset) for key in _keys(self.instances.get(name), self.texts)]
        spoken = [parts for key in keys for texts in self.texts[key].values() for parts in texts.values()]
        return _NAMED_TEXT.fullmatch(label) is not None and not any(
            isinstance(p, Output) for parts in spoken for p in parts
        )

    def _has_column(self, nodeset: str, column: str) -> bool:
        """Whether a list's rows have the column that choices are read from (true for what is no plain column of a list)."""
        names = _INSTANCE.findall(nodeset)
        rows = [row for name in names for root in self.instances[name].children for row in root.children]
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


def seen_from_outside(repeat: Node) -> Node:
    """A stand-in for a repeat that has no instance yet: it looks from the frame around it."""
    outer = repeat.scope.parent
    assert outer is not None  # noqa: S101 - only repeats are given
    stand_in = Node(repeat.name, repeat.path, repeat.parent, repeat.order)
    stand_in.scope = outer
    return stand_in


def _silence(frame: Frame) -> str:
    return ""


def is_fixed(code: Code, reads: Reads) -> bool:
    """Whether the code gives the same whatever is answered."""
    return code.is_constant and not reads.values and not reads.scopes and not reads.has_chance


def around(frame: Frame, node: Node) -> Frame:
    """The frame of `node` nearest to `frame`: the one around it, or else the first inside."""
    here: Frame = frame
    while not node.scope.is_within(here.scope):
        here = here.parent  # type: ignore[assignment]  # every scope is within the outermost
    chain: list[Scope] = []
    scope = node.scope
    while scope is not here.scope:
        chain.insert(0, scope)
        scope = scope.parent  # type: ignore[assignment]  # here.scope is above
    for inner in chain:
        row = here.children[inner.index]
        if not row:
            return here
        here = row[0]
    return here
