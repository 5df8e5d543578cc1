"""The function library of ODK XForms that needs only its arguments. Functions that look at the form live in `dialect`."""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.forms import geometry, logarithms, trigonometry
from bot.forms.operators import divide
from bot.forms.patterns import regex
from bot.forms.values import NAN, listed, round_half_up, squeezed, whole

Result = str  # "string", "number" or "boolean"


@dataclass(frozen=True, slots=True)
class Function:
    """One library function.

    `parameters` has a letter for each: s text, n number, b truth; t texts, m numbers and c truths of all nodes (lists);
    a final * repeats the last, ** the last two in turn. `least` is how many must be given.
    """

    run: Callable[..., Any]
    parameters: str
    result: Result
    least: int


# --- texts. Positions count UTF-16 units, as ECMAScript's do.


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def _cut(text: str, start: int, end: int) -> str:
    if text.isascii() or max(text, default="") <= "\uffff":
        return text[start:end]
    return text.encode("utf-16-le")[start * 2 : end * 2].decode("utf-16-le", "replace")


def _substr(text: str, start: str, end: str = "Infinity") -> str:
    length = _units(text)
    first, last = whole(start), float(length) if end == "Infinity" else whole(end)
    if first != first or last != last:
        return ""
    first, last = (min(max(0.0, place + length if place < 0 else place), float(length)) for place in (first, last))
    return _cut(text, int(first), int(last)) if first <= last else ""


def _substring(text: str, start: float, length: float | None = None) -> str:
    """XPath's substring() as ODK's engine has it: an end before the start turns the two around."""
    if start != start or start == math.inf or (length is not None and length != length):
        return ""
    first = round_half_up(start) - 1
    last = float(_units(text)) if length is None else first + round_half_up(length)
    first, last = (0.0 if place != place else min(max(0.0, place), float(_units(text))) for place in (first, last))
    return _cut(text, int(min(first, last)), int(max(first, last)))


def _before(text: str, mark: str) -> str:
    return text.partition(mark)[0] if mark and mark in text else ""


def _after(text: str, mark: str) -> str:
    """Everything after the first letter of the mark, where it is found: so ODK's engine, whatever the mark's length."""
    if not mark or not text:
        return text
    at = text.find(mark)
    return "" if at < 0 else text[at + 1 :]


def _translate(text: str, old: str, new: str) -> str:
    table: dict[int, str | None] = {}
    for at, letter in enumerate(old):
        table.setdefault(ord(letter), new[at] if at < len(new) else None)
    return text.translate(table)


def _join(separator: str, *parts: Sequence[str]) -> str:
    return separator.join(text for part in parts for text in part)


def _concat(*parts: Sequence[str]) -> str:
    return "".join(text for part in parts for text in part)


_DIGESTS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def _digest(text: str, algorithm: str, encoding: str = "base64") -> str:
    name = _DIGESTS.get(algorithm)
    if name is None:
        return ""
    raw = hashlib.new(name, text.encode(), usedforsecurity=False).digest()
    return raw.hex() if encoding == "hex" else base64.b64encode(raw).decode()


def _base64_decode(text: str) -> str:
    text = re.sub(r"[ \t\n\f\r]", "", text)
    padded = text if text.endswith("=") else text + "=" * (-len(text) % 4)
    try:
        return base64.b64decode(padded, validate=True).decode(errors="replace")
    except ValueError:
        return ""


# --- numbers, by IEEE 754 as ECMAScript's Math has them


def _round(value: float, places: float = 0) -> float:
    """Halves away from zero."""
    if value != value or places != places:
        return NAN
    scale = _pow(10.0, places)
    size = divide(round_half_up(abs(value) * scale), scale)
    return -size if value < 0 else size


def _int(value: float) -> float:
    return value if value != value or math.isinf(value) else math.copysign(float(math.trunc(value)), value)


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


def _levelled(compute: Callable[[float], int]) -> Callable[[float], float]:
    return lambda value: value if value != value or math.isinf(value) else float(compute(value))


def _logarithm(compute: Callable[[float], float]) -> Callable[[float], float]:
    return lambda value: -math.inf if value == 0 else _safely(compute)(value)


def _pow(base: float, power: float) -> float:
    if base != base or power != power:
        return NAN
    if base == 0 and power < 0:
        is_odd = power == int(power) and int(power) % 2 == 1 if math.isfinite(power) else False
        return math.copysign(math.inf, base) if is_odd else math.inf
    if abs(base) == 1 and math.isinf(power):
        return NAN
    try:
        return math.pow(base, power)
    except ValueError:
        return NAN
    except OverflowError:
        return -math.inf if base < 0 and int(power) % 2 == 1 else math.inf


