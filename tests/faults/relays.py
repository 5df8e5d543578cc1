"""A relay between the program and its PostgreSQL that can fall silent: its connections stay, every byte is acknowledged, and none is passed on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy import URL, make_url

COMMIT = b"COMMIT\x00"  # as the driver says it: a simple query
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connect(there: URL) -> Stream:
    """To the server itself, by its socket or its port."""
    folder = there.query.get("host")
    if isinstance(folder, str):
        return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{there.port or 5432}")
    return await asyncio.open_connection(there.host, there.port or 5432)


@dataclass
class Relay:
    """`url` leads through it. It falls silent when it is told to, or at the next COMMIT: before it has passed it on, or after."""

    there: URL
    port: int = 0
    before_commit: bool = False
    after_commit: bool = False
    connections: int = 0
    commits: int = 0
    _serving: list[asyncio.Task[None]] = field(default_factory=list)
    _is_open: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        here = self.there.set(host="127.0.0.1", port=self.port, query={"connect_timeout": "2"})
        return here.render_as_string(hide_password=False)

    def fall_silent(self) -> None:
        self._is_open.clear()

    def speak(self) -> None:
        self.before_commit = self.after_commit = False
        self._is_open.set()

    def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._serving.append(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward = await connect(self.there)
        try:
            await asyncio.gather(self._pump(reader, onward[1], is_asking=True), self._pump(onward[0], writer))
        finally:
            for stream in (writer, onward[1]):
                stream.close()
                with suppress(OSError):
                    await stream.wait_closed()

    async def end(self) -> None:
        """Cut what is left."""
        for each in self._serving:
            each.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, is_asking: bool = False) -> None:
        with suppress(OSError):
            while data := await source.read(65_536):
                is_commit = is_asking and COMMIT in data
                self.commits += is_commit
                if is_commit and self.before_commit:
                    self.fall_silent()
                await self._is_open.wait()
                if is_commit and self.after_commit:
                    self.fall_silent()
                sink.write(data)
                await sink.drain()
        sink.close()


@asynccontextmanager
async def relaying(database_url: str) -> AsyncIterator[Relay]:
    """A relay before the server of an address, open."""
    relay = Relay(make_url(database_url))
    relay.speak()
    server = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        await relay.end()
