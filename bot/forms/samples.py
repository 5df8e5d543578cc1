"""Answers that stand for all answers to a question, as far as a form's rules can tell them apart. Trying them out lives in `ways`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, permutations

from bot.forms.dates import from_days
from bot.forms.nodes import Question
from bot.forms.rules import Mention
from bot.forms.values import number, string

MOST_SUBSETS = 256
MOST_STEPS_OF_A_RANGE = 60
MOST_RANKED = 4
_A_DAY, _A_DAY_LONG_AGO = 20604.0, 3653.0  # 2026-05-31, 1980-01-02


@dataclass(frozen=True, slots=True)
class Samples:
    """Values to try, the likeliest first. `is_complete`: whatever a resident answers, the rules treat one of these alike."""

    values: tuple[str, ...]
    is_complete: bool


def samples(question: Question, mentions: Iterable[Mention], offered: Sequence[str]) -> Samples:
    """The values to try at a question whose answer is read as `mentions` say; `offered` are its choices now."""
    read = [mention for mention in mentions if not (mention.manner == "equals" and mention.value == "")]
    match question.type:
        case "select_one":
            return _one(read, offered)
        case "select_multiple":
            return _several(read, offered)
        case "rank":
            return _ranked(read, offered)
        case "acknowledge":
            return Samples(("OK",), True)
        case "integer" | "decimal" | "range":
            return _numbers(question, read)
        case "date":
            return _dates(read)
        case "text":
            return _texts(read)
        case "geopoint":
            return Samples(("57.7 12.1 0 0",), not read)
        case "time":
            return Samples(("14:30", "00:00"), not read)
        case _:
            return Samples(("2026-05-31T14:30:00", "1990-01-01T00:00:00"), not read)


# --- choices


def _one(read: Sequence[Mention], offered: Sequence[str]) -> Samples:
    if any(mention.manner not in ("equals", "selected") for mention in read):
        return Samples(tuple(offered), True)
    named = {mention.value for mention in read}
    other = [value for value in offered if value not in named][:1]
    return Samples(tuple(value for value in offered if value in named or value in other), True)


def _several(read: Sequence[Mention], offered: Sequence[str]) -> Samples:
    """Subsets of the choices that rules name, each with as few or many of the others as counts tell apart."""
    named, is_complete = _named(read, offered)
    others = [value for value in offered if value not in named]
    if len(named) > 8:
        return Samples(tuple(_few_subsets(offered)), False)
    counts = {float(mention.value) for mention in read if mention.manner == "count" and mention.value == mention.value}
    found: dict[str, None] = {}
    for size in range(len(named) + 1):
        for subset in combinations(named, size):
            for extra in _extras(len(subset), len(others), counts):
                chosen = {*subset, *others[:extra]}
                found[" ".join(value for value in offered if value in chosen)] = None
    found.pop("", None)
    values = sorted(found, key=lambda value: value.count(" "))
    return Samples(tuple(values[:MOST_SUBSETS]), is_complete and len(values) <= MOST_SUBSETS)


def _named(read: Sequence[Mention], offered: Sequence[str]) -> tuple[list[str], bool]:
    """The choices that rules tell from others, and whether the rules look at nothing else, such as the order."""
    named: set[str] = set()
    is_complete = True
    for mention in read:
        is_single = mention.manner in ("equals", "selected") and len(str(mention.value).split()) == 1
        if is_single:
            named.add(str(mention.value))
        elif mention.manner != "count":
            named.update(offered)
            is_complete = is_complete and mention.manner == "selected_any"
    return [value for value in offered if value in named], is_complete


def _extras(chosen: int, others: int, counts: set[float]) -> list[int]:
    wanted = {0, 1, others} | {math.floor(count) - chosen + shift for count in counts for shift in (-1, 0, 1, 2)}
    return sorted(extra for extra in wanted if 0 <= extra <= others)


def _few_subsets(offered: Sequence[str]) -> list[str]:
    found = [[value] for value in offered] + [list(offered[:size]) for size in range(2, len(offered) + 1)]
    found += [[value for value in offered if value != without] for without in offered]
    return list(dict.fromkeys(" ".join(subset) for subset in found if subset))[:MOST_SUBSETS]


def _ranked(read: Sequence[Mention], offered: Sequence[str]) -> Samples:
    if read and len(offered) <= MOST_RANKED:
        return Samples(tuple(" ".join(order) for order in permutations(offered)), False)
    return Samples(tuple(dict.fromkeys((" ".join(offered), " ".join(reversed(offered))))), not read)


# --- quantities


def _thresholds(read: Iterable[Mention]) -> list[float]:
    """The numbers (days, for dates) that answers are held against, as numbers or as texts."""
    found = {float(mention.value) for mention in read if mention.manner == "number"}
    found |= {number(text) for text in _literals(read)}
    return sorted(value for value in found if math.isfinite(value))


def _between(thresholds: Sequence[float], *, is_whole: bool) -> list[float]:
    """A value at each threshold and in every stretch between them, those in the middle first."""
    if not thresholds:
        return [1.0, 10.0, 100.0, 0.0, -1.0]
    if is_whole:
        near = [step(t) + shift for t in thresholds for step in (math.floor, math.ceil) for shift in (-1, 0, 1)]
        middle = [(a + b) // 2 for a, b in pairwise(thresholds)]
        return list(dict.fromkeys(float(value) for value in (*middle, *near)))
    middle = [(a + b) / 2 for a, b in pairwise(thresholds)]
    outside = [thresholds[0] - 1, thresholds[-1] + 1]
    return list(dict.fromkeys((*middle, *thresholds, *outside)))


def _is_plain(read: Iterable[Mention], *manners: str) -> bool:
    return all(mention.manner in manners for mention in read)


def _literals(read: Iterable[Mention]) -> list[str]:
    return list(dict.fromkeys(str(mention.value) for mention in read if mention.manner in ("equals", "selected")))


def _numbers(question: Question, read: Sequence[Mention]) -> Samples:
    if question.type == "range" and question.range:
        start, end, step = question.range
        count = int(abs(end - start) / step) + 1
        if count <= MOST_STEPS_OF_A_RANGE:
            low = min(start, end)
            return Samples(tuple(string(float(low + step * k)) for k in range(count)), True)
    values = _between(_thresholds(read), is_whole=question.type != "decimal")
    is_plain = _is_plain(read, "number", "equals", "selected") and question.type != "range"
    return Samples(tuple(dict.fromkeys(string(value) for value in values)), is_plain)


def _dates(read: Sequence[Mention]) -> Samples:
    thresholds = _thresholds(read)
    values = _between(thresholds, is_whole=True) if thresholds else [_A_DAY, _A_DAY_LONG_AGO]
    told = [day.isoformat() for day in map(from_days, values) if day is not None]
    return Samples(tuple(dict.fromkeys(told)), _is_plain(read, "number", "equals"))


def _texts(read: Sequence[Mention]) -> Samples:
    lengths = [int(float(mention.value)) for mention in read if mention.manner == "length" and _is_length(mention)]
    if lengths:
        sizes = sorted({max(1, size + shift) for size in lengths for shift in (-1, 0, 1)})
        return Samples(("abcd", *("x" * size for size in sizes)), _is_plain(read, "length"))
    literals = _literals(read)
    thresholds = _thresholds(read)
    numbers = [string(value) for value in _between(thresholds, is_whole=False)] if thresholds else []
    respelt = [f"{text}0" if "." in text else f"{text}.0" for text in numbers]
    fresh = next(word for word in ("abc", "abcd", "abcde") if word not in literals)
    values = dict.fromkeys([fresh, *literals, *numbers, *respelt])
    is_plain = _is_plain(read, "equals", "number") and len(literals) < 50
    return Samples(tuple(values), is_plain)


def _is_length(mention: Mention) -> bool:
    value = float(mention.value)
    return 0 <= value <= 4000
