"""Dates and times of forms: ISO text to days since 1970, and back to text in a pattern. No clock is read here."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

_EPOCH = date(1970, 1, 1)
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_MOMENT = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?(Z|[+-]\d{2}(?::?\d{2})?)?"
)
_TIME = re.compile(r"(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?")
_SECONDS = 86400.0


def parse_date(text: str) -> date | None:
    """A date from "2026-11-21" or from the beginning of a date-time."""
    match = _DATE.fullmatch(text.strip().partition("T")[0])
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def parse_moment(text: str) -> datetime | None:
    """A date-time; naive when the text has no offset."""
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    micros = int((fraction or "0").ljust(6, "0"))
    try:
        moment = datetime.combine(
            date(int(year), int(month), int(day)), time(int(hour), int(minute), int(second or 0), micros)
        )
        return moment.replace(tzinfo=_zone(offset)) if offset else moment
    except ValueError:
        return None


def parse_time(text: str) -> time | None:
    """A time of day, whatever its offset."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    hour, minute, second, fraction = match.groups()
    try:
        return time(int(hour), int(minute), int(second or 0), int((fraction or "0").ljust(6, "0")))
    except ValueError:
        return None


def _zone(offset: str) -> tzinfo:
    if offset == "Z":
        return UTC
    digits = offset[1:].replace(":", "").ljust(4, "0")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-span if offset[0] == "-" else span)


def days(text: str) -> float:
    """Days since 1970-01-01 of a date or date-time text (a date-time without offset counts as UTC); NaN for other texts."""
    if len(text) < 8 or "-" not in text:
        return math.nan
    day = parse_date(text) if "T" not in text else None
    if day is not None:
        return float((day - _EPOCH).days)
    moment = parse_moment(text)
    return math.nan if moment is None else moment_days(moment)


def moment_days(moment: datetime) -> float:
    """Days since 1970-01-01T00:00 UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(days=1)


def from_days(number: float) -> date | None:
    """The date so many days after 1970-01-01, or None outside the calendar."""
    try:
        return _EPOCH + timedelta(days=math.floor(number))
    except (OverflowError, ValueError):
        return None


def day_fraction(text: str) -> float:
    """decimal-time(): noon is 0.5; NaN for what is no time."""
    clock = parse_time(text)
    if clock is None:
        moment = parse_moment(text)
        if moment is None:
            return math.nan
        clock = moment.time()
    return (clock.hour * 3600 + clock.minute * 60 + clock.second + clock.microsecond / 1e6) / _SECONDS


def moment_text(moment: datetime) -> str:
    """now() as ODK writes it: milliseconds and offset."""
    return moment.isoformat(timespec="milliseconds")


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def patterned(text: str, pattern: str) -> str:
    """format-date() and format-date-time(): "" for what is no date; an unknown %letter is kept as written."""
    moment = parse_moment(text)
    if moment is None:
        day = parse_date(text)
        if day is None:
            clock = parse_time(text)
            if clock is None:
                return ""
            moment = datetime.combine(_EPOCH, clock)
        else:
            moment = datetime.combine(day, time())
    parts = {
        "Y": f"{moment.year:04d}", "y": f"{moment.year % 100:02d}", "m": f"{moment.month:02d}", "n": str(moment.month),
        "b": _MONTHS[moment.month - 1], "d": f"{moment.day:02d}", "e": str(moment.day), "a": _WEEKDAYS[moment.weekday()],
        "W": f"{moment.isocalendar().week:02d}", "H": f"{moment.hour:02d}", "h": str(moment.hour), "M": f"{moment.minute:02d}",
        "S": f"{moment.second:02d}", "3": f"{moment.microsecond // 1000:03d}", "%": "%",
    }  # fmt: skip
    return re.sub(r"%(.)", lambda found: parts.get(found[1], found[0]), pattern)
