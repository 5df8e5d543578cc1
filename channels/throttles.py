"""How often one source may come: a token bucket for each, in memory that is bounded. What counts as a source, and what it is told, is decided by those who ask."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

MOST_SOURCES = 20_000
ROUNDING = 1e-9  # seconds: whoever has waited as long as told is not told to wait for nothing


class Throttle:
    """Lets each source through `per_second` times on average, and `burst` times at once.

    A bucket is one number, the moment at which it will be full again (the generic cell rate algorithm, ITU-T I.371), so
    a source that has been quiet for long is the same as one never seen. Beyond `most` sources the quietest is forgotten.
    """

    def __init__(
        self, per_second: float, burst: int, *, most: int = MOST_SOURCES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._interval = 1 / per_second
        self._room = burst * self._interval
        self._most = most
        self._clock = clock
        self._full_at: OrderedDict[Hashable, float] = OrderedDict()

    def wait(self, source: Hashable, cost: float = 1) -> float:
        """Take `cost` out of the source's bucket. 0 when it was there; else the seconds until it will be, and nothing is taken."""
        now = self._clock()
        full_at = max(now, self._full_at.get(source, 0.0)) + cost * self._interval
        over = full_at - now - self._room
        if over > ROUNDING:
            return over
        self._note(source, full_at)
        return 0.0

    def charge(self, source: Hashable, cost: float) -> float:
        """Take `cost` out whether it is there or not, as far as one whole bucket below nothing. The seconds until one more may come."""
        now = self._clock()
        full_at = max(now, self._full_at.get(source, 0.0)) + cost * self._interval
        self._note(source, min(full_at, now + 2 * self._room))
        return max(0.0, full_at + self._interval - now - self._room)

    def __len__(self) -> int:
        return len(self._full_at)

    def _note(self, source: Hashable, full_at: float) -> None:
        self._full_at[source] = full_at
        self._full_at.move_to_end(source)
        if len(self._full_at) > self._most:
            self._full_at.popitem(last=False)
