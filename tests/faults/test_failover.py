"""A primary that is killed under a dialogue and a standby that takes over: the processes find it, and nothing that was acknowledged is lost, nothing doubled unnamed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from sandbox.twilio.messages import inbound_parameters
from store.database import Database
from store.schema import inbound_seen, participation
from tests.end_to_end.processes import OPENS, Site, number_of, site, until
from tests.faults.pairs import Pair, replicating

pytestmark = pytest.mark.slow
RESIDENTS = 80
T = TypeVar("T")


@asynccontextmanager
async def town(folder: Path) -> AsyncIterator[tuple[Pair, Site]]:
    """Everybody is to be invited; a service and a worker on a primary with a synchronous standby."""
    with replicating() as pair:
        database = Database(pair.url)
        database.migrate()
        database.close()
        rate = {"GENKLANG_SMS_RATE_PER_SECOND": "40", "GENKLANG_LEASE_SECONDS": "30"}
        async with site(pair.url, folder, GENKLANG_STATEMENT_SECONDS="3", **rate) as here:
            here.invite(RESIDENTS)
            await asyncio.gather(here.start("serve"), here.start("worker"))
            yield pair, here


def sid_of(number: str) -> str:
    return "SM" + number.removeprefix("+").zfill(32)


async def answer(here: Site, number: str, acknowledged: Counter[str]) -> None:
    """A resident's yes, which their provider brings until it is acknowledged."""
    provider = here.provider
    told = inbound_parameters(provider.account_sid, provider.service_sid, provider.number, sid_of(number), number, "ja")
    while not await provider.post(f"{here.url}/sms/inbound", told):  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.3)
    acknowledged[sid_of(number)] += 1


def asked(ask: Callable[[], T]) -> T | None:
    """What a question is answered with; None while nobody answers."""
    try:
        return ask()
    except DBAPIError:
        return None


async def test_a_standby_takes_over_in_the_middle_of_a_dialogue(tmp_path: Path) -> None:
    async with town(tmp_path) as (pair, here):
        acknowledged: Counter[str] = Counter()
        here.clock.set(OPENS)
        await until(lambda: sum(here.arrived().values()) >= RESIDENTS // 4, 60)
        talking = [asyncio.create_task(answer(here, number_of(n), acknowledged)) for n in range(RESIDENTS // 4)]
        await until(lambda: len(acknowledged) >= 5, 60)
        await asyncio.to_thread(pair.primary.kill)
        before = set(acknowledged)
        kept = await asyncio.to_thread(pair.standby.ask, "SELECT string_agg(external_id, ' ') FROM inbound_seen")
        assert before <= set(str(kept).split())  # the standby has whatever was acknowledged
        await asyncio.sleep(1)
        assert await asyncio.to_thread(pair.standby.ask, "SELECT pg_promote()")
        talking += [
            asyncio.create_task(answer(here, number_of(n), acknowledged)) for n in range(RESIDENTS // 4, RESIDENTS // 2)
        ]
        async with asyncio.timeout(60):
            await asyncio.gather(*talking)
        await until(lambda: not asked(lambda: here.statuses().get("queued", 0)), 60)
        here.clock.set(OPENS + timedelta(minutes=2))  # leases that nobody can give back run out
        await until(lambda: set(asked(here.statuses) or {"sending": 1}) <= {"sent", "delivered", "unknown"}, 60)
        await here.provider.settle()
        assert all(process.returncode is None for process in here.running)  # nobody had to be started again
        await compare(here)


async def compare(here: Site) -> None:
    """Every turn was taken once; whatever came twice, or perhaps not at all, is named."""
    answered = {number_of(n) for n in range(RESIDENTS // 2)}
    with here.database.connect() as connection:
        seen = list(connection.execute(select(inbound_seen.c.external_id)).scalars())
        begun = connection.execute(select(func.count()).where(participation.c.status == "started")).scalar_one()
    assert sorted(seen) == sorted(sid_of(number) for number in answered)
    assert begun == len(answered)
    written = sum(here.statuses().values())
    assert written == RESIDENTS + len(answered)
    named = len((await here.run("outbox", "unknown", "--all")).splitlines())
    wanted = {number_of(n): 2 if number_of(n) in answered else 1 for n in range(RESIDENTS)}
    arrived = here.arrived()
    apart = sum(abs(arrived[number] - count) for number, count in wanted.items())
    assert apart <= named, (apart, named)
    assert set(arrived) <= set(wanted)
