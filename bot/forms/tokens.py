"""XPath 1.0 text cut into tokens. What the tokens mean together lives in `expressions`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "literal", "name", "operator", "sign", "end"]

_NAME = r"[^\W\d][\w.\-·]*"
_TOKEN = re.compile(
    rf"""(?P<space>\s+)
    |(?P<number>\d+(?:\.\d*)?|\.\d+)
    |(?P<literal>"[^"]*"|'[^']*')
    |(?P<sign>::|//|\.\.|!=|<=|>=|[()\[\]@,./|+\-=<>*$])
    |(?P<name>{_NAME}(?::(?!:)(?:{_NAME}|\*))?)""",
    re.VERBOSE,
)
_WORDS = frozenset({"and", "or", "mod", "div"})
_SYMBOLS = frozenset({"|", "+", "-", "=", "!=", "<", "<=", ">", ">=", "/", "//"})
_OPENERS = frozenset({"::", "@", "(", "[", ","})


class XPathError(ValueError):
    """An expression that cannot be read. `at` is the 0-based offset of the first character at fault."""

    def __init__(self, what: str, at: int = 0) -> None:
        super().__init__(what)
        self.what = what
        self.at = at


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `text` is what it stands for (a literal without its quotes), `at` where it began."""

    kind: Kind
    text: str
    at: int


def tokenize(source: str) -> list[Token]:
    """All tokens of `source`, an end token last. Raises `XPathError`."""
    tokens: list[Token] = []
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None or source.startswith("${", at):
            raise XPathError(_strange(source, at), at)
        if match.lastgroup != "space":
            tokens.append(_token(match, tokens))
        at = match.end()
    tokens.append(Token("end", "", len(source)))
    return tokens


def _token(match: re.Match[str], before: list[Token]) -> Token:
    kind, text = match.lastgroup, match.group()
    if kind == "literal":
        return Token("literal", text[1:-1], match.start())
    if kind == "number":
        return Token("number", text, match.start())
    is_operator = text in _WORDS or text == "*"
    if is_operator and _ends_operand(before):
        return Token("operator", text, match.start())
    if kind == "name":
        return Token("name", text, match.start())
    return Token("operator" if text in _SYMBOLS else "sign", text, match.start())


def _ends_operand(before: list[Token]) -> bool:
    """XPath 1.0, 3.7: a name or * after an operand is an operator."""
    if not before:
        return False
    last = before[-1]
    return last.kind != "operator" and not (last.kind == "sign" and last.text in _OPENERS)


def _strange(source: str, at: int) -> str:
    if source[at] in "'\"":
        return f"a text that begins with {source[at]} is never closed"
    if source.startswith("${", at):
        return "a ${reference} was not replaced"
    return f"{source[at]!r} has no meaning here"
