"""Dates and times of day as residents read them, in their language."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import get_decimal_symbol

from bot.languages import formats

_MONTH_FIRST = "MMMM d, y"


@lru_cache(maxsize=4096)
def day_text(day: date, language: str, *, is_short: bool = False) -> str:
    """A date as it is written in the language; as 2026-04-22 where the calendar data do not know the language."""
    try:
        locale = Locale.parse(formats(language), sep="-")
    except (UnknownLocaleError, ValueError):
        return day.isoformat()
    if locale.date_formats["long"].pattern == _MONTH_FIRST:  # strange to those who live in Sweden
        return str(format_date(day, "d MMMM" if is_short else "d MMMM y", locale=locale))
    if is_short:
        return str(format_skeleton("MMMMd", day, locale=locale))
    return str(format_date(day, "long", locale=locale))


@lru_cache(maxsize=64)
def has_decimal_comma(language: str) -> bool:
    """Whether decimals are written behind a comma, so that a point may part thousands."""
    try:
        return get_decimal_symbol(Locale.parse(formats(language), sep="-")) == ","
    except (UnknownLocaleError, ValueError):
        return False


def value_text(kind: str, value: str, language: str) -> str:
    """A stored date, time or both ("2026-03-05", "14:30:00") as it is read, and a number without an idle decimal (ODK stores "2.0"); anything else as it stands."""
    if kind in ("decimal", "range"):
        return value.removesuffix(".0")
    day, _, clock = value.partition("T") if kind == "datetime" else (value, "", value)
    try:
        if kind == "time":
            return _clock(value)
        written = day_text(date.fromisoformat(day), language) if kind in ("date", "datetime") else value
    except ValueError:
        return value
    return f"{written} {_clock(clock)}" if kind == "datetime" and clock else written


def _clock(value: str) -> str:
    """Hours and minutes; seconds are not asked for."""
    return ":".join(value.split(":")[:2])
