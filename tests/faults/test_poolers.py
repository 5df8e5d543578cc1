"""Behind PgBouncer that pools by transaction: nothing is prepared, no limit is left to others, and who cannot hear is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, text

from channels.doors import Finding
from service.doctor.databases import look_at_database
from service.settings import Settings, load_settings
from store.bells import Ring, ring
from store.database import Database
from store.inbounds import see
from tests.end_to_end.processes import number_of, site, until
from tests.faults.poolers import SERVERS, pooling
from tests.service.hall import OPENS, environment

IDLE, STATEMENT = "idle_in_transaction_session_timeout", "statement_timeout"


@pytest.fixture
def pooled_url(postgres_url: str) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database through a pooler that has a server for each transaction."""
    with pooling(postgres_url) as url:
        yield url


@asynccontextmanager
async def opened(*urls: str) -> AsyncIterator[list[Database]]:
    databases = [Database(url) for url in urls]
    try:
        yield databases
    finally:
        for database in databases:
            await asyncio.to_thread(database.close)


def limits(connection: Connection) -> tuple[str, str]:
    asked = text(f"SELECT current_setting('{IDLE}'), current_setting('{STATEMENT}')")
    found = connection.execute(asked).one()
    return found[0], found[1]


def prepared(connection: Connection) -> int:
    return int(connection.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one())


async def test_processes_share_servers_and_nothing_is_prepared_on_them(pooled_url: str) -> None:
    def work(connection: Connection, key: str) -> int:
        assert see(connection, "sms", key, OPENS)
        return prepared(connection)

    async with opened(*[pooled_url] * 3) as databases:
        for number in range(12):
            told = await asyncio.gather(
                *(
                    database.write(lambda c, key=f"{number} {place}": work(c, key))
                    for place, database in enumerate(databases)
                ),
                *(database.read(prepared) for database in databases for _ in range(SERVERS)),
            )
            assert set(told) == {0}


async def test_each_transaction_has_its_limits_and_leaves_none_to_others(pooled_url: str) -> None:
    with psycopg.connect(pooled_url.replace("+psycopg", ""), autocommit=True) as stranger:
        before = [stranger.execute(f"SHOW {name}").fetchone() for name in (IDLE, STATEMENT)]
        async with opened(pooled_url) as [database]:
            for _ in range(3):
                told = await asyncio.gather(*(database.read(limits) for _ in range(SERVERS)), database.write(limits))
                assert set(told) == {("15s", "30s")}
            with database.begin() as connection:
                assert limits(connection) == ("0", "0")
            with database.connect() as connection:
                assert limits(connection) == ("0", "0")
        for _ in range(SERVERS):
            assert [stranger.execute(f"SHOW {name}").fetchone() for name in (IDLE, STATEMENT)] == before


async def test_bells_are_heard_on_the_way_that_leads_past_the_pooler(pooled_url: str, postgres_url: str) -> None:
    async with opened(pooled_url) as [ringing]:
        listening = Database(pooled_url, listen_url=postgres_url)
        heard: list[Ring | None] = []
        assert listening.bells is not None
        hearing = asyncio.create_task(listening.bells.hear(heard.append))
        await until(lambda: heard == [None])
        await ringing.write(lambda connection: ring(connection, "sms", "bulk"))
        await until(lambda: heard == [None, Ring("sms", "bulk")])
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)
        await asyncio.to_thread(listening.close)


async def test_bells_that_cannot_be_heard_say_so_and_try_no_further(
    pooled_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with opened(pooled_url) as [database]:
        assert database.bells is not None
        heard: list[object] = []
        hearing = asyncio.create_task(database.bells.hear(heard.append))
        said = ""
        async with asyncio.timeout(30):
            while "GENKLANG_DATABASE_LISTEN_URL" not in said:
                await asyncio.sleep(0.05)
                said += capsys.readouterr().out
        assert heard == []
        assert not hearing.done()
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)


@pytest.mark.parametrize(("mode", "is_heard"), [("transaction", False), ("session", True)])
def test_the_doctor_tells_of_a_pooler_and_whether_anything_is_heard_through_it(
    mode: str, is_heard: bool, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment("", tmp_path / "clock").items():
        monkeypatch.setenv(name, value)
    with pooling(postgres_url, mode) as url:
        told = _told(load_settings(Settings, database_url=url))
        assert told["pooler"].state == "note"
        assert told["notifications"].state == ("fine" if is_heard else "note")
        assert is_heard or "GENKLANG_DATABASE_LISTEN_URL" in told["notifications"].remedy
        past = _told(load_settings(Settings, database_url=url, database_listen_url=postgres_url))
        assert past["notifications"].state == "fine"
    assert "pooler" not in _told(load_settings(Settings, database_url=postgres_url))


def _told(settings: Settings) -> dict[str, Finding]:
    return {finding.subject: finding for finding in look_at_database(settings, OPENS)}


@pytest.mark.slow
async def test_a_service_and_its_worker_hold_a_dialogue_through_a_pooler(
    pooled_url: str, postgres_url: str, tmp_path: Path
) -> None:
    async with site(
        postgres_url, tmp_path, GENKLANG_DATABASE_URL=pooled_url, GENKLANG_DATABASE_LISTEN_URL=postgres_url
    ) as here:
        here.invite(60)
        here.provider.inbound_url = f"{here.url}/sms/inbound"
        await asyncio.gather(here.start("serve"), here.start("worker"))
        here.clock.set(OPENS)
        await until(lambda: here.statuses() == {"delivered": 60}, 60)
        await asyncio.gather(*(here.provider.say(number_of(n), "ja") for n in range(60)))
        await until(lambda: here.statuses() == {"delivered": 120}, 60)
        assert here.arrived() == {number_of(n): 2 for n in range(60)}
        assert "Traceback" not in here.log(), here.log()[-3000:]
