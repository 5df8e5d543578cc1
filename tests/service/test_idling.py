"""An idle service asks the database one question a tick; a lane without a limit none at all; a message elsewhere wakes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from random import Random

from sqlalchemy import event

from channels.api import Receipt
from service.breakers import news_of
from service.outbox import Outbox
from store.lanes import Admission, standings
from store.schema import message
from tests.service.hall import MINUTE, OPENS, Hall, resident, until

WORK = ("SELECT", "UPDATE", "INSERT", "DELETE", "WITH")


@contextmanager
def counted(hall: Hall) -> Iterator[list[str]]:
    """Every statement that SQLite is given, by whichever way."""
    heard: list[str] = []
    database = hall.service.database
    for engine in (database._writing, database._reading):
        engine.dispose()
        event.listen(engine, "connect", lambda connection, _: connection.set_trace_callback(heard.append))
    yield heard
    heard[:] = [words for words in heard if words.lstrip().upper().startswith(WORK)]


async def at_rest(hall: Hall) -> None:
    """Return when every hand has looked once, found nothing, and waits for its bell."""
    await until(lambda: all(hand.bell._waiters for hand in hall.service.outbox.hands))  # type: ignore[attr-defined]


async def test_an_idle_service_asks_one_question_a_tick(small_hall: Hall) -> None:
    small_hall.service.outbox._poll_seconds = 3600  # however long a tick takes here, nobody looks in its place
    await small_hall.service.ticker.tick()  # the first puts everything in order
    async with small_hall.service.outbox.running():
        await at_rest(small_hall)
        with counted(small_hall) as heard:
            for _ in range(10):
                await small_hall.service.ticker.tick()
    assert len(heard) == 10, heard


async def test_a_lane_without_a_limit_asks_nothing_while_it_is_well(small_hall: Hall) -> None:
    lane = small_hall.service.outbox.hands.lanes["email"]
    with counted(small_hall) as heard:
        admission = await small_hall.service.database.write(lambda c: lane.admit(c, 1000, OPENS, is_bulk=True))
        await lane.heard(small_hall.service.database, news_of([Receipt(1)] * 1000), OPENS, Random(1))
    assert admission == Admission(1000)
    assert heard == []


async def test_what_a_look_finds_wakes_the_hands_concerned(small_hall: Hall) -> None:
    outbox: Outbox = small_hall.service.outbox
    async with small_hall.service.channels["sms"].running(None), outbox.running():
        await at_rest(small_hall)
        small_hall.invite(resident(1), sent=False)  # by another process, which cannot ring here
        await small_hall.service.ticker.tick()
        await until(lambda: small_hall.count(message, message.c.attempts > 0) == 1)


async def test_a_provider_that_is_down_lays_its_lane_to_rest_and_one_message_tries(hall: Hall) -> None:
    """Nobody is behind the address: six hundred messages are queued, what was leased is tried, and no more until the rest is over."""
    service = hall.service
    hall.invite(*(resident(n) for n in range(600)), sent=False)
    one = partial(hall.count, message, message.c.attempts > 0)
    async with service.channels["sms"].running(None), service.outbox.running():
        await until(lambda: service.outbox.hands.resting(hall.clock.now()) == {"sms": "unreachable"})
        await until(lambda: "sending" not in hall.statuses())
        tried = one()
        assert tried <= 300
        hall.pass_time(MINUTE)
        await service.ticker.tick()
        await until(lambda: _sms(hall).trips == 2)
        assert hall.count(message, message.c.attempts > 1) + one() <= tried + 1
        assert _sms(hall).resting_until > hall.clock.now()


def _sms(hall: Hall):
    with hall.service.database.connect() as connection:
        return next(one for one in standings(connection) if one.name == "sms")
