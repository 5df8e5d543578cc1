"""A hall whose outbox reaches one provider that a test lets go wrong. What goes wrong stands with the tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from service.settings import Settings, load_settings
from store.deliveries import doubtful
from store.schema import message, message_transition
from tests.service.hall import OPENS, Hall, Resident, SharedClock, environment


def correspondent(number: int, channel: str) -> Resident:
    """A resident who is reached in one channel."""
    return Resident(f"r{number}", {channel: address_of_resident(number, channel)})


def address_of_resident(number: int, channel: str) -> str:
    addresses = {
        "telegram": str(7_000_000 + number),
        "sms": f"+4670174{number:04d}",
        "email": f"r{number}@post.example",
    }
    return addresses[channel]


@asynccontextmanager
async def hall_with(
    database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, channel: str, **changes: str
) -> AsyncIterator[Hall]:
    """The true wiring; the channel's connections are there, its outbox runs when the test lets it."""
    SharedClock(folder / "clock", start=OPENS)
    for name, value in environment(database_url, folder / "clock", **changes).items():
        monkeypatch.setenv(name, value)
    hall = Hall.open(folder, load_settings(Settings))
    try:
        async with hall.service.channels[channel].running(None):
            yield hall
    finally:
        hall.service.database.close()


def reasons(hall: Hall) -> set[tuple[str, str]]:
    """What has happened to messages for a reason: each status with it."""
    with hall.service.database.connect() as connection:
        happened = select(message_transition.c.status, message_transition.c.reason).distinct()
        rows = connection.execute(happened.where(message_transition.c.reason != ""))
        return {(row.status, row.reason) for row in rows}


def doubts(hall: Hall) -> int:
    """How many messages `outbox unknown --all` would name."""
    with hall.service.database.connect() as connection:
        return len(doubtful(connection, is_ever=True))


def tried(hall: Hall) -> int:
    """How many messages have been taken in hand at least once and are not under way."""
    return hall.count(message, message.c.attempts > 0, message.c.status != "sending")


async def hours_pass(hall: Hall, hours: float, steps: int) -> None:
    """Let time pass in steps, so that what comes due meanwhile is tried."""
    for _ in range(steps):
        hall.pass_time(timedelta(hours=hours / steps))
        await asyncio.sleep(0.1)
