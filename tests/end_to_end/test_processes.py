"""Whole processes: a service and its workers share the work, stop when asked, and lose nothing when they are killed."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.end_to_end.processes import OPENS, free_port, number_of, site, until
from tests.faults.relays import connect

pytestmark = pytest.mark.slow
NUMBER = "+46766000000"
DRAIN_SECONDS = 25  # what a service that has nothing to wait for does not use up


def everybody(count: int) -> Counter[str]:
    return Counter(number_of(n) for n in range(count))


async def test_a_service_and_a_worker_share_a_send_out_and_stop_when_asked(postgres_url: str, tmp_path: Path) -> None:
    async with site(postgres_url, tmp_path, GENKLANG_SMS_RATE_PER_SECOND="60") as here:
        here.invite(400)
        # Each signs its messages otherwise, which tells at the provider who sent which.
        by_number = {"GENKLANG_SMS_MESSAGING_SERVICE_SID": "", "GENKLANG_SMS_SENDER": NUMBER}
        service, worker = await asyncio.gather(here.start("serve"), here.start("worker", **by_number))
        await until(lambda: "worker ready" in here.log())

        def shares() -> Counter[str]:
            return Counter("service" if sent.service else "worker" for sent in here.provider.messages.values())

        here.clock.set(OPENS)
        await until(lambda: min(shares()["service"], shares()["worker"]) > 10)
        assert await here.end(service) < DRAIN_SECONDS
        assert service.returncode in (0, -signal.SIGTERM)
        await until(lambda: set(here.statuses()) <= {"sent", "delivered"})
        assert here.statuses().get("sending", 0) == 0
        assert await here.end(worker) < DRAIN_SECONDS
        assert worker.returncode == 0
        await here.provider.settle()
        assert here.arrived() == everybody(400)
        assert "Traceback" not in here.log(), here.log()[-3000:]


async def test_a_service_asked_to_stop_finishes_what_it_has_begun(database_url: str, tmp_path: Path) -> None:
    async with site(database_url, tmp_path, GENKLANG_SMS_RATE_PER_SECOND="50") as here:
        here.invite(400)
        service = await here.start("serve")
        here.clock.set(OPENS)
        await until(lambda: len(here.provider.sent) > 60)
        assert await here.end(service) < DRAIN_SECONDS
        told = here.statuses()
        assert set(told) <= {"queued", "sent", "delivered"}
        assert told["queued"] > 0
        await here.provider.settle()
        assert sum(here.arrived().values()) == 400 - told["queued"]
        await here.start("serve", GENKLANG_SMS_RATE_PER_SECOND="1000")
        await until(lambda: here.statuses().get("queued", 0) == 0)
        await until(lambda: sum(here.arrived().values()) == 400)
        assert here.arrived() == everybody(400)
        assert "Traceback" not in here.log(), here.log()[-3000:]


async def test_a_service_that_is_killed_loses_nothing_and_names_every_doubt(database_url: str, tmp_path: Path) -> None:
    async with site(database_url, tmp_path, GENKLANG_LEASE_SECONDS="30") as here:
        here.invite(300)
        service = await here.start("serve")
        here.clock.set(OPENS)
        await until(lambda: len(here.provider.sent) > 120)
        service.kill()
        await service.wait()
        await here.provider.settle()
        held = here.statuses()["sending"]
        assert held > 0
        await here.start("serve")
        await until(lambda: here.statuses().get("queued", 0) == 0 and here.statuses()["sending"] == held)
        here.clock.set(OPENS + timedelta(minutes=2))
        await until(lambda: "sending" not in here.statuses())
        await here.provider.settle()
        told = here.statuses()
        assert told["unknown"] == held  # nothing is sent twice unasked, and no doubt goes unsaid
        assert sum(told.values()) == 300
        assert max(here.arrived().values()) == 1
        listed = (await here.run("outbox", "unknown")).splitlines()
        assert len(listed) == held
        lost = everybody(300) - here.arrived()
        assert len(lost) <= held
        await here.run("outbox", "unknown", "--resolve", "resend")
        await until(lambda: set(here.statuses()) <= {"sent", "delivered"})
        await here.provider.settle()
        assert set(here.arrived()) == set(everybody(300))
        assert len([times for times in here.arrived().values() if times > 1]) == held - len(lost)
        assert "+46" not in here.log()  # no address reaches a log, whatever breaks


@asynccontextmanager
async def a_provider_that_never_answers() -> AsyncIterator[str]:
    """The address of a provider that takes every request and leaves it at that."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await reader.read()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()[:2]
        yield f"http://{host}:{port}"


