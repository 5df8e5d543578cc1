"""Connections that providers may be closing are not reused: a message written to one would be in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import uvicorn

from channels import connections
from channels.connections import IDLE_SECONDS, new_session, retry_after


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


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("40", 40),
        (" 7 ", 7),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 59),
        ("Fri, 31 Dec 1999 23:58:00 GMT", 0),
        ("soon", None),
        ("-1", None),
        ("", None),
        (None, None),
    ],
)
def test_a_wish_for_patience_is_a_number_or_a_moment_by_the_senders_clock(value: str | None, seconds: float | None):
    assert retry_after(value, "Fri, 31 Dec 1999 23:59:00 GMT") == seconds


def test_a_moment_without_the_senders_clock_is_taken_by_ours():
    at = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    assert 3590 < (retry_after(at) or 0) <= 3600


def test_idle_is_less_than_servers_wait():
    assert uvicorn.Config("app").timeout_keep_alive - 1 > IDLE_SECONDS
