"""The e-mail rig: the adapter, and the mail stand-in with the resident's mailbox behind it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

from channels.doors import Surroundings
from channels.email import EmailSettings, door
from channels.email.adapter import Email
from sandbox.mail import Mail
from sandbox.wire import Arrival
from tests.channels.serving import RecordingDesk

LOGIN = ("kommunen", "hemligt")
DOMAIN = "svar.sjovik.example"


def settings(port: int, **changes: object) -> EmailSettings:
    """Settings that lead to a server on this machine."""
    return EmailSettings(
        **{
            "host": "127.0.0.1",
            "port": port,
            "security": "none",
            "sender_address": "dialog@sjovik.example",
            "domain": DOMAIN,
            "secret": "a long random text for tests",
            "door_port": 0,
            "timeout_seconds": 30,
            **changes,
        }
    )


def surroundings() -> Surroundings:
    return Surroundings("https://dialog.sjovik.example", lambda: datetime.now(UTC), "Sjöviks kommun")


def build(port: int, **changes: object) -> Email:
    channel = door.build(settings(port, **changes), surroundings())
    assert isinstance(channel, Email)
    return channel


class ChannelRig:
    """As `tests.channels.rigs.Rig` describes."""

    name = "email"
    can = frozenset({"send", "throttle", "refuse", "gone"})

    def __init__(self) -> None:
        self.address = "astrid@post.example"
        self.desk = RecordingDesk()
        self.mail = Mail(time.time, login=LOGIN)
        self._last: EmailMessage | None = None
        self._said = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with self.mail.running():
            self.channel = build(self.mail.port, username=LOGIN[0], password=LOGIN[1])
            async with self.channel.running(self.desk):
                assert self.channel.door_port is not None
                self.mail.door = ("127.0.0.1", self.channel.door_port)
                yield

    def arrivals(self) -> Sequence[Arrival]:
        """What stands below the marker line."""
        found = self.mail.arrivals(self.address)
        return [replace(arrival, text=arrival.text.partition("\n\n")[2]) for arrival in found]

    async def say(self, text: str) -> None:
        self._said += 1
        message = EmailMessage()
        message["From"] = f"Astrid Ek <{self.address}>"
        message["To"] = f"reply+token@{DOMAIN}"
        message["Subject"] = "Re: Parken"
        message["Message-ID"] = f"<{self._said}@post.example>"
        message.set_content(text)
        self._last = message
        await self.mail.send(message)

    async def press(self, data: str) -> None:
        raise NotImplementedError("mail has no buttons")

    async def say_keyword(self) -> None:
        raise NotImplementedError("mail servers know no opt-out words")

    async def repeat(self) -> None:
        assert self._last is not None
        await self.mail.send(self._last)

    async def forge(self) -> int:
        raise NotImplementedError("a mail server answers with no HTTP status; see test_door")

    async def settle(self) -> None:
        """Mail servers report failures only."""

    def go_down(self) -> None:
        self.mail.faults.down = True

    def throttle(self) -> float | None:
        self.mail.faults.throttle_every = 1
        return float(self.mail.faults.retry_after)

    def refuse(self) -> None:
        self.mail.faults.refuse.add(self.address)

    def kill(self) -> None:
        self.mail.faults.gone.add(self.address)

    def revoke(self) -> None:
        self.mail.login = (LOGIN[0], "another")

    def cut(self) -> None:
        self.mail.faults.cut = True
