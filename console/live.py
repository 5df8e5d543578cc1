"""Live numbers: one page region sent again whenever it has changed, as server-sent events. What the region holds lives in `coordinators`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.requests import Request
from starlette.responses import StreamingResponse

EVERY_SECONDS = 2.0
EASE = 5.0  # a reader's numbers take at most a sixth of the time, however long they take to count
LONGEST_SECONDS = 600.0  # then the browser connects again, so that no connection lives for ever


def event(name: str, data: str) -> bytes:
    """One server-sent event (WHATWG HTML, 9.2): each line of the data on a line of its own."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines())
    return f"event: {name}\n{lines}\n".encode()


async def changes(
    render: Callable[[], Awaitable[str]],
    is_over: Callable[[], Awaitable[bool]],
    *,
    every_seconds: float = EVERY_SECONDS,
    longest_seconds: float = LONGEST_SECONDS,
) -> AsyncIterator[bytes]:
    """The region as an event at once and whenever it differs from what was last sent; a comment keeps the line open otherwise."""
    yield f"retry: {round(every_seconds * 1000)}\n\n".encode()
    sent, elapsed = None, 0.0
    while elapsed < longest_seconds and not await is_over():
        began = asyncio.get_running_loop().time()
        region = await render()
        pause = max(every_seconds, (asyncio.get_running_loop().time() - began) * EASE)
        yield b": no change\n\n" if region == sent else event("figures", region)
        sent = region
        await asyncio.sleep(pause)
        elapsed += pause


def stream(
    request: Request, render: Callable[[], Awaitable[str]], is_stopping: Callable[[], bool]
) -> StreamingResponse:
    """The response that carries `changes` until the reader leaves or the service stops."""

    async def is_over() -> bool:
        return is_stopping() or await request.is_disconnected()

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(changes(render, is_over), media_type="text/event-stream", headers=headers)
