"""The clock's work: what is due is rows with a time, and a tick does what they say. When things are due is planned by `campaigns`."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog

from service.strays import SOURCE as STRAY_SOURCE
from store import audit
from store.campaigns import close_campaign, due_closings, due_waves, set_status
from store.departures import cancel_campaign, drop_farewell_addresses, forget_strays
from store.inbounds import forget_seen
from store.lanes import look as look_around
from store.nudges import nudge
from store.outbox import expire, sweep
from store.promises import keep_milestone
from store.releasing import Released, release_wave
from store.speakers import forget_speakers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Mapping

    from apscheduler.job import Job
    from sqlalchemy import Connection

    from service.clock import Clock
    from service.shelf import Shelf
    from store.campaigns import WaveRecord
    from store.database import Database
    from store.lanes import Agenda

log = structlog.get_logger("clock")
PORTION: Final = 10_000  # a larger one keeps those who answer meanwhile waiting for the writer
CLOCK: Final = "clock"
TIDYING_INTERVAL: Final = timedelta(minutes=1)
INBOUND_MEMORY: Final = timedelta(days=30)  # longer than any provider repeats itself
STRAY_MEMORY: Final = timedelta(days=7)
SPEAKER_MEMORY: Final = timedelta(days=7)  # after that, what waits for somebody to say who they are is dropped
UNTIL_CLOSING: Final = ("invitation", "reminder")


class Ticker:
    """Asks what is due and does it; any number of processes may tick, and the work is done once.

    `resends` are the (channel, purpose) pairs that may be sent again unasked after a crash; `gap` is how long a person is
    left in peace after another campaign wrote to them, `nudge_after` how long a conversation rests in the middle before it is
    taken up again (None: never). `wake` is called when messages were queued, `noticed` with what each tick's one look
    found, `look` every minute for what the command line may have changed, `tidied` afterwards for whoever has work of that
    kind of their own. `ticked_at` is the moment up to which the work is done.
    """

    def __init__(
        self,
        database: Database,
        shelf: Shelf,
        clock: Clock,
        *,
        lanes: Mapping[str, str],
        resends: Collection[tuple[str, str]],
        gap: timedelta,
        nudge_after: timedelta | None,
        tick_seconds: float,
        wake: Callable[[], None],
        noticed: Callable[[Agenda, datetime], None],
        look: Callable[[Connection], None],
        tidied: Callable[[], None],
    ) -> None:
        self._database = database
        self._shelf = shelf
        self._clock = clock
        self._lanes = lanes
        self._resends = resends
        self._gap = gap
        self._nudge_after = nudge_after
        self._tick_seconds = tick_seconds
        self._tidied_at: datetime | None = None
        self._wake = wake
        self._noticed = noticed
        self._look = look
        self._tidied = tidied
        self._ticking = asyncio.Lock()
        self._is_stopping = False
        self.ticked_at: datetime | None = None
        self.ticks = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Tick while the context is open; on leaving, finish the tick that is under way, and of a large wave the portion.

        A tick that takes longer than the interval is followed by one, not by many.
        """
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        scheduler = AsyncIOScheduler(timezone="UTC")
        job = scheduler.add_job(
            self.tick, "interval", seconds=self._tick_seconds, max_instances=1, coalesce=True, misfire_grace_time=None
        )
        self._is_stopping = False
        scheduler.start()
        minding = asyncio.create_task(_mind_the_clock(job, self._tick_seconds), name="clock minder")
        try:
            yield
        finally:
            # The scheduler would cut a tick off in the middle, so none may be under way when it is shut down.
            self._is_stopping = True
            minding.cancel()
            scheduler.pause()
            await asyncio.sleep(0)  # a tick that was called but has not begun
            async with self._ticking:
                scheduler.shutdown(wait=False)

    async def tick(self) -> None:
        """Do everything that is due now: one look says what. What fails is logged and tried at the next tick, and keeps nothing else waiting."""
        async with self._ticking:
            if not await self._database.recovers():
                return  # the log has said it
            now, agenda = await self._look_around()
            self._noticed(agenda, now)
            if agenda.has_closings:
                for campaign_id in await self._database.write(partial(self._close, now=now)):
                    await self._in_portions(partial(cancel_campaign, campaign_id=campaign_id, now=now, most=PORTION))
            if agenda.has_waves:
                for wave in await self._database.read(lambda connection: due_waves(connection, now)):
                    await self._attempt(wave, now)
            is_untidy = self._tidied_at is None or now - self._tidied_at >= TIDYING_INTERVAL
            if agenda.has_dead_leases or is_untidy:
                await self._database.write(partial(self._tidy, now=now, is_untidy=is_untidy))
                self._wake()
            if is_untidy:
                await self._in_portions(partial(expire, now=now, most=PORTION))
                self._tidied()
            self.ticked_at = now
            self.ticks += 1

    async def set_clock(self) -> None:
        """Have the clock agree with the database's, before anything is done by it."""
        await self._look_around()

    async def _look_around(self) -> tuple[datetime, Agenda]:
        """The moment, and what could be done; asked again where that was not the moment."""
        now, agenda = await self._ask()
        if agenda.told is not None and self._clock.agree(agenda.told, now):
            return await self._ask()
        return now, agenda

    async def _ask(self) -> tuple[datetime, Agenda]:
        now, lanes = self._clock.now(), tuple(self._lanes.values())
        return now, await self._database.read(partial(look_around, names=lanes, now=now))

    async def _attempt(self, wave: WaveRecord, now: datetime) -> None:
        try:
            await self._release(wave, now)
        except Exception:
            log.exception("wave not released", campaign=wave.campaign_id, kind=wave.kind, number=wave.number)

    async def _in_portions(self, work: Callable[[Connection], int]) -> None:
        """Do to many messages what `work` does to a portion, so that answers that arrive meanwhile are not kept waiting.

        What is left when the service stops, or dies, has passed its time as well: it expires.
        """
        while not self._is_stopping and await self._database.write(work) == PORTION:
            pass

    def _close(self, connection: Connection, now: datetime) -> list[str]:
        """Close what is due. Gives the campaigns."""
        closed = []
        for campaign_id in due_closings(connection, now):
            if close_campaign(connection, campaign_id, now, most=PORTION):
                closed.append(campaign_id)
                keep_milestone(connection, campaign_id, "receipt", now)  # every answer was acknowledged as it came
                audit.append(connection, actor=CLOCK, action="closed", subject=f"campaign {campaign_id}", now=now)
                log.info("campaign closed", campaign=campaign_id)
        return closed

    async def _release(self, wave: WaveRecord, now: datetime) -> None:
        """Queue a wave in portions, so that answers that arrive meanwhile are not kept waiting."""
        is_complete = False
        while not is_complete and not self._is_stopping:
            released = await self._database.write(partial(self._portion, wave=wave, now=now))
            is_complete = released.is_complete
            self._wake()

    def _portion(self, connection: Connection, wave: WaveRecord, now: datetime) -> Released:
        definition = self._shelf.definition(connection, wave.campaign_id)
        released = release_wave(
            connection,
            wave.id,
            lanes=self._lanes,
            now=now,
            max_contacts=definition.plan.max_contacts,
            expires_at=definition.closes_at if wave.kind in UNTIL_CLOSING else None,
            gap=self._gap,
            limit=PORTION,
        )
        if released.has_completed:
            details = {"kind": wave.kind, "number": wave.number}
            subject = f"wave {wave.id}"
            audit.append(connection, actor=CLOCK, action="released", subject=subject, details=details, now=now)
            if wave.kind == "feedback":
                for promise in ("you_said", "decision"):  # the feedback says both
                    keep_milestone(connection, wave.campaign_id, promise, now)
                set_status(connection, wave.campaign_id, "fed_back", expected=("decided",))
            log.info("wave released", campaign=wave.campaign_id, kind=wave.kind, number=wave.number)
        return released

    def _tidy(self, connection: Connection, now: datetime, *, is_untidy: bool) -> None:
        """Return what dead workers held; where it `is_untidy`, every minute, also what only needs to be in order."""
        swept = sweep(connection, now, self._resends)
        if swept.requeued or swept.unknown:
            log.warning("leases ran out", requeued=swept.requeued, unknown=swept.unknown)
        if not is_untidy:
            return
        self._nudge(connection, now)
        self._look(connection)
        forget_speakers(connection, now - SPEAKER_MEMORY)
        drop_farewell_addresses(connection)
        forget_seen(connection, now - INBOUND_MEMORY)
        forget_strays(connection, STRAY_SOURCE, now - STRAY_MEMORY)
        self._tidied_at = now

    def _nudge(self, connection: Connection, now: datetime) -> None:
        """Take up again, once each, the conversations that have come to rest in the middle."""
        if self._nudge_after is None:
            return
        count = nudge(connection, lanes=self._lanes, before=now - self._nudge_after, now=now, limit=PORTION)
        if count:
            log.info("nudged", messages=count)


async def _mind_the_clock(job: Job, seconds: float) -> None:
    """Have the scheduler go on when the machine's clock was set back: it would wait until the time is made up."""
    while True:
        await asyncio.sleep(seconds)
        now = datetime.now(UTC)
        if job.next_run_time > now + timedelta(seconds=2 * seconds):
            log.warning("the machine's clock was set back", seconds=round((job.next_run_time - now).total_seconds()))
            job.modify(next_run_time=now)
