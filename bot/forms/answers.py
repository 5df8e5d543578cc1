"""What a typed value must look like to be stored, by data type. Understanding what a resident meant lives in `understanding`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from bot.forms import dates
from bot.forms.geometry import parse_point
from bot.forms.nodes import Question
from bot.forms.values import number, string

_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})", re.ASCII)
_INT_MIN, _INT_MAX = -2147483648, 2147483647


def integer(text: str) -> str | None:
    """A whole number of 32 bits."""
    if not _INTEGER.fullmatch(text) or not _INT_MIN <= int(text) <= _INT_MAX:
        return None
    return str(int(text))


def decimal(text: str) -> str | None:
    """A decimal number with a point."""
    return string(float(text)) if _DECIMAL.fullmatch(text) else None


def date(text: str) -> str | None:
    """An ISO date; of a date-time, its day."""
    day = dates.parse_date(text)
    return day.isoformat() if day else None


def time(text: str) -> str | None:
    """An ISO time of day."""
    return text.strip() if dates.parse_time(text) else None


def datetime(text: str) -> str | None:
    """An ISO date-time; a mere date begins at midnight."""
    if dates.parse_moment(text):
        return text.strip()
    day = dates.parse_date(text)
    return f"{day.isoformat()}T00:00:00" if day else None


def geopoint(text: str) -> str | None:
    """ "latitude longitude altitude accuracy" in degrees and metres; the last two are 0 when left out."""
    if parse_point(text) is None:
        return None
    return " ".join(([*text.split(), "0", "0"])[:4])


def _boolean(text: str) -> str | None:
    return text if text in ("true", "false", "1", "0") else None


def _acknowledged(text: str) -> str | None:
    return "OK" if text.strip().lower() in ("ok", "true", "1") else None


_TYPES: dict[str, Callable[[str], str | None]] = {
    "int": integer,
    "decimal": decimal,
    "date": date,
    "time": time,
    "dateTime": datetime,
    "geopoint": geopoint,
    "boolean": _boolean,
}


def reader(question: Question | None, datatype: str) -> Callable[[str], str | None] | None:
    """The function that makes a typed value canonical (None: not of the type), or None when any text is."""
    if question is not None:
        if question.type == "acknowledge":
            return _acknowledged
        if question.type == "range" and question.range:
            return _within(*question.range, _TYPES.get(datatype, decimal))
        if question.type == "select_multiple":
            return lambda text: " ".join(dict.fromkeys(text.split()))
        if question.type == "rank":
            return lambda text: " ".join(text.split())
    return _TYPES.get(datatype)


def _within(start: float, end: float, step: float, read: Callable[[str], str | None]) -> Callable[[str], str | None]:
    low, high = min(start, end), max(start, end)

    def run(text: str) -> str | None:
        canonical = read(text)
        if canonical is None or not low <= float(canonical) <= high:
            return None
        steps = (float(canonical) - start) / step if step else 0.0
        return canonical if math.isclose(steps, round(steps), abs_tol=1e-6) else None

    return run


def calculated(datatype: str) -> Callable[[str], str] | None:
    """How the result of a calculation becomes a value of the type, as ODK clients store it; None: as it is."""
    return _CALCULATED.get(datatype)


def _calculated_int(text: str) -> str:
    value = number(text)
    if value != value or math.isinf(value) or not _INT_MIN <= math.trunc(value) <= _INT_MAX:
        return ""
    return str(math.trunc(value))


def _calculated_decimal(text: str) -> str:
    value = number(text)
    return "" if value != value or math.isinf(value) else string(value)


_CALCULATED: dict[str, Callable[[str], str]] = {
    "int": _calculated_int,
    "decimal": _calculated_decimal,
    "date": lambda text: date(text) or "",
}
