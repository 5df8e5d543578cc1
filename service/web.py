"""The service's HTTP face: health, the channels' routes and the pages, in one Starlette application. Nothing is decided here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route
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

    async def health(_: Request) -> JSONResponse:
        """Whether this process is alive, and up to which moment the clock's work is done."""
        ticked_at = service.ticker.ticked_at
        return JSONResponse({"status": "ok", "ticked_at": ticked_at and ticked_at.isoformat()})

    async def ready(_: Request) -> JSONResponse:
        """Whether this process can do its work: the database answers and its tables are up to date."""
        pending = await service.pending_migrations()
        return JSONResponse({"status": "waiting" if pending else "ready"}, status_code=503 if pending else 200)

    routes: list[BaseRoute] = [Route("/healthz", health), Route("/readyz", ready)]
    for channel in service.channels.values():
        routes += channel.routes(service.desk)
    return Starlette(routes=[*routes, *pages], lifespan=lifespan, exception_handlers=dict(error_pages or {}))
