"""How fast a lane may send: a token bucket over the real time of this process. Which messages go first is the store's business."""

from __future__ import annotations

import asyncio
import time


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
