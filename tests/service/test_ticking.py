"""The clock's work is done once by whoever ticks: waves, closings, feedback, and what dead workers held."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text, update

import service.ticking
from service.settings import Settings, load_settings
from service.wiring import Service
from store.campaigns import get_campaign, list_waves, plan_wave
from store.people import import_people
from store.promises import list_milestones, plan_milestone
from store.schema import answer, audit_entry, campaign, inbound_seen, message, message_transition, wave
from tests.console import village
from tests.service.hall import DAY, MINUTE, OPENS, Hall, resident, start, until


@pytest.fixture
def second(hall: Hall) -> Iterator[Service]:
    """Another process's service on the same database and clock."""
    other = Service(load_settings(Settings), takes_in=False)
    yield other
    other.database.close()


def launch(hall: Hall, count: int, campaign_id: str = "park") -> None:
    """Import residents and launch; nothing is released yet."""
    hall.do(lambda c: import_people(c, [resident(n) for n in range(count)], hall.vault, OPENS - DAY))
    hall.do(lambda c: start(c, village.definition(campaign_id, OPENS)))


def acts(hall: Hall, action: str) -> list[str]:
    return [entry.subject for entry in hall.rows(audit_entry, audit_entry.c.action == action)]


def status(hall: Hall) -> str:
    return str(hall.do(lambda c: get_campaign(c, "park").status))


async def test_a_wave_that_is_due_is_released_and_noted(hall: Hall) -> None:
    launch(hall, 5)
    await hall.service.ticker.tick()
    assert hall.statuses() == {"queued": 5}
    assert hall.service.ticker.ticked_at == OPENS
    [entry] = hall.rows(audit_entry, audit_entry.c.action == "released")
    assert entry.details == {"kind": "invitation", "number": 1}


async def test_nothing_is_released_before_its_time(hall: Hall) -> None:
    launch(hall, 5)
    hall.do(lambda c: c.execute(update(wave).values(due_at=OPENS + MINUTE)))
    await hall.service.ticker.tick()
    assert hall.statuses() == {}


async def test_two_who_tick_at_once_release_a_wave_once(hall: Hall, second: Service) -> None:
    launch(hall, 50)
    await asyncio.gather(*(ticker.tick() for ticker in (hall.service.ticker, second.ticker) * 4))
    assert hall.count(message) == 50
    assert len({row.participation_id for row in hall.rows(message)}) == 50
    assert len(acts(hall, "released")) == 1


async def test_portions_shared_by_two_make_a_whole(
    hall: Hall, second: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.ticking, "PORTION", 7)
    launch(hall, 50)
    await asyncio.gather(hall.service.ticker.tick(), second.ticker.tick())
    assert hall.count(message) == 50
    assert len(acts(hall, "released")) == 1
    [released] = hall.rows(wave, wave.c.kind == "invitation")
    assert (released.status, released.message_count) == ("released", 50)


