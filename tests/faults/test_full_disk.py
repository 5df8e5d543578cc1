"""A full disk is a clear stop: no inbound is acknowledged, nothing is half written, the service says so, and goes on when there is room."""

from __future__ import annotations

import asyncio
import json
import tempfile
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select, text

from sandbox.twilio import UndeliveredError
from store.database import Database
from store.schema import inbound_seen, message, participation
from tests.crash.databases import server_in
from tests.end_to_end.processes import OPENS, Site, number_of, site, until
from tests.faults.disks import fill, forbid_growth, small_disk

pytestmark = pytest.mark.slow
RESIDENTS = 60
LEAST_REFUSED = 3
MOST_PLACES = 4  # one for each name that the trouble goes by, from each who tells it, and none for each attempt


@dataclass
class Shop:
    """A site whose disk can be filled; `mend` starts what a full disk has brought down."""

    site: Site
    fill: Callable[[int], Callable[[], None]]
    mend: Callable[[], None] = lambda: None


@contextmanager
def _ground(kind: str, folder: Path) -> Iterator[tuple[str, Callable[[int], Callable[[], None]], Callable[[], None]]]:
    if kind == "sqlite on a disk that is full":
        with small_disk(folder / "disk", 8) as disk:
            yield f"sqlite:///{disk / 'genklang.db'}", lambda _: fill(disk), lambda: None
    elif kind == "sqlite in a file that may not grow":
        file = folder / "genklang.db"
        log = Path(f"{file}-wal")
        yield f"sqlite:///{file}", lambda pid: forbid_growth(pid, file, log, folder / "processes.log"), lambda: None
    else:
        beside = Path(tempfile.gettempdir()) / f"genklang-disk-{uuid.uuid4().hex[:8]}"  # the server opens what is above
        with small_disk(beside, 200) as disk, server_in(disk) as ground:
            assert ground.mend_server is not None
            yield ground.url, lambda _: fill(disk), ground.mend_server


@pytest.fixture(params=["sqlite on a disk that is full", "sqlite in a file that may not grow", "postgresql"])
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shop]:
    """Everybody has been invited by SMS, and nobody has answered."""
    with _ground(request.param, tmp_path) as (url, filling, mend):
        database = Database(url)
        database.migrate()
        database.close()
        async with site(url, tmp_path, GENKLANG_LOG_FORMAT="json") as here:
            here.invite(RESIDENTS)
            here.provider.inbound_url = here.provider.fallback_url = f"{here.url}/sms/inbound"
            yield Shop(here, filling, mend)


async def readiness(here: Site) -> tuple[int, str]:
    async with aiohttp.ClientSession() as client, client.get(f"{here.url}/readyz") as response:
        return response.status, (await response.json())["status"]


async def talk(here: Site, numbers: range, *, until_refused: int) -> tuple[list[int], list[int]]:
    """Have residents begin, one after the other; gives those who were acknowledged and those who were not."""
    heard: list[int] = []
    refused: list[int] = []
    for number in numbers:
        try:
            await here.provider.say(number_of(number), "ja")
        except UndeliveredError:
            refused.append(number)
        else:
            heard.append(number)
        if len(refused) == until_refused:
            break
    return heard, refused


def turns(here: Site) -> dict[str, int]:
    """Of how many turns there is anything: the inbound's key, the conversation, the reply."""
    with here.database.connect() as connection:
        return {
            "seen": len(connection.execute(select(inbound_seen)).all()),
            "begun": len(connection.execute(select(participation).where(participation.c.status == "started")).all()),
            "replies": len(connection.execute(select(message).where(message.c.priority == 0)).all()),
        }


async def test_a_full_disk_is_a_clear_stop_and_no_end(shop: Shop) -> None:
    here = shop.site
    service = await here.start("serve")
    here.clock.set(OPENS)
    await until(lambda: here.statuses() == {"delivered": RESIDENTS}, 60)
    make_room = shop.fill(service.pid)
    heard, refused = await talk(here, range(RESIDENTS), until_refused=LEAST_REFUSED)
    assert len(refused) == LEAST_REFUSED
    status, why = await readiness(here)
    assert status == 503
    assert why in ("disk full", "disk error", "no connection", "no database")
    said = [json.loads(line) for line in here.log().splitlines() if line.startswith("{")]
    assert any(line["event"].startswith("the database takes nothing in") for line in said)
    placed = Counter(line.get("logger") for line in said if str(line.get("error")).startswith("Traceback"))
    assert placed.total() > 0
    assert max(placed.values()) <= MOST_PLACES

    make_room()
    shop.mend()
    await until_ready(here)
    count = len(heard)
    assert turns(here) == {
        "seen": count,
        "begun": count,
        "replies": count,
    }  # all of what was acknowledged, else nothing
    again, still_refused = await talk(here, range(RESIDENTS), until_refused=RESIDENTS)
    assert still_refused == []
    assert len(again) == RESIDENTS
    await until(lambda: here.statuses() == {"delivered": 2 * RESIDENTS + count}, 60)
    await here.provider.settle()
    assert here.arrived() == {number_of(n): 3 if n in heard else 2 for n in range(RESIDENTS)}
    assert here.log().count("the database takes things in again") >= 1
    if here.database.is_sqlite:
        with here.database.connect() as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"


async def until_ready(here: Site) -> None:
    """Return once the service says that it is ready. Raises `TimeoutError` when it does not."""
    for _ in range(600):
        if (await readiness(here))[0] == 200:
            return
        await asyncio.sleep(0.1)
    raise TimeoutError
