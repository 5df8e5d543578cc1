"""Telegram's rig: the Bot API stand-in and the adapter, each on its own socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Literal

import aiohttp
from starlette.responses import Response

from channels.doors import Surroundings
from channels.telegram import TelegramSettings, door
from channels.telegram.adapter import Telegram
from sandbox.telegram import TelegramStandIn
from sandbox.wire import Arrival
from tests.channels.serving import RecordingDesk, address_of, free_listener, serving
from tests.faults.weather import Weather

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


LANGUAGES = ("sv", "sv-simple", "fi", "fa-AF", "ckb", "en")


@dataclass
class Marked:
    """Texts that say which language they are in, as catalogs would."""

    language: str

    def gettext(self, message: str, /) -> str:
        return message if self.language == "en" else f"{message} ({self.language})"

    def ngettext(self, singular: str, plural: str, n: int, /) -> str:
        return self.gettext(singular if n == 1 else plural)


class ChannelRig:
    """A bot with one user who has started the chat."""

    name: ClassVar[str] = "telegram"
    can: ClassVar[frozenset[str]] = frozenset(
        {"send", "http", "press", "throttle", "gone", "refuse", "forge", "rewrite", "wordless"}
    )

    def __init__(self, mode: Literal["webhook", "polling"] = "webhook") -> None:
        self.address = "4711001122"
        self.mode = mode
        self.desk = RecordingDesk()
        self.stand_in = TelegramStandIn(now=AT.timestamp)
        self.stand_in.acquaint([self.address])
        self.weather = Weather()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[ChannelRig]:
        provider, service = free_listener(), free_listener()
        self.public_url = address_of(service)
        self.channel = self.build(address_of(provider))
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.stand_in.running())
            await stack.enter_async_context(serving(self.weather.over(self.stand_in.routes()), provider))
            await stack.enter_async_context(serving(self.channel.routes(self.desk), service))
            await stack.enter_async_context(self.channel.running(self.desk))
            while self.mode == "webhook" and self.stand_in.webhook is None:  # noqa: ASYNC110 - over the wire
                await asyncio.sleep(0.001)
            self.client = await stack.enter_async_context(aiohttp.ClientSession())
            yield self

    def build(self, api_base: str, **settings: float) -> Telegram:
        """The adapter, for an API at some address."""
        chosen = TelegramSettings(
            token=self.stand_in.token, api_base=api_base, mode=self.mode, poll_seconds=5, **settings
        )
        surroundings = Surroundings(self.public_url, now=lambda: AT, translation=Marked, languages=LANGUAGES)
        channel = door.build(chosen, surroundings)
        assert isinstance(channel, Telegram)
        return channel

    def arrivals(self) -> Sequence[Arrival]:
        return self.stand_in.inbox(self.address)

    async def say(self, text: str) -> None:
        await self.stand_in.say(self.address, text)

    async def press(self, data: str) -> None:
        await self.stand_in.press(self.address, self.arrivals()[-1], data)

    async def rewrite(self, text: str) -> None:
        await self.stand_in.edit(self.address, text)

    async def say_without_words(self) -> None:
        await self.stand_in.send(self.address, {"voice": {"file_id": "v1", "file_unique_id": "u1", "duration": 3}})

    async def repeat(self) -> None:
        """As after an answer that was lost: the same update comes once more."""
        await self.post({"update_id": 1, "message": self.stand_in.devices[self.address].messages[1]})

    async def post(self, update: object, secret: str | None = None) -> int:
        """An update as Telegram posts it; gives the status it was answered with."""
        assert self.stand_in.webhook is not None
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.stand_in.webhook.secret if secret is None else secret}
        async with self.client.post(f"{self.public_url}/telegram/webhook", json=update, headers=headers) as response:
            return response.status

    async def forge(self) -> int:
        await self.say("Ja")
        message = self.stand_in.devices[self.address].messages[1]
        self.desk.touched = 0
        return await self.post({"update_id": 2, "message": message}, secret="guessed")

    async def settle(self) -> None:
        """Telegram reports nothing."""

    def go_down(self) -> None:
        self.stand_in.faults.down = True

    def answer(self, status: int, body: str = "", **headers: str) -> None:
        self.weather.instead = Response(body, status, headers)

    def throttle(self) -> float:
        self.stand_in.faults.throttle_every = 1
        return float(self.stand_in.faults.retry_after)

    def refuse(self) -> None:
        self.stand_in.faults.refuse.add(self.address)

    def kill(self) -> None:
        self.stand_in.faults.gone.add(self.address)

    def revoke(self) -> None:
        self.stand_in.token = "123456:another"

    def cut(self) -> None:
        self.stand_in.faults.cut = True
