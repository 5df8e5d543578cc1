"""The function library of ODK XForms that needs only its arguments. Functions that look at the form live in `dialect`."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

from bot.forms import dates, geometry
from bot.forms.values import NAN, number, round_half_up

Result = str  # "string", "number" or "boolean"


@dataclass(frozen=True, slots=True)
class Function:
    """One library function.

    `parameters` has a letter for each: s text, n number, b truth, t texts and m numbers of all nodes (lists); a final *
    repeats the last.
    `least` is how many must be given.
    """

    run: Callable[..., Any]
    parameters: str
    result: Result
    least: int


class PatternError(ValueError):
    """A regular expression that cannot be compiled."""


@lru_cache(maxsize=512)
def pattern(source: str) -> Any:
    """A compiled regular expression of linear time. Raises `PatternError`."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(source, options)
    except re2.error as error:
        told = error.args[0] if error.args else ""
        raise PatternError(told.decode() if isinstance(told, bytes) else str(told)) from None


def regex(text: str, source: str) -> bool:
    """Whether the pattern is found in the text; a pattern computed by the form that is none is found nowhere."""
    try:
        return pattern(source).search(text) is not None
    except PatternError:
        return False


def _substr(text: str, start: float, end: float = math.inf) -> str:
    if start != start or end != end:
        return ""
    length = len(text)
    first = _index(start, length)
    last = length if end == math.inf else _index(end, length)
    return text[first:last]


def _index(place: float, length: int) -> int:
    if place < 0:
        return max(0, length + math.ceil(max(place, -length)))
    return int(min(place, length))


def _substring(text: str, start: float, length: float = math.inf) -> str:
    """XPath 1.0, 4.2: positions count from 1 and are rounded."""
    first, last = round_half_up(start), round_half_up(start) + round_half_up(length)
    return "".join(letter for at, letter in enumerate(text, start=1) if first <= at < last)


def _before(text: str, mark: str) -> str:
    return text.partition(mark)[0] if mark and mark in text else ""


def _after(text: str, mark: str) -> str:
    return text.partition(mark)[2] if mark else text


def _translate(text: str, old: str, new: str) -> str:
    table: dict[int, str | None] = {}
    for at, letter in enumerate(old):
        table.setdefault(ord(letter), new[at] if at < len(new) else None)
    return text.translate(table)


def _join(separator: str, *parts: Sequence[str]) -> str:
    return separator.join(text for part in parts for text in part)


def _concat(*parts: Sequence[str]) -> str:
    return "".join(text for part in parts for text in part)


def _round(value: float, places: float = 0) -> float:
    if places == 0 or value != value or places != places:
        return round_half_up(value)
    scale = 10.0 ** int(max(-300.0, min(300.0, places)))
    return round_half_up(value * scale) / scale


def _int(value: float) -> float:
    return value if value != value or math.isinf(value) else float(math.trunc(value))


def _safely(compute: Callable[..., float]) -> Callable[..., float]:
    """Mathematics that answers NaN where it has no real answer."""

    def run(*values: float) -> float:
        try:
            result = compute(*values)
        except (ValueError, ZeroDivisionError):
            return NAN
        except OverflowError:
            return math.inf
        return result if isinstance(result, float) else NAN

    return run


def _max(*parts: Sequence[float]) -> float:
    values = [value for part in parts for value in part]
    return NAN if not values or any(v != v for v in values) else max(values)


def _min(*parts: Sequence[float]) -> float:
    values = [value for part in parts for value in part]
    return NAN if not values or any(v != v for v in values) else min(values)


def is_selected(text: str, value: str) -> bool:
    """selected(): whether a value is among those separated by spaces; no value is selected where nothing is."""
    return value in text.split() if value else not text.strip()


def _selected_at(text: str, place: float) -> str:
    parts = text.split()
    return parts[int(place)] if place == place and 0 <= place < len(parts) else ""


def _checklist(least: float, most: float, *parts: Sequence[float]) -> bool:
    count = sum(1 for part in parts for value in part if value > 0)
    return (least < 0 or count >= least) and (most < 0 or count <= most)


def _weighted(least: float, most: float, *parts: Sequence[float]) -> bool:
    total = 0.0
    for values, weights in zip(parts[::2], parts[1::2], strict=False):
        total += sum(weight for value, weight in zip(values, weights, strict=False) if value > 0)
    return (least < 0 or total >= least) and (most < 0 or total <= most)


_DIGESTS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def _digest(text: str, algorithm: str, encoding: str = "base64") -> str:
    name = _DIGESTS.get(algorithm)
    if name is None:
        return ""
    raw = hashlib.new(name, text.encode(), usedforsecurity=False).digest()
    return raw.hex() if encoding == "hex" else base64.b64encode(raw).decode()


