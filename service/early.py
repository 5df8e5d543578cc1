"""Settling what has arrived while the rest of its batch is still on the wire: a process that is killed leaves less in doubt. How a batch is sent lives in `outbox`."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from channels.api import Receipt
    from store.outbox import Leased


class Early:
    """Receipts of one batch, settled by `settle` every so many seconds. `settled` are the messages for which that is done."""

    def __init__(self, settle: Callable[[Sequence[tuple[Leased, Receipt]]], Awaitable[None]], seconds: float) -> None:
        self._settle = settle
        self._seconds = seconds
        self._heard: list[Receipt] = []
        self._is_over = asyncio.Event()
        self._working: asyncio.Task[None] | None = None
        self.settled: set[int] = set()

    def heard(self, receipt: Receipt) -> None:
        """A message has arrived. One that arrived elsewhere than it was sent to waits for the others."""
        if receipt.moved_to is None:
            self._heard.append(receipt)

    @asynccontextmanager
    async def settling(self, leased: Sequence[Leased]) -> AsyncIterator[None]:
        """Settle what is heard while the context is open; a settling that has begun is finished."""
        timer = asyncio.get_running_loop().call_later(self._seconds, self._begin, leased)
        try:
            yield
        finally:
            timer.cancel()
            self._is_over.set()
            if self._working is not None:
                await self._working

    def _begin(self, leased: Sequence[Leased]) -> None:
        """Only a batch that is long on the wire needs somebody to settle it."""
        self._working = asyncio.create_task(self._work(leased), name="settling early")

    async def _work(self, leased: Sequence[Leased]) -> None:
        rows = {row.message_id: row for row in leased}
        while not self._is_over.is_set():
            receipts, self._heard = self._heard, []
            if receipts:
                try:
                    await self._settle([(rows[receipt.message_id], receipt) for receipt in receipts])
                except Exception:  # all of it is settled with the rest, where trouble is told and lasted out
                    return
                self.settled.update(receipt.message_id for receipt in receipts)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_over.wait(), self._seconds)
