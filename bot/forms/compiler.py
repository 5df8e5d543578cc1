"""From syntax trees to closures: operators and library functions. Paths live in `navigation`, functions that look at the form in `dialect`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from bot.forms import dialect, paths
from bot.forms.codes import Code, Run, View, constant, nodes
from bot.forms.expressions import Binary, Call, Expression, Filter, Negation, Number, parse
from bot.forms.expressions import Literal as Text
from bot.forms.frames import Item
from bot.forms.functions import FUNCTIONS, Function, is_selected
from bot.forms.navigation import Navigation
from bot.forms.operators import ARITHMETIC, RELATIONS, compare
from bot.forms.patterns import PatternError, pattern
from bot.forms.tokens import XPathError


class Compiler(Navigation):
    """Compiles the expressions of one bound node. `reads` gathers the dependencies of all that were compiled with it."""

    def compile(self, source: str) -> Code:
        """The closure of an expression. Raises `XPathError`."""
        return self.code(parse(source), View((self.node,)))

    def code(self, tree: Expression, view: View) -> Code:
        """The closure of a syntax tree seen from `view`."""
        if isinstance(tree, Number):
            return constant("number", tree.value)
        if isinstance(tree, Text):
            return constant("string", tree.text)
        if isinstance(tree, Negation):
            operand = self.number(self.code(tree.operand, view))
            return Code("number", lambda c: -operand(c))
        if isinstance(tree, Binary):
            return self._binary(tree, view)
        if isinstance(tree, Call):
            return self._call(tree, view)
        if isinstance(tree, Filter):
            return self.filtered(tree, view)
        return self.located(tree, view)

    # --- operators

    def _binary(self, tree: Binary, view: View) -> Code:
        left, right = self.code(tree.left, view), self.code(tree.right, view)
        if tree.operator == "|":
            return self._union(left, right, tree.at)
        if tree.operator in ("and", "or"):
            a = self.boolean(left)
            if not left.kind == right.kind == "boolean":
                return self.either(a, right, left) if tree.operator == "and" else self.either(a, left, right)
            b = self.boolean(right)
            if tree.operator == "and":
                return Code("boolean", lambda c: a(c) and b(c))
            return Code("boolean", lambda c: a(c) or b(c))
        if tree.operator in ARITHMETIC:
            compute = ARITHMETIC[tree.operator]
            m, n = self.number(left), self.number(right)
            return Code("number", lambda c: compute(m(c), n(c)))
        return Code("boolean", self._comparison(tree.operator, left, right))

    def _union(self, left: Code, right: Code, at: int) -> Code:
        if left.kind != "nodes" or right.kind != "nodes" or left.is_elements != right.is_elements:
            raise XPathError("| joins nodes with nodes", at)
        a, b = left.run, right.run

        def run(c: Any) -> list[Item]:
            return paths.in_order([*a(c), *b(c)])

        return nodes(run, (*left.targets, *right.targets), is_elements=left.is_elements)

    def _comparison(self, sign: str, left: Code, right: Code) -> Run:
        for one, other, is_left in ((left, right, True), (right, left, False)):
            if one.branches is not None:
                condition, yes, no = one.branches
                pair = [self._comparison(sign, *((part, other) if is_left else (other, part))) for part in (yes, no)]
                return lambda c: pair[0](c) if condition(c) else pair[1](c)
        many = [code.kind == "nodes" and not code.is_single for code in (left, right)]
        is_equality = sign in ("=", "!=")
        if is_equality and "boolean" in (left.kind, right.kind):
            return compare(RELATIONS[sign], self.boolean(left), self.boolean(right))
        if any(many):
            return self._any_comparison(sign, left, right)
        if not is_equality or "number" in (left.kind, right.kind):
            return compare(RELATIONS[sign], self.number(left), self.number(right))
        a, b = self.string(left), self.string(right)
        if right.is_constant:
            value = right.constant
            return (lambda c: a(c) == value) if sign == "=" else (lambda c: a(c) != value)
        return compare(RELATIONS[sign], a, b)

    def _any_comparison(self, sign: str, left: Code, right: Code) -> Run:
        """XPath 1.0, 3.4: true when it holds for any node."""
        relation = RELATIONS[sign]
        as_numbers = sign not in ("=", "!=") or "number" in (left.kind, right.kind)
        if as_numbers:
            m, n = self.numbers(left), self.numbers(right)
            return lambda c: any(relation(x, y) for x in m(c) for y in n(c))
        a, b = self.texts(left), self.texts(right)
        return lambda c: any(relation(x, y) for x in a(c) for y in b(c))

    # --- functions

    def _call(self, tree: Call, view: View) -> Code:
        if not tree.arguments and tree.name in _OF_ITSELF:
            tree = replace(tree, arguments=(parse("."),))
        special = dialect.FORMS.get(tree.name)
        if special is not None:
            least, most, build = special
            _check_arity(tree, least, most)
            built: Code = build(self, tree, view)
            return built
        if tree.name in dialect.REFUSED:
            raise XPathError(f"the function {tree.name}() cannot be used: {dialect.REFUSED[tree.name]}", tree.at)
        function = FUNCTIONS.get(tree.name)
        if function is None:
            raise XPathError(_unknown_function(tree.name), tree.at)
        return self._library(tree, function, view)

    def nodes_of(self, tree: Call, view: View, at: int = 0) -> Code:
        """The argument at a place (from 0) of a function that takes nodes. Raises `XPathError`."""
        code = self.code(tree.arguments[at], view)
        if code.kind != "nodes":
            raise XPathError(f"{tree.name}() takes nodes, not a {code.kind}", tree.at)
        return code

    def _library(self, tree: Call, function: Function, view: View) -> Code:
        letters = function.parameters
        _check_arity(tree, function.least, None if letters.endswith("*") else len(letters))
        codes = [self.code(argument, view) for argument in tree.arguments]
        if tree.name == "regex" and codes[1].is_constant:
            return self._regex(codes[0], str(codes[1].constant), tree.at)
        if tree.name == "selected" and codes[1].is_constant:
            return self._selected(codes[0], self.string(codes[1])(None))
        runs = [self._argument(code, _letter(letters, at)) for at, code in enumerate(codes)]
        result: Any = function.result
        if all(code.is_constant for code in codes):
            return constant(result, _applied(function.run, runs)(None))
        return Code(result, _applied(function.run, runs))

    def _argument(self, code: Code, letter: str) -> Run:
        kinds = {
            "s": self.string, "n": self.number, "b": self.boolean, "t": self.texts, "m": self.numbers, "c": self.truths
        }  # fmt: skip
        return kinds[letter](code)

    def _regex(self, subject: Code, source: str, at: int) -> Code:
        try:
            matches = pattern(source).search
        except PatternError as error:
            raise XPathError(f"the pattern {source!r} is no regular expression: {error}", at) from None
        text = self.string(subject)
        return Code("boolean", lambda c: matches(text(c)) is not None)

    def _selected(self, subject: Code, value: str) -> Code:
        text = self.string(subject)
        value = value.strip()
        if len(value.split()) != 1:
            return Code("boolean", lambda c: is_selected(text(c), value))
        return Code("boolean", lambda c: (chosen := text(c)) == value or value in chosen.split())


_OF_ITSELF = ("string", "number", "string-length", "normalize-space", "name", "local-name")
"""Functions that look at the node itself when they are given nothing (XPath 1.0, 4)."""


def _letter(letters: str, at: int) -> str:
    plain = letters.rstrip("*")
    if letters.endswith("**") and at >= len(plain):
        return plain[len(plain) - 2 + (at - len(plain)) % 2]
    return plain[min(at, len(plain) - 1)]


def _applied(run: Callable[..., Any], runs: list[Run]) -> Run:
    if not runs:
        value = run()
        return lambda c: value
    if len(runs) == 1:
        (one,) = runs
        return lambda c: run(one(c))
    if len(runs) == 2:
        one, two = runs
        return lambda c: run(one(c), two(c))
    return lambda c: run(*(argument(c) for argument in runs))


def _check_arity(tree: Call, least: int, most: int | None) -> None:
    given = len(tree.arguments)
    if given < least or (most is not None and given > most):
        wanted = str(least) if least == most else (f"at least {least}" if most is None else f"{least} to {most}")
        raise XPathError(f"{tree.name}() takes {wanted} arguments, not {given}", tree.at)


def _unknown_function(name: str) -> str:
    near = get_close_matches(name, [*FUNCTIONS, *dialect.FORMS], n=1)
    return f"there is no function {name}()" + (f"; the closest is {near[0]}()" if near else "")
