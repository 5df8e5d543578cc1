"""What stands before every request: whose address counts as the client's, how large and how slow a body may be, how often one source may come. Nothing of a request is understood here."""

from __future__ import annotations

import asyncio
import ipaddress
import math
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from channels.calls import WHOLE, residents, too_many
from channels.throttles import Throttle

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from service.settings import Settings

MOST_BODY_BYTES: Final = 1 << 20  # doors that need less ask for less
BODY_SECONDS: Final = 20.0
BURST_SECONDS: Final = 10.0  # of a client's rate at once: many residents share the address of a mobile operator
REFUSED_COST: Final = 25.0  # what is answered so is a mistake or a search for something that fits
REFUSED: Final = frozenset({400, 401, 403, 404, 405, 408, 413})
FORWARDED: Final = frozenset({b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"})
GONE_WRONG: Final = {"connection": "close"}  # nobody reads the rest of what was being sent


class Forwarded(ProxyHeadersMiddleware):
    """Believes X-Forwarded-For, -Proto and -Host from proxies that are trusted, and from nobody else."""

    def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        if scope["type"] == "lifespan" or FORWARDED.isdisjoint(dict(scope["headers"])):
            return self.app(scope, receive, send)
        told = [value for name, value in scope["headers"] if name == b"x-forwarded-host"]
        client = scope.get("client")
        if told and client and client[0] in self.trusted_hosts:
            host = told[0].partition(b",")[0].strip()
            scope["headers"] = [(n, v) for n, v in scope["headers"] if n != b"host"] + [(b"host", host)]
        return super().__call__(scope, receive, send)


class Gate:
    """Refuses what is too much: 413, 408 and 429.

    `is_verified` says of a path that its door checks a provider's signature first: whoever passes there is never held
    up, and who fails too often hears 429. `resident_of` names the resident's link in a path, which has a bucket of its own.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        is_verified: Callable[[str], bool],
        resident_of: Callable[[str], str | None],
    ) -> None:
        self._app = app
        self._is_verified, self._resident_of = is_verified, resident_of
        per_second = settings.client_rate_per_second
        self._clients = Throttle(per_second, max(math.ceil(per_second * BURST_SECONDS), int(REFUSED_COST)))
        self._residents = residents()
        self._exempt = trusting(settings.trusted_proxies)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "http":
            return self._app(scope, receive, send)
        path, source = scope["path"], self._source(scope)
        is_verified = self._is_verified(path)
        wait = 0.0 if is_verified else self._held_up(path, source)
        if wait:
            return too_many(wait)(scope, receive, send)
        if _declared(scope) > MOST_BODY_BYTES:
            return PlainTextResponse("too large\n", 413, GONE_WRONG)(scope, receive, send)
        is_whole = WHOLE in scope.get("extensions", ())
        told = send if source is None else self._charging(send, source, is_verified=is_verified)
        return self._app(scope, receive if is_whole else bounded(receive), told)

    def _charging(self, send: Send, source: str, *, is_verified: bool) -> Send:
        """The same way back, on which what is refused costs the source dearly."""

        def charging(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start" and message["status"] in REFUSED:
                wait = self._clients.charge(source, REFUSED_COST)
                if is_verified and wait:
                    message = {**message, "status": 429}
                    told = too_many(wait).headers["retry-after"].encode()  # it has a length of its own
                    message["headers"] = [*message.get("headers", ()), (b"retry-after", told)]
            return send(message)

        return charging

    def _held_up(self, path: str, source: str | None) -> float:
        """Seconds that the client, or whoever uses this link, has to wait."""
        resident = self._resident_of(path)
        wait = self._residents.wait(resident) if resident is not None else 0.0
        if not wait and source is not None:
            wait = self._clients.wait(source)
        return wait

    def _source(self, scope: Scope) -> str | None:
        """The client's network: an IPv4 address, or the /64 that one IPv6 customer has. None for this machine and its proxies."""
        client = scope.get("client")
        return None if client is None or client[0] in self._exempt else network(client[0])


def bounded(receive: Receive) -> Receive:
    """The same body, with an end to how long it may be and take; raises HTTPException 413 or 408 to the application."""
    length, is_whole, until = 0, False, 0.0

    async def receiving() -> Message:
        nonlocal length, is_whole, until
        if is_whole:  # what comes now is that the client has gone
            return await receive()
        loop = asyncio.get_running_loop()
        until = until or loop.time() + BODY_SECONDS
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, headers=GONE_WRONG) from None
        length += len(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        if length > MOST_BODY_BYTES:
            raise HTTPException(413, headers=GONE_WRONG)
        return message

    return receiving


def _declared(scope: Scope) -> int:
    """The Content-Length, 0 when there is none; what is no number is the server's to refuse."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


@lru_cache(maxsize=4096)
def network(host: str) -> str:
    """What one customer of a network has: the address, or the /64 of an IPv6 address."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host[:64]
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def trusting(proxies: str) -> Any:
    """The addresses of this machine and of trusted proxies, as something that tells whether an address is among them."""
    return Forwarded(
        _nobody, [*(part.strip() for part in proxies.split(",") if part.strip()), "127.0.0.0/8", "::1"]
    ).trusted_hosts


async def _nobody(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("this is no application")
