"""What XPath's operators compute on plain values. When operands are texts, numbers or nodes is decided in `compiler`."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from bot.forms.codes import Run
from bot.forms.values import NAN


def compare(relation: Callable[[Any, Any], Any], a: Run, b: Run) -> Run:
    """A comparison of two computed values."""
    return lambda c: relation(a(c), b(c))


def divide(a: float, b: float) -> float:
    """XPath div: IEEE 754, so nothing is an error."""
    if b != 0:
        return a / b
    return NAN if a == 0 or a != a else math.copysign(math.inf, a) * math.copysign(1.0, b)


def modulo(a: float, b: float) -> float:
    """XPath mod: the sign of the dividend, as in most programming languages' remainder."""
    if b == 0 or math.isinf(a) or a != a or b != b:
        return NAN
    return math.fmod(a, b)


ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "div": divide,
    "mod": modulo,
}
RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
