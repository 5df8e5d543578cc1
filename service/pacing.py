"""How fast a lane may send: a token bucket over the real time of this process, and how much is under way at once. Which messages go first is the store's business."""

from __future__ import annotations

import asyncio
import time
from typing import Final

UNDER_WAY: Final = 3  # one batch on the wire, one leased and rendered behind it, one being settled
FIRST_SIZE: Final = 100
BATCH_SECONDS: Final = 1.0


class Pace:
    """Lets `per_second` messages through on average, with bursts of at most one second's worth."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._burst = max(1.0, per_second)
        self._allowance = self._burst
        self._at = time.monotonic()

    def allowance(self) -> int:
        """How many messages may go now."""
        moment = time.monotonic()
        self._allowance = min(self._burst, self._allowance + (moment - self._at) * self._per_second)
        self._at = moment
        return int(self._allowance)

    def take(self, most: int) -> int:
        """Take up to `most` messages out of the allowance; gives how many."""
        taken = max(0, min(most, self.allowance()))
        self._allowance -= taken
        return taken

    def give_back(self, count: int) -> None:
        """Return what was taken and not used."""
        self._allowance += count

    async def wait(self) -> None:
        """Return when about one message may go; `allowance` says whether another was quicker."""
        if self.allowance() < 1:
            await asyncio.sleep((1 - self._allowance) / self._per_second)


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
