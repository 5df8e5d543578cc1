"""The play: a campaign goes out while the service and its worker are killed again and again, and once their database server; then both accounts are written down. They are compared in `accounts`."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from sandbox.mail import Mail
from sandbox.telegram import TelegramStandIn
from sandbox.twilio import TwilioStandIn
from service.clock import SharedClock
from store.database import Database
from store.histories import LEASE_RAN_OUT
from store.outbox import next_due
from store.schema import answer, inbound_seen, message, message_transition, participation, person
from tests.channels.serving import address_of, free_listener, serving
from tests.crash.accounts import Dossier, Inside, Named, Outside, Resident
from tests.crash.databases import Ground
from tests.crash.neighbours import Neighbours
from tests.crash.towns import INVITATION, OPENING, Townsperson, label_of, settle_in, townspeople
from tests.end_to_end.processes import Site, free_port
from tests.faults.weather import Weather
from tests.service.hall import DAY, OPENS, environment

T = TypeVar("T")
LEASE_SECONDS = 30
CONNECTIONS = 10
ANSWERING_EVERY, ANSWERS = 6, 3  # every sixth resident answers three messages: half a reply to each invitation
STILL_LOOKS = 4  # how often nothing may have happened before it counts as rest
LONGEST_QUIET_SECONDS = 600.0  # only against hanging for ever: a busy machine is slow
RETRY_SECONDS = 0.3
BREATH_SECONDS = (
    1.0  # as long as a burst of messages and the wait for the next: else every kill would follow an arrival
)


@dataclass(frozen=True)
class Plan:
    """What is played: about `messages` messages, invitations and replies together, and `kills` of the service."""

    messages: int = 20_000
    kills: int = 20
    seed: int = 7

    @property
    def rate_per_second(self) -> float:
        """What each channel lets through: so little that the sending lasts, and the service is killed in the middle of it."""
        return max(10.0, self.messages / 120)

    @property
    def way_seconds(self) -> float:
        """How long a request to a provider takes: so long that a lane is on the wire for more than half of the time."""
        return 0.6 * CONNECTIONS / self.rate_per_second

    @property
    def residents(self) -> int:
        return max(3, round(self.messages / (1 + ANSWERS / ANSWERING_EVERY)))


@dataclass(frozen=True)
class Kill:
    """Which processes were killed at one moment, and what was on the wire then (also of those that lived on)."""

    victims: tuple[str, ...]
    on_the_wire: frozenset[int]


@dataclass
class Play:
    """One installation with its providers, from before the opening to the end. `kills_on_the_wire` left messages whose leases ran out."""

    plan: Plan
    site: Site
    neighbours: Neighbours
    people: list[Townsperson]
    rng: Random
    kill_server: Callable[[], None] | None
    kills: list[Kill] = field(default_factory=list)
    server_kills: int = 0
    restarts: int = 0
    kills_on_the_wire: int = 0
    spent: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    _alive: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    # --- the play

    async def perform(self) -> tuple[Outside, Inside]:
        """Play to the end; gives both accounts."""
        await self._start(*self._processes)
        self.site.clock.set(OPENS)
        async with self._time_passing(), self.neighbours.living():
            for moment, is_server in self._moments():
                await self._until(lambda: self._events() >= moment)  # noqa: B023 - awaited within the round
                await asyncio.sleep(self.rng.uniform(0, BREATH_SECONDS))
                if is_server and self.kill_server is not None:
                    with self._spending("server kill"):
                        await asyncio.to_thread(self.kill_server)
                    self.server_kills += 1
                else:
                    await self._kill()
            return await self._finish()

    @property
    def _processes(self) -> tuple[str, ...]:
        """A database server is shared by a service and a worker; a file is the service's alone."""
        return ("serve",) if self.kill_server is None else ("serve", "worker")

    async def _start(self, *commands: str) -> None:
        """Start processes. While another lives on, nobody waits for them: messages leave meanwhile, and the next kill may meet a start."""
        is_awaited = commands == self._processes
        with self._spending("starts"):
            for command in reversed(commands):
                self._alive[command] = await self.site.start(command, is_awaited=is_awaited)

    async def _kill(self) -> None:
        """Kill one process, or all at once as when a machine loses power; then start them again, at times only after their leases."""
        victims = self.rng.choice([*((each,) for each in self._processes), self._processes])
        await self._supervise()
        for victim in victims:
            self._alive[victim].kill()
        for victim in victims:
            await self._alive[victim].wait()
        self.kills.append(Kill(victims, frozenset(self.ask(_sending))))
        if victims == self._processes and self.rng.random() < 0.5:  # while one lives on, its leases would run out too
            self._pass(timedelta(seconds=LEASE_SECONDS + 1))
        await self._start(*victims)

    async def _supervise(self) -> None:
        """Start again, as a supervisor does, what ended because its start met a dead database server. Nothing else may end by itself."""
        for command, process in list(self._alive.items()):
            if process.returncode is None:
                continue
            if not self.server_kills:
                raise RuntimeError(f"{command} ended by itself: {self._told()}")
            self.restarts += 1
            await self._start(command)

    def _moments(self) -> list[tuple[int, bool]]:
        """After how many events the service is killed, and the database server once."""
        expected = self.plan.messages * 1.3  # with what residents say
        kills = [(round(expected * self.rng.uniform(0.02, 0.7)), False) for _ in range(self.plan.kills)]
        if self.kill_server is not None:
            kills.append((round(expected * self.rng.uniform(0.2, 0.7)), True))
        return sorted(kills)

    def _events(self) -> int:
        return self.neighbours.arrived + self.neighbours.acknowledged

    async def _finish(self) -> tuple[Outside, Inside]:
        """Let everything come to rest, hear what is in doubt, say the coordinator's word, and let that come to rest too."""
        await self._supervise()
        await self._quiet()
        in_doubt, known = await self._listed("unknown"), set(self.ask(self._names).values())
        taken_before = Counter(self.neighbours.taken)
        await self.site.run("outbox", "unknown", "--resolve", "resend", "--by", "coordinator")
        await self._quiet()
        named = await self._listed("unknown", "--all")
        ran_out = self.ask(_ran_out)
        self.kills_on_the_wire = sum(not ran_out.isdisjoint(kill.on_the_wire) for kill in self.kills)
        outside = Outside(
            {each.person.address: _resident(each) for each in self.neighbours.everybody},
            Counter(self.neighbours.taken),
            taken_before,
        )
        return outside, Inside(self.ask(self._dossiers), known, in_doubt, named)

    async def _quiet(self) -> None:
        """Return when nobody has anything left to do; leases of the dead run out meanwhile."""
        with self._spending("coming to rest"):
            await self._rest()

    async def _rest(self) -> None:
        until = time.monotonic() + LONGEST_QUIET_SECONDS
        still = 0
        while still < STILL_LOOKS:
            if time.monotonic() > until:
                raise RuntimeError(f"the town does not come to rest: {self._told()}")
            before = self._events()
            await asyncio.sleep(0.3)
            is_still = before == self._events() and not self.neighbours.is_talking and not self.site.provider.is_busy
            still = still + 1 if is_still else 0
            if still >= STILL_LOOKS and self.ask(_unfinished):
                if self.ask(_sending) and not self.ask(self._is_due):
                    self._pass(timedelta(seconds=LEASE_SECONDS + 1))
                still = 0

    @contextmanager
    def _spending(self, on: str) -> Iterator[None]:
        """Note what the seconds inside go for."""
        began = time.monotonic()
        yield
        self.spent[on] += time.monotonic() - began

    def _told(self) -> str:
        """Where things stand, for whoever looks for what went wrong."""
        return f"{self.ask(_statuses)}, {self._events()} events, talking {self.neighbours.is_talking}\n{self.site.log()[-3000:]}"

    def _is_due(self, connection: Connection) -> bool:
        now = self.site.clock.now()
        moments = [next_due(connection, lane) for lane in ("telegram", "sms", "email")]
        return any(moment is not None and moment <= now for moment in moments)

    async def _until(self, condition: Callable[[], bool]) -> None:
        until = time.monotonic() + LONGEST_QUIET_SECONDS
        while not condition():
            if time.monotonic() > until:
                raise RuntimeError(f"nothing goes on: {self._told()}")
            await asyncio.sleep(0.005)

    # --- the clock

    @asynccontextmanager
    async def _time_passing(self) -> AsyncIterator[None]:
        """Let the shared clock go with the real time; `_pass` lets it go further."""

        async def tick() -> None:
            at = time.monotonic()
            while True:
                await asyncio.sleep(0.02)
                moment = time.monotonic()
                self._pass(timedelta(seconds=moment - at))
                at = moment

        ticking = asyncio.create_task(tick())
        try:
            yield
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)

    def _pass(self, span: timedelta) -> None:
        self.site.clock.set(self.site.clock.now() + span)

    # --- what the service knows

    def ask(self, work: Callable[[Connection], T]) -> T:
        """Read from the database, again while its server is away."""
        until = time.monotonic() + 30
        while True:
            try:
                with self.site.database.connect() as connection:
                    return work(connection)
            except DBAPIError:
                if time.monotonic() > until:
                    raise
                time.sleep(RETRY_SECONDS)

    async def _listed(self, *arguments: str) -> set[Named]:
        """What `genklang outbox` names: each message by its address and which it is."""
        lines = (await self.site.run("outbox", *arguments)).splitlines()
        ids = [int(line.split("\t")[0]) for line in lines if "\t" in line]
        names = self.ask(self._names)
        return {names[message_id] for message_id in ids}

    def _names(self, connection: Connection) -> dict[int, Named]:
        return {row.id: self._name(row) for row in connection.execute(_messages())}

    def _name(self, row: Any) -> Named:
        townsperson = self.people[int(row.ref[1:])]
        if row.purpose == INVITATION:
            return townsperson.address, OPENING[townsperson.channel]
        return townsperson.address, label_of(str(row.content))

    def _dossiers(self, connection: Connection) -> dict[str, Dossier]:
        dossiers = {each.address: Dossier() for each in self.people}
        for row in connection.execute(_messages()):
            address, label = self._name(row)
            dossiers[address].messages[label] += 1
        theirs = participation.join(person, person.c.id == participation.c.person_id)
        given = select(person.c.ref, answer.c.value).select_from(
            theirs.join(answer, answer.c.participation_id == participation.c.id)
        )
        for ref, value in connection.execute(given):
            dossiers[self.people[int(ref[1:])].address].answers[value] += 1
        seen = (
            select(person.c.ref, func.count())
            .select_from(theirs.join(inbound_seen, inbound_seen.c.participation_id == participation.c.id))
            .group_by(person.c.ref)
        )
        for ref, count in connection.execute(seen):
            dossiers[self.people[int(ref[1:])].address].seen = count
        return dossiers


