"""A load of HTTP requests on keep-alive connections, from a client that costs next to nothing. What is asked lives with the benchmark."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic, perf_counter, sleep

ANSWERED = b"HTTP/1.1 200"


class Caller(asyncio.Protocol):
    """One connection: each request goes out when the one before it was answered."""

    def __init__(self, requests: Sequence[bytes], done: asyncio.Future[None]) -> None:
        self._waiting = iter(requests)
        self._done = done
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.WriteTransport = transport  # type: ignore[assignment]
        self._call()

    def _call(self) -> None:
        request = next(self._waiting, None)
        if request is None:
            self._transport.close()
            if not self._done.done():
                self._done.set_result(None)
        else:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, end, body = self._heard.partition(b"\r\n\r\n")
        if not end:
            return
        length = next(
            int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
        )
        if len(body) < length:
            return
        if not head.startswith(ANSWERED):
            self._done.set_exception(RuntimeError(f"the server answered {head[:60]!r}"))
            self._transport.close()
            return
        self._heard = b""
        self._call()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(error or ConnectionError("the server hung up"))


async def _call_all(port: int, by_connection: Sequence[Sequence[bytes]]) -> float:
    loop = asyncio.get_running_loop()
    dones = [loop.create_future() for _ in by_connection]
    begun = perf_counter()
    for requests, done in zip(by_connection, dones, strict=True):
        await loop.create_connection(lambda r=requests, d=done: Caller(r, d), "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*dones)
    return perf_counter() - begun


def call(port: int, by_connection: Sequence[Sequence[bytes]]) -> float:
    """Send every connection's requests in order, all connections at once. Gives the seconds it took."""
    import uvloop

    return uvloop.run(_call_all(port, by_connection))


def post(path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """One request as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def server(*arguments: str, environment: Mapping[str, str]) -> Iterator[int]:
    """A server of `bench.servers` in a process of its own. Gives its port once it listens."""
    port = free_port()
    command = [sys.executable, "-m", "bench.servers", *arguments, str(port)]
    process = subprocess.Popen(command, env={**os.environ, **environment})
    try:
        wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return once the process listens. Raises RuntimeError when it ends or does not within half a minute."""
    until = monotonic() + 30
    while monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            sleep(0.05)
    raise RuntimeError("the server did not come up")
