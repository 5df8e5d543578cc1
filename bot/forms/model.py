"""The model of one form while it is loaded: its tree of nodes, its rules and its texts, and how expressions find them. Its choices come from `itemsets`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from bot.decimals import number_text
from bot.forms.codes import Code, Reads
from bot.forms.compiler import Compiler
from bot.forms.frames import Frame, nearest
from bot.forms.nodes import Element, Node, Scope, seen_from_outside
from bot.forms.texts import Output, Parts, Say, Translations, code_of, is_missing, joined
from bot.forms.tokens import XPathError
from bot.problems import Problem

if TYPE_CHECKING:
    from bot.forms.itemsets import Itemset


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
        built = self._noted(source, node, role)
        if built is None:
            return None
        compiler, code = built
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
        built = self._noted(source, node, role)
        return built[0].string(built[1]) if built else None

    def result(self, source: str, node: Node) -> Say | None:
        """A calculation as a function of a frame."""
        built = self._noted(source, node, "calculate")
        if built is None:
            return None
        compiler, code = built
        node.is_number = node.is_number or code.is_number
        return compiler.string(code)

    def number(self, source: str, node: Node, role: str) -> Callable[[Frame], float] | None:
        """A number as a function of a frame."""
        built = self._noted(source, node, role)
        return built[0].number(built[1]) if built else None

    def _noted(self, source: str, node: Node, role: str) -> tuple[Compiler, Code] | None:
        """The code of an expression, and what it reads noted under its role."""
        built = self.compile(source, node, role)
        if built is not None:
            self.reads[node, role] = built[0].reads
        return built

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
        built = self._noted(source, node, f"output of {role}")
        if built is None:
            return None
        compiler, code = built
        verbatim = compiler.string(code)
        if not code.is_number:
            return verbatim

        def say(frame: Frame) -> str:
            text, entry = verbatim(frame), frame.entry
            return text if "." not in text or entry.is_verbatim else number_text(text, code_of(entry.language))

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
            here = nearest(frame, node)
            return next((say(here) for row, say in control.choices.rows(here) if row == value), "")

        return name


def _silence(frame: Frame) -> str:
    return ""


def is_fixed(code: Code, reads: Reads) -> bool:
    """Whether the code gives the same whatever is answered."""
    return code.is_constant and not reads.values and not reads.scopes and not reads.has_chance
