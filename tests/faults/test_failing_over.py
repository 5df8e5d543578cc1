"""A PostgreSQL that is a replica for a while, as after a failover to one that nobody has promoted yet: the trouble has its name, and all goes on without a restart."""

from __future__ import annotations

import asyncio
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from channels.doors import Finding
from service.doctor.databases import look_at_database
from service.settings import Settings, load_settings
from store.database import Database
from store.engines import is_unavailable
from store.postgres import psycopg_arguments
from tests.crash.databases import Ground, server_in
from tests.faults.disks import disposed
from tests.service.hall import OPENS, environment

pytestmark = pytest.mark.slow


@pytest.fixture
def place() -> Iterator[Path]:
    """Where a server may have its data: beside the temporary folders, since it opens those above to a user of its own."""
    with disposed(Path(tempfile.gettempdir()) / f"genklang-failover-{uuid.uuid4().hex[:8]}") as folder:
        yield folder


def touch(connection: Connection) -> None:
    connection.execute(text("UPDATE alembic_version SET version_num = version_num"))


def make_replica(ground: Ground, place: Path) -> None:
    assert ground.kill_server is not None
    (place / "data" / "standby.signal").touch()
    ground.kill_server()


def promote(ground: Ground) -> None:
    with psycopg.connect(**psycopg_arguments(ground.url), autocommit=True) as connection:
        connection.execute("SELECT pg_promote()")


async def refused(database: Database) -> DBAPIError:
    """Write until it is refused for another reason than the lost connection."""
    for _ in range(100):
        with pytest.raises(DBAPIError) as failure:
            await database.write(touch)
        if database.trouble not in ("", "no connection"):
            return failure.value
        await asyncio.sleep(0.05)
    raise AssertionError(f"the trouble is called {database.trouble!r}")


async def test_a_server_that_only_reads_for_a_while(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.writing._CALM_SECONDS", 0.0)
    for name, value in environment("", tmp_path / "clock").items():
        monkeypatch.setenv(name, value)
    with server_in(place) as ground:
        database = Database(ground.url)
        database.migrate()
        await database.read(lambda c: c.execute(text("SELECT 1")))  # its connection is a reader's from then on
        await database.write(touch)
        make_replica(ground, place)
        error = await refused(database)
        assert database.trouble == "read only"
        assert is_unavailable(error)
        assert not await database.recovers()
        found = look_at_database(load_settings(Settings, database_url=ground.url), OPENS)
        told: dict[str, Finding] = {finding.subject: finding for finding in found}
        assert told["database writes"].state == "wrong"
        assert told["notifications"].state == "note"
        promote(ground)
        async with asyncio.timeout(30):
            while not await database.recovers():  # noqa: ASYNC110 - as the ticker does
                await asyncio.sleep(0.05)
        await database.write(touch)
        database.close()
