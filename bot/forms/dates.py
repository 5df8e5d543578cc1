"""Dates and times of forms: ISO text to days since 1970, and back to text in a pattern. No clock is read here."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

_EPOCH = date(1970, 1, 1)
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?(Z|[+-]\d{2}(?::?\d{2})?)?", re.ASCII
)
_TIME = re.compile(r"(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?", re.ASCII)
_STRICT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:T(\d{2})(?::(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?)?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)?)?", re.ASCII
)  # fmt: skip
_CLOCK = re.compile(r"(\d{2}):(\d{2})(?::([0-5]\d)(?:\.(\d{1,6})\d*)?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII)
_UNPADDED = re.compile(r"(\d{4})-([1-9]|\d{2})-([1-9]|\d{2})(T.*)?", re.ASCII)
_PADDED = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SECONDS = 86400.0
INVALID = "Invalid Date"


# --- what a resident may write


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
    return None if match is None else _built(*match.groups())


def parse_time(text: str) -> time | None:
    """A time of day, whatever its offset."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    hour, minute, second, fraction = match.groups()
    try:
        return time(int(hour), int(minute), int(second or 0), _micros(fraction))
    except ValueError:
        return None


def _built(
    year: str, month: str, day: str, hour: str | None, minute: str | None, second: str | None, fraction: str | None, offset: str | None
) -> datetime | None:  # fmt: skip
    try:
        moment = datetime.combine(
            date(int(year), int(month), int(day)),
            time(int(hour or 0), int(minute or 0), int(second or 0), _micros(fraction)),
        )
        return moment.replace(tzinfo=_zone(offset)) if offset else moment
    except ValueError:
        return None


def _micros(fraction: str | None) -> int:
    return int((fraction or "0").ljust(6, "0"))


def _zone(offset: str) -> tzinfo:
    if offset == "Z":
        return UTC
    digits = offset[1:].replace(":", "").ljust(4, "0")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-span if offset[0] == "-" else span)


# --- what expressions read


def moment_of(text: str) -> datetime | None:
    """A date or date-time in the strict form that expressions take (ODK's engine): two digits each, offset with colon."""
    match = _STRICT.fullmatch(text)
    return None if match is None else _built(*match.groups())


def days(text: str, zone: tzinfo = UTC) -> float:
    """Days since 1970-01-01 UTC of a date or date-time text (without offset it is in `zone`); NaN for other texts."""
    if len(text) < 10 or text[4] != "-":
        return math.nan
    moment = moment_of(text)
    return math.nan if moment is None else moment_days(moment, zone)


def moment_days(moment: datetime, zone: tzinfo = UTC) -> float:
    """Days since 1970-01-01T00:00 UTC; without offset the moment is in `zone`."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return (aware - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(days=1)


def from_days(number: float) -> datetime | None:
    """The moment so many days after 1970-01-01 (naive, to the millisecond), or None outside the calendar."""
    try:
        return datetime.combine(_EPOCH, time()) + timedelta(milliseconds=round(number * 86_400_000))
    except (OverflowError, ValueError):
        return None


def day_fraction(text: str, zone: tzinfo = UTC) -> float:
    """decimal-time(): noon is 0.5; NaN for what is no time of day, or ends in Z. One with an offset is taken to `zone`."""
    match = _CLOCK.fullmatch(text)
    if match is None or match[5] == "Z":
        return math.nan
    hour, minute, second, fraction, offset = match.groups()
    clock = _built("1970", "01", "01", hour, minute, second, fraction, offset)
    if clock is None:
        return math.nan
    clock = clock.astimezone(zone) if clock.tzinfo else clock
    return (clock.hour * 3600 + clock.minute * 60 + clock.second + clock.microsecond / 1e6) / _SECONDS


# --- what expressions give


def moment_text(moment: datetime, zone: tzinfo | None = None) -> str:
    """A moment as ODK writes it: local, with milliseconds and offset; its date alone at midnight."""
    local = moment.astimezone(zone) if moment.tzinfo and zone else moment
    local = local if local.tzinfo else local.replace(tzinfo=zone or UTC)
    if local.time() == time():
        return local.date().isoformat()
    fraction = f"{local.microsecond:06d}".rstrip("0")[:3] or "000"
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%dT%H:%M:%S}.{fraction}{offset[:3]}:{offset[3:5]}"


def to_date(text: str, zone: tzinfo | None = None) -> str:
    """date() of a text: a date or date-time, month and day with one digit or two; "Invalid Date" for anything else."""
    if not text:
        return ""
    if not _PADDED.match(text):
        match = _UNPADDED.fullmatch(text)
        if match is None:
            return INVALID
        text = f"{match[1]}-{match[2].zfill(2)}-{match[3].zfill(2)}{match[4] or ''}"
    moment = moment_of(text)
    return INVALID if moment is None else moment_text(moment, zone)


def from_number(number: float, zone: tzinfo | None = None, *, is_utc: bool = False) -> str:
    """date() of days since 1970-01-01: in `zone` itself, or (`is_utc`) in UTC and told in `zone`."""
    moment = from_days(number) if number == number else None
    if moment is None:
        return INVALID
    return moment_text(moment.replace(tzinfo=UTC) if is_utc else moment, zone)


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "")
"""English whatever the language, and no name for Sunday: so does ODK's engine (0.22), and a form must walk the same."""


_PLACES = re.compile(r"%([YymnbdeaHhMS3])")


def patterned(text: str, pattern: str, zone: tzinfo | None = None) -> str:
    """format-date() and format-date-time(): "" for what is no date; an unknown %letter is kept as written."""
    moment = moment_of(text)
    if moment is None:
        return ""
    if moment.tzinfo and zone:
        moment = moment.astimezone(zone)
    parts = {
        "Y": f"{moment.year:04d}", "y": f"{moment.year % 100:02d}", "m": f"{moment.month:02d}", "n": str(moment.month),
        "b": _MONTHS[moment.month - 1], "d": f"{moment.day:02d}", "e": str(moment.day), "a": _WEEKDAYS[moment.weekday()],
        "H": f"{moment.hour:02d}", "h": str(moment.hour), "M": f"{moment.minute:02d}", "S": f"{moment.second:02d}",
        "3": f"{moment.microsecond // 1000:03d}",
    }  # fmt: skip
    return _PLACES.sub(lambda found: parts[found[1]], pattern)
