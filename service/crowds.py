"""How many connections one client's address may have at a time, so that nobody holds them all. How long each may be silent is decided in `patience`."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Container
from functools import partial
from typing import TYPE_CHECKING, Any

from service.gate import network, trusting
from service.patience import PatientProtocol

if TYPE_CHECKING:
    from service.settings import Settings


class Crowds:
    """The connections of each source: an IPv4 address, or the /64 that one IPv6 customer has. This machine and trusted proxies
    are none: all residents come through them.
    """

    def __init__(self, most: int, exempt: Container[str]) -> None:
        self._most, self._exempt = most, exempt
        self._here: Counter[str] = Counter()

    def enter(self, host: str) -> str | None:
        """Count one more, and give what to `leave` it with: "" where nothing was counted, None when there are enough already."""
        if host in self._exempt:
            return ""
        source = network(host)
        if self._here[source] >= self._most:
            return None
        self._here[source] += 1
        return source

    def leave(self, source: str) -> None:
        """Count one less; who has none left is forgotten."""
        self._here[source] -= 1
        if self._here[source] <= 0:
            del self._here[source]


class CountedProtocol(PatientProtocol):
    """Answers 503 at once to who has enough connections already, and hangs up."""

    def __init__(self, *args: Any, crowds: Crowds, **named: Any) -> None:
        super().__init__(*args, **named)
        self._crowds = crowds
        self._source = ""

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        source = self._crowds.enter(self.client[0]) if self.client else ""
        if source is None:
            self._refuse(503, "Service Unavailable")
        else:
            self._source = source

    def connection_lost(self, exc: Exception | None) -> None:
        if self._source:
            self._crowds.leave(self._source)
        super().connection_lost(exc)


def counted(settings: Settings) -> Any:
    """The HTTP protocol of one server, for uvicorn: it counts the connections of each client."""
    crowds = Crowds(settings.connections_per_client, trusting(settings.trusted_proxies))
    return partial(CountedProtocol, crowds=crowds)
