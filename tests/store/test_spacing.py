"""However many campaigns there are, a person is written to first by one of them at a time: checked as messages leave."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from store.campaigns import close_campaign
from store.database import Database
from store.outbox import Outcome, lease, settle
from store.schema import campaign, message, participation, wave
from tests.store.town import DAY, MORNING, messages, release, resident, settle_in, start, take

GAP = 2 * DAY
MINUTE = timedelta(minutes=1)


def two_campaigns(connection, *residents, second="email"):
    """Both opened at once, and neither release saw the other's messages: each wrote to everybody at the same moment."""
    settle_in(connection, *residents)
    start(connection, "park", channels=("sms",))
    start(connection, "school", channels=(second,))
    for campaign_id in ("park", "school"):
        release(connection, "invitation", campaign_id=campaign_id)


def both(number):
    return resident(number, contacts={"sms": f"+4670{number:07d}", "email": f"r{number}@post.example"})


def leave(connection, lane, now, status="sent"):
    leased = take(connection, now, lane=lane, gap=GAP)
    settle(connection, [Outcome(m.message_id, m.fence, status) for m in leased], now)
    return [m.campaign_id for m in leased]


def test_of_two_campaigns_at_once_one_waits_though_it_has_another_address(database: Database):
    with database.begin() as connection:
        two_campaigns(connection, both(1))
        assert leave(connection, "email", MORNING) == []
        assert leave(connection, "sms", MORNING) == ["park"]
        waiting = messages(connection)[1]
        assert (waiting.status, waiting.reason, waiting.due_at) == ("queued", "spaced", MORNING + GAP)
        assert leave(connection, "email", MORNING + GAP - MINUTE) == []
        assert leave(connection, "email", MORNING + GAP) == ["school"]


def test_the_gap_begins_when_the_other_has_left(database: Database):
    with database.begin() as connection:
        two_campaigns(connection, both(1))
        assert leave(connection, "sms", MORNING + DAY) == ["park"]
        assert leave(connection, "email", MORNING + DAY) == []
        assert messages(connection)[1].due_at == MORNING + DAY + GAP


def test_both_in_one_lease(database: Database):
    with database.begin() as connection:
        two_campaigns(connection, both(1), both(2), second="sms")
        assert leave(connection, "sms", MORNING) == ["park", "park"]


def test_what_failed_or_belongs_to_a_closed_campaign_is_in_nobodys_way(database: Database):
    with database.begin() as connection:
        two_campaigns(connection, both(1), both(2))
        [first, second] = take(connection, MORNING, gap=GAP)
        settle(connection, [Outcome(first.message_id, first.fence, "failed")], MORNING)
        settle(connection, [Outcome(second.message_id, second.fence, "queued", due_at=MORNING + DAY)], MORNING)
        connection.execute(update(message).where(message.c.id == second.message_id).values(due_at=MORNING))
        close_campaign(connection, "park", MORNING)
        assert leave(connection, "email", MORNING) == ["school", "school"]


def test_whoever_waits_for_one_that_is_late_looks_again(database: Database):
    with database.begin() as connection:
        two_campaigns(connection, both(1))
        assert leave(connection, "email", MORNING + 5 * DAY) == []
        assert messages(connection)[1].due_at == MORNING + 5 * DAY + timedelta(hours=1)


def test_feedback_and_replies_wait_for_nobody(database: Database):
    with database.begin() as connection:
        two_campaigns(connection, both(1))
        connection.execute(update(message).where(message.c.campaign_id == "school").values(purpose="feedback"))
        assert leave(connection, "email", MORNING) == ["school"]


def test_without_a_gap_nobody_waits(database: Database):
    with database.begin() as connection:
        two_campaigns(connection, both(1))
        assert [m.campaign_id for m in take(connection, MORNING, lane="email")] == ["school"]


@pytest.mark.parametrize("second", ["email", "sms"])
def test_workers_that_lease_at_once_never_write_to_a_person_twice(database: Database, second):
    with database.begin() as connection:
        two_campaigns(connection, *(both(n) for n in range(60)), second=second)
    together = Barrier(4)

    def work(lane: str) -> list[int | None]:
        together.wait()
        people: list[int | None] = []
        for _ in range(40):
            with database.begin() as connection:
                leased = lease(connection, lane, 5, MORNING, 60, bulk_open=True, gap=GAP)
            with database.begin() as connection:
                settle(connection, [Outcome(m.message_id, m.fence, "sent") for m in leased], MORNING)
            people += [m.person_id for m in leased]
        return people

    with ThreadPoolExecutor(4) as threads:
        futures = [threads.submit(work, lane) for lane in ("sms", second) * 2]
        written = [person for future in futures for person in future.result()]
    assert len(written) == len(set(written)) == 60


@given(moves=st.lists(st.tuples(st.sampled_from(["sms", "email"]), st.integers(0, 30)), min_size=1, max_size=12))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_whatever_order_lanes_are_served_the_gap_holds(sqlite_database: Database, moves):
    with sqlite_database.begin() as connection:
        for table in (message, participation, wave, campaign):
            connection.execute(delete(table))
        two_campaigns(connection, both(1))
        start(connection, "bath", channels=("email", "sms"))
        release(connection, "invitation", campaign_id="bath")
        now = MORNING
        for lane, hours in moves:
            now += timedelta(hours=hours)
            leave(connection, lane, now)
        moments = sorted(connection.execute(select(message.c.sent_at).where(message.c.sent_at.is_not(None))).scalars())
        assert all(after - before >= GAP for before, after in pairwise(moments))


def test_two_campaigns_released_and_leased_at_once_leave_a_person_in_peace(database: Database):
    everybody = [both(n) for n in range(40)]
    with database.begin() as connection:
        settle_in(connection, *everybody)
        start(connection, "park", channels=("sms",))
        start(connection, "school", channels=("email",))
    together = Barrier(2)

    def work(campaign_id: str, lane: str) -> list[int | None]:
        together.wait()
        people: list[int | None] = []
        is_complete = False
        while not is_complete:
            with database.begin() as connection:
                is_complete = release(connection, "invitation", campaign_id=campaign_id, gap=GAP, limit=8).is_complete
            with database.begin() as connection:
                leased = lease(connection, lane, 100, MORNING, 60, bulk_open=True, gap=GAP)
            people += [m.person_id for m in leased]
        return people

    with ThreadPoolExecutor(2) as threads:
        futures = [threads.submit(work, "park", "sms"), threads.submit(work, "school", "email")]
        written = [person for future in futures for person in future.result()]
    assert len(written) == len(set(written)) == 40
