"""Mail servers that take everything, so fast that they are not what is measured: Postfix's smtp-sink, or one of our own. `python -m bench.sinks PORT [DELAY_MS]`."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench.loads import free_port, wait_for


class Session(asyncio.Protocol):
    """One client: every command is fine, every message is swallowed, pipelined ones too. Answers wait `delay` seconds."""

    delay = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._heard = b""
        self._is_message = False
        self._answer(b"220 sink ESMTP\r\n")

    def _answer(self, words: bytes) -> None:
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self._write, words)
        else:
            self._transport.write(words)

    def _write(self, words: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(words)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        said = []
        while True:
            if self._is_message:
                end = self._heard.find(b"\r\n.\r\n")
                if end < 0:
                    break
                self._heard = self._heard[end + 5 :]
                self._is_message = False
                said.append(b"250 2.0.0 taken\r\n")
                continue
            line, newline, rest = self._heard.partition(b"\r\n")
            if not newline:
                break
            self._heard = rest
            verb = line[:4].upper()
            if verb == b"DATA":
                self._is_message = True
                said.append(b"354 go on\r\n")
            elif verb == b"EHLO":
                said.append(b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n")
            elif verb == b"QUIT":
                said.append(b"221 2.0.0 bye\r\n")
            else:
                said.append(b"250 2.1.0 fine\r\n")
        if said:
            self._answer(b"".join(said))


async def _serve(port: int, delay: float) -> None:
    Session.delay = delay
    server = await asyncio.get_running_loop().create_server(Session, "127.0.0.1", port, backlog=512)
    async with server:
        await server.serve_forever()


@contextmanager
def sink(*, delay_ms: float = 0, is_own: bool = False) -> Iterator[int]:
    """A sink in a process of its own; with `delay_ms` each answer takes that long. Gives its port."""
    port = free_port()
    program = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program and not delay_ms and not is_own:
        as_whom = ["-u", "nobody"] if os.getuid() == 0 else []  # it will not run as root
        command = [program, *as_whom, f"127.0.0.1:{port}", "1000"]
    else:
        command = [sys.executable, "-m", "bench.sinks", str(port), str(delay_ms)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=10)


if __name__ == "__main__":
    import uvloop

    uvloop.run(_serve(int(sys.argv[1]), float(sys.argv[2]) / 1000))
