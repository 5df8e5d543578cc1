"""Prices that providers tell later, fetched page by page from their lists: one request at a time, none while nothing is missing. When a day is read is decided in `store.charges`."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog

from channels.errors import Misconfigured, Refused, SendError
from service.complaints import Complaints
from store.charges import Bill, Priced, enter_prices, is_any_due, put_back, take_bill
from store.costs import micros_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from channels.api import Billing, PricePage
    from service.clock import Clock
    from store.database import Database

log = structlog.get_logger("prices")
PAGE_PAUSE_SECONDS: Final = 1.0  # sending goes first: the lists are read at a walk
LATER: Final = timedelta(minutes=15)  # a provider that does not answer is asked again then, unless it names a time
MENDED: Final = timedelta(hours=6)  # refused credentials keep everything else waiting as well, which is told there


class Prices:
    """Asks the channels that bill later what messages cost. Any number of processes may: a day is read by one at a time.

    `wake` is called every minute. What was read is committed page by page, so that an interrupted reading goes on there.
    """

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Billing],
        clock: Clock,
        pause_seconds: float = PAGE_PAUSE_SECONDS,
    ) -> None:
        self._database = database
        self._channels = channels
        self._clock = clock
        self._pause_seconds = pause_seconds
        self._bell = asyncio.Event()
        self._complaints = Complaints(log)

    def wake(self) -> None:
        """Look whether a day is to be read."""
        self._bell.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Read while the context is open; a page that is under way at the end is read again later."""
        reading = asyncio.create_task(self._listen(), name="prices") if self._channels else None
        try:
            yield
        finally:
            if reading is not None:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            await self._bell.wait()
            self._bell.clear()
            try:
                await self.catch_up()
            except Exception as error:
                self._complaints.failed("prices not read", error)

    async def catch_up(self) -> None:
        """Read every day that is due."""
        names = tuple(self._channels)
        while await self._database.read(partial(is_any_due, channels=names, now=self._clock.now())):
            bill = await self._database.write(partial(take_bill, channels=names, now=self._clock.now()))
            self._complaints.is_over()
            if bill is None:
                return
            await self._read(bill)
            await asyncio.sleep(self._pause_seconds)

    async def _read(self, bill: Bill) -> None:
        """Read a day page by page to its end, or until nothing is missing."""
        page, pages, is_going_on = bill.page, 0, True
        while is_going_on:
            if pages:
                await asyncio.sleep(self._pause_seconds)
            here = Bill(bill.channel, bill.day, page)
            try:
                told = await self._channels[bill.channel].prices(bill.day, page)
            except SendError as error:
                await self._leave(here, error)
                return
            prices, page, pages = _as_stored(told), told.next_page, pages + 1
            enter = partial(enter_prices, read=here, prices=prices, next_page=page, now=self._clock.now())
            is_going_on = await self._database.write(enter)
        log.info("prices read", channel=bill.channel, day=bill.day.isoformat(), pages=pages)

    async def _leave(self, here: Bill, error: SendError) -> None:
        """Go on later at the same page, or from the beginning where the provider knows the page no more."""
        wish = timedelta(seconds=error.after_seconds or 0)
        wait = max(wish, MENDED if isinstance(error, Misconfigured) else LATER)
        log.warning("prices not told", channel=here.channel, day=here.day.isoformat(), reason=error.reason)
        where = Bill(here.channel, here.day) if isinstance(error, Refused) else here
        await self._database.write(partial(put_back, read=where, due_at=self._clock.now() + wait))


def _as_stored(told: PricePage) -> list[Priced]:
    return [Priced(each.provider_id, micros_of(each.amount), each.currency, each.segments) for each in told.prices]
