"""Reading dates and times of day, in the dialogue's language before any other. What one language says lives in `days` and `hours`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import TypeVar

from bot.folding import fold
from bot.understanding.days import Days, find_days
from bot.understanding.hours import Times, find_times, fits, part_of_day, without_part_of_day
from bot.understanding.picks import place_said
from bot.understanding.readings import NotUnderstood, Open, Reading, Understood, one_or_asked
from bot.vocabularies import PartOfDay, Vocabulary

MOST_CHARS, MOST_WORDS = 200, 20
NO_WORDS = Vocabulary.of({})
Found = TypeVar("Found")


def read_date(question: Open, text: str) -> Reading:
    """ISO 8601, "2026-03-05"."""
    if early := _unknown_or_picked(question, text):
        return early
    found = _days(question, text) or _days_by_light(question, text)
    reading = _asked_back(_days_as_said(found), "date")
    if found is None or not isinstance(reading, Understood):
        return reading
    return replace(reading, otherwise=tuple(day.isoformat() for day in found.otherwise))


def read_time(question: Open, text: str) -> Reading:
    """A time of day, "14:30:00"."""
    if early := _unknown_or_picked(question, text):
        return early
    found = _times(question, text)
    readable = {_clock(minutes): _clock(minutes)[:5] for minutes in found.minutes} if found else {}
    return _asked_back((readable, bool(found and found.is_inferred)), "time")


def read_datetime(question: Open, text: str) -> Reading:
    """Date and time of day, in either order, "2026-03-05T14:30:00"."""
    if early := _unknown_or_picked(question, text):
        return early
    words = text[: MOST_CHARS + 1].replace("T", " ").split()
    if len(text) > MOST_CHARS or len(words) > MOST_WORDS:
        return NotUnderstood("date")
    for cut in range(len(words) - 1, 0, -1):
        head, tail = " ".join(words[:cut]).rstrip(",;"), " ".join(words[cut:])
        for day_part, time_part in ((head, tail), (tail, head)):
            times = _times(question, time_part)
            days = _days(question, day_part) if times else None
            if days and times and not (days.is_inferred and fold(time_part).isdecimal() and len(time_part) > 2):
                reading = _asked_back(_together(days, times), "date")
                if not isinstance(reading, Understood):
                    return reading
                others, _ = _together(replace(days, days=days.otherwise), times)
                return replace(reading, otherwise=tuple(others))
    return NotUnderstood("date")


def _asked_back(found: tuple[Mapping[str, str], bool], reason: str) -> Reading:
    readable, is_inferred = found
    return one_or_asked(readable, is_inferred=is_inferred, reason="time" if reason == "time" else "date")


def _days_as_said(found: Days | None) -> tuple[dict[str, str], bool]:
    return ({day.isoformat(): day.isoformat() for day in found.days}, found.is_inferred) if found else ({}, False)


def _together(days: Days, times: Times) -> tuple[dict[str, str], bool]:
    both = {
        f"{day.isoformat()}T{_clock(minutes)}": f"{day.isoformat()} {_clock(minutes)[:5]}"
        for day in days.days
        for minutes in times.minutes
    }
    return both, days.is_inferred or times.is_inferred


def _days(question: Open, text: str) -> Days | None:
    today: date = question.now.date()
    return _in_one_language(question, text, lambda vocabulary: find_days(vocabulary, text, today))


def _days_by_light(question: Open, text: str) -> Days | None:
    """ "Yesterday evening" is yesterday; a night lies in two days."""

    def find(vocabulary: Vocabulary) -> Days | None:
        rest, part = without_part_of_day(vocabulary, text)
        return find_days(vocabulary, rest, question.now.date()) if part in ("am", "pm") else None

    return _in_one_language(question, text, find)


def _times(question: Open, text: str) -> Times | None:
    return _in_one_language(question, text, lambda vocabulary: find_times(vocabulary, text))


def _in_one_language(question: Open, text: str, find: Callable[[Vocabulary], Found | None]) -> Found | None:
    """What the dialogue's own language makes of it, or else the one thing that all others agree on.

    Figures have no other language, nor has what holds a word that parts or turns round in the dialogue's own.
    """
    own = question.lexicon.own(question.language) or NO_WORDS
    found = find(own)
    turning = own.words["between"] | own.words["negations"] | own.words["except"]
    if found is not None or not _has_letters(text) or not turning.isdisjoint(fold(text).split()):
        return found
    others = {found for other in question.lexicon.vocabularies(question.language) if (found := find(other)) is not None}
    return others.pop() if len(others) == 1 else None


def _has_letters(text: str) -> bool:
    return any(char.isalpha() for char in text)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}:00"


# --- answers to what was asked back


def _unknown_or_picked(question: Open, text: str) -> Reading | None:
    folded = fold(text)
    if folded in question.words["unknown"]:
        return Understood("")
    if not question.offered or not folded:
        return None
    return _by_part_of_day(question, text) or _by_number(question, folded, text)


def _by_number(question: Open, folded: str, text: str) -> Reading | None:
    """A number of what was asked back. One that could also be read as another of the times is asked back again."""
    place = place_said(question, folded)
    if not 1 <= place <= len(question.offered):
        return None
    meant = question.offered[place - 1]
    times = _times(question, text) if question.type == "time" else None
    also = {value for minutes in times.minutes if (value := _clock(minutes)) in question.offered} if times else set()
    if also - {meant}:
        return one_or_asked({value: value[:5] for value in question.offered}, is_inferred=False, reason="time")
    return Understood(meant)


def _by_part_of_day(question: Open, text: str) -> Reading | None:
    """ "in the evening" to "did you mean 02:30 or 14:30?"."""
    if question.type not in ("time", "datetime"):
        return None
    part: PartOfDay | None = _in_one_language(question, text, lambda vocabulary: part_of_day(vocabulary, text))
    if part is None:
        return None
    fitting = [value for value in question.offered if fits(_minutes(value), part)]
    return Understood(fitting[0]) if len(fitting) == 1 else None


def _minutes(value: str) -> int:
    hours, minutes, _ = value.rpartition("T")[2].split(":")
    return int(hours) * 60 + int(minutes)
