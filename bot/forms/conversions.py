"""Compiled code read as text, number or truth, noting what is thereby read of the form. What is compiled lives in `compiler`."""

from __future__ import annotations

from bot.forms.codes import Code, Reads, Run
from bot.forms.frames import text_of
from bot.forms.nodes import Node, Scope
from bot.forms.values import number, string, truth


class Conversions:
    """Turns one kind of code into another; `reads` gathers the dependencies."""

    def __init__(self) -> None:
        self.reads = Reads()

    def string(self, code: Code) -> Run:
        """`code` as text."""
        if code.kind == "string":
            return code.run
        run = code.run
        if code.kind == "number":
            return lambda c: string(run(c))
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
        text = self.string(code)
        return lambda c: number(text(c))

    def boolean(self, code: Code) -> Run:
        """`code` as truth."""
        run = code.run
        if code.kind == "boolean":
            return run
        if code.kind == "number":
            return lambda c: (value := run(c)) == value and value != 0.0
        if code.kind == "string":
            return lambda c: run(c) != ""
        if code.is_single:
            return lambda c: True  # XPath 1.0, 4.3: a set of nodes that is not empty, whatever the node holds
        return lambda c: bool(run(c))

    def texts(self, code: Code) -> Run:
        """`code` as the list of the texts of all its nodes."""
        if code.kind != "nodes" or code.is_single:
            text = self.string(code)
            return lambda c: (text(c),)
        self._read_below(code)
        run = code.run
        return lambda c: [text_of(item) for item in run(c)]

    def numbers(self, code: Code) -> Run:
        """`code` as the list of the numbers of all its nodes."""
        if code.kind != "nodes" or code.is_single:
            one = self.number(code)
            return lambda c: (one(c),)
        texts = self.texts(code)
        return lambda c: [number(text) for text in texts(c)]

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
