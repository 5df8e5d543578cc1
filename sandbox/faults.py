"""What can be made to go wrong on the chat stand-ins, and an answer that breaks off. Each stand-in decides how its provider would say it."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.types import Receive, Scope, Send


@dataclass(slots=True)
class Faults:
    """Switches, all off at first. Sets and the mapping hold addresses.

    `down`: every request is answered as by a provider that is out of order. `throttle_every` n: each n-th send is
    refused with `retry_after` seconds. `cut`: sends are accepted, then the connection breaks before the answer is
    whole. `refuse`: the message is refused for good. `blocked`: has blocked the sender. `gone`: no such address.
    `undelivered`: accepted, then reported as failed with this code (SMS only). `moved`: the chat has another id now
    (Telegram only). `unpriced`: no price is ever told (SMS only).
    """

    down: bool = False
    throttle_every: int = 0
    retry_after: int = 3
    cut: bool = False
    refuse: set[str] = field(default_factory=set)
    blocked: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    undelivered: dict[str, int] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    unpriced: set[str] = field(default_factory=set)
    _sends: int = 0

    def throttles(self) -> bool:
        """Whether this send is one too many. Counts it."""
        self._sends += 1
        return self.throttle_every > 0 and self._sends % self.throttle_every == 0


class CutResponse(Response):
    """An answer that promises more than comes: the server closes the connection after the first byte."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
