"""Connections that providers may be closing are not reused: a message written to one would be in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn

from channels import connections
from channels.connections import IDLE_SECONDS, new_session


@asynccontextmanager
async def counting_server() -> AsyncIterator[tuple[str, list[int]]]:
    """A server that answers every request and notes how many connections were opened to it."""
    opened: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(1)
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", opened


async def fetch_twice(url: str) -> None:
    async with new_session(5, 10) as session:
        for _ in range(2):
            async with session.get(url) as answer:
                assert await answer.text() == "ok"
            await asyncio.sleep(0.05)


async def test_a_fresh_connection_is_used_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connections, "IDLE_SECONDS", 60)
    async with counting_server() as (url, opened):
        await fetch_twice(url)
    assert len(opened) == 1


async def test_one_that_was_idle_is_not(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.01)
    async with counting_server() as (url, opened):
        await fetch_twice(url)
    assert len(opened) == 2


def test_idle_is_less_than_servers_wait():
    assert uvicorn.Config("app").timeout_keep_alive - 1 > IDLE_SECONDS
