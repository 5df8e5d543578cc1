"""What a stand-in does beside answering: it posts to the service's addresses, and has such errands under way. What is posted lives with each stand-in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

PATIENCE_SECONDS = 30.0
UNREACHABLE = (aiohttp.ClientError, TimeoutError)


class NotRunning(Exception):
    """The stand-in was asked to post before it ran."""


@dataclass(frozen=True, slots=True)
class Answered:
    """How the service answered."""

    status: int
    reason: str
    body: bytes

    @property
    def is_well(self) -> bool:
        return 200 <= self.status < 300


class Errands:
    """Connections to the service, and what is under way over them."""

    def __init__(self) -> None:
        self._client: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Hold the connections; at the end nothing is left under way."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE_SECONDS)) as self._client:
            try:
                yield
            finally:
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way."""
        return bool(self._tasks)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something on the side."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Return when everything on the side has been done."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def post(self, url: str, headers: Mapping[str, str], **content: Any) -> Answered:
        """Post `data` (a form) or `json`. Raises `NotRunning`, or one of `UNREACHABLE` when no answer came."""
        if self._client is None:
            raise NotRunning("the stand-in is not running")
        async with self._client.post(url, headers=headers, **content) as response:
            return Answered(response.status, response.reason or "", await response.read())