def _resident(neighbour: Any) -> Resident:
    said = Counter(saying.text for saying in neighbour.said)
    acknowledged = Counter(saying.text for saying in neighbour.said if saying.is_acknowledged)
    return Resident(OPENING[neighbour.person.channel], said, acknowledged)


def _messages() -> Any:
    joined = message.join(person, person.c.id == message.c.person_id)
    return select(message.c.id, message.c.purpose, message.c.content, person.c.ref).select_from(joined)


def _sending(connection: Connection) -> list[int]:
    return list(connection.execute(select(message.c.id).where(message.c.status == "sending")).scalars())


def _ran_out(connection: Connection) -> set[int]:
    query = select(message_transition.c.message_id).where(message_transition.c.reason == LEASE_RAN_OUT)
    return set(connection.execute(query).scalars())


def _statuses(connection: Connection) -> dict[str, int]:
    return dict(connection.execute(select(message.c.status, func.count()).group_by(message.c.status)).all())


def _unfinished(connection: Connection) -> bool:
    query = select(message.c.id).where(message.c.status.in_(("queued", "sending"))).limit(1)
    return connection.execute(query).first() is not None


@asynccontextmanager
async def staged(ground: Ground, folder: Path, plan: Plan) -> AsyncIterator[Play]:
    """An installation on three channels whose providers live in this process, and survive what happens to the service."""
    rng = Random(plan.seed)
    people = townspeople(plan.residents)
    clock = SharedClock(folder / "clock", start=OPENS - DAY)
    service_port, door_port = free_port(), free_port()
    url = f"http://127.0.0.1:{service_port}"

    def now() -> float:
        return clock.now().timestamp()

    telegram = TelegramStandIn("424242:a-token-of-the-tests", now=now, retry_seconds=RETRY_SECONDS, attempts=100_000)
    telegram.acquaint([each.address for each in people if each.channel == "telegram"])
    twilio = TwilioStandIn(now=now, inbound_url=f"{url}/sms/inbound", fallback_url=f"{url}/sms/inbound")
    mail = Mail(
        now, door=("127.0.0.1", door_port), attempts=100_000, longest_pause_seconds=RETRY_SECONDS, speaks_lmtp=True
    )
    listener = free_listener()
    settings = environment(
        ground.url,
        folder / "clock",
        GENKLANG_PORT=str(service_port),
        GENKLANG_PUBLIC_URL=url,
        GENKLANG_LEASE_SECONDS=str(LEASE_SECONDS),
        GENKLANG_LOG_LEVEL="warning",
        GENKLANG_LOG_FORMAT="json",
        GENKLANG_TELEGRAM_API_BASE=address_of(listener),
        GENKLANG_TELEGRAM_MODE="webhook",
        GENKLANG_TELEGRAM_RATE_PER_SECOND=str(plan.rate_per_second),
        GENKLANG_TELEGRAM_CONNECTIONS=str(CONNECTIONS),
        GENKLANG_SMS_CONNECTIONS=str(CONNECTIONS),
        GENKLANG_SMS_API_BASE=address_of(listener),
        GENKLANG_SMS_RATE_PER_SECOND=str(plan.rate_per_second),
        GENKLANG_EMAIL_RATE_PER_SECOND=str(plan.rate_per_second),
        GENKLANG_EMAIL_DOOR_PORT=str(door_port),
        GENKLANG_EMAIL_DOOR_PROTOCOL="lmtp",
    )
    database = Database(ground.url)
    database.migrate()
    with database.begin() as connection:
        settle_in(connection, people)
    site = Site(folder, database, clock, twilio, settings)
    neighbours = Neighbours(people, telegram, twilio, mail, rng, answering_every=ANSWERING_EVERY, answers=ANSWERS)
    async with (
        serving(Weather(seconds=plan.way_seconds).over([*telegram.routes(), *twilio.routes()]), listener),
        telegram.running(),
        twilio.running(),
        mail.running(),
    ):
        settings["GENKLANG_EMAIL_PORT"] = str(mail.port)
        try:
            yield Play(plan, site, neighbours, people, rng, ground.kill_server)
        finally:
            for process in site.running:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            database.close()
