"""The syntax tree of XPath 1.0 and the Pratt parser that grows it. What a tree computes lives in `compiler`."""

from __future__ import annotations

from dataclasses import dataclass

from bot.forms.tokens import Token, XPathError, tokenize

AXES = frozenset(
    {
        "child", "parent", "self", "descendant", "descendant-or-self", "ancestor", "ancestor-or-self",
        "following-sibling", "preceding-sibling", "following", "preceding", "attribute", "namespace",
    }
)  # fmt: skip
_POWERS = {
    "or": 1, "and": 2, "=": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "div": 6, "mod": 6, "|": 8,
}  # fmt: skip
_NEGATION_POWER = 7
_MAX_DEPTH = 60
_MAX_OPERATORS = 200


@dataclass(frozen=True, slots=True)
class Number:
    """A numeric constant."""

    value: float


@dataclass(frozen=True, slots=True)
class Literal:
    """A text constant."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function call."""

    name: str
    arguments: tuple[Expression, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Step:
    """One location step. `test` is a name, "*", "node()" or "text()"."""

    axis: str
    test: str
    predicates: tuple[Expression, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Path:
    """Location steps from the document ("/"), the context node (".") or the nodes that an expression gives."""

    start: Expression | str
    steps: tuple[Step, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Nodes of an expression that pass predicates."""

    operand: Expression
    predicates: tuple[Expression, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands around an operator, "|" included."""

    operator: str
    left: Expression
    right: Expression
    at: int


@dataclass(frozen=True, slots=True)
class Negation:
    """Unary minus."""

    operand: Expression


Expression = Number | Literal | Call | Path | Filter | Binary | Negation


def parse(source: str) -> Expression:
    """The syntax tree of an XPath expression. Raises `XPathError` with the offset of the fault."""
    return _Parser(tokenize(source)).whole()


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._index = 0
        self._depth = 0
        self._operators = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._index]

    def _take(self) -> Token:
        token = self._tokens[self._index]
        self._index += 1
        return token

    def _meets(self, *texts: str) -> bool:
        return self._next.kind in ("sign", "operator") and self._next.text in texts

    def _expect(self, text: str) -> None:
        if not self._meets(text):
            found = self._next
            raise XPathError(f"{text!r} is missing before {found.text or 'the end'!r}", found.at)
        self._index += 1

    def whole(self) -> Expression:
        if len(self._tokens) == 1:
            raise XPathError("the expression is empty")
        tree = self._expression(0)
        rest = self._next
        if rest.kind != "end":
            raise XPathError(f"{rest.text!r} is not expected here", rest.at)
        return tree

    def _expression(self, power: int) -> Expression:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise XPathError("the expression is nested too deeply", self._next.at)
        left = self._prefix()
        while self._next.kind == "operator" and _POWERS.get(self._next.text, 0) > power:
            operator = self._take()
            right = self._expression(_POWERS[operator.text])
            self._operators += 1
            if self._operators > _MAX_OPERATORS:
                raise XPathError(f"the expression has more than {_MAX_OPERATORS} operators", operator.at)
            left = Binary(operator.text, left, right, operator.at)
        self._depth -= 1
        return left

    def _prefix(self) -> Expression:
        if self._meets("-"):
            self._take()
            return Negation(self._expression(_NEGATION_POWER))
        return self._path()

    def _path(self) -> Expression:
        at = self._next.at
        if self._meets("/"):
            self._take()
            return Path("/", self._steps() if self._begins_step() else (), at)
        if self._meets("//"):
            self._take()
            return Path("/", (_any_below(at), *self._steps()), at)
        if not self._begins_primary():
            return Path(".", self._steps(), at)
        primary = self._primary()
        predicates = self._predicates()
        operand = Filter(primary, predicates, at) if predicates else primary
        if self._meets("/"):
            self._take()
            return Path(operand, self._steps(), at)
        if self._meets("//"):
            self._take()
            return Path(operand, (_any_below(at), *self._steps()), at)
        return operand

    def _begins_primary(self) -> bool:
        token = self._next
        if token.kind in ("number", "literal") or self._meets("(", "$"):
            return True
        following = self._tokens[min(self._index + 1, len(self._tokens) - 1)]
        is_call = token.kind == "name" and following.kind == "sign" and following.text == "("
        return is_call and token.text not in ("node", "text", "comment", "processing-instruction")

    def _begins_step(self) -> bool:
        return self._next.kind == "name" or self._meets(".", "..", "@", "*")

    def _primary(self) -> Expression:
        token = self._take()
        if token.kind == "number":
            return Number(float(token.text))
        if token.kind == "literal":
            return Literal(token.text)
        if token.text == "$":
            raise XPathError("variables ($name) are not part of forms", token.at)
        if token.text == "(":
            inner = self._expression(0)
            self._expect(")")
            return inner
        self._expect("(")
        return Call(token.text, self._arguments(), token.at)

    def _arguments(self) -> tuple[Expression, ...]:
        if self._meets(")"):
            self._take()
            return ()
        arguments = [self._expression(0)]
        while self._meets(","):
            self._take()
            arguments.append(self._expression(0))
        self._expect(")")
        return tuple(arguments)

    def _steps(self) -> tuple[Step, ...]:
        steps = [self._step()]
        while self._meets("/", "//"):
            if self._take().text == "//":
                steps.append(_any_below(self._next.at))
            steps.append(self._step())
        return tuple(steps)

    def _step(self) -> Step:
        token = self._take()
        if token.kind == "sign" and token.text in (".", ".."):
            return Step("self" if token.text == "." else "parent", "node()", self._predicates(), token.at)
        if token.kind == "sign" and token.text == "@":
            return Step("attribute", self._test(self._take()), self._predicates(), token.at)
        if token.kind == "name" and self._meets("::"):
            if token.text not in AXES:
                raise XPathError(f"there is no axis {token.text!r}", token.at)
            self._take()
            return Step(token.text, self._test(self._take()), self._predicates(), token.at)
        return Step("child", self._test(token), self._predicates(), token.at)

    def _test(self, token: Token) -> str:
        if token.kind == "name":
            if self._meets("("):
                self._take()
                self._expect(")")
                if token.text not in ("node", "text"):
                    raise XPathError(f"{token.text}() selects nothing in a form", token.at)
                return f"{token.text}()"
            return token.text
        if token.text == "*":
            return "*"
        raise XPathError(f"a name is expected instead of {token.text or 'the end'!r}", token.at)

    def _predicates(self) -> tuple[Expression, ...]:
        predicates: list[Expression] = []
        while self._meets("["):
            self._take()
            predicates.append(self._expression(0))
            self._expect("]")
        return tuple(predicates)


def _any_below(at: int) -> Step:
    return Step("descendant-or-self", "node()", (), at)
