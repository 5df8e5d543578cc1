"""Messages leaving: lease, render, send, settle, for each lane. What may leave is decided by the leasing statement; how it looks by `rendering`; how it went is written by `settling`."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog

from channels.api import Outbound, Receipt
from channels.errors import SendError, TryLater
from service.complaints import Complaints
from service.early import Early
from service.hands import Hands
from service.settling import Settler
from service.watching import Watch
from store import outbox as rows
from store.lanes import Admission, ensure, look

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from channels.api import Channel, Heard
    from service.clock import Clock
    from service.hands import Hand
    from service.hours import Hours
    from service.pacing import Flow
    from service.rendering import Rendering, Worded
    from store.database import Database
    from store.failures import FailureRules
    from store.outbox import Leased
    from store.vault import Vault

log = structlog.get_logger("outbox")
EARLY_SECONDS: Final = 0.25  # what arrived longer ago is settled though others of its batch are still on the wire
SHORTEST_WAIT_SECONDS: Final = 0.005
ADDRESSED_AT_ONCE: Final = 50  # some hundred microseconds
LEFT_ALONE_POLLS: Final = 2.5  # for how many intervals nobody may have looked before the outbox itself looks


class Outbox:
    """Sends what is due on every lane until it is stopped.

    Each lane has two hands: one takes replies alone, so that no resident waits behind a mass send-out; the other takes
    whatever is due, mass messages only in their campaign's `hours`. Both share the lane's rate with all other processes.
    `hold` is how long after the last word in a conversation another campaign's invitation to the same number waits,
    `gap` how long a person is left in peace after another campaign's message; `failures` says what follows from those that
    do not arrive.

    Who looks at the database is the clock, at each tick; the outbox itself only while nobody else does. `drain_seconds`
    bounds how long the end may take.
    """

    def __init__(
        self,
        database: Database,
        rendering: Rendering,
        channels: Mapping[str, Channel],
        clock: Clock,
        vault: Vault,
        *,
        hours: Hours,
        hold: timedelta,
        gap: timedelta,
        failures: FailureRules,
        lease_seconds: float,
        rate_scale: float,
        poll_seconds: float,
        drain_seconds: float = 25.0,
        watch: Watch | None = None,
    ) -> None:
        self._database = database
        self._rendering = rendering
        self._clock = clock
        self._hours = hours
        self._hold = hold
        self._gap = gap
        self._failures = failures
        self._lease_seconds = lease_seconds
        self._poll_seconds = poll_seconds
        self._drain_seconds = drain_seconds
        self._watch = watch or Watch()
        self.hands = Hands(channels, rate_scale=rate_scale, probe_seconds=lease_seconds)
        self._complaints = Complaints(log)
        self._settler = Settler(database, clock, vault, failures, self._complaints, lease_seconds=lease_seconds)
        self._is_stopping = False

    def wake(self) -> None:
        """Look for due messages on every lane now."""
        self.hands.wake()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Send while the context is open; on leaving, finish the batches that are under way and lease no more.

        What is not finished after `drain_seconds` is cut off: its leases run out, and the sweep names it.
        """
        self._is_stopping = self._settler.is_ending = False
        await self._database.write(partial(ensure, names=tuple(self.hands.lanes)))
        async with asyncio.TaskGroup() as group:
            serving = [
                group.create_task(self._serve(hand), name=f"hand {hand.lane.name}") for hand in self.hands.begin()
            ]
            looking = group.create_task(self._look_when_left_alone(), name="outbox look")
            try:
                yield
            finally:
                self._is_stopping = self._settler.is_ending = True
                self.wake()
                looking.cancel()
                await self._drain(serving)

    async def _drain(self, serving: Sequence[asyncio.Task[None]]) -> None:
        _, late = await asyncio.wait(serving, timeout=self._drain_seconds) if serving else ((), ())
        if late:
            log.error("not finished in time", hands=len(late), after_seconds=self._drain_seconds)
        for task in late:
            task.cancel()

    async def _look_when_left_alone(self) -> None:
        """Look at the database where no clock does, or where its looks fail."""
        names = tuple(self.hands.lanes)
        while True:
            await asyncio.sleep(self._poll_seconds)
            if self.hands.unnoticed_seconds < LEFT_ALONE_POLLS * self._poll_seconds:
                continue
            try:
                now = self._clock.now()
                self.hands.noticed(await self._database.read(partial(look, names=names, now=now)), now)
            except Exception as error:
                self._complaints.failed("outbox cannot look", error)

    async def _serve(self, hand: Hand) -> None:
        """Begin one batch after another: the next is leased and rendered while one is on the wire and the last is settled."""
        flow = hand.flow
        async with asyncio.TaskGroup() as under_way:
            while not self._is_stopping:
                hand.bell.clear()
                await flow.room.acquire()
                ready: asyncio.Future[float | None] = asyncio.get_running_loop().create_future()
                under_way.create_task(self._carry(hand, ready))
                again_seconds = await ready
                if again_seconds != 0:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(hand.bell.wait(), again_seconds)

    async def _carry(self, hand: Hand, ready: asyncio.Future[float | None]) -> None:
        """One batch from its lease to its settling. `ready` hears when to begin the next: 0 once this one waits for the wire."""
        channel, flow = hand.channel, hand.flow
        try:
            with self._watch.batch(channel.lane) as batch:
                leased_at = time.monotonic()
                admission, leased = (Admission(0), ()) if self._is_stopping else await self._take(hand)
                batch.leased(leased)
                if leased:
                    with batch.step("render"):
                        rendered = await self._render(leased)
                    ready.set_result(0)
                    early = Early(self._settler.at_once, EARLY_SECONDS)
                    async with early.settling(leased), flow.wire:
                        with batch.step("send"):
                            results = await self._send(channel, flow, leased, rendered, leased_at, early.heard)
                    batch.answered(results, self._clock.now())
                    with batch.step("settle"):
                        if await self._settler.close(hand, results, rendered, admission, early.settled):
                            self.wake()
                else:
                    ready.set_result(admission.again_seconds and max(SHORTEST_WAIT_SECONDS, admission.again_seconds))
        except Exception as error:
            # What was leased is swept when its lease runs out; the lane goes on when the database is back.
            self._complaints.failed("lane interrupted", error, lane=channel.lane)
        finally:
            flow.room.release()
            if not ready.done():
                ready.set_result(self._poll_seconds)

    async def _take(self, hand: Hand) -> tuple[Admission, Sequence[Leased]]:
        """Lease what may go now."""
        admission, leased = await self._database.write(partial(self._lease, hand=hand, now=self._clock.now()))
        if not self._database.trouble:
            self._complaints.is_over()
        hand.lane.is_alert |= admission.is_alert
        return admission, leased

    async def _send(
        self,
        channel: Channel,
        flow: Flow,
        leased: Sequence[Leased],
        rendered: Sequence[Outbound | SendError],
        leased_at: float,
        heard: Heard,
    ) -> list[tuple[Leased, Receipt | SendError]]:
        """One result per row. What has waited for the wire until its lease ran out may be another's by now: it is not sent."""
        began = time.monotonic()
        outbound = [message for message in rendered if isinstance(message, Outbound)]
        sent = await channel.send(outbound, until=leased_at + self._lease_seconds, heard=heard)
        if not any(isinstance(result, SendError) and result.concerns == "lane" for result in sent):
            flow.took(len(outbound), time.monotonic() - began)  # a provider that refuses everything is not a quick one
        each = iter(sent)
        return [
            (row, next(each) if isinstance(message, Outbound) else message)
            for row, message in zip(leased, rendered, strict=True)
        ]

    def _lease(self, connection: Connection, hand: Hand, now: datetime) -> tuple[Admission, Sequence[Leased]]:
        """Ask the lane how many messages may go, and take as many that are due, in one transaction."""
        admission = hand.lane.admit(connection, hand.flow.size, now, is_bulk=hand.takes_bulk)
        if not admission.count:
            return admission, ()
        leased = self._choose(connection, hand, admission.count, now)
        hand.lane.give_back(connection, admission, len(leased), now)
        return admission, leased

    def _choose(self, connection: Connection, hand: Hand, limit: int, now: datetime) -> Sequence[Leased]:
        lane = hand.lane.name
        if not hand.takes_bulk:
            return rows.lease(
                connection, lane, limit, now, self._lease_seconds, bulk_open=False, failures=self._failures
            )
        standing = self._hours.look(connection, now)
        is_crowded = standing.crowded_until is not None and standing.crowded_until > now - self._gap
        return rows.lease(
            connection,
            lane,
            limit,
            now,
            self._lease_seconds,
            bulk_open=standing.is_open,
            resting=standing.resting,
            hold=self._hold,
            gap=self._gap if is_crowded else timedelta(0),
            failures=self._failures,
        )

    async def _render(self, leased: Sequence[Leased]) -> Sequence[Outbound | SendError]:
        """The messages of a batch. When the database fails nothing has touched the wire, so all are tried again later.

        What is personal is made in this thread, a few at a time: another one would keep the wire waiting for the interpreter.
        """
        try:
            worded = await self._word(leased)
        except Exception as error:
            self._complaints.failed("batch not rendered", error, messages=len(leased))
            return [TryLater("not_rendered")] * len(leased)
        rendered: list[Outbound | SendError] = []
        for first in range(0, len(leased), ADDRESSED_AT_ONCE):
            few = slice(first, first + ADDRESSED_AT_ONCE)
            rendered += self._rendering.address(leased[few], worded[few])
            await asyncio.sleep(0)
        return rendered

    async def _word(self, leased: Sequence[Leased]) -> list[Worded | SendError]:
        """What each message says. Only what has not been said before has to be asked for."""
        recalled = self._rendering.recall(leased)
        new = [row for row, words in zip(leased, recalled, strict=True) if words is None]
        found = iter(await self._database.read(partial(self._rendering.word, leased=new)) if new else ())
        return [words or next(found) for words in recalled]
