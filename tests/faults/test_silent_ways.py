"""A way to PostgreSQL that keeps its connections and passes nothing on: what waits is given up after a time, and all goes on when there is a way again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError

from sandbox.twilio.messages import inbound_parameters
from store.database import Database
from store.engines import is_unavailable
from store.inbounds import see
from store.schema import inbound_seen, participation
from tests.end_to_end.processes import Site, number_of, site, until
from tests.faults.relays import Relay, relaying
from tests.service.hall import OPENS

STATEMENT_SECONDS = 0.6
GIVEN_UP_SECONDS = 0.8


@asynccontextmanager
async def behind(url: str, seconds: float = STATEMENT_SECONDS) -> AsyncIterator[tuple[Relay, Database]]:
    """A database behind a relay; what it writes and reads has little time."""
    async with relaying(url) as relay:
        database = Database(relay.url, statement_seconds=seconds)
        try:
            yield relay, database
        finally:
            relay.speak()
            await asyncio.to_thread(database.close)


def taking_in(key: str, ran: list[str] | None = None) -> Callable[[Connection], bool]:
    def work(connection: Connection) -> bool:
        if ran is not None:
            ran.append(key)
        return see(connection, "sms", key, OPENS)

    return work


def count(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(inbound_seen)).scalar_one())


async def test_statements_without_an_answer_are_given_up_and_those_behind_them_hear_it_too(postgres_url: str) -> None:
    async with behind(postgres_url) as (relay, database):
        assert await database.write(taking_in("1"))
        relay.fall_silent()
        began = time.monotonic()
        told = await asyncio.gather(*(database.write(taking_in(str(n))) for n in range(2, 40)), return_exceptions=True)
        # one statement, and one attempt to connect anew, which finds out for all of them
        assert GIVEN_UP_SECONDS <= time.monotonic() - began < GIVEN_UP_SECONDS + 10
        assert all(isinstance(error, DBAPIError) and is_unavailable(error) for error in told)
        assert database.trouble == "no connection"
        assert not await database.recovers()
        relay.speak()
        async with asyncio.timeout(30):
            while not await database.recovers():  # noqa: ASYNC110 - as the ticker does
                await asyncio.sleep(0.05)
        assert [await database.write(taking_in(str(n))) for n in range(1, 4)] == [False, True, True]


@pytest.mark.parametrize("when", ["before_commit", "after_commit"])
async def test_a_commit_whose_answer_never_came_is_not_repeated(postgres_url: str, when: str) -> None:
    ran: list[str] = []
    async with behind(postgres_url) as (relay, database):
        await database.write(taking_in("1"))
        setattr(relay, when, True)
        with pytest.raises(DBAPIError) as failure:
            await database.write(taking_in("2", ran))
        assert is_unavailable(failure.value)
        assert ran == ["2"]  # neither is the work run again: it may have been committed
        relay.speak()
        await asyncio.sleep(0.1)  # what was held back arrives after all
        is_new = await database.write(taking_in("2"))
        if when == "after_commit":
            assert not is_new
        assert await database.read(count) == 2


async def test_reads_are_given_up_too_and_the_next_ones_go_another_way(postgres_url: str) -> None:
    async with behind(postgres_url) as (relay, database):
        await asyncio.gather(*(database.read(count) for _ in range(4)))
        relay.fall_silent()
        told = await asyncio.gather(*(database.read(count) for _ in range(4)), return_exceptions=True)
        assert all(isinstance(error, DBAPIError) and is_unavailable(error) for error in told)
        relay.speak()
        assert await database.read(count) == 0
        assert await asyncio.to_thread(database.pending_migrations) == []


async def test_bells_notice_that_nothing_comes_back(postgres_url: str) -> None:
    async with behind(postgres_url) as (relay, database):
        assert database.bells is not None
        heard: list[object] = []
        hearing = asyncio.create_task(database.bells.hear(heard.append))
        async with asyncio.timeout(60):
            while heard != [None]:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            relay.fall_silent()
            connections = relay.connections
            while relay.connections == connections:  # noqa: ASYNC110 - it looks for another way
                await asyncio.sleep(0.02)
            relay.speak()
            while heard != [None, None]:  # noqa: ASYNC110 - it may have missed some
                await asyncio.sleep(0.02)
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)


async def test_a_statement_that_takes_too_long_is_ended_by_the_server_and_a_commands_never(postgres_url: str) -> None:
    def dawdle(connection: Connection) -> int:
        connection.execute(text("SELECT pg_sleep(1)"))
        return count(connection)

    async with behind(postgres_url) as (_, database):
        for asked in (database.write, database.read):
            with pytest.raises(DBAPIError) as failure:
                await asked(dawdle)
            assert getattr(failure.value.orig, "sqlstate", None) == "57014"
            assert is_unavailable(failure.value)
            assert not failure.value.connection_invalidated
        assert database.trouble == ""

        def command() -> int:
            with database.begin() as connection:
                see(connection, "sms", "1", OPENS)
                dawdle(connection)
            with database.connect() as connection:
                return dawdle(connection)

        assert await asyncio.to_thread(command) == 1
        with pytest.raises(DBAPIError):  # the same connection again, with little time
            await database.read(dawdle)


@pytest.mark.slow
@pytest.mark.parametrize("when", ["at once", "before_commit", "after_commit"])
async def test_a_service_whose_database_falls_silent_acknowledges_nothing_and_goes_on_without_a_restart(
    postgres_url: str, tmp_path: Path, when: str
) -> None:
    async with relaying(postgres_url) as relay, site(postgres_url, tmp_path) as here:
        here.invite(20)
        here.provider.inbound_url = f"{here.url}/sms/inbound"
        service = await here.start("serve", GENKLANG_DATABASE_URL=relay.url, GENKLANG_STATEMENT_SECONDS="1")
        here.clock.set(OPENS)
        await until(lambda: here.statuses() == {"delivered": 20}, 60)
        await here.provider.say(number_of(0), "ja")
        await until(lambda: here.statuses() == {"delivered": 21}, 60)
        if when == "at once":
            relay.fall_silent()
        else:
            setattr(relay, when, True)
        async with asyncio.timeout(30):
            assert not await heard(here, number_of(1))
            await until_ready(here, 503)
        assert await status_of(f"{here.url}/healthz") == (200, "ok")
        assert service.returncode is None
        relay.speak()
        async with asyncio.timeout(60):
            await until_ready(here, 200)
        assert await heard(here, number_of(1))  # the provider sends the same again
        await until(lambda: here.statuses() == {"delivered": 22}, 60)
        assert here.arrived() == {number_of(n): 2 if n < 2 else 1 for n in range(20)}
        with here.database.connect() as connection:
            assert count(connection) == 2
            begun = select(func.count()).where(participation.c.status == "started")
            assert connection.execute(begun).scalar_one() == 2


async def heard(here: Site, number: str) -> bool:
    """Whether the service acknowledges a resident's yes, which is the same one however often it comes."""
    provider = here.provider
    sid = "SM" + number.removeprefix("+").zfill(32)
    told = inbound_parameters(provider.account_sid, provider.service_sid, provider.number, sid, number, "ja")
    return await provider.post(f"{here.url}/sms/inbound", told)


async def status_of(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as client, client.get(url) as response:
        return response.status, (await response.json())["status"]


async def until_ready(here: Site, status: int) -> None:
    while (await status_of(f"{here.url}/readyz"))[0] != status:  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.1)
