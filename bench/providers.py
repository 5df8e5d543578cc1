"""An SMS provider that takes everything and answers after a while, on bare sockets so that it is not what is measured. `python -m bench.providers PORT DELAY_MS`."""

from __future__ import annotations

import asyncio
import itertools
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench.loads import free_port, wait_for

LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
numbers = itertools.count()


class Session(asyncio.Protocol):
    """One keep-alive connection: each request is answered `delay` seconds after it came in whole, as Twilio answers."""

    delay = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._heard = b""

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while (end := self._heard.find(b"\r\n\r\n")) >= 0:
            found = LENGTH.search(self._heard, 0, end)
            whole = end + 4 + (int(found[1]) if found else 0)
            if len(self._heard) < whole:
                return
            self._heard = self._heard[whole:]
            asyncio.get_running_loop().call_later(self.delay, self._answer)

    def _answer(self) -> None:
        if self._transport.is_closing():
            return
        body = b'{"sid": "SM%032x", "status": "queued"}' % next(numbers)
        self._transport.write(
            b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (len(body), body)
        )


async def _serve(port: int, delay: float) -> None:
    Session.delay = delay
    server = await asyncio.get_running_loop().create_server(Session, "127.0.0.1", port, backlog=512)
    async with server:
        await server.serve_forever()


@contextmanager
def provider(*, delay_ms: float) -> Iterator[int]:
    """A provider in a process of its own. Gives its port."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.providers", str(port), str(delay_ms)])
    try:
        wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=10)


if __name__ == "__main__":
    import uvloop

    uvloop.run(_serve(int(sys.argv[1]), float(sys.argv[2]) / 1000))