def to_date(text: str) -> str:
    """date(): a date from a date, a date-time or a number of days; "" for anything else."""
    day = dates.parse_date(text)
    if day is None:
        value = number(text)
        day = dates.from_days(value) if value == value else None
    return day.isoformat() if day else ""


def _to_moment(text: str) -> str:
    if dates.parse_moment(text) or dates.parse_date(text):
        return text
    value = number(text)
    day = dates.from_days(value) if value == value else None
    return day.isoformat() if day else ""


def _decimal_moment(text: str) -> float:
    return dates.days(text)


def _base64_decode(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return ""


FUNCTIONS: dict[str, Function] = {
    "string": Function(lambda text: text, "s", "string", 1),
    "concat": Function(_concat, "t*", "string", 1),
    "join": Function(_join, "st*", "string", 1),
    "substr": Function(_substr, "snn", "string", 2),
    "substring": Function(_substring, "snn", "string", 2),
    "substring-before": Function(_before, "ss", "string", 2),
    "substring-after": Function(_after, "ss", "string", 2),
    "translate": Function(_translate, "sss", "string", 3),
    "string-length": Function(lambda text: float(len(text)), "s", "number", 1),
    "normalize-space": Function(lambda text: " ".join(text.split()), "s", "string", 1),
    "contains": Function(lambda text, part: part in text, "ss", "boolean", 2),
    "starts-with": Function(lambda text, part: text.startswith(part), "ss", "boolean", 2),
    "ends-with": Function(lambda text, part: text.endswith(part), "ss", "boolean", 2),
    "digest": Function(_digest, "sss", "string", 2),
    "base64-decode": Function(_base64_decode, "s", "string", 1),
    "boolean": Function(lambda value: value, "b", "boolean", 1),
    "boolean-from-string": Function(lambda text: text in ("true", "1"), "s", "boolean", 1),
    "not": Function(lambda value: not value, "b", "boolean", 1),
    "true": Function(lambda: True, "", "boolean", 0),
    "false": Function(lambda: False, "", "boolean", 0),
    "regex": Function(regex, "ss", "boolean", 2),
    "checklist": Function(_checklist, "nnm*", "boolean", 3),
    "weighted-checklist": Function(_weighted, "nnm*", "boolean", 4),
    "number": Function(lambda value: value, "n", "number", 1),
    "int": Function(_int, "n", "number", 1),
    "floor": Function(_safely(lambda v: float(math.floor(v))), "n", "number", 1),
    "ceiling": Function(_safely(lambda v: float(math.ceil(v))), "n", "number", 1),
    "sum": Function(lambda values: sum(values, 0.0), "m", "number", 1),
    "max": Function(_max, "m*", "number", 1),
    "min": Function(_min, "m*", "number", 1),
    "round": Function(_round, "nn", "number", 1),
    "pow": Function(_safely(lambda v, p: v**p), "nn", "number", 2),
    "log": Function(_safely(math.log), "n", "number", 1),
    "log10": Function(_safely(math.log10), "n", "number", 1),
    "abs": Function(abs, "n", "number", 1),
    "sin": Function(_safely(math.sin), "n", "number", 1),
    "cos": Function(_safely(math.cos), "n", "number", 1),
    "tan": Function(_safely(math.tan), "n", "number", 1),
    "asin": Function(_safely(math.asin), "n", "number", 1),
    "acos": Function(_safely(math.acos), "n", "number", 1),
    "atan": Function(_safely(math.atan), "n", "number", 1),
    "atan2": Function(_safely(math.atan2), "nn", "number", 2),
    "sqrt": Function(_safely(math.sqrt), "n", "number", 1),
    "exp": Function(_safely(math.exp), "n", "number", 1),
    "exp10": Function(_safely(lambda v: 10.0**v), "n", "number", 1),
    "pi": Function(lambda: math.pi, "", "number", 0),
    "count-non-empty": Function(lambda texts: float(sum(1 for text in texts if text)), "t", "number", 1),
    "format-date": Function(dates.patterned, "ss", "string", 2),
    "format-date-time": Function(dates.patterned, "ss", "string", 2),
    "date": Function(to_date, "s", "string", 1),
    "date-time": Function(_to_moment, "s", "string", 1),
    "decimal-date-time": Function(_decimal_moment, "s", "number", 1),
    "decimal-time": Function(dates.day_fraction, "s", "number", 1),
    "selected": Function(is_selected, "ss", "boolean", 2),
    "is-selected": Function(is_selected, "ss", "boolean", 2),
    "selected-at": Function(_selected_at, "sn", "string", 2),
    "count-selected": Function(lambda text: float(len(text.split())), "s", "number", 1),
    "geofence": Function(geometry.is_inside, "ss", "boolean", 2),
    "area": Function(geometry.area, "t", "number", 1),
    "distance": Function(geometry.distance, "t*", "number", 1),
}
