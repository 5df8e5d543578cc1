"""What a typed value must look like to be stored, by data type. Understanding what a resident meant lives in `understanding`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from bot.forms import dates
from bot.forms.geometry import parse_point, point_text
from bot.forms.nodes import Question
from bot.forms.values import decimal_text, listed, numeral

_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})", re.ASCII)
_INT_MIN, _INT_MAX = -2147483648, 2147483647
_CLOCK = re.compile(r"\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)?", re.ASCII)
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T\d{2}(?::\d{2}(?::\d{2}(?:\.\d+)?)?)?)?", re.ASCII)

Read = Callable[[str], str | None]
Store = Callable[[str], str]


# --- what a resident may answer: None when it is not of the type


def integer(text: str) -> str | None:
    """A whole number of 32 bits."""
    if not _INTEGER.fullmatch(text) or not _INT_MIN <= int(text) <= _INT_MAX:
        return None
    return str(int(text))


def decimal(text: str) -> str | None:
    """A decimal number with a point, stored with at least one decimal ("2.0")."""
    return decimal_text(float(text)) if _DECIMAL.fullmatch(text) else None


def date(text: str) -> str | None:
    """An ISO date; of a date-time, its day."""
    day = dates.parse_date(text)
    return day.isoformat() if day else None


def time(text: str) -> str | None:
    """An ISO time of day, with seconds."""
    clock = dates.parse_time(text)
    if clock is None:
        return None
    return text.strip() if _CLOCK.fullmatch(text.strip()) else clock.isoformat(timespec="seconds")


def datetime(text: str) -> str | None:
    """An ISO date-time with seconds; a mere date begins at midnight."""
    moment = dates.parse_moment(text)
    if moment is not None:
        text = text.strip()
        return text if stored_moment(text) else moment.isoformat(timespec="seconds")
    day = dates.parse_date(text)
    return f"{day.isoformat()}T00:00:00" if day else None


def geopoint(text: str) -> str | None:
    """ "latitude longitude altitude accuracy" in degrees and metres; the last two may be left out. The place 0 0 is none."""
    return (point_text(text) or None) if parse_point(text) else None


def _boolean(text: str) -> str | None:
    return text if text in ("true", "false", "1", "0") else None


def _acknowledged(text: str) -> str | None:
    return "OK" if text.strip().lower() in ("ok", "true", "1") else None


_TYPES: dict[str, Read] = {
    "int": integer,
    "decimal": decimal,
    "date": date,
    "time": time,
    "dateTime": datetime,
    "geopoint": geopoint,
    "boolean": _boolean,
}


def reader(question: Question | None, datatype: str) -> Read | None:
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


def _within(start: float, end: float, step: float, read: Read) -> Read:
    low, high = min(start, end), max(start, end)

    def run(text: str) -> str | None:
        canonical = read(text)
        if canonical is None or not low <= float(canonical) <= high:
            return None
        steps = (float(canonical) - start) / step if step else 0.0
        return canonical if math.isclose(steps, round(steps), abs_tol=1e-6) else None

    return run


# --- how any text becomes a stored value, as ODK's engine does it: "" when it cannot


def store(question: Question | None, datatype: str) -> Store | None:
    """How defaults, calculations and other clients' values are stored; None: as they are."""
    if question is not None:
        if question.type == "acknowledge":
            return lambda text: "OK" if text.lower() == "ok" else ""
        if question.type in ("select_multiple", "rank"):
            return lambda text: " ".join(listed(text))
        if question.type == "range" and question.range:
            return _between(question.range[0], question.range[1], _STORED[datatype])
    return _STORED.get(datatype)


def _between(start: float, end: float, keep: Store) -> Store:
    def run(text: str) -> str:
        kept = keep(text)
        return kept if kept and start <= float(kept) <= end else ""

    return run


def _stored_int(text: str) -> str:
    value = numeral(text) if text else math.nan
    if value != value or math.isinf(value) or not _INT_MIN <= math.trunc(value) <= _INT_MAX:
        return ""
    return str(math.trunc(value))


def _stored_decimal(text: str) -> str:
    value = numeral(text) if text else math.nan
    return "" if value != value or math.isinf(value) else decimal_text(value)


def _stored_date(text: str) -> str:
    match = _DAY.fullmatch(text)
    return match[1] if match and dates.parse_date(match[1]) else ""


def _stored_time(text: str) -> str:
    return text if _CLOCK.fullmatch(text) and dates.parse_time(text) else ""


def stored_moment(text: str) -> str:
    """A date-time as it stands, or "" when it has no seconds, or is none."""
    day, mark, clock = text.partition("T")
    return text if mark and _CLOCK.fullmatch(clock) and dates.moment_of(f"{day}T{clock}") else ""


_STORED: dict[str, Store] = {
    "int": _stored_int,
    "decimal": _stored_decimal,
    "date": _stored_date,
    "time": _stored_time,
    "dateTime": stored_moment,
    "geopoint": point_text,
}
