"""How lanes stand for all workers together: tokens, rest, the one message that tries, and the one look of an idle process."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

from sqlalchemy import Connection, text

from store.database import Database
from store.lanes import Admission, Standing, admit, ensure, give_back, hold, look, resume, save, standings
from store.rates import Rate
from tests.store.town import DAY, MORNING, invite, resident, take

SECOND = timedelta(seconds=1)
LIMITED, UNLIMITED = Rate(0.01), Rate(float("inf"))  # one at once, and the next after 100 s


def ask(database: Database, rate: Rate = LIMITED, most: int = 100, *, is_bulk: bool = False, now=MORNING) -> Admission:
    with database.begin() as connection:
        ensure(connection, ["sms"])
        return admit(connection, "sms", rate, most, now, now + 60 * SECOND, is_bulk=is_bulk)


def lay_to_rest(database: Database, until=MORNING + 60 * SECOND, **values) -> None:
    with database.begin() as connection:
        ensure(connection, ["sms"])
        save(connection, Standing("sms", resting_since=MORNING, resting_until=until, reason="http_503", **values))


def test_one_burst_is_shared_by_whoever_asks(database: Database):
    assert [ask(database).count, ask(database).count] == [1, 0]
    assert 50 < (ask(database).again_seconds or 0) <= 100


async def test_a_worker_that_freezes_while_it_takes_from_a_lane_does_not_stop_the_others(
    postgres_url: str, monkeypatch
):
    monkeypatch.setattr("store.postgres.IDLE_SECONDS", 1)
    has_taken, goes_on = threading.Event(), threading.Event()
    frozen, other = Database(postgres_url), Database(postgres_url)

    def freeze(connection: Connection) -> int:
        count = admit(connection, "sms", UNLIMITED, 7, MORNING, MORNING, is_bulk=False).count
        has_taken.set()
        goes_on.wait(60)
        connection.execute(text("SELECT 1"))
        return count

    with other.begin() as connection:
        ensure(connection, ["sms"])
    freezing = asyncio.ensure_future(frozen.write(freeze))
    await asyncio.to_thread(has_taken.wait)
    assert ask(other, UNLIMITED).count == 0
    async with asyncio.timeout(60):
        while not ask(other, UNLIMITED).count:  # noqa: ASYNC110 - until the server gives it up
            await asyncio.sleep(0.05)
    goes_on.set()
    assert await freezing == 7  # nothing of the first try was kept: it is done again
    frozen.close()
    other.close()


async def test_a_command_may_think_between_two_statements(postgres_url: str, monkeypatch):
    monkeypatch.setattr("store.postgres.IDLE_SECONDS", 1)
    database = Database(postgres_url)
    for opened in (database.begin, database.connect):
        with opened() as connection:
            assert connection.execute(text("SHOW idle_in_transaction_session_timeout")).scalar_one() == "0"
    bounded = await database.read(lambda c: c.execute(text("SHOW idle_in_transaction_session_timeout")).scalar_one())
    assert bounded == "1s"
    database.close()


def test_what_found_no_message_is_given_back(database: Database):
    with database.begin() as connection:
        ensure(connection, ["sms"])
        taken = admit(connection, "sms", LIMITED, 2, MORNING, MORNING, is_bulk=False)
        give_back(connection, "sms", LIMITED, taken, taken.count, MORNING)
    assert ask(database).count == 1


def test_a_lane_that_rests_gives_nothing_until_its_time_is_over(database: Database):
    lay_to_rest(database)
    for rate in (LIMITED, UNLIMITED):
        assert ask(database, rate) == Admission(0, is_alert=True)
    assert ask(database, UNLIMITED, now=MORNING + 60 * SECOND) == Admission(100)


def test_after_a_trip_one_message_tries_and_no_other(database: Database):
    lay_to_rest(database, trips=2)
    later = MORNING + 61 * SECOND
    assert ask(database, UNLIMITED, now=later) == Admission(1, is_probe=True, is_alert=True)
    assert ask(database, UNLIMITED, now=later) == Admission(0, is_alert=True)
    assert ask(database, UNLIMITED, now=later + 60 * SECOND).is_probe  # whoever tried has died
    with database.connect() as connection:
        (told,) = standings(connection)
    assert (told.trips, told.reason, told.resting_since) == (2, "http_503", MORNING)


def test_a_probe_that_found_no_message_is_there_for_the_next(database: Database):
    lay_to_rest(database, trips=1)
    later = MORNING + 61 * SECOND
    with database.begin() as connection:
        taken = admit(connection, "sms", UNLIMITED, 5, later, later + DAY, is_bulk=True)
        give_back(connection, "sms", UNLIMITED, taken, 1, later)
    assert ask(database, UNLIMITED, now=later).is_probe


def test_who_comes_while_another_is_at_it_does_not_wait(postgres_url: str):
    one, other = Database(postgres_url), Database(postgres_url)
    with one.begin() as held:
        ensure(held, ["sms"])
    with one.begin() as held:
        taken = admit(held, "sms", LIMITED, 1, MORNING, MORNING, is_bulk=False)
        told = ask(other)
        assert (told.count, told.is_alert) == (0, False)
        assert told.again_seconds
        with other.begin() as connection:
            assert hold(connection, "sms") is None
        give_back(held, "sms", LIMITED, taken, 1, MORNING)
    assert ask(other).count == 1
    one.close()
    other.close()


def test_a_person_ends_the_rest(database: Database):
    lay_to_rest(database, trips=3)
    with database.begin() as connection:
        assert resume(connection, "sms")
        assert not resume(connection, "carrier pigeon")
        assert standings(connection) == [Standing("sms")]


def test_one_look_tells_what_could_be_done(database: Database):
    with database.begin() as connection:
        ensure(connection, ["sms", "email"])
        seen = look(connection, ["sms", "email"], MORNING)
        assert (seen.has_closings, seen.has_waves, seen.has_dead_leases) == (False, False, False)
        assert [(one.standing.name, one.bulk_due_at) for one in seen.lanes] == [("email", None), ("sms", None)]
        invite(connection, resident(1), resident(2))
        assert look(connection, ["sms"], MORNING).lanes[0].bulk_due_at == MORNING
        take(connection, limit=1, lease_seconds=60)
        later = look(connection, ["sms"], MORNING + 4 * DAY)
        assert (later.has_waves, later.has_dead_leases, later.has_closings) == (True, True, False)
        assert look(connection, ["sms"], MORNING + 15 * DAY).has_closings
