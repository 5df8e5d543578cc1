"""Fixtures for e-mail: a running stand-in, a running channel and what they need."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from channels.email.adapter import Email
from sandbox.mail import Mail
from tests.channels.email.rig import build
from tests.channels.serving import RecordingDesk


@pytest.fixture
def desk() -> RecordingDesk:
    return RecordingDesk()


@pytest.fixture
async def mail() -> AsyncIterator[Mail]:
    """The mail world, running."""
    stand_in = Mail(time.time)
    async with stand_in.running():
        yield stand_in


@pytest.fixture
async def channel(mail: Mail, desk: RecordingDesk) -> AsyncIterator[Email]:
    """The adapter, running, known to the mail world."""
    adapter = build(mail.port)
    async with adapter.running(desk):
        assert adapter.door_port is not None
        mail.door = ("127.0.0.1", adapter.door_port)
        yield adapter
