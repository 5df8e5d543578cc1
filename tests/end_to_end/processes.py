"""Processes of the service for whole-process tests: started, asked to stop, killed, and a provider on a real socket beside them. No assertions live here."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import func, select, text

from sandbox.twilio import TwilioStandIn
from service.clock import SharedClock
from store.campaigns import list_waves
from store.database import Database
from store.people import import_people
from store.releasing import release_wave
from store.schema import audit_entry, message, wave
from store.vault import Vault
from tests.channels.serving import address_of, free_listener, free_port, serving
from tests.console import village
from tests.service.hall import DAY, OPENS, SECRET, environment, number_of, resident, start, until

ROOT = Path(__file__).parents[2]


@dataclass
class Site:
    """One installation: a database, a clock, Twilio's stand-in, and whatever processes the test starts."""

    folder: Path
    database: Database
    clock: SharedClock
    provider: TwilioStandIn
    settings: dict[str, str]
    running: list[asyncio.subprocess.Process] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.settings["GENKLANG_PUBLIC_URL"]

    def invite(self, count: int) -> None:
        """Import residents and launch; the invitation is due when the clock comes to the opening."""
        with self.database.begin() as connection:
            import_people(connection, [resident(n) for n in range(count)], Vault(SECRET.encode()), OPENS - DAY)
            start(connection, village.definition(opens_at=OPENS))

    def statuses(self) -> dict[str, int]:
        with self.database.connect() as connection:
            return dict(connection.execute(select(message.c.status, func.count()).group_by(message.c.status)).all())

    def waves(self) -> dict[str, str]:
        with self.database.connect() as connection:
            return dict(connection.execute(select(wave.c.kind, wave.c.status).where(wave.c.number == 1)).all())

    def arrived(self) -> Counter[str]:
        return Counter(arrival.address for arrival in self.provider.sent)

    async def start(self, command: str, *, is_awaited: bool = True, **changes: str) -> asyncio.subprocess.Process:
        """A long-running command; `serve` is waited for until it is ready, unless it is not to be."""
        process = await self._spawn(command, **changes)
        self.running.append(process)
        if command == "serve" and is_awaited:
            await self._ready(process, changes.get("GENKLANG_PORT", self.settings["GENKLANG_PORT"]))
        return process

    async def run(self, *arguments: str) -> str:
        """One command to its end; gives what it printed."""
        process = await self._spawn(*arguments, stdout=asyncio.subprocess.PIPE)
        out, _ = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"genklang {' '.join(arguments)} ended with {process.returncode}: {self.log()[-2000:]}")
        return out.decode()

    async def _spawn(self, *arguments: str, stdout: Any = None, **changes: str) -> asyncio.subprocess.Process:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GENKLANG_")}
        with (self.folder / "processes.log").open("a") as sink:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "service", *arguments,
                cwd=self.folder, env={**kept, "PYTHONPATH": str(ROOT), **self.settings, **changes},
                stdout=stdout or sink, stderr=sink,
            )  # fmt: skip

    async def _ready(self, process: asyncio.subprocess.Process, port: str) -> None:
        async with asyncio.timeout(180), aiohttp.ClientSession() as client:
            while process.returncode is None:
                try:
                    async with client.get(f"http://127.0.0.1:{port}/readyz") as response:
                        if response.status == 200:
                            return
                except aiohttp.ClientError:
                    await asyncio.sleep(0.1)
        raise RuntimeError(f"the service did not come up: {self.log()[-2000:]}")

    def release(self) -> None:
        """Queue the invitations from here, as another process would."""
        with self.database.begin() as connection:
            due = next(one for one in list_waves(connection, "park") if one.kind == "invitation")
            release_wave(connection, due.id, lanes={"sms": "sms"}, now=OPENS, expires_at=OPENS + DAY)

    async def until_listened(self) -> None:
        """Return when a process listens for what others queue."""
        query = text(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'genklang bells' AND state = 'idle' "
            "AND datname = current_database()"
        )

        def count() -> int:
            with self.database.connect() as connection:
                return int(connection.execute(query).scalar_one())

        await until(count)

    def audited(self, action: str) -> int:
        """How often something was noted in the audit trail."""
        with self.database.connect() as connection:
            query = select(func.count()).select_from(audit_entry).where(audit_entry.c.action == action)
            return int(connection.execute(query).scalar_one())

    def log(self) -> str:
        return (self.folder / "processes.log").read_text()

    async def end(self, process: asyncio.subprocess.Process) -> float:
        """Ask a process to stop; gives how many seconds it took."""
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 60)
        return time.monotonic() - began


@asynccontextmanager
async def site(database_url: str, folder: Path, **changes: str) -> AsyncIterator[Site]:
    """An installation with SMS only, on a system clock's worth of ticks but a clock that the test moves."""
    clock = SharedClock(folder / "clock", start=OPENS - DAY)
    provider, listener = TwilioStandIn(now=lambda: clock.now().timestamp()), free_listener()
    port = free_port()
    settings = environment(
        database_url,
        folder / "clock",
        GENKLANG_PORT=str(port),
        GENKLANG_PUBLIC_URL=f"http://127.0.0.1:{port}",
        GENKLANG_TELEGRAM_TOKEN="",
        GENKLANG_EMAIL_HOST="",
        GENKLANG_SMS_API_BASE=address_of(listener),
        **changes,
    )
    database = Database(database_url)
    made = Site(folder, database, clock, provider, settings)
    async with serving(provider.routes(), listener), provider.running():
        try:
            yield made
        finally:
            for process in made.running:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            database.close()


__all__ = ["DAY", "OPENS", "Site", "free_port", "number_of", "site", "until"]
