"""Group commit: whoever waits hears after COMMIT, and one failing work harms no other."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, delete, event, func, insert, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from store.bursts import Bursts
from store.database import Database
from store.errors import DatabaseClosed
from store.schema import inbound_seen, person
from tests.store.town import MORNING, resident, settle_in


def seen(key: str):
    def work(connection: Connection) -> str:
        connection.execute(insert(inbound_seen).values(channel="sms", external_id=key, received_at=MORNING))
        return key

    return work


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(inbound_seen)).scalar_one()


async def test_a_write_is_committed_when_its_future_resolves(database: Database, database_url: str):
    await database.write(seen("1"))
    another = Database(database_url)
    assert await another.read(count) == 1
    another.close()


async def a_burst_is_over() -> None:
    """The loop has gone round often enough to hand over what it brought."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_waits_to_be_taken_together_is_taken_at_once_and_in_its_place(database: Database):
    taken: list[object] = []
    is_free = threading.Event()

    def together(connection: Connection, items: object) -> None:
        for item in list(items):
            seen(str(item))(connection)
        taken.append(list(items))

    def alone(connection: Connection) -> None:
        taken.append("alone")

    waiting = [asyncio.create_task(database.write(lambda _: is_free.wait(60)))]
    waiting += [asyncio.create_task(database.write_together(together, n)) for n in range(3)]
    await a_burst_is_over()
    waiting += [asyncio.create_task(database.write(alone))]
    waiting += [asyncio.create_task(database.write_together(together, n)) for n in range(3, 5)]
    dropped = asyncio.create_task(database.write_together(together, 99))
    await a_burst_is_over()
    dropped.cancel()
    is_free.set()
    await asyncio.gather(*waiting)
    assert taken == [[0, 1, 2], "alone", [3, 4]]
    assert await database.read(count) == 5


async def test_one_failing_among_those_taken_together_harms_no_other(database: Database):
    is_free = threading.Event()

    def together(connection: Connection, items: list[int]) -> None:
        for item in items:
            seen(str(item))(connection)
            if item == 2:
                raise LookupError("as planned")

    holding = asyncio.create_task(database.write(lambda _: is_free.wait(60)))
    waiting = [asyncio.create_task(database.write_together(together, n)) for n in range(5)]
    await a_burst_is_over()
    is_free.set()
    await holding
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(result) for result in results] == [type(None), type(None), LookupError, type(None), type(None)]
    assert await database.read(count) == 4


async def test_one_failing_work_harms_no_other(database: Database):
    async def failing() -> None:
        def work(connection: Connection) -> None:
            seen("lost")(connection)
            raise LookupError("as planned")

        await database.write(work)

    results = await asyncio.gather(
        *(database.write(seen(str(n))) for n in range(20)),
        failing(),
        *(database.write(seen(str(n))) for n in range(20, 40)),
        return_exceptions=True,
    )
    assert [type(result) for result in results if not isinstance(result, str)] == [LookupError]
    assert await database.read(count) == 40


async def test_a_statement_that_fails_harms_no_other(database: Database):
    results = await asyncio.gather(
        database.write(seen("1")), database.write(seen("1")), database.write(seen("2")), return_exceptions=True
    )
    assert [isinstance(result, DBAPIError) for result in results] == [False, True, False]
    assert await database.read(count) == 2


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fails=st.lists(st.booleans(), min_size=1, max_size=40))
async def test_whatever_fails_every_other_work_is_done_once_and_in_order(database: Database, fails: list[bool]):
    """Each work tells how many keys it found and adds its own: the places say that they ran in order, none of them twice."""
    with database.begin() as connection:
        connection.execute(delete(inbound_seen))

    def numbered(number: int):
        def work(connection: Connection) -> int:
            before = count(connection)
            seen(str(number))(connection)
            if fails[number]:
                raise LookupError(number)
            return before

        return work

    works = (database.write(numbered(number)) for number in range(len(fails)))
    results = await asyncio.gather(*works, return_exceptions=True)
    assert [isinstance(result, LookupError) for result in results] == fails
    assert [result for result in results if isinstance(result, int)] == list(range(fails.count(False)))
    assert await database.read(count) == fails.count(False)


