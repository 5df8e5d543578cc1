"""The web form's rig: the pages on a socket, and a resident who fills in their forms."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, ClassVar

import aiohttp
from lxml import html

from bot.contents import Content
from channels.api import Inbound, Page
from channels.doors import Surroundings
from channels.web import WebSettings, door
from channels.web.adapter import Web
from tests.channels.serving import RecordingDesk, address_of, free_listener, serving

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
TOKEN = "mfrggzdfmztwq2lknnwg23tpmfrggzdf"


@dataclass
class Shown:
    """An answer of the pages: its status, headers and tree."""

    status: int
    headers: Any
    source: str

    @property
    def tree(self) -> Any:
        return html.fromstring(self.source)

    def hidden(self) -> dict[str, str]:
        """What the question's form carries unseen."""
        form = (self.tree.xpath("//form[@class='asked']") or self.tree.xpath("//form"))[0]
        return {field.get("name"): field.get("value") for field in form.xpath(".//input[@type='hidden']")}


class ChannelRig:
    """One page behind one token."""

    name: ClassVar[str] = "web"
    can: ClassVar[frozenset[str]] = frozenset()

    def __init__(self) -> None:
        self.address = TOKEN
        self.desk = RecordingDesk()
        self.asks(Content("Vad tycker du om parken?", "sv", input="text"))

    def asks(
        self, *contents: Content, languages: tuple[str, ...] = ("sv", "ar"), is_open: bool = True, **beside: Any
    ) -> None:
        """What the page shows from now on."""
        language = contents[-1].language if contents else "sv"
        self.desk.pages[TOKEN] = Page(language, languages, "Ny park i Sjövik", contents, is_open, **beside)

    def refuses(self, asked: Content, problem: str) -> None:
        """The next answer is not taken: the question is asked once more, with the reason."""
        again = replace(asked.preceded_by(problem), problem=problem)
        receive = self.desk.receive

        async def refuse(inbound: Inbound) -> None:
            await receive(inbound)
            self.asks(again)

        self.desk.receive = refuse  # type: ignore[method-assign]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[ChannelRig]:
        service = free_listener()
        self.public_url = address_of(service)
        channel = door.build(WebSettings(), Surroundings(self.public_url, now=lambda: AT))
        assert isinstance(channel, Web)
        self.channel = channel
        async with AsyncExitStack() as stack:
            self.routes = channel.routes(self.desk)
            await stack.enter_async_context(serving(self.routes, service))
            await stack.enter_async_context(channel.running(self.desk))
            self.client = await stack.enter_async_context(aiohttp.ClientSession())
            yield self

    async def open(self, path: str = f"/d/{TOKEN}", **headers: str) -> Shown:
        async with self.client.get(self.public_url + path, headers=headers) as response:
            return Shown(response.status, response.headers, await response.text())

    async def submit(self, fields: Any, path: str = f"/d/{TOKEN}") -> Shown:
        """Post fields as they are; a redirect is not followed."""
        async with self.client.post(self.public_url + path, data=fields, allow_redirects=False) as response:
            return Shown(response.status, response.headers, await response.text())

    async def fill_in(self, *fields: tuple[str, str]) -> Shown:
        """Open the page, fill in its question and send it."""
        shown = await self.open()
        return await self.submit(aiohttp.FormData([*shown.hidden().items(), *fields]))

    def arrivals(self) -> Sequence[Any]:
        return []

    async def say(self, text: str) -> None:
        shown = await self.open()
        self.latest = {"nonce": shown.hidden()["nonce"], "words": text}
        assert (await self.submit(self.latest)).status == 303

    def forget(self) -> None:
        """As after a restart: no form is remembered."""
        self.routes[0].endpoint.__self__._answered.clear()  # type: ignore[attr-defined]

    async def repeat(self) -> None:
        """The same page sent again, to a process that has not seen it: the one that has hands nothing on twice."""
        self.forget()
        await self.submit(self.latest)
