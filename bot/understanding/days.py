"""Dates as they are said: in figures, with the month's name, "tomorrow", "next Friday", "the 5th". In one language at a time; `moments` tries them all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.folding import digits_to_ascii, fold, normalised
from bot.numerals import compose
from bot.understanding import calendars
from bot.vocabularies import Vocabulary

MOST_CHARS, MOST_WORDS, LONGEST_PHRASE = 120, 14, 3
MOST_AHEAD = 1000
_SEPARATOR = re.compile(r"\d ?([-–/.]) ?\d")
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Days:
    """Dates that can be meant, in order. `is_inferred`: the year, month or century was not said.

    `otherwise` are the same day in other years, where none was said: to be meant only if the nearest cannot be.
    """

    days: tuple[date, ...]
    is_inferred: bool = False
    otherwise: tuple[date, ...] = ()


@dataclass(slots=True)
class _Said:
    """What a message says of a date, sorted out."""

    numbers: list[str]
    month: int = 0
    persian_month: int = 0
    weekday: int | None = None
    is_past_weekday: bool = False
    relative: frozenset[str] = frozenset()
    has_ordinal: bool = False
    separator: str = ""
    before_month: int = 0


def find_days(vocabulary: Vocabulary, text: str, today: date) -> Days | None:
    """The dates that a message can mean in one language; None when it is none."""
    if len(text) > MOST_CHARS:
        return None
    folded = fold(text)
    plainly = " ".join(token for token in folded.split() if token not in vocabulary.words["polite"])
    for wording in (folded, plainly):
        if wording in vocabulary.days:
            return Days((today + timedelta(days=vocabulary.days[wording]),))
    tokens = re.sub(r"(\d)(?=[^\W\d_])", r"\1 ", folded).split()
    if not 1 <= len(tokens) <= MOST_WORDS:
        return None
    if offset := _offset(vocabulary, tokens):
        return Days((today + offset,))
    said = _sorted_out(vocabulary, tokens)
    if said is None:
        return None
    separator = _SEPARATOR.search(digits_to_ascii(normalised(text)))
    said.separator = separator[1].replace("–", "-") if separator else ""
    return _meant(vocabulary, said, today)


def _offset(vocabulary: Vocabulary, tokens: Sequence[str]) -> timedelta | None:
    """ "in 3 days", "two weeks ago"."""
    relative, found = vocabulary.relative, {"ahead": 0, "ago": 0, "day": 0, "week": 0}
    rest: list[str] = []
    for token in tokens:
        kind = next((name for name in found if token in relative[name]), None)
        if kind:
            found[kind] += 1
        else:
            rest.append(token)
    if bool(found["ahead"]) == bool(found["ago"]) or found["day"] + found["week"] != 1:
        return None
    phrase = " ".join(rest)
    count = int(phrase) if phrase.isdecimal() and len(phrase) <= 3 else compose(vocabulary, phrase)
    if not count or count > MOST_AHEAD:
        return None
    return (_WEEK if found["week"] else timedelta(days=1)) * (count if found["ahead"] else -count)


def _sorted_out(vocabulary: Vocabulary, tokens: Sequence[str]) -> _Said | None:
    said = _Said(numbers=[])
    has_weekday = any(_phrase_in(vocabulary, tokens, at)[1] in ("weekday", "past") for at in range(len(tokens)))
    words = vocabulary.words
    at = 0
    while at < len(tokens):
        token = tokens[at]
        takes, kind, number = _phrase_in(vocabulary, tokens, at)
        relative = [name for name in ("coming", "next", "last") if token in vocabulary.relative[name]]
        if token.isdecimal():
            said.numbers.append(token)
        elif has_weekday and relative:
            said.relative |= frozenset(relative)
        elif takes:
            if not _put(said, kind, number):
                return None
            at += takes - 1
        elif token in words["suffixes"] and at and tokens[at - 1].isdecimal():
            said.has_ordinal = True
        elif token not in words["fillers"] and token not in words["polite"] and token not in words["suffixes"]:
            return None
        at += 1
    return said


def _phrase_in(vocabulary: Vocabulary, tokens: Sequence[str], at: int) -> tuple[int, str, int]:
    """The longest word for a month, weekday or number at a place: (how many tokens, which kind, its number)."""
    tables = {
        "month": vocabulary.months,
        "persian": vocabulary.persian_months,
        "past": vocabulary.past_weekdays,
        "weekday": vocabulary.weekdays,
        "ordinal": vocabulary.ordinals,
        "number": vocabulary.numbers,
    }
    for takes in range(min(LONGEST_PHRASE, len(tokens) - at), 0, -1):
        phrase = " ".join(tokens[at : at + takes])
        for kind, table in tables.items():
            if phrase in table and not phrase.isdecimal():
                return takes, kind, table[phrase]
    return 0, "", 0


def _put(said: _Said, kind: str, number: int) -> bool:
    """Note one word; False when it contradicts an earlier one."""
    if kind in ("month", "persian"):
        if said.month or said.persian_month:
            return False
        said.before_month = len(said.numbers)
        said.month, said.persian_month = (number, 0) if kind == "month" else (0, number)
    elif kind in ("weekday", "past"):
        if said.weekday is not None:
            return False
        said.weekday, said.is_past_weekday = number, kind == "past"
    else:
        said.numbers.append(str(number))
        said.has_ordinal = said.has_ordinal or kind == "ordinal"
    return True


def _meant(vocabulary: Vocabulary, said: _Said, today: date) -> Days | None:
    if any(len(number) > 8 for number in said.numbers):
        return None
    if said.weekday is not None and not (said.numbers or said.month or said.persian_month):
        return _of_weekday(said, today)
    if said.relative or said.is_past_weekday:
        return None
    if said.persian_month:
        return _persian(said, today)
    found = _named_month(said, today) if said.month else _figures(vocabulary, said, today)
    if found is None or said.weekday is None:
        return found
    days = tuple(day for day in found.days if day.weekday() == said.weekday)
    return replace(found, days=days) if days else None


def _of_weekday(said: _Said, today: date) -> Days | None:
    """Without a word for last or next, both the last and the coming one can be meant; "next" may be this week's or the next's."""
    assert said.weekday is not None  # noqa: S101 - asked by the caller
    coming = today + timedelta(days=(said.weekday - today.weekday() - 1) % 7 + 1)
    last = coming - _WEEK if coming - _WEEK < today else coming - 2 * _WEEK
    if said.is_past_weekday:
        return Days((last,)) if said.relative <= {"last"} else None
    if said.relative == {"last"}:
        return Days((last,), is_inferred=True)
    if "next" in said.relative and "last" not in said.relative:
        monday = today - timedelta(days=today.weekday()) + _WEEK
        of_next_week = monday + timedelta(days=said.weekday)
        return Days(tuple(sorted({coming, of_next_week})))
    if said.relative == {"coming"}:
        is_today = said.weekday == today.weekday()
        return Days((today, coming) if is_today else (coming,), is_inferred=not is_today)
    return (
        Days((last, today, coming) if said.weekday == today.weekday() else (last, coming))
        if not said.relative
        else None
    )


def _named_month(said: _Said, today: date) -> Days | None:
    match said.numbers:
        case [day] if len(day) <= 2:
            return _in_some_year(calendars.without_year(said.month, int(day), today, weekday=said.weekday), said)
        case [first, second]:
            if len(first) == 4:
                first, second = second, first
            if len(second) == 2 and len(first) <= 2 and said.before_month == 1:  # "5-12 March" is two days
                return _one(calendars.of_short_year(int(second), said.month, int(first), today), is_inferred=True)
            if len(second) == 4 and len(first) <= 2:
                return _one(calendars.of(int(second), said.month, int(first)))
    return None


def _persian(said: _Said, today: date) -> Days | None:
    match said.numbers:
        case [day] if len(day) <= 2:
            years = range(today.year - 630, today.year - 612)
            dates = [calendars.persian(year, said.persian_month, int(day)) for year in years]
            found = calendars.nearest(dates, today)
            return Days((found,), True, calendars.before_and_after(found, dates)) if found else None
        case [first, second]:
            year, of_month = (int(first), int(second)) if len(first) == 4 else (int(second), int(first))
            return _one(calendars.persian(year, said.persian_month, of_month), is_inferred=True)
    return None


def _figures(vocabulary: Vocabulary, said: _Said, today: date) -> Days | None:
    match said.numbers:
        case [one] if len(one) in (6, 8):
            return _run_together(one, today)
        case [day] if len(day) <= 2 and said.has_ordinal and said.weekday is None:
            return _one(calendars.of_day(int(day), today), is_inferred=True)
        case [first, second] if said.separator and len(first) <= 2 and len(second) <= 2:
            is_either = said.separator == "-" or (vocabulary.is_month_first and said.separator == "/")
            return _of_two(int(first), int(second), today, said, is_either=is_either)
        case [first, second, third]:
            return _of_three(vocabulary, said, (first, second, third), today)
    return None


def _of_two(first: int, second: int, today: date, said: _Said, *, is_either: bool) -> Days | None:
    """The day stands first, unless that makes no date, or many write it otherwise."""
    day_first = calendars.without_year(second, first, today, weekday=said.weekday)
    month_first = calendars.without_year(first, second, today, weekday=said.weekday)
    if day_first is not None and month_first is not None and is_either:
        return _some((day_first, month_first), is_inferred=True)
    return _in_some_year(day_first or month_first, said)


def _in_some_year(day: date | None, said: _Said) -> Days | None:
    """The nearest year's, unless that cannot be; a weekday that was said leaves no other year."""
    if day is None:
        return None
    return Days((day,), True, () if said.weekday is not None else calendars.year_before_and_after(day))


