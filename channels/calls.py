"""What adapters share that are called over HTTP: webhooks, bounded bodies, too many calls. Whose call it is, is decided by the adapters; what we call is in `connections`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from math import ceil
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from channels.throttles import Throttle

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

RESIDENT_PER_SECOND, RESIDENT_BURST = 2.0, 120
WHOLE: Final = "genklang.whole"  # of a request's extensions: its body, where that came with the head


class BodyTooLarge(Exception):
    """A request's body is larger than anything that its sender has reason to send."""


class Webhook:
    """What answers a provider, as an application of its own: it can be the endpoint of a Route, and be called without one.

    `excuse` gives what to answer instead when that fails; nothing, and the failure is for whoever called.
    """

    def __init__(
        self,
        answer: Callable[[Request], Awaitable[Response]],
        excuse: Callable[[Exception], Response | None] = lambda _: None,
    ) -> None:
        self._answer, self._excuse = answer, excuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._answer(Request(scope, receive))
        except HTTPException as refused:  # by what stands before us
            response = Response(status_code=refused.status_code, headers=refused.headers)
        except Exception as error:
            excuse = self._excuse(error)
            if excuse is None:
                raise
            response = excuse
        await response(scope, receive, send)

    def excused(self, excuse: Callable[[Exception], Response | None]) -> Webhook:
        """The same, with an excuse."""
        return Webhook(self._answer, excuse)


def residents() -> Throttle:
    """How often one resident may come through a provider: far more often than anybody types, so that only machines are refused."""
    return Throttle(RESIDENT_PER_SECOND, RESIDENT_BURST)


def too_many(seconds: float) -> Response:
    """An answer that says when to come again (RFC 6585, section 4)."""
    return Response(status_code=429, headers={"retry-after": str(max(1, ceil(seconds)))})


def header(request: Request, name: bytes) -> bytes:
    """A header as it came, b"" without it. `name` is in lower case."""
    headers: Iterable[tuple[bytes, bytes]] = request.scope["headers"]
    for known, value in headers:
        if known == name:
            return value
    return b""


def expect_at_most(request: Request, most_bytes: int) -> None:
    """Raises `BodyTooLarge` when a request says itself that its body is longer than `most_bytes`."""
    said = header(request, b"content-length")
    if said.isdigit() and int(said) > most_bytes:
        raise BodyTooLarge


def bounded_body(request: Request, most_bytes: int) -> Awaitable[bytes]:
    """A request's body. Raises `BodyTooLarge` without reading it when it says so itself, else as `read_body` does."""
    expect_at_most(request, most_bytes)
    return read_body(request, most_bytes)


async def read_body(request: Request, most_bytes: int) -> bytes:
    """A request's body. Raises `BodyTooLarge` once it is longer than `most_bytes`, and `ClientDisconnect` when the rest does not come."""
    whole: bytearray | None = request.scope.get("extensions", {}).pop(WHOLE, None)
    if whole is not None:
        return _taken(whole, most_bytes)
    chunks, length, is_whole = [], 0, False
    while not is_whole:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunks.append(message.get("body", b""))
        length += len(chunks[-1])
        if length > most_bytes:
            raise BodyTooLarge
        is_whole = not message.get("more_body", False)
    return b"".join(chunks)


def _taken(whole: bytearray, most_bytes: int) -> bytes:
    """What came whole. It is not kept for as long as the connection is, which may wait for its next request for a while."""
    if len(whole) > most_bytes:
        raise BodyTooLarge
    body = bytes(whole)
    whole.clear()
    return body
