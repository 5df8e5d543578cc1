"""Compiled code read as text, number or truth, noting what is thereby read of the form. What is compiled lives in `compiler`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo

from bot.forms.codes import Code, Reads, Run
from bot.forms.frames import text_of
from bot.forms.nodes import Node, Scope
from bot.forms.values import SPACE, held_number_in, number_in, string, truth


class Conversions:
    """Turns one kind of code into another; `reads` gathers the dependencies. `read` is number() of a text, `held` of what a node
    holds: there white space alone is no number. Dates without offset are in `zone` (None: as UTC days)."""

    def __init__(self, zone: tzinfo | None) -> None:
        self.reads = Reads()
        self.zone = zone
        self.read = number_in(zone)
        self.held = held_number_in(zone)

    def string(self, code: Code) -> Run:
        """`code` as text."""
        if code.kind == "string":
            return code.run
        run = code.run
        if code.kind == "number":
            return code.text or (lambda c: string(run(c)))
        if code.kind == "boolean":
            return lambda c: truth(run(c))
        self._read_below(code)
        assert code.text is not None  # noqa: S101 - every code of nodes has it
        return code.text

    def number(self, code: Code) -> Run:
        """`code` as a number."""
        if code.kind == "number":
            return code.run
        if code.kind == "boolean":
            run = code.run
            return lambda c: 1.0 if run(c) else 0.0
        if code.branches is not None:
            return self._either(code.branches, self.number)
        text = self.string(code)
        read = self.held if code.kind == "nodes" else self.read
        return lambda c: read(text(c))

    def boolean(self, code: Code) -> Run:
        """`code` as truth."""
        run = code.run
        if code.kind == "boolean":
            return run
        if code.kind == "number":
            return lambda c: (value := run(c)) == value and value != 0.0
        if code.branches is not None:
            return self._either(code.branches, self.boolean)
        if code.kind == "string":
            return lambda c: run(c) != ""
        if code.is_single:
            return lambda c: True  # XPath 1.0, 4.3: a set of nodes that is not empty, whatever the node holds
        return lambda c: bool(run(c))

    def texts(self, code: Code) -> Run:
        """`code` as the list of the texts of all its nodes."""
        if code.branches is not None:
            return self._either(code.branches, self.texts)
        if code.kind != "nodes" or code.is_single:
            text = self.string(code)
            return lambda c: (text(c),)
        self._read_below(code)
        run = code.run
        return lambda c: [text_of(item) for item in run(c)]

    def numbers(self, code: Code) -> Run:
        """`code` as the list of the numbers of all its nodes."""
        if code.branches is not None:
            return self._either(code.branches, self.numbers)
        if code.kind != "nodes" or code.is_single:
            one = self.number(code)
            return lambda c: (one(c),)
        texts = self.texts(code)
        held = self.held
        return lambda c: [held(text) for text in texts(c)]

    def truths(self, code: Code) -> Run:
        """`code` as the list of the truths of all its nodes: a node that holds nothing is false."""
        if code.branches is not None:
            return self._either(code.branches, self.truths)
        if code.kind != "nodes":
            one = self.boolean(code)
            return lambda c: (one(c),)
        texts = self.texts(code)
        return lambda c: [bool(text.strip(SPACE)) for text in texts(c)]

    @staticmethod
    def _either(branches: tuple[Run, Code, Code], read: Callable[[Code], Run]) -> Run:
        condition, yes, no = branches
        a, b = read(yes), read(no)
        return lambda c: a(c) if condition(c) else b(c)

    def either(self, condition: Run, yes: Code, no: Code) -> Code:
        """What gives one code or the other, and keeps the kind of each."""
        kind = yes.kind if yes.kind == no.kind and yes.kind in ("number", "boolean") else "string"
        if kind != "string" and yes.text is None and no.text is None:
            return Code(kind, self._either((condition, yes, no), lambda code: code.run))
        text = self._either((condition, yes, no), self.string)
        if kind == "number":
            return Code("number", self._either((condition, yes, no), self.number), text=text)
        is_plain = all(code.kind == "string" and code.branches is None for code in (yes, no))
        return Code("string", text, branches=None if is_plain else (condition, yes, no))

    def _read_below(self, code: Code) -> None:
        for target in code.targets:
            if not target.is_leaf:
                for leaf in target.leaves():
                    self.reads.value(leaf, is_local=code.is_single and leaf.scope is target.scope)
                    self.read_scopes(leaf, target.scope)

    def read_scopes(self, node: Node, outermost: Scope | None) -> None:
        """Note that the instances of all repeats around `node`, up to `outermost`, are walked."""
        scope: Scope | None = node.scope
        while scope is not None and scope is not outermost and scope.parent is not None:
            self.reads.scopes.add(scope)
            scope = scope.parent