def _of_three(vocabulary: Vocabulary, said: _Said, numbers: Sequence[str], today: date) -> Days | None:
    first, second, third = (int(number) for number in numbers)
    sizes = [len(number) for number in numbers]
    if sizes[0] == 4 and max(sizes[1:]) <= 2:
        if vocabulary.persian_months and first in calendars.PERSIAN_YEARS:
            return _one(calendars.persian(first, second, third), is_inferred=True)
        return _one(calendars.of(first, second, third))
    if sizes[2] == 4 and max(sizes[:2]) <= 2:
        if vocabulary.persian_months and third in calendars.PERSIAN_YEARS:
            return _one(calendars.persian(third, second, first), is_inferred=True)
        day_first, month_first = calendars.of(third, second, first), calendars.of(third, first, second)
        is_either = day_first is None or (vocabulary.is_month_first and said.separator == "/")
        return _some((day_first, month_first) if is_either else (day_first,))
    if sizes[2] == 2 and max(sizes[:2]) <= 2:
        day_first = calendars.of_short_year(third, second, first, today)
        year_first = calendars.of_short_year(first, second, third, today) if sizes[0] == 2 else None
        is_either = said.separator == "-" or day_first is None
        return _some((year_first, day_first) if is_either else (day_first,), is_inferred=True)
    return None


def _run_together(digits: str, today: date) -> Days | None:
    """20260305, and 260305, which may begin with the year or the day."""
    if len(digits) == 8:
        return _one(calendars.of(int(digits[:4]), int(digits[4:6]), int(digits[6:])))
    first, second, third = (int(digits[at : at + 2]) for at in (0, 2, 4))
    either = (
        calendars.of_short_year(first, second, third, today),
        calendars.of_short_year(third, second, first, today),
    )
    return _some(either, is_inferred=True)


def _one(day: date | None, *, is_inferred: bool = False) -> Days | None:
    return None if day is None else Days((day,), is_inferred)


def _some(days: Iterable[date | None], *, is_inferred: bool = False) -> Days | None:
    there = tuple(dict.fromkeys(day for day in days if day is not None))
    return Days(there, is_inferred) if there else None
