"""The whole service behind the transcripts, started once: the true wiring on a database, with providers' stand-ins on sockets. How a resident does things on each wire lives in `hands`."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import sqlite3
import struct
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import uvicorn
from sqlalchemy import Connection, select, update
from starlette.applications import Starlette

from sandbox.mail import Mail
from sandbox.telegram import TelegramStandIn
from sandbox.twilio import TwilioStandIn
from service.settings import Settings, load_settings
from service.web import build_app
from service.wiring import Service
from store.campaigns import Dates, save_campaign
from store.launching import join_campaign, launch
from store.people import import_people
from store.schema import answer, campaign, message, participation, person, wave
from store.vault import Vault
from tests.channels.serving import address_of, free_listener
from tests.service.hall import SECRET, SharedClock, environment
from tests.transcripts import campaign as campaigns
from tests.transcripts.scripts import START, Script

DAY = timedelta(days=1)
SECONDS = 60.0  # so long a turn may take before it counts as lost, also on a machine with much to do
HELD_SECONDS = 0.2  # mass messages that nobody works at for so long wait for quiet hours or another conversation
CHAT, TELEPHONE = 7_100_000, "+4670175"
UNDER_WAY = """SELECT purpose IN ('invitation', 'reminder', 'nudge', 'feedback'), status, count(*)
    FROM message WHERE status IN ('queued', 'sending') GROUP BY 1, 2"""
SENT_BY = ("telegram", "sms", "email")


class Lost(AssertionError):
    """What should have been sent was not."""


@dataclass(frozen=True)
class Resident:
    """A row of the register; `groups` holds the one campaign that they are invited to."""

    ref: str
    language: str
    contacts: dict[str, str]
    groups: Sequence[str]
    birth_year: int | None = 1980
    area: str = ""
    sex: str = ""
    source: str = "register"
    lawful_basis: str = "public_task"


@dataclass
class Stage:
    """The service and what stands around it, for one transcript after another."""

    service: Service
    clock: SharedClock
    base: str
    telegram: TelegramStandIn
    twilio: TwilioStandIn
    mail: Mail
    browser: aiohttp.ClientSession
    glance: sqlite3.Connection
    vault: Vault = field(default_factory=lambda: Vault(SECRET.encode()))
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    # --- setting the scene

    def set_clock(self, moment: datetime) -> None:
        """Let it be then, even if that is long ago; also for what the service remembers of its own ticks."""
        with self.service.settings.clock_file.open("r+b") as file:  # type: ignore[union-attr]
            file.write(struct.pack("<d", moment.timestamp()))
        self.service.ticker._tidied_at = None

    def invite(self, script: Script, residents: Sequence[Resident], survey: str, campaign_id: str) -> None:
        """Save, launch and plan the invitation of a campaign that only these residents belong to."""
        made = campaigns.definition(script, campaign_id, survey)
        now = self.clock.now()
        with self.service.database.begin() as connection:
            import_people(connection, list(residents), self.vault, now - DAY)
            dates = Dates(now, made.closes_at, made.decision_at, made.feedback_at)
            save_campaign(connection, campaign_id, made.to_data(), dates, xform=campaigns.xform(survey), now=now)
            launch(
                connection,
                campaign_id,
                {"kind": "target_group", "groups": [campaign_id]},
                channels=SENT_BY,
                languages=made.languages,
                waves=[("invitation", 1, now)],
                now=now,
            )

    def join(self, campaign_id: str, resident: Resident) -> int:
        """Let somebody take part by their page alone. Gives the participation."""
        with self.service.database.begin() as connection:
            import_people(connection, [resident], self.vault, self.clock.now() - DAY)
            mine = connection.execute(select(person.c.id).where(person.c.ref == resident.ref)).scalar_one()
            return join_campaign(
                connection, campaign_id, mine, contact_id=None, channel="web", language=resident.language
            )

    def person_id(self, ref: str) -> int:
        with self.service.database.connect() as connection:
            return int(connection.execute(select(person.c.id).where(person.c.ref == ref)).scalar_one())

    def participation(self, campaign_id: str, person_id: int) -> Any:
        """One person's part in a campaign; None when they have none."""
        mine = (participation.c.campaign_id == campaign_id, participation.c.person_id == person_id)
        found = self.rows(participation, *mine)
        return found[0] if found else None

    def answers(self, campaign_id: str, person_id: int) -> dict[str, str]:
        """What is stored of one resident and counts: path to value."""
        query = (
            select(answer.c.path, answer.c.value)
            .join(participation, participation.c.id == answer.c.participation_id)
            .where(participation.c.campaign_id == campaign_id, participation.c.person_id == person_id)
            .where(answer.c.set_aside_at.is_(None))
        )
        with self.service.database.connect() as connection:
            return dict(connection.execute(query).all())

    def rows(self, table: Any, *conditions: Any) -> list[Any]:
        with self.service.database.connect() as connection:
            return list(connection.execute(select(table).where(*conditions)))

    # --- letting things happen

    async def tick(self) -> None:
        """Do what is due, and let everything that may leave leave."""
        await self.service.ticker.tick()
        await self.settled()

    async def settled(self) -> None:
        """Return when nothing is under way any more. Raises `Lost` when a reply does not leave."""
        until = time.monotonic() + SECONDS
        worked_at = time.monotonic()
        self.service.outbox.wake()
        while True:
            await self.twilio.settle()
            urgent, queued, sending = self._under_way()
            if not urgent and not queued and not sending:
                await self.twilio.settle()
                return
            if urgent or sending or not self._is_at_rest():
                worked_at = time.monotonic()
            if time.monotonic() - worked_at > HELD_SECONDS:
                return
            if time.monotonic() > until:
                raise Lost(f"{urgent} replies have not left")
            await asyncio.sleep(0.004)

    def _is_at_rest(self) -> bool:
        """Whether every hand of the outbox has looked, found nothing, and waits for its bell."""
        return all(hand.bell._waiters for hand in self.service.outbox.hands)  # type: ignore[attr-defined]

    def _under_way(self) -> tuple[int, int, int]:
        """How many replies have not left, and how many mass messages are queued and sending. Asked often, so by the shortest way."""
        counts: Counter[tuple[bool, str]] = Counter()
        for is_bulk, status, count in self.glance.execute(UNDER_WAY):
            counts[bool(is_bulk), status] += count
        urgent = counts[False, "queued"] + counts[False, "sending"]
        return urgent, counts[True, "queued"], counts[True, "sending"]

    def strike(self, campaign_ids: Sequence[str]) -> None:
        """Clear the stage: nothing of these campaigns is due ever again."""

        def clear(connection: Connection) -> None:
            mine = campaign.c.id.in_(campaign_ids)
            connection.execute(update(campaign).where(mine).values(status="archived", closed_at=self.clock.now()))
            connection.execute(update(wave).where(wave.c.campaign_id.in_(campaign_ids)).values(status="released"))
            waiting = message.c.status.in_(("queued", "sending"))
            connection.execute(update(message).where(waiting).values(status="cancelled"))

        with self.service.database.begin() as connection:
            clear(connection)


