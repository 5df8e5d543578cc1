"""How the parts are put together: the only place that knows them all. What each part does lives with the part."""

from __future__ import annotations

from asyncio import create_task, gather
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.engine import Engine
from bot.wordings import Briefing
from campaigns.bounces import SoftBounces
from campaigns.quiet_hours import QuietHours
from channels.api import Billing, Channel
from channels.doors import Surroundings, open_doors
from locales import codes, load_lexicon, translation
from service.clock import Clock, clock_of
from service.desk import ServiceDesk
from service.gazetteers import PlaceWatch
from service.hours import Hours
from service.links import Links
from service.lookout import Lookout
from service.loops import LoopGuard
from service.outbox import Outbox
from service.prices import Prices
from service.rendering import Rendering
from service.settings import Settings, load_settings
from service.shelf import Shelf
from service.speakers import Speakers
from service.ticking import Ticker
from service.turns import Turns
from service.views import Views
from store.database import Database
from store.failures import FailureRules
from store.vault import Vault

if TYPE_CHECKING:
    from channels.doors import Door


def build_channels(settings: Settings, clock: Clock, doors: Mapping[str, Door]) -> dict[str, Channel]:
    """Every channel whose settings say that it is in use, by name."""
    surroundings = Surroundings(
        public_url=settings.public_url.rstrip("/"),
        now=clock.now,
        sender_name=settings.controller,
        translation=translation,
        languages=codes(),
    )
    built = {name: door.build(load_settings(door.settings), surroundings) for name, door in doors.items()}
    return {name: channel for name, channel in built.items() if channel is not None}


def failure_rules(settings: Settings, sending: Mapping[str, Channel] | None = None) -> FailureRules:
    """What follows from messages that do not arrive: in which channels of this installation they may go on."""
    if sending is None:
        built = build_channels(settings, clock_of(settings), open_doors())
        sending = {name: channel for name, channel in built.items() if not channel.limits.is_page}
    lanes = {name: channel.lane for name, channel in sending.items()}
    return FailureRules(lanes, SoftBounces(settings.soft_bounce_limit, settings.soft_bounce_days))


def house_of(settings: Settings) -> Briefing:
    """How the municipality presents itself to one who is part of no campaign."""
    return Briefing(
        sender=settings.controller,
        purpose="",
        card="",
        verify_url=f"{settings.public_url.rstrip('/')}/dialogues",
        contact=settings.contact,
    )


class Service:
    """The running program: desk, outbox and clock around one database. `takes_in` is false for a worker."""

    def __init__(self, settings: Settings, *, takes_in: bool = True) -> None:
        self.settings = settings
        self.clock = clock_of(settings)
        self.database = Database(
            settings.database_url,
            statement_seconds=settings.statement_seconds,
            listen_url=settings.database_listen_url,
        )
        self.channels = build_channels(settings, self.clock, open_doors())
        self.lookout = Lookout(settings)
        self._takes_in = takes_in
        secret = settings.secret()
        links = Links(secret, settings.public_url)
        vault = Vault(secret)
        engine = Engine(load_lexicon())
        self._places = PlaceWatch(engine)
        self.shelf = Shelf(
            links,
            self.channels,
            ZoneInfo(settings.time_zone),
            LoopGuard(settings.replies_per_hour, settings.replies_per_day),
            knows_places=lambda: bool(engine.places.places),
        )
        self.sending = {name: channel for name, channel in self.channels.items() if not channel.limits.is_page}
        failures = failure_rules(settings, self.sending)
        self.outbox = self._outbox(Rendering(self.shelf, engine, links, vault, self.clock), vault, failures)
        self.desk = self.lookout.over_desk(self._desk(engine, links, vault, failures))
        billing = {name: channel for name, channel in self.sending.items() if isinstance(channel, Billing)}
        self.prices = Prices(self.database, billing, self.clock)
        self.ticker = self._ticker(failures.lanes)
        self.lookout.settle_in(self)

    def _outbox(self, rendering: Rendering, vault: Vault, failures: FailureRules) -> Outbox:
        """What sends."""
        settings = self.settings
        return Outbox(
            self.database,
            rendering,
            self.sending,
            self.clock,
            vault,
            hours=Hours(self.shelf, QuietHours(time_zone=settings.time_zone, country=settings.country)),
            hold=timedelta(hours=settings.conversation_hours),
            gap=timedelta(hours=settings.contact_gap_hours),
            failures=failures,
            lease_seconds=settings.lease_seconds,
            rate_scale=settings.rate_scale,
            poll_seconds=settings.tick_seconds,
            drain_seconds=settings.drain_seconds,
            watch=self.lookout.watch,
        )

    def _desk(self, engine: Engine, links: Links, vault: Vault, failures: FailureRules) -> ServiceDesk:
        """What takes in, and rings for the replies."""
        rest = timedelta(hours=self.settings.shared_phone_hours)
        speakers = Speakers(self.shelf, engine.lexicon, vault, rest)
        return ServiceDesk(
            self.lookout.over_writes(self.database),
            Turns(self.shelf, engine, links, vault, speakers, house_of(self.settings)),
            Views(self.shelf, engine),
            links,
            vault,
            failures=failures,
            now=lambda: self.shelf.local(self.clock.now()),
            wake=self.outbox.hands.wake_for_replies,
        )

    def _ticker(self, lanes: Mapping[str, str]) -> Ticker:
        """What does the clock's work, and tells the outbox what is due."""
        settings = self.settings
        return Ticker(
            self.database,
            self.shelf,
            self.clock,
            lanes=lanes,
            resends={
                (name, purpose)
                for name, channel in self.sending.items()
                if channel.limits.resends_doubtful
                for purpose in ("invitation", "reminder", "nudge", "feedback")
            },
            gap=timedelta(hours=settings.contact_gap_hours),
            nudge_after=timedelta(hours=settings.nudge_hours) or None,
            tick_seconds=settings.tick_seconds,
            wake=self.outbox.wake,
            noticed=self.outbox.hands.noticed,
            look=self._places.look,
            tidied=self.prices.wake,
        )

    async def pending_migrations(self) -> list[str]:
        """The revisions that the database still needs."""
        from asyncio import to_thread

        return await to_thread(self.database.pending_migrations)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything that runs; on leaving, what is under way is finished first and the database closed last."""
        async with AsyncExitStack() as stack:
            stack.callback(self.database.close)
            await stack.enter_async_context(self.lookout.running(self))
            await self.database.read(self._places.look)
            await self.ticker.set_clock()
            for channel in self.channels.values():
                await stack.enter_async_context(channel.running(self.desk if self._takes_in else None))
            await stack.enter_async_context(self.outbox.running())
            await stack.enter_async_context(self._hearing())
            await stack.enter_async_context(self.prices.running())
            await stack.enter_async_context(self.ticker.running())
            try:
                yield
            finally:
                self.lookout.is_leaving = True

    @asynccontextmanager
    async def _hearing(self) -> AsyncIterator[None]:
        """Listen for what other processes queue, where the database can tell."""
        if self.database.bells is None:
            yield
            return
        hearing = create_task(self.database.bells.hear(self.outbox.hands.heard), name="bells")
        try:
            yield
        finally:
            hearing.cancel()
            await gather(hearing, return_exceptions=True)
