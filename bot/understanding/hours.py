"""Times of day as they are said: "14:30", "kvart över åtta", "halv tre på natten", "8 pm". In one language at a time; `moments` tries them all."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from bot.folding import digits_to_ascii, fold, normalised
from bot.vocabularies import Clock, PartOfDay, Vocabulary

MOST_CHARS, MOST_WORDS, LONGEST_PHRASE = 120, 16, 4
HALF_DAY, DAY = 720, 1440
Meaning = TypeVar("Meaning")
_AM_PM = re.compile(r"(?<![^\W\d_])([ap])\.? ?m\b\.?")
_FIGURES = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.]\d{2}(?:\.\d{1,6})?)?(?!\d)")
_SPAN = re.compile(r"\d ?[-–—/] ?\d")
_WORD = re.compile(r"\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:\.\d{1,6})?)?(?![\d.:])|\d+|[^\W\d_]+(?:['’][^\W\d_]+)*|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Times:
    """Minutes after midnight that can be meant, in order. `is_inferred`: figures that people also use for the afternoon."""

    minutes: tuple[int, ...]
    is_inferred: bool = False


@dataclass(frozen=True, slots=True)
class _Word:
    """N a number, T figures with minutes, Q quarter, h half to, H half past, P past, O to."""

    kind: str
    value: int = 0
    is_figure: bool = False
    is_padded: bool = False
    also_joins: bool = False


@dataclass(frozen=True, slots=True)
class _Dial:
    """What was said of the hour: minutes on the dial of 12 hours, or of the day when the hour says that itself."""

    minutes: int
    is_whole_day: bool = False
    is_figure: bool = False


def find_times(vocabulary: Vocabulary, text: str) -> Times | None:
    """The times of day that a message can mean in one language; None when it is none."""
    if len(text) > MOST_CHARS or _SPAN.search(text):
        return None
    tokens = _tokens(text)
    clock = vocabulary.clock
    if not tokens or len(tokens) > MOST_WORDS:
        return None
    if (exact := clock.exact.get(" ".join(tokens))) is not None:
        return Times((exact,))
    tokens, parts = _without_parts(clock, tokens)
    if len(parts) > 1:
        return None
    return _on_day(clock, _dial(vocabulary, tokens), next(iter(parts), None))


def part_of_day(vocabulary: Vocabulary, text: str) -> PartOfDay | None:
    """The part of day that a whole message names ("in the evening")."""
    tokens = _tokens(text[:MOST_CHARS])
    rest, parts = _without_parts(vocabulary.clock, tokens)
    small = vocabulary.words["fillers"] | vocabulary.words["polite"]
    return parts.pop() if len(parts) == 1 and all(token in small for token in rest) else None


def without_part_of_day(vocabulary: Vocabulary, text: str) -> tuple[str, PartOfDay | None]:
    """The message without the one part of day that it names ("yesterday evening"), and that part.

    A day's own words come first: Swedish "i morgon" is tomorrow, though "morgon" is a part of a day.
    """
    tokens = fold(text[:MOST_CHARS]).split()
    for at in range(1, len(tokens)):
        day = " ".join(tokens[:at])
        if day in vocabulary.days and (part := part_of_day(vocabulary, " ".join(tokens[at:]))):
            return day, part
    rest, parts = _without_parts(vocabulary.clock, tokens)
    return (" ".join(rest), parts.pop()) if len(parts) == 1 else (text, None)


def fits(minutes: int, part: PartOfDay | None) -> bool:
    """Whether a time lies in a part of day; at night means from nine to six."""
    hour = minutes // 60
    return {None: True, "am": hour < 12, "pm": hour >= 12, "night": hour < 6 or hour >= 21}[part]


def _tokens(text: str) -> list[str]:
    plain = _AM_PM.sub(r" \1m ", digits_to_ascii(normalised(text)).casefold())
    return [word if _FIGURES.fullmatch(word) else fold(word) for word in _WORD.findall(plain) if fold(word)]


def _without_parts(clock: Clock, tokens: list[str]) -> tuple[list[str], set[PartOfDay]]:
    rest: list[str] = []
    parts: set[PartOfDay] = set()
    at = 0
    while at < len(tokens):
        takes, part = _longest(tokens, at, clock.parts)
        if part is not None:
            parts.add(part)
        elif tokens[at] in ("am", "pm"):
            parts.add("am" if tokens[at] == "am" else "pm")
        else:
            rest.append(tokens[at])
        at += takes or 1
    return rest, parts


def _longest(tokens: list[str], at: int, table: Mapping[str, Meaning]) -> tuple[int, Meaning | None]:
    for takes in range(min(LONGEST_PHRASE, len(tokens) - at), 0, -1):
        phrase = " ".join(tokens[at : at + takes])
        if phrase in table:
            return takes, table[phrase]
    return 0, None


def _words(vocabulary: Vocabulary, tokens: list[str]) -> list[_Word] | None:
    """The words of a time by kind; None when one is none of them."""
    clock = vocabulary.clock
    kinds = {"h": clock.half_to, "H": clock.half_past, "Q": clock.quarter, "P": clock.past, "O": clock.to}
    small = clock.minutes.union(*(vocabulary.words[name] for name in ("fillers", "polite", "about")))
    found: list[_Word] = []
    at = 0
    while at < len(tokens):
        if figures := _FIGURES.fullmatch(tokens[at]):
            if int(figures[2]) > 59:
                return None
            is_padded = figures[1].startswith("0")
            word, takes = _Word("T", int(figures[1]) * 60 + int(figures[2]), is_figure=True, is_padded=is_padded), 1
        elif tokens[at].isdecimal() and len(tokens[at]) <= 2:
            word, takes = _Word("N", int(tokens[at]), is_figure=True), 1
        else:
            word, takes = _spoken(vocabulary, kinds, tokens, at)
        if takes:
            found.append(word)
        elif tokens[at] not in small:
            return None
        at += takes or 1
    return found


def _spoken(
    vocabulary: Vocabulary, kinds: Mapping[str, frozenset[str]], tokens: list[str], at: int
) -> tuple[_Word, int]:
    for takes in range(min(LONGEST_PHRASE, len(tokens) - at), 0, -1):
        phrase = " ".join(tokens[at : at + takes])
        if phrase in vocabulary.clock.said:
            return _Word("D", vocabulary.clock.said[phrase]), takes
        for kind, phrases in kinds.items():
            if phrase in phrases:
                also_joins = phrase in vocabulary.words["between"] or phrase in vocabulary.words["joiners"]
                return _Word(kind, also_joins=also_joins), takes
        for table in (vocabulary.clock.hours, vocabulary.numbers, vocabulary.ordinals):
            if phrase in table:
                return _Word("N", table[phrase]), takes
    return _Word(""), 0


# How the kinds of words in a row make minutes on the dial, out of the numbers among them; hour before minutes, or after.
_MINUTE_FIRST: Mapping[str, Callable[..., int]] = {
    "NPN": lambda minutes, hour: hour * 60 + minutes,
    "NON": lambda minutes, hour: hour * 60 - minutes,
}
_HOUR_FIRST: Mapping[str, Callable[..., int]] = {
    "NPN": lambda hour, minutes: hour * 60 + minutes,
    "NON": lambda hour, minutes: hour * 60 - minutes,
    "NQ": lambda hour: hour * 60 + 15,
}
_EITHER: Mapping[str, Callable[..., int]] = {
    "N": lambda hour: hour * 60,
    "T": lambda minutes: minutes,
    "D": lambda minutes: minutes,
    "hN": lambda hour: hour * 60 - 30,
    "HN": lambda hour: hour * 60 + 30,
    "HPN": lambda hour: hour * 60 + 30,
    "NH": lambda hour: hour * 60 + 30,
    "NPH": lambda hour: hour * 60 + 30,
    "QPN": lambda hour: hour * 60 + 15,
    "NPQ": lambda hour: hour * 60 + 15,
    "QON": lambda hour: hour * 60 - 15,
    "NOQ": lambda hour: hour * 60 - 15,
    "OQN": lambda hour: hour * 60 - 15,
    "ONN": lambda minutes, hour: hour * 60 - minutes,
    "NPhN": lambda minutes, hour: hour * 60 - 30 + minutes,
    "NOhN": lambda minutes, hour: hour * 60 - 30 - minutes,
}
_HOUR_IS_LAST = {"NPN", "NON", "ONN", "NPhN", "NOhN"}


def _dial(vocabulary: Vocabulary, tokens: list[str]) -> _Dial | None:
    if len(tokens) == 1 and tokens[0].isdecimal() and len(tokens[0]) in (3, 4):  # 1430
        tokens = [f"{tokens[0][:-2]}:{tokens[0][-2:]}"]
    words = _words(vocabulary, tokens)
    if not words:
        return None
    shape = "".join(word.kind for word in words)
    values = [word.value for word in words if word.kind in "NTD"]
    if shape == "NN":  # åtta trettio
        hour, minutes = values
        told = hour * 60 + minutes if 10 <= minutes < 60 else -1
        return _checked(words[0], hour, told, is_figure=words[0].is_figure and words[1].is_figure)
    is_hour_first = vocabulary.clock.is_hour_first
    if shape in ("NPN", "NON") and words[0].is_figure and words[2].is_figure and words[1].also_joins:
        return None  # "8 to 10" is two times rather than one
    found = (_HOUR_FIRST if is_hour_first else _MINUTE_FIRST).get(shape) or _EITHER.get(shape)
    if found is None:
        return None
    if shape in ("T", "D"):
        return _checked(words[0], values[0] // 60, values[0], is_figure=shape == "T")
    is_last = shape in _HOUR_IS_LAST and not (is_hour_first and shape in _HOUR_FIRST)
    hour = values[-1] if is_last else values[0]
    if len(values) == 2 and not 0 < (values[0] if is_last else values[1]) < 60:
        return None
    return _checked(words[0], hour, found(*values), is_figure=shape == "N" and words[0].is_figure)


def _checked(first: _Word, hour: int, minutes: int, *, is_figure: bool) -> _Dial | None:
    """The dial's minutes: those of the day when the hour is one that only a day of 24 hours has."""
    if not 0 <= hour <= 24 or minutes < -DAY or minutes > DAY or (minutes < 0 and hour):
        return None
    is_whole_day = hour > 12 or hour == 0 or first.is_padded
    if is_whole_day or is_figure:
        return _Dial(minutes % DAY, is_whole_day=is_whole_day, is_figure=is_figure)
    return _Dial(minutes % HALF_DAY)


def _on_day(clock: Clock, dial: _Dial | None, part: PartOfDay | None) -> Times | None:
    """The dial's minutes before or after noon. Figures are read on the clock of 24 hours; what is spoken may be either."""
    if dial is None:
        return None
    if dial.is_whole_day:
        return Times((dial.minutes,)) if fits(dial.minutes, part) else None
    if dial.is_figure and part is None and not clock.shift:
        return Times((dial.minutes,), is_inferred=dial.minutes < HALF_DAY)
    shifts = (0, clock.shift * 60) if clock.shift else (0,)
    both = {(dial.minutes + shift + half) % DAY for shift in shifts for half in (0, HALF_DAY)}
    meant = tuple(sorted(minutes for minutes in both if fits(minutes, part)))
    return Times(meant) if meant else None
