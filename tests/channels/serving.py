"""Applications on real sockets, within the test's own loop, and a desk that records. What the channels do stands in `cases`."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from channels.api import DeliveryReport, Inbound, Page

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def free_listener() -> socket.socket:
    """A socket that listens on a free port of this machine, so that the address is known before the server is."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    return listener


def address_of(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@asynccontextmanager
async def serving(routes: Sequence[BaseRoute], listener: socket.socket) -> AsyncIterator[str]:
    """Serve routes with uvicorn on a listening socket; gives the base address."""
    app = Starlette(routes=list(routes))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", access_log=False))
    async with started(server, listener) as address:
        yield address


@asynccontextmanager
async def started(server: uvicorn.Server, listener: socket.socket) -> AsyncIterator[str]:
    """Run a server within the test's own loop; gives the base address."""
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup([listener])
    try:
        yield address_of(listener)
    finally:
        server.force_exit = True
        await server.shutdown([listener])


@asynccontextmanager
async def hanging_up() -> AsyncIterator[str]:
    """A server that reads each request and closes the connection without a word."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        yield address_of(server.sockets[0])


_HELD: list[socket.socket] = []  # as long as the tests last, so that their ports are given to nobody else


def free_port() -> int:
    """A port of this machine for a server to come, which has to set SO_REUSEADDR: the port is held by a socket that does not listen."""
    port = int(nobody_there().rpartition(":")[2])
    _HELD[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return port


def nobody_there() -> str:
    """An address on this machine at which nobody listens, and nobody will."""
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    _HELD.append(held)
    return address_of(held)


@dataclass
class RecordingDesk:
    """A desk that keeps what it is handed. `pages` are what stands behind tokens; `fails` has it raise instead."""

    inbounds: list[Inbound] = field(default_factory=list)
    reports: list[DeliveryReport] = field(default_factory=list)
    pages: dict[str, Page] = field(default_factory=dict)
    unsubscribed: list[str] = field(default_factory=list)
    fails: bool = False
    touched: int = 0

    async def receive(self, inbound: Inbound) -> None:
        self.touched += 1
        if self.fails:
            raise ConnectionError("the store is away")
        self.inbounds.append(inbound)

    async def report(self, report: DeliveryReport) -> None:
        self.touched += 1
        self.reports.append(report)

    async def page(self, token: str) -> Page | None:
        self.touched += 1
        return self.pages.get(token)

    async def unsubscribe(self, token: str) -> bool:
        self.touched += 1
        if token not in self.pages:
            return False
        self.unsubscribed.append(token)
        return True


class ChokingDesk(RecordingDesk):
    """A desk whose store cannot take one message, and takes all others."""

    async def receive(self, inbound: Inbound) -> None:
        if inbound.said.text == "poison":
            self.touched += 1
            raise ValueError("poison")
        await super().receive(inbound)
