"""When messages may be sent without disturbing. Replies within a conversation never ask; what falls outside waits, it is not dropped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

DAY_MINUTES = 24 * 60
# Midsummer Eve, Christmas Eve and New Year's Eve count as Sundays (Semesterlag 1977:480, 3 a §); `holidays` calls them de facto.
_CATEGORIES = ("public", "de_facto")


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the day, from `opens` until before `closes`, in minutes after local midnight; empty when both are equal."""

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens <= self.closes <= DAY_MINUTES:
            raise ValueError("a window lies within one day and opens before it closes")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Send 09–20 on weekdays, 11–18 on weekends and public holidays, unless a campaign says otherwise.

    The hours are what clocks in the zone show. On the day on which they are put forward, a window that would begin in the
    hour that is skipped begins after it, and one that lies wholly in it does not come; on the day on which they are put
    back, what lies in the hour that is repeated comes twice.
    """

    weekdays: Window = Window(9 * 60, 20 * 60)
    weekends: Window = Window(11 * 60, 18 * 60)
    country: str = "SE"
    time_zone: str = "Europe/Stockholm"

    def __post_init__(self) -> None:
        if self.weekdays.opens == self.weekdays.closes and self.weekends.opens == self.weekends.closes:
            raise ValueError("some hours of the week must be open")


def is_open(now: datetime, rules: QuietHours) -> bool:
    """Whether a message may leave now."""
    local = now.astimezone(UTC).astimezone(ZoneInfo(rules.time_zone))  # by way of UTC: not a time that no clock shows
    window = _window(local.date(), rules)
    return window.opens * 60 <= local.hour * 3600 + local.minute * 60 + local.second < window.closes * 60


def next_open(now: datetime, rules: QuietHours) -> datetime:
    """The first moment from `now` on at which a message may leave, in UTC; `now` itself when that is open."""
    now = now.astimezone(UTC)
    if is_open(now, rules):
        return now
    day = now.astimezone(ZoneInfo(rules.time_zone)).date()
    while True:
        opens = _first_open(day, now, rules)
        if opens is not None:
            return opens
        day += timedelta(days=1)


def _first_open(day: date, now: datetime, rules: QuietHours) -> datetime | None:
    zone = ZoneInfo(rules.time_zone)
    window = _window(day, rules)
    if window.opens == window.closes:
        return None
    starts = datetime.combine(day, time(), zone).astimezone(UTC)
    length = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC) - starts
    if length == timedelta(days=1):
        opens = starts + timedelta(minutes=window.opens)
        return opens if opens >= now else None
    # The clocks change on this day: a wall time may stand twice or not at all, so every minute is looked at.
    minutes = (starts + timedelta(minutes=n) for n in range(int(length.total_seconds()) // 60))
    return next((moment for moment in minutes if moment >= now and is_open(moment, rules)), None)


def _window(day: date, rules: QuietHours) -> Window:
    is_free = day.weekday() >= 5 or day in _holidays(rules.country, day.year)
    return rules.weekends if is_free else rules.weekdays


@lru_cache(maxsize=64)
def _holidays(country: str, year: int) -> frozenset[date]:
    supported = holidays.country_holidays(country).supported_categories
    wanted = tuple(category for category in _CATEGORIES if category in supported)
    return frozenset(holidays.country_holidays(country, years=year, categories=wanted))
