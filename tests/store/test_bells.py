"""Bells between processes on PostgreSQL: rung with the commit, once for a lane and kind, heard by the others, and again after a cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import Connection, text, update

from store.bells import Ring, ring
from store.database import Database
from store.deliveries import resolve
from store.failures import FailureRules
from store.outbox import sweep
from store.schema import campaign
from tests.service.hall import until
from tests.store.town import DAY, LANES, MORNING, invite, messages, resident, take

SMS = Ring("sms", "bulk")
BOTH = {"sms": "+46700000001", "email": "r1@post.example"}


@pytest.fixture
def here(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url)
    yield database
    database.close()


@asynccontextmanager
async def listening(database: Database) -> AsyncIterator[list[Ring | None]]:
    """What a process hears; its first word is None, once it listens."""
    heard: list[Ring | None] = []
    assert database.bells is not None
    hearing = asyncio.create_task(database.bells.hear(heard.append))
    try:
        await until(lambda: heard == [None])
        heard.clear()
        yield heard
    finally:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)


async def test_what_one_process_queues_another_hears_once(here: Database, postgres_url: str):
    other = Database(postgres_url)
    async with listening(other) as heard:
        await here.write(lambda connection: invite(connection, resident(1), resident(2)))
        await until(lambda: SMS in heard)
        with here.begin() as connection:
            for _ in range(3):
                ring(connection, "a lane with spaces", "reply")
            ring(connection, "a lane with spaces", "rest")
        await until(lambda: len(heard) == 5)
    assert sorted((one.lane, one.kind) for one in heard if one) == [
        ("a lane with spaces", "reply"),
        ("a lane with spaces", "rest"),
        ("email", "bulk"),
        ("sms", "bulk"),
        ("telegram", "bulk"),
    ]
    other.close()


def leave_to_die(connection: Connection) -> None:
    """Two invitations leave by SMS with a worker that dies."""
    invite(connection, resident(1, contacts=BOTH), resident(2))
    connection.execute(update(campaign).values(definition={"plan": {"failover": True, "channels": ["sms", "email"]}}))
    assert len(take(connection, MORNING)) == 2


def doubt(connection: Connection) -> None:
    leave_to_die(connection)
    sweep(connection, MORNING + DAY)


def sweep_for_another_try(connection: Connection) -> None:
    sweep(connection, MORNING + DAY, resends=[("sms", "invitation")])


def say_the_word(connection: Connection) -> None:
    assert resolve(connection, ids(connection), "resend", MORNING + DAY) == 2


def give_them_up(connection: Connection) -> None:
    resolve(connection, ids(connection), "failed", MORNING + DAY, FailureRules(LANES))


def ids(connection: Connection) -> list[int]:
    return [row.id for row in messages(connection)]


@pytest.mark.parametrize(
    ("before", "act", "rung"),
    [
        (leave_to_die, sweep_for_another_try, SMS),
        (doubt, say_the_word, SMS),
        (doubt, give_them_up, Ring("email", "bulk")),
    ],
)
async def test_what_comes_back_or_goes_on_elsewhere_is_heard_too(
    before: Callable[[Connection], None],
    act: Callable[[Connection], None],
    rung: Ring,
    here: Database,
    postgres_url: str,
):
    await here.write(before)
    other = Database(postgres_url)
    async with listening(other) as heard:
        await here.write(act)
        await until(lambda: heard)
    assert heard == [rung]
    other.close()


async def test_nobody_hears_what_was_undone_or_what_they_rang_themselves(here: Database, postgres_url: str):
    def undone(connection):
        ring(connection, "sms", "bulk")
        raise RuntimeError("changed its mind")

    other = Database(postgres_url)
    async with listening(other) as heard:
        with pytest.raises(RuntimeError, match="mind"), here.begin() as connection:
            undone(connection)
        await other.write(lambda connection: ring(connection, "sms", "bulk"))
        await here.write(lambda connection: ring(connection, "sms", "reply"))
        await until(lambda: heard)
    assert heard == [Ring("sms", "reply")]
    other.close()


async def test_after_a_cut_it_listens_again_and_says_that_it_may_have_missed_some(here: Database, postgres_url: str):
    other = Database(postgres_url)
    cut = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'genklang bells' AND datname = current_database()"  # the server is shared with other tests
    )
    async with listening(other) as heard:
        with here.begin() as connection:
            assert connection.execute(cut).scalars().all() == [True]
        await until(lambda: heard == [None])
        await here.write(lambda connection: ring(connection, "sms", "bulk"))
        await until(lambda: heard == [None, SMS])
    other.close()


def test_sqlite_has_no_bells(sqlite_database: Database):
    assert sqlite_database.bells is None
    with sqlite_database.begin() as connection:
        ring(connection, "sms", "bulk")
