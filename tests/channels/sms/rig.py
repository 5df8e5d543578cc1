"""SMS's rig: Twilio's stand-in and the adapter, each on its own socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar

import aiohttp
from starlette.responses import Response

from channels.doors import Surroundings
from channels.sms import SmsSettings, door
from channels.sms.adapter import Sms
from sandbox.twilio import TwilioStandIn, sign
from sandbox.wire import Arrival
from tests.channels.serving import RecordingDesk, address_of, free_listener, serving
from tests.faults.weather import Weather

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


class ChannelRig:
    """An account with a messaging service, and one subscriber."""

    name: ClassVar[str] = "sms"
    can: ClassVar[frozenset[str]] = frozenset(
        {"send", "down", "http", "codes", "keyword", "report", "throttle", "gone", "refuse", "forge", "wordless"}
    )

    def __init__(self) -> None:
        self.address = "+46701740605"
        self.desk = RecordingDesk()
        self.stand_in = TwilioStandIn(now=AT.timestamp)
        self.weather = Weather()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[ChannelRig]:
        provider, service = free_listener(), free_listener()
        self.public_url = address_of(service)
        self.stand_in.inbound_url = f"{self.public_url}/sms/inbound"
        self.channel = self.build(address_of(provider))
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(serving(self.weather.over(self.stand_in.routes()), provider))
            await stack.enter_async_context(serving(self.channel.routes(self.desk), service))
            await stack.enter_async_context(self.stand_in.running())
            await stack.enter_async_context(self.channel.running(self.desk))
            self.client = await stack.enter_async_context(aiohttp.ClientSession())
            yield self

    def build(self, api_base: str, **settings: Any) -> Sms:
        """The adapter, for an API at some address."""
        chosen = SmsSettings(
            **{
                "account_sid": self.stand_in.account_sid,
                "auth_token": self.stand_in.auth_token,
                "messaging_service_sid": self.stand_in.service_sid,
                "api_base": api_base,
                **settings,
            }
        )
        channel = door.build(chosen, Surroundings(self.public_url, now=lambda: AT))
        assert isinstance(channel, Sms)
        return channel

    def arrivals(self) -> Sequence[Arrival]:
        return self.stand_in.inbox(self.address)

    async def say(self, text: str) -> None:
        await self.stand_in.say(self.address, text)

    async def say_keyword(self) -> None:
        await self.say("Stop")

    async def say_without_words(self) -> None:
        await self.stand_in.send_picture(self.address)

    def parameters(self, **changed: str) -> dict[str, str]:
        """A message as Twilio would post it."""
        return {"MessageSid": "SM1", "From": self.address, "To": self.stand_in.number, "Body": "Ja", **changed}

    async def post(self, path: str, parameters: dict[str, str], *, url: str = "", token: str = "") -> int:
        """A request signed as Twilio signs; gives the status it was answered with."""
        signature = sign(token or self.stand_in.auth_token, (url or self.public_url) + path, parameters)
        headers = {"X-Twilio-Signature": signature}
        async with self.client.post(self.public_url + path, data=parameters, headers=headers) as response:
            return response.status

    async def repeat(self) -> None:
        await self.post("/sms/inbound", self.parameters(MessageSid=self.desk.inbounds[-1].external_id))

    async def forge(self) -> int:
        return await self.post("/sms/inbound", self.parameters(), token="guessed")

    async def settle(self) -> None:
        await self.stand_in.settle()

    def go_down(self) -> None:
        self.stand_in.faults.down = True

    def answer(self, status: int, body: str = "", **headers: str) -> None:
        self.weather.instead = Response(body, status, headers)

    def throttle(self) -> None:
        self.stand_in.faults.throttle_every = 1

    def refuse(self) -> None:
        self.stand_in.faults.refuse.add(self.address)

    def kill(self) -> None:
        self.address = "070"

    def revoke(self) -> None:
        self.stand_in.auth_token = "another"

    def cut(self) -> None:
        self.stand_in.faults.cut = True
