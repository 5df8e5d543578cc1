"""Assembling the sandbox: stand-ins, residents, control and phone page in one web application. What each of them does lives in its own module."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from typing import Protocol, runtime_checkable

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from sandbox.control import control_routes
from sandbox.lives import Tempo
from sandbox.phone import Phone
from sandbox.reading import PhraseBook
from sandbox.residents import Neighbourhood
from sandbox.webpages import Pages
from sandbox.wire import Wire
from sandbox.world import World


@runtime_checkable
class HasRoutes(Protocol):
    """A stand-in that speaks HTTP."""

    def routes(self) -> Sequence[BaseRoute]:
        """Its part of the web application."""


@runtime_checkable
class Runs(Protocol):
    """A stand-in with sessions, ports or work of its own."""

    def running(self) -> AbstractAsyncContextManager[None]:
        """Everything it needs while the sandbox runs."""


@runtime_checkable
class IsBusy(Protocol):
    """A stand-in that does things in its own time: callbacks, bounces, deliveries."""

    @property
    def is_busy(self) -> bool:
        """Whether something is under way that will still reach a resident or the service."""


def town(
    world: World,
    wires: Sequence[Wire],
    now: Callable[[], float],
    *,
    tempo: Tempo | None = None,
    phrases: PhraseBook | None = None,
) -> Starlette:
    """The whole sandbox as one application, to be served on one port."""
    pages = Pages()
    by_channel = {wire.channel: wire for wire in wires}
    people = Neighbourhood(world, by_channel, now, pages, tempo or Tempo(timezone=world.timezone))
    people.book = phrases

    def is_quiet() -> bool:
        return not any(isinstance(wire, IsBusy) and wire.is_busy for wire in wires)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(pages)
            for wire in wires:
                if isinstance(wire, Runs):
                    await stack.enter_async_context(wire.running())
            living = asyncio.create_task(people.live())
            yield
            living.cancel()
            with suppress(asyncio.CancelledError):
                await living

    stand_ins = [route for wire in wires if isinstance(wire, HasRoutes) for route in wire.routes()]
    routes = [*control_routes(people, is_quiet), *Phone(people, world).routes(), *stand_ins]
    app = Starlette(routes=routes, lifespan=lifespan)
    app.state.people = people
    return app
