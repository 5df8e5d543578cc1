"""Mail to a server that is 20 ms away: the channel as it is, beside plain aiosmtplib with ready bytes. Both keep 20 connections."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import aiosmtplib
import uvloop

from bench.figures import Figure
from bench.sinks import sink
from bot.contents import Content
from channels.api import Outbound, Receipt
from channels.doors import Surroundings
from channels.email import EmailSettings, door

DELAY_MS = 20
CONNECTIONS = 20
OURS, THEIRS = 4_000, 800  # both take some seconds
TEXT = "Vallby wants to hear what you think of the square. 你好, مرحبا, hyvää päivää. " * 12


def figures() -> Iterator[Figure]:
    with sink(delay_ms=DELAY_MS) as port:
        reference = uvloop.run(_plain(port))
        ours = uvloop.run(_channel(port))
    yield Figure("email_rtt20", ours, "messages/s", "messages/s, plain aiosmtplib", reference, least=3, is_rate=True)


async def _channel(port: int) -> float:
    channel = door.build(
        EmailSettings(
            host="127.0.0.1",
            port=port,
            security="none",
            sender_address="dialog@vallby.example",
            secret="signs bounce addresses in benchmarks",  # noqa: S106
            connections=CONNECTIONS,
            messages_per_connection=1_000_000,
        ),
        Surroundings("https://dialog.vallby.example", lambda: datetime.now(UTC), "Vallby kommun"),
    )
    assert channel is not None
    content = Content(TEXT, "en", title="What do you think of the square?")
    batch = [
        Outbound(n, "email", f"resident{n}@post.example", content, "invitation", reply_token=f"token{n}")
        for n in range(OURS)
    ]
    async with channel.running(None):
        await channel.send(batch[:CONNECTIONS])  # both have their connections open
        begun = time.perf_counter()
        outcomes = await channel.send(batch)
        took = time.perf_counter() - begun
    assert all(isinstance(outcome, Receipt) for outcome in outcomes)
    return OURS / took


async def _plain(port: int) -> float:
    data = b"Subject: hello\r\n\r\n" + (TEXT.encode() + b"\r\n") * 3
    clients = [aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) for _ in range(CONNECTIONS)]
    numbers = iter(range(THEIRS))

    async def work(client: aiosmtplib.SMTP) -> None:
        for n in numbers:
            await client.sendmail("dialog@vallby.example", [f"resident{n}@post.example"], data)

    await asyncio.gather(*(client.connect() for client in clients))
    begun = time.perf_counter()
    await asyncio.gather(*(work(client) for client in clients))
    took = time.perf_counter() - begun
    await asyncio.gather(*(client.quit() for client in clients))
    return THEIRS / took
