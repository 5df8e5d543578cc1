"""Which mail server the next connection goes to. The connections themselves live in `sessions`, their use in `connections`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from channels.email.sessions import Session

if TYPE_CHECKING:
    from channels.email.settings import EmailSettings

REST_SECONDS: Final = 30.0


@dataclass(slots=True, eq=False)
class Relay:
    """One mail server: until when it is left alone after a failure, and how many of our sessions go there."""

    host: str
    port: int
    rests_until: float = 0.0
    in_use: int = 0


class Relays:
    """The mail servers of one lane, tried in turn or spread over. One that failed is asked last for half a minute."""

    def __init__(self, settings: EmailSettings, moment: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._moment = moment
        self._relays = [Relay(host, port) for host, port in settings.relays]

    def candidates(self) -> list[Relay]:
        """Every relay, the one to try first in front."""
        now = self._moment()
        if self._settings.relay_order == "spread":
            return sorted(self._relays, key=lambda relay: (relay.rests_until > now, relay.in_use))
        return sorted(self._relays, key=lambda relay: relay.rests_until > now)  # keeps the order otherwise

    def failed(self, relay: Relay) -> None:
        """Leave it alone for a while if there is another."""
        relay.rests_until = self._moment() + REST_SECONDS

    def answered(self, relay: Relay) -> None:
        """It is well again."""
        relay.rests_until = 0.0

    def session(self, relay: Relay) -> Session:
        """A session with it, not yet open."""
        return Session(self._settings, relay.host, relay.port)

    @contextmanager
    def using(self, relay: Relay) -> Iterator[None]:
        """Count a session as one that goes there while it is carried."""
        relay.in_use += 1
        try:
            yield
        finally:
            relay.in_use -= 1
