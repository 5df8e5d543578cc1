"""What an event loop brings in one go, handed over in one go. What becomes of it is the writer's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Generic, TypeVar

T = TypeVar("T")
LONGEST_SECONDS: Final = 0.02


class Bursts(Generic[T]):
    """Keeps what comes until the loop has nothing more at hand, there are `most`, or it has lasted `LONGEST_SECONDS`.

    Two threads that share one interpreter get in each other's way: what takes from the loop begins when the loop has had its
    say. One alone waits for two rounds of the loop.
    """

    def __init__(self, hand_over: Callable[[list[T]], None], most: int) -> None:
        self._hand_over = hand_over
        self._most = most
        self._kept: list[T] = []

    def add(self, one: T, loop: asyncio.AbstractEventLoop) -> None:
        """Keep one. `loop` is the running loop, which is the same for all that are kept at a time."""
        self._kept.append(one)
        if len(self._kept) == 1:
            loop.call_soon(self._look, loop, 0, loop.time() + LONGEST_SECONDS)

    def _look(self, loop: asyncio.AbstractEventLoop, known: int, until: float) -> None:
        count = len(self._kept)
        if known < count < self._most and loop.time() < until:
            loop.call_soon(self._look, loop, count, until)
        else:
            kept, self._kept = self._kept, []
            self._hand_over(kept)
