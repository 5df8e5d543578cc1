"""An SMS provider that takes everything and answers as Twilio does, at once or after a while, on bare sockets so that it is not what is measured. `python -m bench.providers PORT DELAY_MS`."""

from __future__ import annotations

import asyncio
import itertools
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench.loads import free_port, wait_for

RESOURCE = (
    b'{"account_sid": "%s", "api_version": "2010-04-01", "body": "%s", "date_created": "Mon, 02 Mar 2026 09:00:00 +0000", '
    b'"date_sent": null, "date_updated": "Mon, 02 Mar 2026 09:00:00 +0000", "direction": "outbound-api", "error_code": null, '
    b'"error_message": null, "from": null, "messaging_service_sid": "%s", "num_media": "0", "num_segments": "0", "price": null, '
    b'"price_unit": null, "sid": "SM%%032x", "status": "accepted", "subresource_uris": {"media": "/2010-04-01/Media.json"}, '
    b'"to": "+46701740605", "uri": "/2010-04-01/Message.json"}'
) % (b"AC" + b"0" * 32, b"x" * 300, b"MG" + b"0" * 32)
HEAD = b"HTTP/1.1 201 CREATED\r\nContent-Type: application/json;charset=utf-8\r\nContent-Length: %d\r\nConnection: keep-alive\r\n\r\n"
numbers = itertools.count(1)


class Session(asyncio.Protocol):
    """One keep-alive connection: a request is whole when its Content-Length has come; what it says is not looked at."""

    delay = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._heard = b""

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while (end := self._heard.find(b"\r\n\r\n")) >= 0:
            head = self._heard[:end].lower()
            begin = head.find(b"content-length: ") + 16
            length = int(head[begin : head.find(b"\r\n", begin) if b"\r\n" in head[begin:] else len(head)])
            if len(self._heard) < end + 4 + length:
                return
            self._heard = self._heard[end + 4 + length :]
            if self.delay:
                asyncio.get_running_loop().call_later(self.delay, self._answer)
            else:
                self._answer()

    def _answer(self) -> None:
        if not self._transport.is_closing():
            body = RESOURCE % next(numbers)
            self._transport.write(HEAD % len(body) + body)


async def _serve(port: int, delay: float) -> None:
    Session.delay = delay
    server = await asyncio.get_running_loop().create_server(Session, "127.0.0.1", port, backlog=512)
    async with server:
        await server.serve_forever()


@contextmanager
def provider(*, delay_ms: float = 0) -> Iterator[int]:
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
