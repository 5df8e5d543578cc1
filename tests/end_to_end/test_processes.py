"""Whole processes: a service and its workers share the work, stop when asked, and lose nothing when they are killed."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from tests.end_to_end.processes import OPENS, number_of, site, until

pytestmark = pytest.mark.slow
NUMBER = "+46766000000"


def everybody(count: int) -> Counter[str]:
    return Counter(number_of(n) for n in range(count))


async def test_a_service_and_a_worker_share_a_send_out_and_stop_when_asked(postgres_url: str, tmp_path: Path) -> None:
    async with site(postgres_url, tmp_path, GENKLANG_SMS_RATE_PER_SECOND="60") as here:
        here.invite(400)
        # Each signs its messages otherwise, which tells at the provider who sent which.
        by_number = {"GENKLANG_SMS_MESSAGING_SERVICE_SID": "", "GENKLANG_SMS_SENDER": NUMBER}
        service, worker = await asyncio.gather(here.start("serve"), here.start("worker", **by_number))
        await asyncio.sleep(2)  # the worker has no page that says it is ready
        here.clock.set(OPENS)
        await until(lambda: len(here.provider.sent) > 150, 60)
        assert await here.end(service) < 8
        assert service.returncode in (0, -signal.SIGTERM)
        await until(lambda: set(here.statuses()) <= {"sent", "delivered"}, 60)
        assert here.statuses().get("sending", 0) == 0
        assert await here.end(worker) < 8
        assert worker.returncode == 0
        await here.provider.settle()
        assert here.arrived() == everybody(400)
        shares = Counter("service" if sent.service else "worker" for sent in here.provider.messages.values())
        assert min(shares["service"], shares["worker"]) > 40
        assert "Traceback" not in here.log(), here.log()[-3000:]


async def test_a_service_asked_to_stop_finishes_what_it_has_begun(database_url: str, tmp_path: Path) -> None:
    async with site(database_url, tmp_path, GENKLANG_SMS_RATE_PER_SECOND="150") as here:
        here.invite(400)
        service = await here.start("serve")
        here.clock.set(OPENS)
        await until(lambda: len(here.provider.sent) > 60, 60)
        assert await here.end(service) < 8
        told = here.statuses()
        assert set(told) <= {"queued", "sent", "delivered"}
        assert told["queued"] > 0
        await here.provider.settle()
        assert sum(here.arrived().values()) == 400 - told["queued"]
        await here.start("serve")
        await until(lambda: here.statuses().get("queued", 0) == 0, 60)
        await until(lambda: sum(here.arrived().values()) == 400, 30)
        assert here.arrived() == everybody(400)
        assert "Traceback" not in here.log(), here.log()[-3000:]


async def test_a_service_that_is_killed_loses_nothing_and_names_every_doubt(database_url: str, tmp_path: Path) -> None:
    async with site(database_url, tmp_path, GENKLANG_LEASE_SECONDS="30") as here:
        here.invite(300)
        service = await here.start("serve")
        here.clock.set(OPENS)
        await until(lambda: len(here.provider.sent) > 120, 60)
        service.kill()
        await service.wait()
        await here.provider.settle()
        held = here.statuses()["sending"]
        assert held > 0
        await here.start("serve")
        await until(lambda: here.statuses().get("queued", 0) == 0 and here.statuses()["sending"] == held, 60)
        here.clock.set(OPENS + timedelta(minutes=2))
        await until(lambda: "sending" not in here.statuses(), 60)
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
        await until(lambda: set(here.statuses()) <= {"sent", "delivered"}, 60)
        await here.provider.settle()
        assert set(here.arrived()) == set(everybody(300))
        assert len([times for times in here.arrived().values() if times > 1]) == held - len(lost)
        assert "+46" not in here.log()  # no address reaches a log, whatever breaks
