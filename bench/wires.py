"""The bare wire: how fast mail can leave when nothing else is done. Postfix's smtp-source, or where it is missing a pipelining loop of our own."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time

ENVELOPE = b"MAIL FROM:<a@sender.example>\r\nRCPT TO:<b@recipient.example>\r\nDATA\r\n"


class Stream(asyncio.Protocol):
    """One connection: the next envelope rides behind each final dot, and nothing is looked at but the answers' first digit."""

    def __init__(self, count: int, size: int, done: asyncio.Future[None]) -> None:
        self._left = count
        self._letter = b"Subject: wire\r\n\r\n" + (b"x" * 72 + b"\r\n") * (size // 74) + b".\r\n"
        self._done = done
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._transport.write(b"EHLO wire.example\r\n" + ENVELOPE)

    def data_received(self, data: bytes) -> None:
        *lines, self._heard = (self._heard + data).split(b"\r\n")
        for line in lines:
            if line[:1] in (b"4", b"5"):
                self._end(RuntimeError(f"the sink refused: {line[:40]!r}"))
                return
            if line.startswith(b"354"):
                self._left -= 1
                self._transport.write(self._letter + (ENVELOPE if self._left else b"QUIT\r\n"))
            elif line.startswith(b"221"):
                self._end(None)

    def connection_lost(self, error: Exception | None) -> None:
        self._end(error or ConnectionError("the sink hung up"))

    def _end(self, error: Exception | None) -> None:
        if self._done.done():
            return
        if error is None:
            self._done.set_result(None)
        else:
            self._done.set_exception(error)
        self._transport.close()


async def _stream(port: int, count: int, size: int, connections: int) -> None:
    loop = asyncio.get_running_loop()
    dones = [loop.create_future() for _ in range(connections)]
    for done in dones:
        await loop.create_connection(lambda d=done: Stream(count // connections, size, d), "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*dones)


def rate(port: int, count: int, size: int, connections: int) -> tuple[float, str]:
    """Messages of `size` bytes a second to the sink at `port`, and what sent them."""
    import uvloop

    program = shutil.which("smtp-source", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    begun = time.perf_counter()
    if program is None:
        uvloop.run(_stream(port, count, size, connections))
    else:
        target = f"127.0.0.1:{port}"
        subprocess.run([program, "-d", "-s", str(connections), "-l", str(size), "-m", str(count), target], check=True)
    took = time.perf_counter() - begun
    return count / took, "C smtp-source" if program else "a bare pipelining loop"
