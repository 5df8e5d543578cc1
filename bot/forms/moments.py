"""Functions of dates and times: they know the entry's clock and its time zone. Other functions of forms live in `dialect`."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC
from typing import TYPE_CHECKING, Any

from bot.forms import dates
from bot.forms.codes import Code, Run, Special, View, constant
from bot.forms.expressions import Call
from bot.forms.values import string

if TYPE_CHECKING:
    from bot.forms.compiler import Compiler


def _now(compiler: Compiler, view: View) -> Callable[[Any], Any]:
    """When the entry was opened; its time zone is the residents'."""
    compiler.reads.needs_entry = True
    return (lambda c: c.outer.entry.now) if view.is_focus else (lambda c: c.entry.now)


def _today(compiler: Compiler, tree: Call, view: View) -> Code:
    now = _now(compiler, view)
    text: Run = lambda c: now(c).date().isoformat()  # noqa: E731
    read = compiler.read
    return Code("number", lambda c: read(text(c)), text=text)


def _moment(compiler: Compiler, tree: Call, view: View) -> Code:
    now = _now(compiler, view)
    return Code("number", lambda c: dates.moment_days(now(c)), text=lambda c: dates.moment_text(now(c)))


def _date(compiler: Compiler, tree: Call, view: View) -> Code:
    """date() and date-time(): days since 1970-01-01 as a number, the date as a text."""
    return _dated(compiler, compiler.code(tree.arguments[0], view), _now(compiler, view))


def _dated(compiler: Compiler, code: Code, now: Callable[[Any], Any]) -> Code:
    if code.branches is not None:
        condition, yes, no = code.branches
        return compiler.either(condition, _dated(compiler, yes, now), _dated(compiler, no, now))
    if code.kind == "boolean":
        return Code("string", lambda c: "")
    text: Run
    if code.kind == "number":
        run = code.run
        is_utc = compiler.zone is not None
        text = lambda c: dates.from_number(run(c), now(c).tzinfo, is_utc=is_utc)  # noqa: E731
        return Code("number", run, text=text)
    written = compiler.string(code)
    text = lambda c: dates.to_date(written(c), now(c).tzinfo)  # noqa: E731
    read = compiler.read
    day = Code("number", lambda c: read(text(c)), text=text)
    return compiler.either(lambda c: not written(c), constant("string", ""), day)


def _number(compiler: Compiler, tree: Call, view: View) -> Code:
    """number(): of a date its days, written as a whole number."""
    return _numbered(compiler, compiler.code(tree.arguments[0], view))


def _numbered(compiler: Compiler, code: Code) -> Code:
    if code.branches is not None:
        condition, yes, no = code.branches
        return compiler.either(condition, _numbered(compiler, yes), _numbered(compiler, no))
    run, zone = compiler.number(code), compiler.zone or UTC
    if code.kind in ("number", "boolean"):
        return Code("number", run, text=code.text if code.kind == "number" else None)
    written = compiler.string(code)

    def text(c: Any) -> str:
        days = dates.days(written(c), zone)
        return string(run(c)) if days != days else string(float(math.floor(days)))

    return Code("number", run, text=text)


def _days(compiler: Compiler, tree: Call, view: View) -> Code:
    """decimal-date-time()."""
    return Code("number", _days_of(compiler, compiler.code(tree.arguments[0], view)))


def _days_of(compiler: Compiler, code: Code) -> Run:
    if code.branches is not None:
        condition, *parts = code.branches
        a, b = (_days_of(compiler, part) for part in parts)
        return lambda c: a(c) if condition(c) else b(c)
    if code.kind == "number":
        return code.run
    written, zone = compiler.string(code), compiler.zone or UTC
    return lambda c: dates.days(written(c), zone)


def _patterned(compiler: Compiler, tree: Call, view: View) -> Code:
    """format-date() and format-date-time(): ODK's engine takes the same letters in both."""
    written, pattern = (compiler.string(compiler.code(argument, view)) for argument in tree.arguments)
    now = _now(compiler, view)
    return Code("string", lambda c: dates.patterned(written(c), pattern(c), now(c).tzinfo))


def _day_fraction(compiler: Compiler, tree: Call, view: View) -> Code:
    """decimal-time()."""
    written, zone = compiler.string(compiler.code(tree.arguments[0], view)), compiler.zone or UTC
    return Code("number", lambda c: dates.day_fraction(written(c), zone))


FORMS: dict[str, Special] = {
    "today": (0, 0, _today),
    "now": (0, 0, _moment),
    "date": (1, 1, _date),
    "date-time": (1, 1, _date),
    "number": (1, 1, _number),
    "decimal-date-time": (1, 1, _days),
    "decimal-time": (1, 1, _day_fraction),
    "format-date": (2, 2, _patterned),
    "format-date-time": (2, 2, _patterned),
}
