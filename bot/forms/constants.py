"""Parts of expressions that no answer changes, worked out once. What answers change is compiled in `compiler`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.forms import dates
from bot.forms.expressions import Binary, Call, Expression, Literal, Negation, Number
from bot.forms.functions import FUNCTIONS
from bot.forms.operators import ARITHMETIC
from bot.forms.values import number, string


def constant(tree: Expression, now: datetime) -> str | float | None:
    """The text or number that an expression always gives; None when answers change it, or when it gives true or false."""
    if isinstance(tree, Number):
        return tree.value
    if isinstance(tree, Literal):
        return tree.text
    if isinstance(tree, Negation):
        value = constant(tree.operand, now)
        return None if value is None else -_number(value)
    if isinstance(tree, Binary):
        left, right = constant(tree.left, now), constant(tree.right, now)
        compute = ARITHMETIC.get(tree.operator)
        if compute is None or left is None or right is None:
            return None
        return compute(_number(left), _number(right))
    return _call(tree, now) if isinstance(tree, Call) else None


def _call(tree: Call, now: datetime) -> str | float | None:
    if tree.name == "today":
        return now.date().isoformat()
    if tree.name == "now":
        return dates.moment_text(now)
    if tree.name in ("date", "date-time") and len(tree.arguments) == 1:
        value = constant(tree.arguments[0], now)
        return value if value is None else dates.to_date(value) if isinstance(value, str) else dates.from_number(value)
    function = FUNCTIONS.get(tree.name)
    if function is None or function.result == "boolean" or len(tree.arguments) < function.least:
        return None
    values = [constant(argument, now) for argument in tree.arguments]
    letters = function.parameters
    if any(value is None for value in values) or letters.endswith("*") or len(values) > len(letters):
        return None
    readers = [_READERS.get(letter) for letter in letters[: len(values)]]
    if not all(readers):
        return None
    given: str | float = function.run(*(read(value) for read, value in zip(readers, values, strict=True) if read))
    return given


def _number(value: str | float) -> float:
    return number(value) if isinstance(value, str) else value


_READERS: dict[str, Callable[[Any], Any]] = {
    "s": lambda value: value if isinstance(value, str) else string(value),
    "n": _number,
}
