"""Dates and times of day as residents read them, in their language."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from babel.dates import format_date, format_skeleton

from bot.languages import cldr

_MONTH_FIRST = "MMMM d, y"


@lru_cache(maxsize=4096)
def day_text(day: date, language: str, *, is_short: bool = False) -> str:
    """A date as it is written in the language; as 2026-04-22 where the calendar data do not know the language."""
    locale = cldr(language)
    if locale is None:
        return day.isoformat()
    if locale.date_formats["long"].pattern == _MONTH_FIRST:  # strange to those who live in Sweden
        return str(format_date(day, "d MMMM" if is_short else "d MMMM y", locale=locale))
    if is_short:
        return str(format_skeleton("MMMMd", day, locale=locale))
    return str(format_date(day, "long", locale=locale))


def moment_text(value: str, language: str) -> str:
    """A stored date or date-time ("2026-03-05", "2026-03-05T14:30:00") as it is written in the language; what is neither stays as it is."""
    day, _, clock = value.partition("T")
    try:
        written = day_text(date.fromisoformat(day), language)
    except ValueError:
        return value
    return f"{written} {clock_text(clock)}" if clock else written


def clock_text(value: str) -> str:
    """Hours and minutes; seconds are not asked for."""
    return ":".join(value.split(":")[:2])
