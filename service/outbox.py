"""Messages leaving: lease, render, send, settle, for each lane. What may leave is decided by the leasing statement; how it looks by `rendering`."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Final

import structlog

from channels.api import Outbound, SendError, TryLater
from service.pacing import Pace
from service.retries import outcome_of
from service.watching import Batch, Watch
from store import outbox as rows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from channels.api import Channel
    from service.clock import Clock
    from service.hours import Hours
    from service.rendering import Rendering
    from store.database import Database
    from store.outbox import Leased, Outcome, Settled

log = structlog.get_logger("outbox")
SETTLING_SECONDS_AT_THE_END: Final = 5.0
LONGEST_PAUSE_SECONDS: Final = 2.0


class Outbox:
    """Sends what is due on every lane until it is stopped.

    Each lane has two hands: one takes replies alone, so that no resident waits behind a mass send-out; the other takes
    whatever is due, mass messages only in their campaign's `hours`. Both share the lane's pace. `hold` is how long after the
    last word in a conversation another campaign's invitation to the same number waits.
    """

    def __init__(
        self,
        database: Database,
        rendering: Rendering,
        channels: Mapping[str, Channel],
        clock: Clock,
        *,
        hours: Hours,
        hold: timedelta,
        lease_seconds: float,
        rate_scale: float,
        poll_seconds: float,
        watch: Watch | None = None,
    ) -> None:
        self._database = database
        self._rendering = rendering
        self._channels = channels
        self._clock = clock
        self._hours = hours
        self._hold = hold
        self._lease_seconds = lease_seconds
        self._rate_scale = rate_scale
        self._poll_seconds = poll_seconds
        self._watch = watch or Watch()
        self._bells: list[asyncio.Event] = []
        self._is_stopping = False
        self._rng = Random()  # noqa: S311  spreads retries, guards nothing

    def wake(self) -> None:
        """Look for due messages now rather than at the next poll."""
        for bell in self._bells:
            bell.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Send while the context is open; on leaving, finish the batches that are under way and lease no more."""
        self._is_stopping = False
        async with asyncio.TaskGroup() as group:
            for channel in self._channels.values():
                pace = Pace(channel.limits.rate_per_second * self._rate_scale)
                for takes_bulk in (False, True):
                    bell = asyncio.Event()
                    self._bells.append(bell)
                    group.create_task(self._serve(channel, pace, bell, takes_bulk=takes_bulk))
            try:
                yield
            finally:
                self._is_stopping = True
                self.wake()

    async def _serve(self, channel: Channel, pace: Pace, bell: asyncio.Event, *, takes_bulk: bool) -> None:
        while not self._is_stopping:
            bell.clear()
            await pace.wait()
            try:
                with self._watch.batch(channel.lane) as batch:
                    if await self._send_some(channel, pace, batch, takes_bulk=takes_bulk):
                        continue
            except Exception:
                # What was leased is swept when its lease runs out; the lane goes on when the database is back.
                log.exception("lane interrupted", lane=channel.lane)
            try:
                await asyncio.wait_for(bell.wait(), self._poll_seconds)
            except TimeoutError:
                continue

    async def _send_some(self, channel: Channel, pace: Pace, batch: Batch, *, takes_bulk: bool) -> int:
        """Send one batch; gives how many messages were leased."""
        now = self._clock.now()
        limit = pace.take(channel.limits.batch)
        if limit < 1:
            return 0
        leased: Sequence[Leased] = ()
        try:
            lease = partial(self._lease, lane=channel.lane, limit=limit, now=now, takes_bulk=takes_bulk)
            leased = await self._database.write(lease)
        finally:
            pace.give_back(limit - len(leased))
        batch.leased(leased)
        if not leased:
            return 0
        with batch.step("render"):
            rendered = await self._render(leased)
        with batch.step("send"):
            sent = iter(await channel.send([message for message in rendered if isinstance(message, Outbound)]))
        results = [
            (row, next(sent) if isinstance(message, Outbound) else message)
            for row, message in zip(leased, rendered, strict=True)
        ]
        outcomes = [outcome_of(row, result, self._clock.now(), self._rng) for row, result in results]
        batch.answered(results, self._clock.now())
        with batch.step("settle"):
            settled = await self._settle(outcomes)
        for row, result in results:
            if isinstance(result, SendError):
                kind = type(result).__name__
                log.warning("not sent", message=row.message_id, lane=row.lane, failure=kind, reason=result.reason)
        if settled.fenced:
            log.error("settled too late", messages=settled.fenced, lane=channel.lane)
        return len(leased)

    def _lease(
        self, connection: Connection, lane: str, limit: int, now: datetime, *, takes_bulk: bool
    ) -> Sequence[Leased]:
        if not takes_bulk:
            return rows.lease(connection, lane, limit, now, self._lease_seconds, bulk_open=False)
        standing = self._hours.look(connection, now)
        return rows.lease(
            connection,
            lane,
            limit,
            now,
            self._lease_seconds,
            bulk_open=standing.is_open,
            resting=standing.resting,
            hold=self._hold,
        )

    async def _render(self, leased: Sequence[Leased]) -> Sequence[Outbound | SendError]:
        """The messages of a batch. When the database fails nothing has touched the wire, so all are tried again later."""
        try:
            return await self._database.read(partial(self._rendering.render, leased=leased))
        except Exception:
            log.exception("batch not rendered", messages=len(leased))
            return [TryLater("not_rendered")] * len(leased)

    async def _settle(self, outcomes: Sequence[Outcome]) -> Settled:
        """Write how a batch went, again and again while the database fails: what was sent must not end in doubt.

        Gives up when the leases have run out (or soon, at the end of the service); then the sweep names the messages.
        """
        began, pause = time.monotonic(), 0.05
        while True:
            try:
                return await self._database.write(partial(rows.settle, outcomes=outcomes, now=self._clock.now()))
            except Exception:
                patience = SETTLING_SECONDS_AT_THE_END if self._is_stopping else self._lease_seconds
                if time.monotonic() - began > patience:
                    raise
                log.exception("not settled yet", messages=len(outcomes))
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
