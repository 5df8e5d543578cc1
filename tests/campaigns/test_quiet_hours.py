"""Messages leave only when they do not disturb."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.quiet_hours import QuietHours, Window, is_open, next_open

STOCKHOLM = ZoneInfo("Europe/Stockholm")
RULES = QuietHours()


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-03-09T08:59:59", "2026-03-09T09:00"),  # a Monday
        ("2026-03-09T20:00", "2026-03-10T09:00"),
        ("2026-03-13T20:30", "2026-03-14T11:00"),  # Friday evening, then Saturday
        ("2026-04-03T09:00", "2026-04-03T11:00"),  # Good Friday
        ("2026-06-19T10:00", "2026-06-19T11:00"),  # Midsummer Eve
        ("2026-12-24T18:30", "2026-12-25T11:00"),
        ("2026-03-28T18:00", "2026-03-29T11:00"),  # the night in which clocks go forward
        ("2026-10-24T18:00", "2026-10-25T11:00"),  # and back
    ],
)
def test_what_falls_outside_waits_for_the_next_open_hour(moment: str, opens: str) -> None:
    assert next_open(local(moment), RULES) == local(opens)


def test_an_open_moment_is_kept_as_it_is() -> None:
    now = local("2026-03-09T12:34:56")
    assert next_open(now, RULES) == now


NIGHTLY = QuietHours(Window(150, 165), Window(150, 165))  # 02:30-02:45


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2027-03-28T00:00+01:00", "2027-03-29T02:30+02:00"),  # the whole window is skipped that night
        ("2027-10-31T00:00+02:00", "2027-10-31T02:30+02:00"),
        ("2027-10-31T02:45+02:00", "2027-10-31T02:30+01:00"),  # and comes twice in this one
        ("2027-10-31T02:45+01:00", "2027-11-01T02:30+01:00"),
    ],
)
def test_hours_of_the_night_follow_what_clocks_show(now: str, opens: str) -> None:
    assert next_open(datetime.fromisoformat(now), NIGHTLY) == datetime.fromisoformat(opens)


def test_a_window_that_begins_in_the_skipped_hour_begins_after_it() -> None:
    early = QuietHours(Window(150, 240), Window(150, 240))  # 02:30-04:00
    opens = next_open(datetime(2027, 3, 28, tzinfo=UTC), early)
    assert opens == datetime(2027, 3, 28, 1, tzinfo=UTC)  # 03:00


def test_a_time_that_no_clock_shows_is_judged_by_what_clocks_show_then() -> None:
    skipped = local("2027-03-28T02:35")  # as arithmetic on local times makes it: 03:35
    assert not is_open(skipped, NIGHTLY)
    assert is_open(skipped, QuietHours(Window(215, 216), Window(215, 216)))


windows = st.tuples(st.integers(0, 24 * 60), st.integers(0, 24 * 60)).map(lambda pair: Window(min(pair), max(pair)))
rules = st.tuples(
    windows, windows, st.sampled_from(["Europe/Stockholm", "America/New_York", "Australia/Lord_Howe"])
).filter(lambda t: t[0].opens < t[0].closes)
moments = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
changes = st.sampled_from(
    [
        datetime(2026, 3, 28, 22, tzinfo=UTC),
        datetime(2026, 10, 24, 22, tzinfo=UTC),
        datetime(2026, 11, 1, 3, tzinfo=UTC),
    ]
)
near_changes = st.tuples(changes, st.integers(0, 8 * 60)).map(lambda pair: pair[0] + timedelta(minutes=pair[1]))


@given(st.one_of(moments, near_changes), rules)
@settings(deadline=None, max_examples=300)
def test_the_next_open_moment_is_open_and_the_first(now: datetime, drawn: tuple[Window, Window, str]) -> None:
    chosen = QuietHours(drawn[0], drawn[1], "SE", drawn[2])
    opens = next_open(now, chosen)
    assert opens >= now
    assert is_open(opens, chosen)
    between = (now + timedelta(minutes=n) for n in range(0, min(4000, int((opens - now).total_seconds() // 60)), 7))
    assert not any(is_open(moment, chosen) for moment in between)
    assert opens == now or not is_open(opens - timedelta(seconds=1), chosen)


def test_a_week_without_an_open_hour_is_refused() -> None:
    with pytest.raises(ValueError, match="some hours"):
        QuietHours(Window(0, 0), Window(60, 60))