async def test_a_second_signal_ends_a_worker_at_once_and_what_it_held_comes_back(
    postgres_url: str, tmp_path: Path
) -> None:
    async with (
        site(postgres_url, tmp_path, GENKLANG_LEASE_SECONDS="30") as here,
        a_provider_that_never_answers() as deaf,
    ):
        here.invite(40)
        worker = await here.start("worker", GENKLANG_SMS_API_BASE=deaf, GENKLANG_DRAIN_SECONDS="600")
        here.clock.set(OPENS)
        await until(lambda: here.statuses().get("sending", 0) > 0)
        worker.send_signal(signal.SIGTERM)
        await until(lambda: "worker draining" in here.log())
        assert worker.returncode is None  # it waits for what it has begun
        worker.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(worker.wait(), 60) == -signal.SIGTERM
        held = here.statuses()["sending"]
        await here.start("worker")
        await until(lambda: here.statuses().get("queued", 0) == 0)
        here.clock.set(OPENS + timedelta(minutes=2))
        await until(lambda: here.statuses().get("unknown") == held)
        assert here.statuses() == {"unknown": held, **({"sent": 40 - held} if held < 40 else {})}


async def test_a_worker_ends_with_zero_within_its_bound_even_if_the_provider_never_answers(
    postgres_url: str, tmp_path: Path
) -> None:
    async with (
        site(postgres_url, tmp_path, GENKLANG_DRAIN_SECONDS="1") as here,
        a_provider_that_never_answers() as deaf,
    ):
        here.invite(40)
        worker = await here.start("worker", GENKLANG_SMS_API_BASE=deaf)
        here.clock.set(OPENS)
        await until(lambda: here.statuses().get("sending", 0) > 0)
        assert await here.end(worker) < 20
        assert worker.returncode == 0
        assert "not finished in time" in here.log()
        assert here.statuses()["sending"] > 0  # named when their leases run out


async def test_a_worker_that_is_there_before_its_database_waits_for_it(postgres_url: str, tmp_path: Path) -> None:
    there, port = make_url(postgres_url), free_port()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward = await connect(there)
        await asyncio.gather(pump(reader, onward[1]), pump(onward[0], writer))

    async with site(postgres_url, tmp_path) as here:
        here.invite(5)
        url = there.set(host="127.0.0.1", port=port, query={}).render_as_string(hide_password=False)
        worker = await here.start("worker", GENKLANG_DATABASE_URL=url)
        await until(lambda: "waiting for the database" in here.log(), 60)
        assert worker.returncode is None
        here.clock.set(OPENS)
        async with await asyncio.start_server(relay, "127.0.0.1", port):
            await until(lambda: set(here.statuses()) <= {"sent", "delivered"} and here.statuses(), 60)
            worker.kill()
            await worker.wait()
        assert "Traceback" not in here.log()


async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
    sink.close()


async def test_a_worker_that_seldom_looks_is_woken_by_what_others_queue(postgres_url: str, tmp_path: Path) -> None:
    async with site(postgres_url, tmp_path, GENKLANG_TICK_SECONDS="60") as here:
        here.invite(20)
        await here.start("worker")
        await until(lambda: "worker ready" in here.log())
        here.clock.set(OPENS)
        await here.until_listened()
        here.release()
        await until(lambda: set(here.statuses()) <= {"sent", "delivered"})


async def test_two_services_with_a_clock_each_do_what_is_due_once(postgres_url: str, tmp_path: Path) -> None:
    async with site(postgres_url, tmp_path) as here:
        here.invite(200)
        other_port = str(free_port())
        await asyncio.gather(here.start("serve"), here.start("serve", GENKLANG_PORT=other_port))
        here.clock.set(OPENS)
        await until(lambda: sum(here.arrived().values()) >= 200)
        here.clock.set(OPENS + timedelta(days=22))
        await until(lambda: here.audited("closed"))
        await asyncio.sleep(0.5)  # both have ticked again
        assert here.arrived() == everybody(200)
        assert here.audited("closed") == 1
        assert here.audited("released") == 1  # the invitation; the reminder was due after closing
        assert "Traceback" not in here.log(), here.log()[-3000:]


async def test_the_rate_of_a_lane_holds_over_all_workers(database_url: str, tmp_path: Path) -> None:
    """Three workers on one lane of 20 a second: the provider never sees more than the rate and one burst."""
    async with site(database_url, tmp_path, GENKLANG_SMS_RATE_PER_SECOND="20") as here:
        here.invite(100)
        await asyncio.gather(*(here.start("worker") for _ in range(3)))
        await until(lambda: here.log().count("worker ready") == 3)
        began = time.monotonic()
        here.clock.set(OPENS)
        await until(lambda: sum(here.statuses().get(name, 0) for name in ("sent", "delivered")) == 100)
        assert 20 * (time.monotonic() - began) + 20 + 1 >= 100  # the rate and one burst
        await here.provider.settle()
        assert here.arrived() == everybody(100)
