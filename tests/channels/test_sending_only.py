"""A process that only sends: no webhook is registered, nothing is polled, no door is opened."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from channels.doors import Surroundings, open_doors

SETTINGS: dict[str, dict[str, Any]] = {
    "telegram": {"token": "424242:a-token-of-the-tests", "api_base": "http://127.0.0.1:9", "mode": "polling"},
    "sms": {
        "account_sid": "AC" + "0" * 32,
        "auth_token": "tests",
        "sender": "+46701740605",
        "api_base": "http://127.0.0.1:9",
    },
    "email": {
        "host": "127.0.0.1",
        "sender_address": "dialog@vallby.example",
        "secret": "signs in tests",
        "door_port": 0,
    },
    "web": {},
}


@pytest.mark.parametrize("name", sorted(SETTINGS))
async def test_without_a_desk_nothing_is_taken_in(name: str) -> None:
    door = open_doors([name])[name]
    surroundings = Surroundings(public_url="http://127.0.0.1:8000", now=lambda: datetime.now(UTC))
    channel = door.build(door.settings(**SETTINGS[name]), surroundings)
    assert channel is not None
    before = asyncio.all_tasks()
    async with channel.running(None):
        assert asyncio.all_tasks() == before
        assert getattr(channel, "door_port", None) is None
