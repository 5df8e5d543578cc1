"""What is due when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.lifecycle import IllegalTransition, advance, due, is_closing_due, overdue, timeline
from campaigns.quiet_hours import is_open
from tests.campaigns.definitions import example


@dataclass
class Row:
    kind: str
    number: int
    due_at: datetime
    status: str = "planned"
    done_at: datetime | None = None


NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)


def test_the_example_invites_reminds_twice_and_tells() -> None:
    zone = ZoneInfo("Europe/Stockholm")
    told = [
        (wave.kind, wave.number, f"{wave.due_at.astimezone(zone):%m-%d %H:%M}") for wave in timeline(example()).waves
    ]
    assert told == [
        ("invitation", 1, "03-09 09:00"),
        ("reminder", 1, "03-12 09:00"),
        ("reminder", 2, "03-16 09:00"),
        ("feedback", 1, "04-24 10:00"),
    ]


def test_reminders_and_promises_keep_their_hour_over_a_change_of_clocks() -> None:
    zone = ZoneInfo("Europe/Stockholm")
    definition = replace(
        example(),
        opens_at=datetime(2027, 3, 24, 8, tzinfo=UTC),  # 09:00, four days before the change
        closes_at=datetime(2027, 3, 26, 22, 30, tzinfo=UTC),  # 23:30
        milestones={},
    )
    moved = replace(definition, closes_at=datetime(2027, 4, 20, 8, tzinfo=UTC))
    told = [f"{wave.due_at.astimezone(zone):%m-%d %H:%M}" for wave in timeline(moved).waves if wave.kind == "reminder"]
    assert told == ["03-27 11:00", "03-31 09:00"]  # a Saturday opens at eleven
    promised = {m.kind: m.due_at.astimezone(zone) for m in timeline(definition).milestones}
    assert f"{promised['receipt']:%m-%d %H:%M}" == "03-29 23:30"


@pytest.mark.parametrize(
    ("opens_at", "expected"),
    [
        # New Year's Eve keeps the hours of a weekend until 18, New Year's Day from 11.
        ("2026-12-31 19:00", ["2027-01-01 11:00", "2027-01-04 11:00", "2027-01-08 11:00"]),
        ("2026-12-31 12:00", ["2026-12-31 12:00", "2027-01-03 12:00", "2027-01-07 12:00"]),
        ("2026-12-29 19:30", ["2026-12-29 19:30", "2027-01-02 11:00", "2027-01-05 19:30"]),
        ("2028-02-26 12:00", ["2028-02-26 12:00", "2028-02-29 12:00", "2028-03-04 12:00"]),
    ],
)
def test_a_campaign_goes_on_over_the_turn_of_the_year_and_a_leap_day(opens_at: str, expected: list[str]) -> None:
    zone = ZoneInfo("Europe/Stockholm")
    opens = datetime.fromisoformat(opens_at).replace(tzinfo=zone)
    made = replace(example(), opens_at=opens.astimezone(UTC), closes_at=(opens + timedelta(days=20)).astimezone(UTC))
    waves = [wave for wave in timeline(made).waves if wave.kind != "feedback"]
    assert [f"{wave.due_at.astimezone(zone):%Y-%m-%d %H:%M}" for wave in waves] == expected


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(1, 40 * 24),
    st.lists(st.integers(1, 40), unique=True, max_size=5).map(sorted),
    st.integers(1, 6),
)
@settings(deadline=None, max_examples=150)
def test_waves_stand_in_order_inside_the_open_hours_and_before_the_close(
    opens_at: datetime, hours: int, days: list[int], max_contacts: int
) -> None:
    definition = example()
    plan = replace(definition.plan, reminders=tuple(days), max_contacts=max_contacts)
    closes_at = opens_at + timedelta(hours=hours)
    decision_at = closes_at + timedelta(days=20)
    definition = replace(
        definition, plan=plan, opens_at=opens_at, closes_at=closes_at, decision_at=decision_at, feedback_at=decision_at
    )
    waves = timeline(definition).waves
    reminders = [wave for wave in waves if wave.kind == "reminder"]
    assert all(is_open(wave.due_at, plan.quiet_hours) for wave in waves)
    assert [wave.due_at for wave in waves] == sorted({wave.due_at for wave in waves})
    assert 1 + len(reminders) <= max_contacts
    assert all(wave.due_at < closes_at for wave in reminders)
    assert [wave.number for wave in reminders] == list(range(1, len(reminders) + 1))


def test_only_planned_waves_whose_time_has_come_are_due_the_oldest_first() -> None:
    rows = [
        Row("reminder", 1, NOON),
        Row("invitation", 1, NOON - timedelta(days=3)),
        Row("reminder", 2, NOON + timedelta(seconds=1)),
        Row("invitation", 2, NOON, "released"),
    ]
    found = due(rows, NOON, status="open", closes_at=NOON + timedelta(days=1))
    assert [(row.kind, row.number) for row in found] == [("invitation", 1), ("reminder", 1)]


def test_nobody_is_reminded_after_the_close() -> None:
    assert due([Row("reminder", 1, NOON)], NOON, status="open", closes_at=NOON) == ()
    assert due([Row("reminder", 1, NOON)], NOON, status="closed", closes_at=NOON + timedelta(days=1)) == ()


@pytest.mark.parametrize(("has_decision", "count"), [(False, 0), (True, 1)])
def test_feedback_waits_for_the_decision(has_decision: bool, count: int) -> None:
    found = due([Row("feedback", 1, NOON)], NOON, status="closed", closes_at=NOON, has_decision=has_decision)
    assert len(found) == count


def test_a_campaign_closes_at_its_hour() -> None:
    assert is_closing_due("open", NOON, NOON)
    assert not is_closing_due("open", NOON, NOON - timedelta(seconds=1))


def test_nothing_is_archived_without_feedback() -> None:
    assert advance("fed_back", "archived") == "archived"
    with pytest.raises(IllegalTransition, match="next comes fed_back"):
        advance("decided", "archived")


def test_promised_feedback_that_was_not_given_is_overdue() -> None:
    late, given_, later = (
        Row("receipt", 1, NOON),
        Row("status", 1, NOON, done_at=NOON),
        Row("decision", 1, NOON + timedelta(2)),
    )
    assert overdue([later, given_, late], NOON + timedelta(days=1)) == (late,)


def test_milestones_without_dates_follow_the_campaign() -> None:
    planned = timeline(replace(example(), milestones={})).milestones
    assert [milestone.kind for milestone in planned] == ["receipt", "you_said", "status", "decision"]
