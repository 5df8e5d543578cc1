"""The service's HTTP face: health, the channels' routes and the pages, in one Starlette application. Nothing is decided here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ExceptionHandler

if TYPE_CHECKING:
    from service.wiring import Service


def build_app(
    service: Service, pages: Sequence[BaseRoute] = (), error_pages: Mapping[Any, ExceptionHandler] | None = None
) -> Starlette:
    """The application to serve: while it runs, so do the channels, the outbox and the clock."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with service.running():
            yield

    routes: list[BaseRoute] = service.lookout.routes(service)
    taken: dict[str, str] = {}
    for channel in service.channels.values():
        ours = channel.routes(service.desk)
        routes += ours
        taken |= {_first_part(getattr(route, "path", "")): channel.name for route in ours}
    middleware = service.lookout.middleware(lambda path: taken.get(_first_part(path)))
    handlers = dict(error_pages or {})
    return Starlette(routes=[*routes, *pages], lifespan=lifespan, exception_handlers=handlers, middleware=middleware)


def _first_part(path: str) -> str:
    return path.split("/", 2)[1] if path.startswith("/") else ""
