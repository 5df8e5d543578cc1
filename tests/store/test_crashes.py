"""A process killed at any moment has lost nothing that it acknowledged, and leaves no message in a state nobody knows."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from sqlalchemy import func, select

from store.database import Database
from store.outbox import sweep
from store.schema import inbound_seen, message
from tests.store.town import DAY, MORNING, invite, messages, resident

ACKNOWLEDGING = """
import asyncio, sys
from store.database import Database
from store.inbounds import see
from tests.store.town import MORNING

async def main():
    database = Database(sys.argv[1])
    async def one(key):
        await database.write(lambda connection: see(connection, "sms", key, MORNING))
        print(key, flush=True)
    for start in range(0, 1_000_000, 20):
        await asyncio.gather(*(one(str(n)) for n in range(start, start + 20)))

asyncio.run(main())
"""

LEASING = """
import sys
from store.database import Database
from tests.store.town import take

database = Database(sys.argv[1])
while True:
    with database.begin() as connection:
        portion = take(connection, limit=3)
    for leased in portion:
        print(leased.message_id, flush=True)
"""


def run_and_kill(program: str, url: str, lines: int) -> list[str]:
    """What the program said until it was killed, at least `lines` lines of it."""
    process = subprocess.Popen([sys.executable, "-c", program, url], stdout=subprocess.PIPE, text=True, env=os.environ)
    assert process.stdout is not None
    said = [process.stdout.readline().strip() for _ in range(lines)]
    process.send_signal(signal.SIGKILL)
    said += [line.strip() for line in process.stdout.read().splitlines()]
    process.stdout.close()
    process.wait()
    return said


@pytest.mark.slow
def test_what_was_acknowledged_before_a_kill_is_kept(database_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    acknowledged = run_and_kill(ACKNOWLEDGING, database_url, 500)
    database = Database(database_url)
    with database.connect() as connection:
        kept = set(connection.execute(select(inbound_seen.c.external_id)).scalars())
    database.close()
    assert set(acknowledged) - kept == set()


@pytest.mark.slow
def test_every_message_of_a_killed_worker_is_known_to_be_in_doubt(database_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    database = Database(database_url)
    with database.begin() as connection:
        invite(connection, *(resident(n) for n in range(300)))
    touched = run_and_kill(LEASING, database_url, 50)
    with database.begin() as connection:
        sweep(connection, MORNING + DAY)
        in_doubt = set(connection.execute(select(message.c.id).where(message.c.status == "unknown")).scalars())
        assert {int(id_) for id_ in touched} - in_doubt == set()
        counted = connection.execute(
            select(func.count()).where(message.c.status.in_(("queued", "unknown")))
        ).scalar_one()
        assert counted == len(messages(connection)) == 300
    database.close()
