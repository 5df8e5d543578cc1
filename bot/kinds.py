"""What the types of question mean to a conversation: which have choices, which buttons, how an answer is told, how it is missed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bot.contents import Input, Select
from bot.days import clock_text, moment_text
from bot.decimals import number_text
from bot.events import Puzzle

if TYPE_CHECKING:
    from bot.forms import Entry, Question, Step

WITH_CHOICES = ("select_one", "select_multiple", "rank")
WITH_NUMBERS = ("integer", "decimal", "range")
MOST_BUTTONS_OF_A_RANGE = 11

INPUTS: dict[str, Input] = {
    "integer": "integer", "decimal": "decimal", "range": "decimal", "text": "text",
    "date": "date", "time": "time", "datetime": "datetime", "geopoint": "location",
}  # fmt: skip
SELECTS: dict[str, Select] = {
    "select_one": "one", "acknowledge": "one", "range": "one", "select_multiple": "many", "rank": "rank",
}  # fmt: skip
_REASONS: dict[str, Puzzle] = {
    "select_one": "choice", "acknowledge": "choice", "select_multiple": "several", "rank": "several",
    "integer": "number", "decimal": "number", "range": "number",
    "date": "date", "datetime": "date", "time": "time", "geopoint": "location",
}  # fmt: skip


def reason_of(question_type: str) -> Puzzle:
    """The way in which an answer of this type is not understood."""
    return _REASONS.get(question_type, "empty")


def is_note(entry: Entry, step: Step) -> bool:
    """Whether a step is only to be read."""
    return step.question is not None and (step.question.type == "note" or entry.is_readonly(step.path))


def button_values(entry: Entry, question: Question, path: str, language: str) -> tuple[str, ...]:
    """What the k-th button of a question stands for: its choices, the numbers of a short scale, or the word for read."""
    if question.type in WITH_CHOICES:
        return tuple([choice.value for choice in entry.choices(path, language)])
    if question.type == "acknowledge":
        return ("OK",)
    if question.type == "range" and question.range:
        return _scale(*(Decimal(str(part)) for part in question.range))
    return ()


def value_text(question_type: str, value: str, language: str) -> str:
    """A stored value as people read it. Latitude and longitude keep their points: a comma stands between the two."""
    if question_type in WITH_NUMBERS:
        return number_text(value, language)
    if question_type in ("date", "datetime"):
        return moment_text(value, language)
    if question_type == "time":
        return clock_text(value)
    return ", ".join(value.split()[:2]) if question_type == "geopoint" else value


def _scale(start: Decimal, end: Decimal, step: Decimal) -> tuple[str, ...]:
    """The numbers of a scale, in its own direction; none when they are too many for buttons."""
    stride = step if end > start else -step
    count = int((end - start) / stride) + 1 if step else 0
    return tuple(plain(start + stride * k) for k in range(count)) if 2 <= count <= MOST_BUTTONS_OF_A_RANGE else ()


def plain(number: Decimal | float) -> str:
    """A number without an exponent or idle zeros."""
    return format(Decimal(str(number)).normalize(), "f")