async def test_works_that_wait_together_share_a_commit(sqlite_database: Database):
    commits = []
    event.listen(sqlite_database._writing, "commit", lambda connection: commits.append(1))
    with sqlite_database.begin():  # holds the lock, so that the writer cannot begin
        works = [asyncio.ensure_future(sqlite_database.write(seen(str(n)))) for n in range(50)]
        await asyncio.sleep(0)
    commits.clear()
    await asyncio.gather(*works)
    assert len(commits) < 10


async def test_everybody_hears_when_the_commit_fails(sqlite_database: Database):
    def refuse(connection: Connection) -> None:
        raise OSError("the disk is full")

    event.listen(sqlite_database._writing, "commit", refuse)
    results = await asyncio.gather(*(sqlite_database.write(seen(str(n))) for n in range(5)), return_exceptions=True)
    event.remove(sqlite_database._writing, "commit", refuse)
    assert [type(result) for result in results] == [OSError] * 5
    assert await sqlite_database.read(count) == 0


async def test_the_writer_lives_on_after_a_failed_commit(sqlite_database: Database):
    def refuse(connection: Connection) -> None:
        raise OSError("the disk is full")

    event.listen(sqlite_database._writing, "commit", refuse)
    with pytest.raises(OSError, match="full"):
        await sqlite_database.write(seen("1"))
    event.remove(sqlite_database._writing, "commit", refuse)
    assert await sqlite_database.write(seen("2")) == "2"


async def test_a_work_that_nobody_waits_for_any_more_is_not_run(sqlite_database: Database):
    with sqlite_database.begin():  # holds the lock, so that the writer cannot begin
        waiting = asyncio.ensure_future(sqlite_database.write(seen("first")))
        abandoned = asyncio.ensure_future(sqlite_database.write(seen("abandoned")))
        await asyncio.sleep(0.05)
        abandoned.cancel()
        await asyncio.sleep(0)
    await waiting
    assert await sqlite_database.read(count) == 1


async def test_closing_finishes_what_waits(database_url: str):
    database = Database(database_url)
    waiting = [asyncio.ensure_future(database.write(seen(str(n)))) for n in range(100)]
    await asyncio.sleep(0)
    await asyncio.to_thread(database.close)
    await asyncio.gather(*waiting)
    with pytest.raises(DatabaseClosed):
        await database.write(seen("late"))


async def test_readers_cannot_write(database: Database):
    with pytest.raises(DBAPIError):
        await database.read(seen("1"))


async def test_a_reader_sees_one_moment(database: Database):
    with database.connect() as connection:
        before = count(connection)
        await database.write(seen("1"))
        assert count(connection) == before


async def test_a_deadlock_is_tried_again(postgres_url: str):
    database, other = Database(postgres_url), create_engine(postgres_url)
    with database.begin() as connection:
        settle_in(connection, resident(1), resident(2))
        one, two = connection.execute(select(person.c.id).order_by(person.c.id)).scalars()
    here, there, attempts = threading.Event(), threading.Event(), []

    def touch(connection: Connection, id_: int) -> None:
        connection.execute(update(person).where(person.c.id == id_).values(language="en"))

    def work(connection: Connection) -> None:
        attempts.append(1)
        connection.exec_driver_sql("SET LOCAL deadlock_timeout = '50ms'")
        touch(connection, one)
        here.set()
        there.wait(60)
        if len(attempts) == 1:
            until_somebody_waits()
        touch(connection, two)

    def cross() -> None:
        here.wait(60)
        with other.begin() as connection:
            connection.exec_driver_sql("SET LOCAL deadlock_timeout = '60s'")
            touch(connection, two)
            there.set()
            touch(connection, one)

    def until_somebody_waits() -> None:
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        with other.connect() as connection:
            while not connection.exec_driver_sql(waiting).scalar_one():
                time.sleep(0.01)

    await asyncio.gather(asyncio.to_thread(cross), database.write(work))
    database.close()
    other.dispose()
    assert len(attempts) == 2


