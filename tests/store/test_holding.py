"""Whose hours a mass message keeps: its campaign's own, however wide or narrow those of others are."""

from __future__ import annotations

from datetime import timedelta

from store.database import Database
from store.outbox import next_due
from store.schema import message_transition
from tests.store.town import DAY, MORNING, invite, messages, release, resident, start, take


def test_a_campaign_that_rests_waits_and_another_goes_on(database: Database):
    opens = MORNING + DAY
    with database.begin() as connection:
        invite(connection, resident(1), resident(2))
        start(connection, "bath")
        release(connection, "invitation", campaign_id="bath")
        leased = take(connection, resting={"park": opens})
        assert {row.campaign_id for row in leased} == {"bath"}
        held = [row for row in messages(connection) if row.campaign_id == "park"]
        assert [(row.status, row.reason, row.due_at, row.attempts) for row in held] == [
            ("queued", "resting", opens, 0)
        ] * 2
        assert next_due(connection, "sms") == opens
        assert take(connection, MORNING + timedelta(hours=2), resting={"park": opens}) == []
        assert len(take(connection, opens)) == 2


def test_what_belongs_to_no_campaign_keeps_the_houses_hours(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        assert len(take(connection, resting={"": MORNING + DAY})) == 1  # the park's hours are its own


def test_waiting_leaves_no_trace_in_the_history(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        take(connection, resting={"park": MORNING + DAY})
        assert connection.execute(message_transition.select()).all() == []


def test_stop_goes_before_waiting(database: Database):
    from store.departures import opt_people_out
    from store.schema import message
    from tests.store.town import person_id

    with database.begin() as connection:
        invite(connection, resident(1))
        opt_people_out(connection, [person_id(connection, 1)], origin="sms", now=MORNING)
        connection.execute(message.update().values(status="queued"))
        take(connection, resting={"park": MORNING + DAY})
        assert [row.status for row in messages(connection)] == ["cancelled"]


def test_a_long_queue_at_rest_does_not_hide_the_open_one(database: Database):
    with database.begin() as connection:
        invite(connection, *(resident(n) for n in range(30)))
        start(connection, "bath")
        release(connection, "invitation", campaign_id="bath")
        found = []
        for _ in range(3):
            found += take(connection, limit=5, resting={"park": MORNING + DAY})
        assert [row.campaign_id for row in found] == ["bath"] * 15
