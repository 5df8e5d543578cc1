"""How much a lane has under way in this process. How fast it may send belongs to all workers together: `store.rates`."""

from __future__ import annotations

import asyncio
from typing import Final

UNDER_WAY: Final = 3  # one batch on the wire, one leased and rendered behind it, one being settled
FIRST_SIZE: Final = 100
BATCH_SECONDS: Final = 1.0


class Flow:
    """How much one hand of a lane has under way: a few batches, one of them on the wire, each about a second's work.

    What is leased cannot be recalled by an opt-out, and has to be on the wire before its lease runs out, so a slow provider
    is given small batches, though never fewer messages than go side by side.
    """

    def __init__(self, most: int, least: int) -> None:
        self.room = asyncio.Semaphore(UNDER_WAY)
        self.wire = asyncio.Lock()
        self.size = min(most, FIRST_SIZE)
        self._most = most
        self._least = min(most, least)

    def took(self, count: int, seconds: float) -> None:
        """Learn from a batch how large the next one may be. A small one tells only of slowness."""
        if not count:
            return
        fitting = int(count * BATCH_SECONDS / max(seconds, 1e-6))
        if fitting < self.size:
            self.size = max(self._least, fitting)
        elif count >= self.size:
            self.size = min(self._most, fitting, 4 * self.size)
