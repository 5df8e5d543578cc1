"""A campaign over the turn of the year, from its first message to its last: what leaves when, and what "tomorrow" is after midnight."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.xlsform import read_xlsform
from campaigns.lifecycle import timeline
from store.campaigns import Dates, list_waves, save_campaign
from store.launching import launch
from store.people import import_people
from store.promises import list_milestones, plan_milestone
from store.schema import answer, campaign, message
from tests.console import village
from tests.service.hall import DAY, Hall, resident

STOCKHOLM = ZoneInfo("Europe/Stockholm")
HOUR = timedelta(hours=1)
SURVEY = """
| survey |
| | type | name | label::Svenska (sv) | label::English (en) | label::العربية (ar) |
| | date | walk | När är du i parken nästa gång? | When are you in the park next? | متى ستكون في الحديقة؟ |
| | date | last | När var du där senast? | When were you there last? | متى كنت هناك آخر مرة؟ |
| | text | more | Något mer? | Anything else? | هل من شيء آخر؟ |
"""


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM).astimezone(UTC)


def settle_in(hall: Hall, count: int) -> None:
    """It opens on Wednesday 29 December 2027 and closes on 10 January 2028, both at noon."""
    made = village.definition("park", local("2027-12-29 12:00"))
    made = replace(made, closes_at=local("2028-01-10 12:00"), decision_at=local("2028-02-29 12:00"))
    made = replace(made, feedback_at=local("2028-03-01 12:00"), plan=replace(made.plan, channels=("sms",)))
    plan, dates = timeline(made), Dates(made.opens_at, made.closes_at, made.decision_at, made.feedback_at)
    xform = read_xlsform(SURVEY.encode(), "survey.md").xform
    waves = [(wave.kind, wave.number, wave.due_at) for wave in plan.waves if wave.kind != "feedback"]
    languages = made.languages

    def enter(c) -> None:
        import_people(c, [resident(n) for n in range(count)], hall.vault, made.opens_at - DAY)
        save_campaign(c, "park", made.to_data(), dates, xform=xform, now=made.opens_at - DAY)
        everyone, now = {"kind": "everyone"}, made.opens_at - DAY
        launch(c, "park", everyone, channels=("sms",), languages=languages, waves=waves, now=now)
        for milestone in plan.milestones:
            plan_milestone(c, "park", milestone.kind, milestone.due_at)

    hall.do(enter)


async def at(hall: Hall, text: str) -> None:
    hall.clock.set(local(text))
    await hall.service.ticker.tick()


def may_leave(hall: Hall) -> bool:
    return bool(hall.do(lambda c: hall.service.outbox._hours.look(c, hall.clock.now())).is_open)


def sent(hall: Hall, purpose: str) -> int:
    return hall.count(message, message.c.purpose == purpose)


def take_for_sent(hall: Hall) -> None:
    now = hall.clock.now()
    hall.do(lambda c: c.execute(message.update().values(status="sent", attempts=1, sent_at=now)))


async def test_waves_nudges_and_the_closing_come_over_the_turn_of_the_year(hall: Hall) -> None:
    settle_in(hall, 3)
    due = [w.due_at for w in hall.do(lambda c: list_waves(c, "park"))]
    assert due == [local("2027-12-29 12:00"), local("2028-01-01 12:00"), local("2028-01-05 12:00")]
    await at(hall, "2027-12-29 12:00")
    assert (sent(hall, "invitation"), may_leave(hall)) == (3, True)
    take_for_sent(hall)
    await at(hall, "2027-12-30 20:30")
    await hall.hear(0, "ja")
    take_for_sent(hall)
    await at(hall, "2027-12-31 17:59")
    assert may_leave(hall)
    await at(hall, "2027-12-31 20:31")
    assert (sent(hall, "nudge"), may_leave(hall)) == (1, False)  # it is due, and waits
    standing = hall.do(lambda c: hall.service.outbox._hours.look(c, hall.clock.now()))
    assert set(standing.resting.values()) == {local("2028-01-01 11:00")}
    await at(hall, "2028-01-01 00:00")
    assert not may_leave(hall)
    await at(hall, "2028-01-01 11:00")
    assert may_leave(hall)
    take_for_sent(hall)
    await at(hall, "2028-01-01 12:00")
    assert sent(hall, "reminder") == 3
    await at(hall, "2028-01-10 12:00")
    [row] = hall.rows(campaign)
    assert (row.status, row.closed_at) == ("closed", local("2028-01-10 12:00"))
    promised = {m.kind: m.due_at for m in hall.do(lambda c: list_milestones(c, "park"))}
    assert promised["receipt"] == local("2028-01-13 12:00")
    assert promised["status"] == local("2028-02-29 12:00")


async def test_after_midnight_tomorrow_is_another_day_though_it_is_still_the_old_year_in_utc(hall: Hall) -> None:
    settle_in(hall, 2)
    await at(hall, "2027-12-29 12:00")
    take_for_sent(hall)
    hall.clock.set(local("2027-12-31 23:30"))
    for said in ("ja", "imorgon", "igår"):
        await hall.hear(0, said)
    hall.clock.set(local("2028-01-01 00:30"))
    for said in ("ja", "imorgon", "30 december"):
        await hall.hear(1, said)
    given = {(row.participation_id, row.path): row.value for row in hall.rows(answer)}
    first, second = (hall.participation(number).id for number in (0, 1))
    assert given == {
        (first, "/data/walk"): "2028-01-01",
        (first, "/data/last"): "2027-12-30",
        (second, "/data/walk"): "2028-01-02",
        (second, "/data/last"): "2027-12-30",
    }
    assert "30 december 2027" in hall.replies()[-1].text