async def test_answers_are_not_kept_waiting_behind_a_large_wave(
    small_hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall = small_hall
    monkeypatch.setattr(service.ticking, "PORTION", 1)
    launch(hall, 200)
    order: list[str] = []

    async def release() -> None:
        await hall.service.ticker.tick()
        order.append("released")

    async def answer_now() -> None:
        await hall.hear(1, "ja")
        order.append("answered")

    await asyncio.gather(release(), answer_now())
    assert order == ["answered", "released"]


async def test_reminders_go_to_those_who_have_not_finished(hall: Hall) -> None:
    launch(hall, 3)
    await hall.service.ticker.tick()
    hall.do(lambda c: c.execute(update(message).values(status="sent", attempts=1, sent_at=OPENS)))
    for said in ("ja", "1", "1", "2", "Mer ljus"):
        await hall.hear(1, said)
    assert hall.participation(1).status == "finished"
    hall.clock.set(OPENS + 3 * DAY)
    await hall.service.ticker.tick()
    reminded = hall.rows(message, message.c.purpose == "reminder")
    assert {row.person_id for row in reminded} == {hall.person(0).id, hall.person(2).id}


async def test_a_campaign_closes_at_its_time_and_once(hall: Hall, second: Service) -> None:
    launch(hall, 2)
    await hall.service.ticker.tick()
    hall.clock.set(OPENS + 21 * DAY)
    await asyncio.gather(hall.service.ticker.tick(), second.ticker.tick())
    assert status(hall) == "closed"
    assert acts(hall, "closed") == ["campaign park"]
    assert hall.statuses() == {"cancelled": 2}


async def test_what_a_large_campaign_had_queued_is_cancelled_in_portions(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.ticking, "PORTION", 7)
    launch(hall, 50)
    await hall.service.ticker.tick()
    assert hall.statuses() == {"queued": 50}
    hall.clock.set(hall.do(lambda c: get_campaign(c, "park").closes_at))
    await hall.service.ticker.tick()
    assert hall.statuses() == {"cancelled": 50}
    assert {row.reason for row in hall.rows(message)} == {"closed"}
    assert hall.count(message_transition, message_transition.c.status == "cancelled") == 50


async def test_what_is_past_its_time_expires_in_portions(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service.ticking, "PORTION", 7)
    launch(hall, 50)
    await hall.service.ticker.tick()
    hall.do(lambda c: c.execute(update(message).values(expires_at=OPENS + MINUTE)))
    hall.clock.set(OPENS + 2 * MINUTE)
    await hall.service.ticker.tick()
    assert hall.statuses() == {"expired": 50}


async def test_a_campaign_closes_once_in_the_hour_that_comes_twice(small_hall: Hall) -> None:
    """In the night to 31 October 2027 it is half past two twice in Vallby; the first time is the campaign's."""
    small_hall.invite(*(resident(n) for n in range(4)))
    closes_at = datetime(2027, 10, 31, 2, 30, tzinfo=ZoneInfo("Europe/Stockholm"))
    small_hall.do(lambda c: c.execute(update(campaign).values(closes_at=closes_at)))
    moments = [(0, 10), (0, 29), (0, 31), (1, 10)]  # UTC; by the town hall's clock 02:10, 02:29, 02:31 and 02:10 again
    for number, (hour, minute) in enumerate(moments):
        small_hall.clock.set(datetime(2027, 10, 31, hour, minute, tzinfo=UTC))
        if number == len(moments) - 1:
            await small_hall.service.ticker.tick()
        await small_hall.hear(number, "ja")
    assert [small_hall.participation(n).status for n in range(4)] == ["started", "started", "invited", "invited"]
    assert status(small_hall) == "closed"
    assert acts(small_hall, "closed") == ["campaign park"]


async def test_feedback_goes_to_whoever_answered_and_the_promise_is_kept(hall: Hall, second: Service) -> None:
    launch(hall, 3)
    await hall.service.ticker.tick()
    hall.do(lambda c: c.execute(update(message).values(status="sent", attempts=1, sent_at=OPENS)))
    await hall.hear(1, "ja")
    await hall.hear(1, "1")
    assert hall.count(answer) == 1
    due_at = OPENS + 57 * DAY
    hall.do(lambda c: village.decide(c, village.definition(opens_at=OPENS)))
    hall.do(lambda c: plan_milestone(c, "park", "decision", due_at))
    hall.do(lambda c: plan_wave(c, "park", "feedback", 1, due_at))
    hall.clock.set(due_at - MINUTE)
    await hall.service.ticker.tick()
    assert hall.count(message, message.c.purpose == "feedback") == 0
    assert status(hall) == "decided"
    hall.clock.set(due_at)
    await asyncio.gather(hall.service.ticker.tick(), second.ticker.tick())
    assert [row.person_id for row in hall.rows(message, message.c.purpose == "feedback")] == [hall.person(1).id]
    assert status(hall) == "fed_back"
    [kept] = [m for m in hall.do(lambda c: list_milestones(c, "park")) if m.kind == "decision"]
    assert kept.done_at == due_at


async def test_what_a_dead_worker_held_is_named(hall: Hall) -> None:
    hall.invite(resident(1), sent=False)
    hall.leave_one_sending()
    hall.pass_time(2 * MINUTE)
    await hall.service.ticker.tick()
    assert hall.statuses() == {"unknown": 1}


async def test_a_campaign_that_cannot_be_released_keeps_nothing_else_waiting(hall: Hall) -> None:
    launch(hall, 2, "broken")
    launch(hall, 2)
    hall.do(lambda c: c.execute(update(campaign).where(campaign.c.id == "broken").values(definition={"id": "broken"})))
    hall.invite(resident(90), campaign_id="third", sent=False)
    hall.leave_one_sending()
    hall.pass_time(2 * MINUTE)
    await hall.service.ticker.tick()
    assert hall.count(message, message.c.campaign_id == "park") > 0
    assert hall.count(message, message.c.status == "unknown") == 1
    assert next(w.status for w in hall.do(lambda c: list_waves(c, "broken"))) == "planned"


async def test_people_are_left_in_peace_between_campaigns(hall: Hall) -> None:
    launch(hall, 2)
    await hall.service.ticker.tick()
    launch(hall, 2, "square")
    hall.pass_time(timedelta(hours=1))
    await hall.service.ticker.tick()
    later = hall.rows(message, message.c.campaign_id == "square")
    assert [row.due_at for row in later] == [OPENS + timedelta(hours=48)] * 2


async def test_old_keys_are_forgotten_and_new_ones_kept(hall: Hall) -> None:
    hall.invite(resident(1))
    await hall.hear(1, "ja")
    hall.clock.set(OPENS + 29 * DAY)
    await hall.service.ticker.tick()
    assert hall.count(inbound_seen) == 1
    hall.clock.set(OPENS + 31 * DAY)
    await hall.service.ticker.tick()
    assert hall.count(inbound_seen) == 0


async def test_a_running_clock_ticks_and_goes_on_after_a_failure(hall: Hall) -> None:
    launch(hall, 2)
    hall.do(lambda c: c.execute(text("ALTER TABLE wave RENAME TO away")))
    async with hall.service.ticker.running():
        await asyncio.sleep(0.2)
        assert hall.count(message) == 0
        hall.do(lambda c: c.execute(text("ALTER TABLE away RENAME TO wave")))
        await until(lambda: hall.count(message) == 2)


async def test_a_clock_that_is_set_back_goes_on_ticking(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    class Wall(datetime):
        """The machine's clock, which somebody has set too far ahead."""

        ahead = timedelta(hours=1)

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + cls.ahead

    for module in ("apscheduler.schedulers.base", "apscheduler.triggers.interval", "service.ticking"):
        monkeypatch.setattr(f"{module}.datetime", Wall)
    async with hall.service.ticker.running():
        await until(lambda: hall.service.ticker.ticks)
        Wall.ahead = timedelta(0)
        launch(hall, 2)
        await until(lambda: hall.count(message) == 2)


async def test_stopping_finishes_the_tick_under_way_without_a_word(
    hall: Hall, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(service.ticking, "PORTION", 5)
    launch(hall, 200)
    async with hall.service.ticker.running():
        await until(lambda: hall.count(message) > 0)
    so_far = hall.count(message)
    assert so_far < 200
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
    await hall.service.ticker.tick()
    assert hall.count(message) == so_far  # stopped is stopped
    async with hall.service.ticker.running():
        await until(lambda: acts(hall, "released"))
    assert hall.count(message) == 200
    assert len(acts(hall, "released")) == 1
