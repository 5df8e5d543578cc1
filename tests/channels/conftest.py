"""Fixtures of the channels' tests: the rig of the channel under test, and a wall around this machine."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.channels.rigs import Rig, rigs
from tests.channels.serving import LOOPBACK


@pytest.fixture(autouse=True)
def _nothing_leaves_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def near_connect(self: socket.socket, address: Any) -> None:
        assert self.family == socket.AF_UNIX or address[0] in LOOPBACK, "a test tried to leave this machine"
        connect(self, address)

    def near_look_up(host: Any, *rest: Any, **options: Any) -> Any:
        assert host is None or (host.decode() if isinstance(host, bytes) else host) in LOOPBACK, f"looked up {host!r}"
        return look_up(host, *rest, **options)

    monkeypatch.setattr(socket.socket, "connect", near_connect)
    monkeypatch.setattr(socket, "getaddrinfo", near_look_up)


@pytest.fixture
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    """The rig of the channel that the test is parametrised with, running."""
    chosen = rigs()[request.param]()
    async with chosen.running():
        yield chosen