@asynccontextmanager
async def open_stage(folder: Path, template: Path, setenv: Any) -> AsyncIterator[Stage]:
    """Start everything. `template` is an empty, migrated database; `setenv` sets a variable for as long as it lasts."""
    shutil.copy(template, folder / "genklang.db")
    SharedClock(folder / "clock", start=START)
    listeners = {name: free_listener() for name in ("telegram", "twilio", "service")}
    base = address_of(listeners["service"])
    clock = SharedClock(folder / "clock", start=START)

    def now() -> float:
        return clock.now().timestamp()

    telegram = TelegramStandIn("424242:a-token-of-the-tests", now=now)
    twilio = TwilioStandIn(now=now, inbound_url=f"{base}/sms/inbound", has_advanced_opt_out=False)
    mail = Mail(now)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(_served(Starlette(routes=telegram.routes()), listeners["telegram"]))
        await stack.enter_async_context(telegram.running())
        await stack.enter_async_context(_served(Starlette(routes=twilio.routes()), listeners["twilio"]))
        await stack.enter_async_context(twilio.running())
        await stack.enter_async_context(mail.running())
        changes = {
            "GENKLANG_PUBLIC_URL": base,
            "GENKLANG_TICK_SECONDS": "60",  # the tests tick, and wake whom it concerns
            "GENKLANG_RATE_SCALE": "1000",
            "GENKLANG_TELEGRAM_MODE": "webhook",
            "GENKLANG_TELEGRAM_API_BASE": address_of(listeners["telegram"]),
            "GENKLANG_SMS_API_BASE": address_of(listeners["twilio"]),
            "GENKLANG_EMAIL_PORT": str(mail.port),
            "GENKLANG_EMAIL_SENDER_NAME": "Vallby kommun",
        }
        for name, value in environment(f"sqlite:///{folder / 'genklang.db'}", folder / "clock", **changes).items():
            setenv(name, value)
        service = Service(load_settings(Settings))
        await stack.enter_async_context(_served(build_app(service), listeners["service"]))
        mail.door = ("127.0.0.1", int(service.channels["email"].door_port))  # type: ignore[attr-defined]
        await _until(lambda: telegram.webhook is not None)
        browser = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        await stack.enter_async_context(browser)
        glance = stack.enter_context(closing(sqlite3.connect(folder / "genklang.db", isolation_level=None)))
        yield Stage(service, clock, base, telegram, twilio, mail, browser, glance)


@asynccontextmanager
async def _served(app: Starlette, listener: Any) -> AsyncIterator[None]:
    """An application, lifespan and all, on a listening socket. Connections are kept while other wires are played on."""
    config = uvicorn.Config(app, log_config=None, lifespan="on", access_log=False, timeout_keep_alive=3600)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup([listener])
    try:
        yield
    finally:
        server.force_exit = True
        await server.shutdown([listener])


async def _until(condition: Any) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110 - looks through the front door
            await asyncio.sleep(0.01)
