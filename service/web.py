"""The service's HTTP face: health, the channels' routes and the pages, in one Starlette application. Nothing is decided here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, ExceptionHandler, Receive, Scope, Send

from channels.calls import Webhook
from service.gate import Forwarded, Gate
from store.engines import is_unavailable

if TYPE_CHECKING:
    import uvicorn

    from channels.api import Channel
    from service.settings import Settings
    from service.wiring import Service

AGAIN: Final = {"retry-after": "5"}  # seconds: a database that is back is found within some
# Longer than proxies keep a connection to what stands behind them (nginx: 60), else a webhook now and then meets a closing one.
KEEP_ALIVE_SECONDS: Final = 75


def build_app(
    service: Service, pages: Sequence[BaseRoute] = (), error_pages: Mapping[Any, ExceptionHandler] | None = None
) -> Starlette:
    """The application to serve: while it runs, so do the channels, the outbox and the clock."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with service.running():
            yield

    routes: list[BaseRoute] = service.lookout.routes(service)
    taken: dict[str, Channel] = {}
    webhooks: dict[str, Webhook] = {}
    excuse = _excuse(service.lookout.turn_away)
    for channel in service.channels.values():
        ours = channel.routes(service.desk)
        routes += ours
        taken |= {_first_part(getattr(route, "path", "")): channel for route in ours}
        webhooks |= {
            r.path: r.endpoint.excused(excuse) for r in ours if isinstance(r, Route) and isinstance(r.endpoint, Webhook)
        }
    before = [
        *service.lookout.middleware(lambda path: taken[first].name if (first := _first_part(path)) in taken else None),
        _gate(service.settings, taken),
        Middleware(Straight, webhooks=webhooks),
    ]
    return Entrance(before, routes=[*routes, *pages], lifespan=lifespan, exception_handlers=dict(error_pages or {}))


class Entrance(Starlette):
    """An application of which nothing meets a request before what stands `before` it: neither error pages nor routes."""

    def __init__(self, before: Sequence[Middleware], **pages: Any) -> None:
        super().__init__(**pages)
        self._first: ASGIApp = super().__call__
        for layer, args, kwargs in reversed(before):
            self._first = layer(self._first, *args, **kwargs)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._first(scope, receive, send)


class Straight:
    """Leads providers straight to their webhooks: what stands behind here, error pages and a row of routes, is for people."""

    def __init__(self, app: ASGIApp, webhooks: Mapping[str, ASGIApp]) -> None:
        self._app, self._webhooks = app, webhooks

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Every other request, and every other method, goes the long way."""
        is_post = scope["type"] == "http" and scope["method"] == "POST"
        app = self._webhooks.get(scope["path"], self._app) if is_post else self._app
        return app(scope, receive, send)


def _excuse(turn_away: Callable[[Exception], None]) -> Callable[[Exception], Response | None]:
    """What providers are told while the database takes nothing in, which the log has said: they are counted, and come again."""

    def excuse(error: Exception) -> Response | None:
        if not is_unavailable(error):
            return None
        turn_away(error)
        return Response(status_code=503, headers=AGAIN)

    return excuse


def _gate(settings: Settings, taken: Mapping[str, Channel]) -> Middleware:
    """The gate, which knows of each channel whether a provider comes there or residents do."""

    verified = {first for first, channel in taken.items() if not channel.limits.is_page}

    def resident_of(path: str) -> str | None:
        channel = taken.get(_first_part(path))
        return path.split("/", 3)[2] if channel is not None and channel.limits.is_page and path.count("/") > 1 else None

    return Middleware(
        Gate, settings=settings, is_verified=lambda path: _first_part(path) in verified, resident_of=resident_of
    )


def server_of(app: Starlette, settings: Settings) -> uvicorn.Server:
    """The HTTP server, with an end to its patience."""
    import uvicorn

    from service.crowds import counted

    return uvicorn.Server(
        uvicorn.Config(
            Forwarded(app, settings.trusted_proxies),  # type: ignore[arg-type]
            host=settings.host,
            port=settings.port,
            interface="asgi3",  # which it takes only coroutine functions for
            http=counted(settings),
            log_config=None,
            access_log=False,  # personal links carry their token in the path
            limit_concurrency=settings.most_connections,
            timeout_graceful_shutdown=20,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            proxy_headers=False,  # ours knows the host too
        )
    )


def _first_part(path: str) -> str:
    return path.split("/", 2)[1] if path.startswith("/") else ""