def test_a_server_that_falls_silent_is_noticed_unless_the_address_says_otherwise(postgres_url: str):
    patient = make_url(postgres_url).update_query_dict({"tcp_user_timeout": "90000"})
    for url, expected in ((postgres_url, "30000"), (patient.render_as_string(hide_password=False), "90000")):
        database = Database(url)
        with database.connect() as connection:
            told = connection.connection.dbapi_connection.info.get_parameters()
        assert (told["tcp_user_timeout"], told["connect_timeout"], told["keepalives_idle"]) == (expected, "10", "20")
        database.close()


async def test_a_lost_connection_is_replaced(postgres_url: str):
    database = Database(postgres_url)
    await database.write(seen("1"))
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert await database.write(seen("2")) == "2"
    database.close()


async def test_sqlite_keeps_what_it_acknowledged_through_a_loss_of_power(sqlite_database: Database):
    await sqlite_database.write(seen("1"))
    with sqlite_database.begin() as connection:
        modes = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    assert modes == ["wal", 2]


def test_a_database_in_memory_is_refused():
    with pytest.raises(ValueError, match="needs a file"):
        Database("sqlite://")


async def test_a_second_process_waits_for_the_lock_instead_of_failing(sqlite_database: Database, sqlite_url: str):
    path = sqlite_url.removeprefix("sqlite:///")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.ensure_future(sqlite_database.write(seen("1")))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    other.execute("COMMIT")
    other.close()
    assert await waiting == "1"


async def test_trouble_is_told_once_and_ends_when_things_are_taken_in(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("store.writing._CALM_SECONDS", 3600)
    told: list[str] = []
    sqlite_database.on_trouble(told.append)
    await sqlite_database.write(_at_most(extra_pages=0))
    for number in range(2):
        with pytest.raises(DBAPIError):
            await sqlite_database.write(seen(str(number) * 100_000))
    assert sqlite_database.trouble == "disk full"
    assert not await sqlite_database.recovers()  # it has only just failed
    await sqlite_database.write(_at_most(extra_pages=1000))
    assert sqlite_database.trouble == "disk full"
    monkeypatch.setattr("store.writing._CALM_SECONDS", 0)
    assert await sqlite_database.recovers()
    assert told == ["disk full", ""]
    await sqlite_database.write(seen("a" * 100_000))


def _at_most(*, extra_pages: int):
    def work(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + extra_pages}")

    return work


async def test_a_works_own_failure_is_no_trouble_of_the_database(database: Database):
    await database.write(seen("1"))
    with pytest.raises(DBAPIError):
        await database.write(seen("1"))
    assert database.trouble == ""
    assert await database.recovers()


async def test_a_server_that_is_away_is_trouble():
    nowhere = Database("postgresql+psycopg://nobody@127.0.0.1:9/nothing")
    with pytest.raises(DBAPIError):
        await nowhere.write(seen("1"))
    assert nowhere.trouble == "no connection"
    assert not await nowhere.recovers()
    nowhere.close()


async def test_what_comes_in_one_burst_is_handed_over_in_one_go_and_never_held_for_long():
    handed: list[list[int]] = []
    loop, bursts = asyncio.get_running_loop(), Bursts[int](handed.append, most=4)
    bursts.add(1, loop)
    bursts.add(2, loop)
    assert handed == []
    await asyncio.sleep(0)
    bursts.add(3, loop)  # what the loop still brings belongs to it
    await a_burst_is_over()
    assert handed == [[1, 2, 3]]
    for one in range(4, 9):
        bursts.add(one, loop)
        await asyncio.sleep(0)
    await a_burst_is_over()
    assert handed[1] == [4, 5, 6, 7]
    assert [one for each in handed for one in each] == list(range(1, 9))


async def test_after_closing_nobody_waits_for_ever(database: Database):
    database.close()
    with pytest.raises(DatabaseClosed):
        await database.write_together(lambda _connection, _items: None, 1)