def _sum(values: Sequence[float]) -> float:
    """NaN when nothing is summed, and when one value is no number."""
    return sum(values, 0.0) if values else NAN


def _max(*parts: Sequence[float]) -> float:
    values = [value for part in parts for value in part]
    return NAN if not values or any(v != v for v in values) else max(values)


def _min(*parts: Sequence[float]) -> float:
    values = [value for part in parts for value in part]
    return NAN if not values or any(v != v for v in values) else min(values)


# --- choices and checklists


def is_selected(text: str, value: str) -> bool:
    """selected(): whether a value is among those separated by white space; no value is selected where nothing is."""
    value = value.strip()
    return value in listed(text) if value else not listed(text)


def _selected_at(text: str, place: str) -> str:
    parts, at = listed(text), whole(place)
    return parts[int(at)] if at == at and 0 <= at < len(parts) else ""


def _checklist(least: float, most: float, *parts: Sequence[bool]) -> bool:
    """Whether so many are true; -1 for `most` stands for no bound."""
    if most == -1 and least < 1:
        return True
    count = sum(truth for part in parts for truth in part)
    return count >= least and (most == -1 or not count > most)


def _weighted(least: float, most: float, *parts: Sequence[float]) -> bool:
    """The same with a weight after each."""
    if most == -1 and least < 1:
        return True
    total = 0.0
    for truths, weights in zip(parts[::2], parts[1::2], strict=False):
        for at, weight in enumerate(weights):
            if at >= len(truths):
                return False
            if truths[at]:
                total += weight
                if most != -1 and total > most:
                    return False
    return total >= least


FUNCTIONS: dict[str, Function] = {
    "string": Function(lambda text: text, "s", "string", 1),
    "concat": Function(_concat, "t*", "string", 0),
    "join": Function(_join, "st*", "string", 1),
    "substr": Function(_substr, "sss", "string", 2),
    "substring": Function(_substring, "snn", "string", 2),
    "substring-before": Function(_before, "ss", "string", 2),
    "substring-after": Function(_after, "ss", "string", 2),
    "translate": Function(_translate, "sss", "string", 3),
    "string-length": Function(lambda text: float(_units(text)), "s", "number", 1),
    "normalize-space": Function(squeezed, "s", "string", 1),
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
    "checklist": Function(_checklist, "nnc*", "boolean", 2),
    "weighted-checklist": Function(_weighted, "nncm**", "boolean", 2),
    "int": Function(_int, "n", "number", 1),
    "floor": Function(_levelled(math.floor), "n", "number", 1),
    "ceiling": Function(_levelled(math.ceil), "n", "number", 1),
    "sum": Function(_sum, "m", "number", 1),
    "max": Function(_max, "m*", "number", 0),
    "min": Function(_min, "m*", "number", 0),
    "round": Function(_round, "nn", "number", 1),
    "pow": Function(_pow, "nn", "number", 2),
    "log": Function(_logarithm(logarithms.log), "n", "number", 1),
    "log10": Function(_logarithm(logarithms.log10), "n", "number", 1),
    "abs": Function(abs, "n", "number", 1),
    "sin": Function(_safely(trigonometry.sin), "n", "number", 1),
    "cos": Function(_safely(trigonometry.cos), "n", "number", 1),
    "tan": Function(_safely(trigonometry.tan), "n", "number", 1),
    "asin": Function(_safely(trigonometry.asin), "n", "number", 1),
    "acos": Function(_safely(trigonometry.acos), "n", "number", 1),
    "atan": Function(_safely(trigonometry.atan), "n", "number", 1),
    "atan2": Function(_safely(trigonometry.atan2), "nn", "number", 2),
    "sqrt": Function(_safely(math.sqrt), "n", "number", 1),
    "exp": Function(_safely(logarithms.exp), "n", "number", 1),
    "exp10": Function(lambda value: _pow(10.0, value), "n", "number", 1),
    "pi": Function(lambda: math.pi, "", "number", 0),
    "count-non-empty": Function(lambda texts: float(sum(1 for text in texts if text)), "t", "number", 1),
    "selected": Function(is_selected, "ss", "boolean", 2),
    "is-selected": Function(is_selected, "ss", "boolean", 2),
    "selected-at": Function(_selected_at, "ss", "string", 2),
    "count-selected": Function(lambda text: float(len(listed(text))), "s", "number", 1),
    "geofence": Function(geometry.is_inside, "tt", "boolean", 2),
    "area": Function(geometry.area, "t", "number", 1),
    "distance": Function(geometry.distance, "t*", "number", 1),
}
