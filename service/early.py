"""Settling what has arrived while the rest of its batch is still on the wire: a process that is killed leaves less in doubt. How a batch is sent lives in `outbox`."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from channels.api import Receipt
    from store.outbox import Leased

PARTING_SECONDS: Final = 5.0


class Early:
    """Receipts of one batch, settled by `settle` every so many seconds; `heard` takes them. `settled` are the messages for which that is done."""

    def __init__(self, settle: Callable[[Sequence[tuple[Leased, Receipt]]], Awaitable[bool]], seconds: float) -> None:
        self._settle = settle
        self._seconds = seconds
        self._heard: list[Receipt] = []
        self.heard = self._heard.append
        self._is_over = asyncio.Event()
        self._working: asyncio.Task[None] | None = None
        self.settled: set[int] = set()

    @asynccontextmanager
    async def settling(self, leased: Sequence[Leased]) -> AsyncIterator[None]:
        """Settle what is heard while the context is open; a settling that has begun is finished. When the batch is cut off,
        what it has heard is settled at once, within `PARTING_SECONDS`.
        """
        timer = asyncio.get_running_loop().call_later(self._seconds, self._begin, leased)
        try:
            yield
        except BaseException:
            await self._end(timer)
            with suppress(TimeoutError):
                async with asyncio.timeout(PARTING_SECONDS):
                    await self._catch_up(leased)
            raise
        else:
            await self._end(timer)

    async def _end(self, timer: asyncio.TimerHandle) -> None:
        timer.cancel()
        self._is_over.set()
        if self._working is not None:
            await self._working

    def _begin(self, leased: Sequence[Leased]) -> None:
        """Only a batch that is long on the wire needs somebody to settle it."""
        self._working = asyncio.create_task(self._work(leased), name="settling early")

    async def _work(self, leased: Sequence[Leased]) -> None:
        while not self._is_over.is_set() and await self._catch_up(leased):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_over.wait(), self._seconds)

    async def _catch_up(self, leased: Sequence[Leased]) -> bool:
        """Settle what was heard since the last time, but for what arrived elsewhere than it was sent to. False when that fails."""
        heard = {receipt.message_id: receipt for receipt in self._heard if receipt.moved_to is None}
        self._heard.clear()
        if not heard:
            return True
        is_settled = await self._settle([(row, heard[row.message_id]) for row in leased if row.message_id in heard])
        if is_settled:
            self.settled.update(heard)
        return is_settled
