"""A mass send-out by `genklang worker` processes through a provider that is 20 ms away, on PostgreSQL: four of them beside one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from bench.databases import opened, server_url
from bench.figures import Figure
from bench.invited import launch_by, people_with_telephones, plan
from bench.loads import free_port, wait_for
from bench.providers import provider
from service.clock import SharedClock
from store.database import Database
from store.schema import message

WORKERS = 4
MESSAGES = 6_000
DELAY_MS = 20
CONNECTIONS = 2  # one worker's limit is then 100 messages a second: the way to the provider and back, not the machine
SECRET = "a secret of the benchmarks, which is none"
NOON = datetime(2027, 3, 1, 11, tzinfo=UTC)  # a Monday: the night is no part of the measure


def figures() -> Iterator[Figure]:
    with provider(delay_ms=DELAY_MS) as port:
        one, many = _rate(1, port), _rate(WORKERS, port)
    unit = "messages/s"
    yield Figure("workers_rtt", many, unit, f"{unit}, one worker", one, least=3.5, is_rate=True)


def _rate(count: int, port: int) -> float:
    """Messages a second from the commit that queues them until the last one is settled; the workers are up and idle before."""
    with tempfile.TemporaryDirectory() as made, server_url() as url, opened(url) as database, ExitStack() as stack:
        folder = Path(made)
        SharedClock(folder / "clock", start=NOON)
        with database.begin() as connection:
            people_with_telephones(connection, SECRET, MESSAGES, NOON - timedelta(days=1))
        for number in range(count):
            stack.enter_context(_worker(folder / f"{number}.log", _settings(url, folder, port)))
        with database.begin() as connection:
            launch_by(connection, "sms", plan(NOON), NOON)
        begun = time.perf_counter()
        while _unsettled(database):
            time.sleep(0.05)
        took = time.perf_counter() - begun
        with database.connect() as connection:
            sent = connection.execute(select(func.count()).where(message.c.status == "sent")).scalar_one()
    assert sent == MESSAGES, f"{sent} of {MESSAGES} were sent"
    return MESSAGES / took


def _settings(url: str, folder: Path, port: int) -> dict[str, str]:
    return {
        "GENKLANG_DATABASE_URL": url,
        "GENKLANG_SECRET_KEY": SECRET,
        "GENKLANG_CLOCK_FILE": str(folder / "clock"),
        "GENKLANG_CONTROLLER": "Vallby kommun",
        "GENKLANG_SMS_ACCOUNT_SID": "AC" + "5" * 32,
        "GENKLANG_SMS_AUTH_TOKEN": "a token of the benchmarks",
        "GENKLANG_SMS_SENDER": "+46766000000",
        "GENKLANG_SMS_API_BASE": f"http://127.0.0.1:{port}",
        "GENKLANG_SMS_RATE_PER_SECOND": "10000",  # never reached, but kept account of over all workers
        "GENKLANG_SMS_CONNECTIONS": str(CONNECTIONS),
        "GENKLANG_LOG_LEVEL": "error",
    }


@contextmanager
def _worker(log: Path, settings: dict[str, str]) -> Iterator[None]:
    """One `genklang worker`, ready and at rest."""
    port = free_port()
    with log.open("w") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "service", "worker"],
            env={**os.environ, **settings, "GENKLANG_METRICS_PORT": str(port)},
            stdout=sink,
            stderr=sink,
        )
    try:
        wait_for(port, process)
        time.sleep(1)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)
        if "Traceback" in (said := log.read_text()):
            sys.stderr.write(said)


def _unsettled(database: Database) -> bool:
    query = select(message.c.id).where(message.c.status.in_(("queued", "sending"))).limit(1)
    with database.connect() as connection:
        return connection.execute(query).first() is not None
