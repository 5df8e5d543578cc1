"""From what was said of a date (a day, a month, perhaps a year) to the dates that can be meant. How it is said lives in `days`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

YEARS = range(1800, 2201)
PERSIAN_YEARS = range(1300, 1451)
# The years in which the Persian cycle of 33 years has 366 days; exact for 1178-1633 (K. M. Borkowski, "The Persian calendar for 3000 years").
_PERSIAN_LEAPS = (1, 5, 9, 13, 17, 22, 26, 30)
_PERSIAN_START = date(622, 3, 21)  # where the cycle of our years, counted back, begins


def of(year: int, month: int, day: int) -> date | None:
    """The date, if there is such a day and the year is one that people write."""
    if year not in YEARS:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def persian(year: int, month: int, day: int) -> date | None:
    """The Gregorian date of a day in the solar Hijri calendar: six months of 31 days, five of 30, the last of 29 or 30."""
    longest = 31 if month <= 6 else 30 if month <= 11 or year % 33 in _PERSIAN_LEAPS else 29
    if year not in PERSIAN_YEARS or not 1 <= month <= 12 or not 1 <= day <= longest:
        return None
    cycles, years = divmod(year - 1, 33)
    leaps = cycles * len(_PERSIAN_LEAPS) + sum(leap <= years for leap in _PERSIAN_LEAPS)
    days = (year - 1) * 365 + leaps + (month - 1) * 30 + min(month - 1, 6) + day - 1
    return _PERSIAN_START + timedelta(days=days)


def nearest(dates: Iterable[date | None], today: date) -> date | None:
    """The one that lies nearest to today; of two equally near the later."""
    there = [day for day in dates if day is not None]
    return min(there, key=lambda day: (abs(day - today), today > day), default=None)


def without_year(month: int, day: int, today: date, *, weekday: int | None = None) -> date | None:
    """The nearest such day; with a weekday, of the years around the nearest in which it falls on it."""
    reach = 8 if weekday is None else 3  # 1900 and 2100 have no 29 February; a weekday years away is a slip of the pen
    around = [of(today.year + offset, month, day) for offset in range(-reach, reach + 1)]
    fitting = [day for day in around if day is not None and weekday in (None, day.weekday())]
    return nearest(fitting, today)


def year_before_and_after(day: date) -> tuple[date, ...]:
    """The same day of the month in the nearest years beside it that have it: four years away, or eight, for 29 February."""
    return before_and_after(day, (of(day.year + offset, day.month, day.day) for offset in range(-8, 9)))


def before_and_after(day: date, dates: Iterable[date | None]) -> tuple[date, ...]:
    """Of some dates the last before a day and the first after it, if there are any."""
    there = sorted(found for found in dates if found is not None)
    return (*[found for found in there if found < day][-1:], *[found for found in there if found > day][:1])


def of_short_year(year: int, month: int, day: int, today: date) -> date | None:
    """Two digits of a year: the nearest century."""
    return nearest((of(century + year, month, day) for century in (1800, 1900, 2000, 2100)), today)


def of_day(day: int, today: date) -> date | None:
    """The nearest day of this number in last, this or next month."""
    months = (today.year * 12 + today.month - 1 + offset for offset in (-1, 0, 1))
    return nearest((of(count // 12, count % 12 + 1, day) for count in months), today)
