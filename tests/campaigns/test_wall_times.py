"""What clocks show, and which moments that is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.wall_times import beside, days_later, readings

STOCKHOLM = ZoneInfo("Europe/Stockholm")
ZONES = st.sampled_from(["Europe/Stockholm", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]).map(
    ZoneInfo
)


def shown(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "moments"),
    [
        ("2027-03-28 01:59", ["2027-03-28 00:59"]),
        ("2027-03-28 02:00", []),
        ("2027-03-28 02:59", []),
        ("2027-03-28 03:00", ["2027-03-28 01:00"]),
        ("2027-10-31 01:59", ["2027-10-30 23:59"]),
        ("2027-10-31 02:00", ["2027-10-31 00:00", "2027-10-31 01:00"]),
        ("2027-10-31 03:00", ["2027-10-31 02:00"]),
    ],
)
def test_a_shown_time_is_one_moment_none_or_two(text: str, moments: list[str]) -> None:
    assert readings(shown(text), STOCKHOLM) == tuple(shown(moment).replace(tzinfo=UTC) for moment in moments)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    ZONES,
)
@settings(deadline=None, max_examples=200)
def test_every_moment_is_among_the_readings_of_what_it_shows(moment: datetime, zone: ZoneInfo) -> None:
    found = readings(moment.astimezone(zone).replace(tzinfo=None), zone)
    assert moment in found
    assert list(found) == sorted(found)


def test_beside_a_time_that_never_comes_lie_two_that_do() -> None:
    assert beside(shown("2027-03-28 02:30"), STOCKHOLM) == (shown("2027-03-28 01:30"), shown("2027-03-28 03:30"))


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        ("2027-03-25 20:00", 7, "2027-04-01 20:00"),  # an hour less goes by
        ("2027-10-28 20:00", 7, "2027-11-04 20:00"),
        ("2027-03-25 02:30", 3, "2027-03-28 03:30"),  # there is no 02:30
        ("2026-12-29 23:30", 3, "2027-01-01 23:30"),
        ("2028-02-27 09:00", 2, "2028-02-29 09:00"),
    ],
)
def test_days_later_it_is_the_same_hour(start: str, days: int, expected: str) -> None:
    [moment] = readings(shown(start), STOCKHOLM)
    assert (days_later(moment, days, STOCKHOLM),) == readings(shown(expected), STOCKHOLM)


def test_an_hour_that_comes_twice_is_taken_the_first_time() -> None:
    first, second = readings(shown("2027-10-31 02:30"), STOCKHOLM)
    [before] = readings(shown("2027-10-30 02:30"), STOCKHOLM)
    assert days_later(before, 1, STOCKHOLM) == first
    assert days_later(second, 1, STOCKHOLM) == first + timedelta(hours=25)
